"""What goes wrong on the way from a browser to a bucket.

All dirt is *added*: copies of genuine rows with something broken. The only genuine values that change are the
received time of late rows and the place of rows in their file, so the planted truths stay what they are as
long as the pipeline drops what it must. Copies that a pipeline may keep come from browsing events only, which
no metric counts; copies that it must drop (foreign traffic, repeated messages) come from everywhere, outcomes
included, so that keeping them shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .frame import ABSENT, MESSAGE_BLOCK, MESSAGE_SALT
from .plan import DAY, END, EXPERIMENTS, HOUR, SECOND, SWITCHER_SHARE
from .population import Ints, scramble
from .vocabulary import (
    BOT_AGENTS,
    BROKEN_TIMES,
    BROWSING,
    COLUMNS,
    CONSENT_REFUSED,
    EMPTY_JUNK,
    EXPOSURE,
    HOSTILE,
    INTERNAL,
    JUNK,
    PARSEABLE_BROKEN_TIMES,
    UNKNOWN_EVENTS,
    UNKNOWN_VARIANTS,
    VARIANTS,
    event_code,
    first_variant_code,
)

FOREIGN_SALT = 3
LAST_RECEIVED = END - 30 * SECOND  # "now", the latest received time, must not outrun the behaviour


@dataclass
class _Soiler:
    """Copies genuine rows of one block and counts what it did, by kind."""

    genuine: pd.DataFrame
    block: int
    rng: np.random.Generator
    counts: dict[str, int] = field(default_factory=dict)
    messages: int = MESSAGE_BLOCK // 2  # ids of added rows, beyond those of genuine ones
    strangers: int = 0

    def how_many(self, share: float) -> int:
        return max(1, round(share * len(self.genuine)))

    def copies(self, kind: str, share: float, rows: Ints | None = None) -> pd.DataFrame:
        """A sample of genuine rows, the row index kept, counted under ``kind``."""
        pool = np.arange(len(self.genuine)) if rows is None else rows
        count = min(self.how_many(share), len(pool))
        self.counts[kind] = self.counts.get(kind, 0) + count
        return self.genuine.iloc[self.rng.choice(pool, count, replace=False)].copy()

    def new_messages(self, rows: pd.DataFrame) -> pd.DataFrame:
        start = self.block * MESSAGE_BLOCK + self.messages
        self.messages += len(rows)
        rows["message"] = scramble(start + np.arange(len(rows)), MESSAGE_SALT)
        return rows

    def browsing(self) -> Ints:
        codes = [event_code(name) for name in BROWSING]
        return np.flatnonzero(self.genuine["event"].isin(codes).to_numpy())

    def harmless(self, kind: str, share: float) -> pd.DataFrame:
        """Copies of browsing events under message ids of their own."""
        return self.new_messages(self.copies(kind, share, self.browsing()))

    def pick(self, rows: pd.DataFrame, column: str, options: tuple[str, ...]) -> pd.DataFrame:
        """Sets a coded column to a random one of these texts."""
        codes = np.array([COLUMNS[column].index(text) for text in options])
        rows[column] = self.rng.choice(codes, len(rows))
        return rows

    def strangers_do(self, rows: pd.DataFrame, people: int) -> pd.DataFrame:
        """Gives the rows to devices that nobody else uses."""
        key = self.block * MESSAGE_BLOCK + self.strangers + np.arange(people)
        self.strangers += people
        rows["anon"] = self.rng.choice(scramble(key, FOREIGN_SALT), len(rows))
        rows["user"] = ABSENT
        return self.new_messages(rows)


def _delay(rows: pd.DataFrame, delay: Ints) -> pd.DataFrame:
    for column in ("sent", "received", "position"):
        rows[column] = rows[column] + delay
    return rows[rows["received"] < LAST_RECEIVED]


def _retries(s: _Soiler) -> pd.DataFrame:
    rows = s.copies("exact_duplicate", 0.006)
    kept = _delay(rows, s.rng.integers(SECOND, 20 * 60 * SECOND, len(rows)))
    s.counts["exact_duplicate"] = len(kept)
    return kept


def _conflicts(s: _Soiler) -> pd.DataFrame:
    rows = s.copies("conflicting_payload", 0.0005, s.browsing())
    rows["path"] = (rows["path"] + 1) % len(COLUMNS["path"])
    kept = _delay(rows, s.rng.integers(SECOND, HOUR, len(rows)))
    s.counts["conflicting_payload"] = len(kept)
    return kept


def _skewed_clocks(s: _Soiler) -> pd.DataFrame:
    rows = s.harmless("clock_ahead", 0.0008)
    ahead = np.exp(s.rng.uniform(np.log(120 * SECOND), np.log(5 * DAY), len(rows)))
    rows["time"] = rows["received"] + ahead.astype(np.int64)
    return rows


def _broken_times(s: _Soiler) -> pd.DataFrame:
    old = s.pick(s.harmless("implausible_time", 0.0004), "broken_time", BROKEN_TIMES[:PARSEABLE_BROKEN_TIMES])
    bad = s.pick(s.harmless("unparseable_time", 0.0004), "broken_time", BROKEN_TIMES[PARSEABLE_BROKEN_TIMES:])
    return pd.concat([old, bad])


def _foreign_traffic(s: _Soiler) -> pd.DataFrame:
    """Bots are few and busy, and they see the last variants of the experiments more often than people do."""
    late_variant = s.genuine["variant"].isin(
        [first_variant_code(i) + len(e.variants) - 1 for i, e in enumerate(EXPERIMENTS)]
    )
    bots = pd.concat([s.copies("bot", 0.006), s.copies("bot", 0.002, np.flatnonzero(late_variant))])
    bots = s.strangers_do(s.pick(bots, "agent", BOT_AGENTS), people=1 + len(bots) // 500)
    internal = s.copies("internal", 0.001)
    internal = s.strangers_do(s.pick(internal, "extra", INTERNAL), people=1 + len(internal) // 20)
    refused = s.copies("no_consent", 0.002)
    refused = s.strangers_do(s.pick(refused, "extra", CONSENT_REFUSED), people=1 + len(refused) // 8)
    return pd.concat([bots, internal, refused])


def _missing_ids(s: _Soiler) -> pd.DataFrame:
    nameless = s.harmless("missing_message_id", 0.0004)
    nameless["message"] = 0
    nobody = s.harmless("missing_ids", 0.0004)
    nobody["anon"], nobody["user"] = 0, ABSENT
    return pd.concat([nameless, nobody])


def _unknown_words(s: _Soiler) -> pd.DataFrame:
    events = s.pick(s.harmless("unknown_event", 0.0005), "event", UNKNOWN_EVENTS)
    hostile = s.pick(s.harmless("hostile_string", 0.0008), "extra", HOSTILE)
    return pd.concat([events, hostile])


def _first_exposures(s: _Soiler) -> Ints:
    """Rows in which a person sees an experiment for the first time."""
    exposures = s.genuine.loc[s.genuine["event"] == event_code(EXPOSURE), ["person", "experiment"]]
    return exposures.index.to_numpy()[~exposures.duplicated().to_numpy()]


def _strange_exposures(s: _Soiler) -> pd.DataFrame:
    """Exposures soon after a unit's first one: to another variant, or to one that no definition knows."""
    first = _first_exposures(s)
    switched = s.copies("switcher", SWITCHER_SHARE * len(first) / max(1, len(s.genuine)), first)
    start = np.array([first_variant_code(i) for i in range(len(EXPERIMENTS))])[switched["experiment"]]
    size = np.array([len(e.variants) for e in EXPERIMENTS])[switched["experiment"]]
    switched["variant"] = start + (switched["variant"] - start + 1) % size
    unknown = s.pick(s.copies("unknown_variant", 0.0004, first), "variant", VARIANTS[-UNKNOWN_VARIANTS:])
    strange = pd.concat([switched, unknown])
    later = s.rng.integers(5 * SECOND, 30 * SECOND, len(strange))
    strange["time"] = strange["time"] + later
    for column in ("sent", "received", "position"):
        strange[column] = strange[column] + later
    return s.new_messages(strange)


