"""What visitors do besides the experiments: pages, micro-interactions, sign-ins and the purchase funnel."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .plan import END, HOUR, SECOND
from .population import running_total
from .vocabulary import BROWSING, COLUMNS, FUNNEL, event_code

BROWSING_SHARES = (0.62, 0.18, 0.13, 0.07)
FUNNEL_SHARES = (0.22, 0.55, 0.6, 0.7)  # of the visits, then of those who took the step before
LONGEST_VISIT = 6 * HOUR
MEAN_PAUSE = 45 * SECOND


def sign_ins(visits: pd.DataFrame) -> pd.DataFrame:
    """The event by which the tracker learns who a device belongs to."""
    rows = visits[visits["signs_in"]]
    return pd.DataFrame({"visit": rows.index, "time": rows["known_from"], "event": event_code("signed_in")})


def funnel_events(visits: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The steps of a purchase, each a few minutes after the one before; visitors drop off on the way."""
    row = visits.index.to_numpy()
    time = visits["start"].to_numpy().copy()
    steps = []
    for step, share in zip(FUNNEL, FUNNEL_SHARES, strict=True):
        stays = rng.random(len(row)) < share
        row, time = row[stays], time[stays] + rng.integers(20 * SECOND, 240 * SECOND, stays.sum())
        steps.append(pd.DataFrame({"visit": row, "time": time, "event": event_code(step)}))
    return pd.concat(steps)


def browsing_events(visits: pd.DataFrame, wanted: int, rng: np.random.Generator) -> pd.DataFrame:
    """A page view at the start of each visit and micro-interactions after it, at least ``wanted`` in all."""
    opening = pd.DataFrame(
        {"visit": visits.index, "time": visits["start"], "event": event_code("page_viewed")}
    )
    # A visit that begins near the end of the data has no room for more.
    roomy = np.flatnonzero(visits["start"].to_numpy() < END - LONGEST_VISIT)
    more = max(0, wanted - len(opening)) if len(roomy) else 0
    if more == 0:
        return opening
    row = np.sort(roomy[rng.integers(0, len(roomy), more)])
    pause = min(float(MEAN_PAUSE), LONGEST_VISIT / (2 * (1 + more / len(roomy))))
    steps = (1 + rng.exponential(pause, more)).astype(np.int64)
    offset = np.minimum(running_total(steps, row), LONGEST_VISIT - 120 * SECOND)
    kind = rng.choice([event_code(name) for name in BROWSING], more, p=BROWSING_SHARES)
    micro = pd.DataFrame({"visit": row, "time": visits["start"].to_numpy()[row] + offset, "event": kind})
    scrolled, clicked = kind == event_code("page_scrolled"), kind == event_code("element_clicked")
    micro["depth"] = np.where(scrolled, rng.choice([25, 50, 75, 100], more), -1)
    micro["element"] = np.where(clicked, rng.integers(0, len(COLUMNS["element"]), more), -1)
    return pd.concat([opening, micro])
