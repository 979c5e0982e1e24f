"""Adjustments that a personalisation tool served in the demo, with what came of them and what it did wrong.

They are added to the finished events of a block by a random generator of their own: whoever leaves them out finds
the rest of the demo unchanged, to the byte.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from microlift.assignment import HOLDBACK, assign_variant

from .frame import ABSENT, LAST_EVENT, MESSAGE_BLOCK, MESSAGE_SALT, complete
from .plan import ADJUSTMENTS, DAY, SECOND, Adjustment
from .population import scramble
from .vocabulary import SERVED, event_code

FIRST_MESSAGE = 3 * MESSAGE_BLOCK // 4  # of a block's message numbers, beyond genuine and dirty rows
FIRST_SEQUENCE = 1 << 24  # after whatever else happened at the moment
FAULT_SHARE = 0.006  # of the servings, for each kind of fault
MINUTE = 60 * SECOND


def adjustment_events(
    genuine: pd.DataFrame, block: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, Counter[str]]:
    """Events of the adjustments of one block of people, and how many rows of each kind of fault are among them.

    A rule fires at the first event of a person, in its dates, that fulfils its condition; of two rules, the
    first. Whether the unit is held out is the hash of `microlift.assignment`, as the dry run has it.
    """
    fired = pd.concat([_triggers(genuine, rule, number) for number, rule in enumerate(ADJUSTMENTS)])
    fired = fired.sort_values(["time", "message"], kind="stable").drop_duplicates("person", ignore_index=True)
    units = _unit_ids(genuine, fired["person"])
    rules = [ADJUSTMENTS[number] for number in fired["rule"]]
    held = np.array(
        [assign_variant(unit, rule.rule_id, [rule.content_variant], rule.holdout_share) == HOLDBACK
         for unit, rule in zip(units, rules, strict=True)],
        dtype=bool,
    )  # fmt: skip
    log = _served(fired, fired["rule"], fired["rule"], held, rng.integers(SECOND, 3 * SECOND, len(fired)))
    rates = np.array([rule.rates for rule in rules]).reshape(-1, 2)[np.arange(len(rules)), held.astype(int)]
    converts = rng.random(len(log)) < rates
    outcomes = _later(log[converts], rng.integers(5 * SECOND, 10 * MINUTE, converts.sum()))
    outcomes["event"] = [
        event_code(rule.outcome_event) for rule, so in zip(rules, converts, strict=True) if so
    ]
    for column in ("rule", "content", "holdout"):
        outcomes[column] = ABSENT
    faults = _faults(genuine, log, held, rng)
    log.loc[faults["other_content"].index, "content"] = len(ADJUSTMENTS)
    added = [rows for kind, rows in faults.items() if kind != "other_content"]
    rows = pd.concat([log, outcomes, *added], ignore_index=True)
    rows = rows[rows["time"] < LAST_EVENT]
    rows = rows.sort_values(["person", "time", "event"], kind="stable", ignore_index=True)
    rows["message"] = scramble(block * MESSAGE_BLOCK + FIRST_MESSAGE + np.arange(len(rows)), MESSAGE_SALT)
    rows["sequence"] = FIRST_SEQUENCE + np.arange(len(rows))
    return complete(rows), Counter({kind: len(found) for kind, found in faults.items()})


def _triggers(
    genuine: pd.DataFrame, rule: Adjustment, number: int, since: int | None = None, until: int | None = None
) -> pd.DataFrame:
    """The first event of each person that fulfils a rule's condition, in its dates (early enough for the serving to
    lie in them, too) or others."""
    fulfils = (genuine["event"] == event_code(rule.trigger_event)) & (genuine["depth"] >= rule.least_depth)
    fulfils &= genuine["time"].between(
        since or rule.starts_at, until or rule.ends_at - 3 * SECOND, inclusive="left"
    )
    return genuine[fulfils].drop_duplicates("person").assign(rule=number)


def _unit_ids(genuine: pd.DataFrame, persons: pd.Series) -> list[str]:
    """Units as the warehouse knows them in the end: the user where there is an account, else the device."""
    known = genuine.groupby("person").agg(user=("user", "max"), anon=("anon", "first")).loc[persons]
    return [
        f"u-{user:08d}" if user >= 0 else f"a-{anon & (2**64 - 1):X}"
        for user, anon in zip(known["user"].tolist(), known["anon"].tolist(), strict=True)
    ]


def _later(rows: pd.DataFrame, delay: np.ndarray | int) -> pd.DataFrame:
    rows = rows.copy()
    for column in ("time", "sent", "received", "position"):
        rows[column] = rows[column] + delay
    return rows


def _served(
    rows: pd.DataFrame,
    rule: pd.Series | int,
    content: pd.Series | int,
    held: np.ndarray | bool,
    delay: np.ndarray | int,
) -> pd.DataFrame:
    """Log events after these rows, in the same place and by the same device."""
    rows = _later(rows, delay)
    # What was late or moved on its way is its own; these arrive at once.
    rows["sent"] = rows["time"] + 200
    rows["received"] = rows["position"] = rows["sent"] + 100
    return rows.assign(
        event=event_code(SERVED), depth=ABSENT, element=ABSENT, rule=rule, content=content,
        holdout=np.asarray(held).astype(int),
    )  # fmt: skip


def _faults(
    genuine: pd.DataFrame, log: pd.DataFrame, held: np.ndarray, rng: np.random.Generator
) -> dict[str, pd.DataFrame]:
    """What the tool did wrong: rows to add (of `other_content`, rows to change). No unit has two faults."""
    share = rng.random(len(log)) / FAULT_SHARE
    offer, other = 0, 1
    rule = log["rule"].to_numpy()

    def some(place: int, of: np.ndarray) -> pd.DataFrame:
        return log[of & (share >= place) & (share < place + 1)]

    shown = ~held
    twice = some(0, shown & (rule == offer))
    too_often = some(0, shown & (rule == other))
    together, withheld = some(1, shown & (rule == offer)), some(2, held)
    late = _triggers(
        genuine, ADJUSTMENTS[offer], offer, ADJUSTMENTS[offer].ends_at, ADJUSTMENTS[offer].ends_at + DAY
    )
    late = late[~late["person"].isin(log["person"])]
    late = late[rng.random(len(late)) < 5 * FAULT_SHARE]  # of few people
    return {
        "cooldown": _served(twice, offer, offer, False, 10 * MINUTE),
        "unit_cap": _served(too_often, other, other, False, 10 * MINUTE),
        "conflict": _served(together, other, other, False, MINUTE),
        "served_to_holdout": _served(withheld, withheld["rule"], withheld["rule"], False, 5 * MINUTE),
        "other_content": some(3, shown),
        "unknown_rule": _served(some(4, shown), len(ADJUSTMENTS), len(ADJUSTMENTS), False, 20 * SECOND),
        "outside_dates": _served(late, offer, offer, False, SECOND),
    }