def _broken_lines(s: _Soiler) -> pd.DataFrame:
    truncated = s.harmless("truncated_line", 0.0004)
    truncated["cut"] = s.rng.integers(20, 300, len(truncated))
    garbage = s.pick(s.harmless("not_json", 0.0002), "junk", JUNK[EMPTY_JUNK:])
    empty = s.pick(s.harmless("empty_line", 0.0002), "junk", JUNK[:EMPTY_JUNK])
    return pd.concat([truncated, garbage, empty])


def _broken_taxonomy(s: _Soiler) -> pd.DataFrame:
    """Scrolls beyond the page's end, and clicks on nothing."""
    events = s.genuine["event"].to_numpy()
    scrolls = np.flatnonzero(events == event_code("page_scrolled"))
    clicks = np.flatnonzero(events == event_code("element_clicked"))
    deep = s.new_messages(s.copies("impossible_depth", 0.0004, scrolls))
    deep["depth"] = 250
    blind = s.new_messages(s.copies("missing_element", 0.0004, clicks))
    blind["element"] = ABSENT
    return pd.concat([deep, blind])


def _delay_some(s: _Soiler) -> None:
    """Queued offline, delivered hours or days later; and lines that stand in the wrong place of a file."""
    rows = s.genuine
    late = s.rng.random(len(rows)) < 0.004
    delay = np.exp(s.rng.uniform(np.log(2 * HOUR), np.log(4 * DAY), len(rows))).astype(np.int64)
    late &= (rows["received"] + delay < LAST_RECEIVED).to_numpy()
    for column in ("sent", "received", "position"):
        rows[column] = rows[column] + np.where(late, delay, 0)
    moved = s.rng.random(len(rows)) < 0.01
    shift = s.rng.integers(-2 * HOUR, 2 * HOUR, len(rows))
    rows["position"] = rows["position"] + np.where(moved, shift, 0)
    s.counts["late"], s.counts["out_of_order"] = int(late.sum()), int(moved.sum())


_ADDED: tuple[Callable[[_Soiler], pd.DataFrame], ...] = (
    _retries,
    _conflicts,
    _skewed_clocks,
    _broken_times,
    _foreign_traffic,
    _missing_ids,
    _unknown_words,
    _strange_exposures,
)


def soil(
    genuine: pd.DataFrame, block: int, seed: int, broken_lines: bool
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Genuine and dirty rows of a block, and how many rows of each kind of dirt there are.

    ``broken_lines`` adds what only a text file can hold: truncated, foreign and empty lines.
    """
    if genuine.empty:
        return genuine, {}
    soiler = _Soiler(genuine.copy(), block, np.random.default_rng([seed, block, 1]))
    _delay_some(soiler)
    kinds = (*_ADDED, _broken_lines, _broken_taxonomy) if broken_lines else (*_ADDED, _broken_taxonomy)
    added = [make(soiler) for make in kinds]
    return pd.concat([soiler.genuine, *added], ignore_index=True), soiler.counts
