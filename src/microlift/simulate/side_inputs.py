"""The optional inputs beside the events: unit attributes and a calendar."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from .plan import CAMPAIGN, DAY, HOLIDAY, HOUR, OUTAGE, SECOND, START
from .population import Ints
from .vocabulary import VISITOR_TYPES

PRO_SHARE = 0.15
UPGRADE_SHARE = 0.08
SURVEY_SHARE = 0.25
AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55+")


def _rows(user: Ints, attribute: str, value: str | Ints, known_at: Ints) -> pd.DataFrame:
    return pd.DataFrame({"user": user, "attribute": attribute, "value": value, "known_at": known_at})


def draw_unit_attributes(events: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Attributes of the account holders of a block of genuine events, with the time they became known.

    The plan of a returning visitor was known before the data begin, that of a new one from the first
    signed-in event; some upgrade days later, and some answer a survey about their age only then. Columns:
    user, attribute, value, known_at (ms since 1970).
    """
    signed_in = events[events["user"] >= 0]
    accounts = signed_in.groupby("user").agg(seen=("time", "min"), visitor=("visitor", "first"))
    user, seen = accounts.index.to_numpy(), accounts["seen"].to_numpy()
    old = START - rng.integers(DAY, 400 * DAY, len(user))
    returning = (accounts["visitor"] == VISITOR_TYPES.index("returning")).to_numpy()
    plan = np.where(rng.random(len(user)) < PRO_SHARE, "pro", "free")
    upgrades = (plan == "free") & (rng.random(len(user)) < UPGRADE_SHARE)
    answers = rng.random(len(user)) < SURVEY_SHARE
    days_later = seen + rng.integers(6 * HOUR, 7 * DAY, len(user))
    return pd.concat(
        [
            _rows(user, "plan", plan, np.where(returning, old, seen)),
            _rows(user[upgrades], "plan", "pro", days_later[upgrades]),
            _rows(
                user[answers], "age_band", rng.choice(AGE_BANDS, answers.sum()), days_later[answers] + HOUR
            ),
        ]
    ).sort_values(["user", "known_at", "attribute"])


def write_unit_attributes(landing: Path, drawn: list[pd.DataFrame]) -> Path:
    """``unit_attributes.csv``: unit_id, attribute, value, known_at."""
    rows = pd.concat(drawn)
    table = pd.DataFrame(
        {
            "unit_id": "u-" + rows["user"].astype(str).str.zfill(8),
            "attribute": rows["attribute"],
            "value": rows["value"],
            "known_at": _text(rows["known_at"]),
        }
    )
    path = landing / "unit_attributes.csv"
    table.to_csv(path, index=False, lineterminator="\n")
    return path


def write_calendar(landing: Path) -> Path:
    """``calendar.csv``: starts_at, ends_at, event_name, kind."""
    rows = pd.DataFrame(
        [
            (*CAMPAIGN, "New year campaign", "campaign"),
            (*OUTAGE, "Data centre outage", "outage"),
            (*HOLIDAY, "Public holiday", "holiday"),
        ],
        columns=["starts_at", "ends_at", "event_name", "kind"],
    )
    for column in ("starts_at", "ends_at"):
        rows[column] = _text(rows[column])
    path = landing / "calendar.csv"
    rows.to_csv(path, index=False, lineterminator="\n")
    return path


def _text(milliseconds: pd.Series) -> pd.Series:
    return pd.to_datetime(milliseconds // SECOND, unit="s").dt.strftime("%Y-%m-%d %H:%M:%S")
