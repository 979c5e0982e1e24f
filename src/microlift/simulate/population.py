"""Who comes, when and with which device: one row a visit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from .plan import (
    CAMPAIGN,
    DAY,
    DEVICE_SHARES,
    DEVICES,
    END,
    OUTAGE,
    SECOND,
    VISITOR_SHARES,
    arrival_curve,
)
from .vocabulary import COLUMNS

Ints = npt.NDArray[np.int64]

LAST_START = END - 120 * SECOND  # leaves room for the first clicks of a visit and their delivery
ACCOUNT_SHARE = 0.6
SECOND_DEVICE_SHARE = 0.05  # of the later visits of people with an account
EXTRA_VISITS = 0.8
VISIT_GAP = 2.5 * DAY
NEVER = np.iinfo(np.int64).max


def scramble(key: Ints, salt: int) -> Ints:
    """A bijection of 64-bit keys by which consecutive ids look unrelated (SplitMix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        z = key.astype(np.uint64) + np.uint64(salt) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))).view(np.int64)


def running_total(steps: Ints, group: Ints) -> Ints:
    """Cumulative sum of ``steps`` that starts anew with each run of equal ``group``."""
    total = np.cumsum(steps)
    first = np.r_[True, group[1:] != group[:-1]] if len(group) else np.zeros(0, dtype=bool)
    before = np.where(first, total - steps, 0)
    return total - np.maximum.accumulate(before) if len(group) else total


def draw_visits(first_person: int, people: int, rng: np.random.Generator) -> pd.DataFrame:
    """Visits of a block of people, ordered by person and start.

    Columns: person, number (0 for the first visit), start, anon (device key), user (−1 without an account),
    known_from (ms from which the tracker knows the user), primary (own first device), signs_in, and the coded
    device, visitor, source, country, agent.
    """
    edges, share = arrival_curve()
    arrival = np.interp(rng.random(people), share, edges.astype(np.float64)).astype(np.int64)
    count = 1 + rng.poisson(EXTRA_VISITS, people)
    row = np.repeat(np.arange(people), count)
    number = running_total(np.ones(len(row), dtype=np.int64), row) - 1
    gap = np.where(number == 0, 0, 1_800_000 + rng.exponential(VISIT_GAP, len(row))).astype(np.int64)
    start = arrival[row] + running_total(gap, row)

    has_account = rng.random(people) < ACCOUNT_SHARE
    own_device = rng.choice(len(DEVICES), people, p=DEVICE_SHARES)
    other_device = rng.choice(len(DEVICES), people, p=DEVICE_SHARES)
    country = rng.choice(
        len(COLUMNS["country"]), people, p=[0.3, 0.14, 0.13, 0.1, 0.1, 0.09, 0.06, 0.04, 0.03, 0.01]
    )
    returning = rng.random(people) < VISITOR_SHARES[1]
    model = rng.integers(0, 2, people)
    # Half of the accounts are signed in from the start, the others sign in during their first visit.
    signs_in = has_account & (rng.random(people) < 0.5)
    sign_in = arrival + rng.integers(40 * SECOND, 110 * SECOND, people)
    known = np.where(has_account, np.where(signs_in, sign_in, 0), NEVER)

    primary = (number == 0) | ~has_account[row] | (rng.random(len(row)) >= SECOND_DEVICE_SHARE)
    device = np.where(primary, own_device[row], other_device[row])
    source = rng.choice(len(COLUMNS["source"]), len(row), p=[0.3, 0.35, 0.12, 0.13, 0.1])
    in_campaign = (start >= CAMPAIGN[0]) & (start < CAMPAIGN[1])
    source[in_campaign & (rng.random(len(row)) < 0.15)] = COLUMNS["source"].index("paid")
    person = first_person + row
    visits = pd.DataFrame(
        {
            "person": person,
            "number": number,
            "start": start,
            "anon": scramble(2 * person + ~primary, salt=1),
            "user": np.where(has_account[row], person, -1),
            "known_from": np.where(primary, known[row], start + 20 * SECOND),
            "primary": primary,
            "signs_in": ~primary | (signs_in[row] & (number == 0)),
            "device": device,
            "visitor": np.where(returning[row] | (number > 0), 1, 0),
            "source": source,
            "country": country[row],
            "agent": device + len(DEVICES) * model[row],
        }
    )
    in_outage = (start >= OUTAGE[0]) & (start < OUTAGE[1]) & (number > 0)
    return visits[(start < LAST_START) & ~in_outage].reset_index(drop=True)
