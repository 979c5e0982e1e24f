"""One block of people's events in a frame of numbers; texts are positions in the vocabulary."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from .browsing import browsing_events, funnel_events, sign_ins
from .outcomes import experiment_events
from .plan import END, EXPERIMENTS, SECOND
from .population import draw_visits, scramble
from .vocabulary import COLUMNS

LAST_EVENT = END - 60 * SECOND  # leaves room for its delivery
MESSAGE_SALT = 2
MESSAGE_BLOCK = 1 << 32  # a block of people owns this many message numbers

#: Numeric columns of an event frame: ids, times in ms since 1970, and coded columns of a narrower type.
WIDE = ("message", "person", "anon", "user", "time", "sent", "received", "position", "cents")
NARROW = (*COLUMNS, "depth", "cut", "sequence")
ABSENT = -1


def genuine_events(block: int, first_person: int, people: int, wanted: int, seed: int) -> pd.DataFrame:
    """Events of a block of people, clean, ordered by person and time; at least ``wanted`` rows.

    Columns: ``message`` (id), ``person``, ``anon``, ``user``, ``time``, ``sent``, ``received``, ``position``
    (where the row stands in its file), ``cents``, ``sequence`` (counts a person's events) and the coded
    columns of ``vocabulary.COLUMNS``. Absent values are −1.
    """
    rng = np.random.default_rng([seed, block])
    visits = draw_visits(first_person, people, rng)
    parts = [sign_ins(visits), funnel_events(visits, rng)]
    for position in range(len(EXPERIMENTS)):
        parts.extend(experiment_events(position, visits, rng))
    planted = pd.concat(parts)
    planted = planted[planted["time"] < LAST_EVENT]
    events = pd.concat([planted, browsing_events(visits, wanted - len(planted), rng)], ignore_index=True)

    n = len(events)
    visit = events.pop("visit").to_numpy()
    who = visits.take(visit).reset_index(drop=True)
    for column in ("person", "anon", "device", "visitor", "source", "country", "agent"):
        events[column] = who[column]
    events["user"] = np.where(events["time"] >= who["known_from"], who["user"], ABSENT)
    events["path"] = rng.choice(len(COLUMNS["path"]), n)
    events["sent"] = events["time"] + rng.integers(100, 5 * SECOND, n)
    events["received"] = events["sent"] + rng.integers(30, 900, n)
    events["position"] = events["received"]
    events = events.sort_values(["person", "time", "event"], kind="stable", ignore_index=True)
    events["message"] = scramble(block * MESSAGE_BLOCK + np.arange(n), MESSAGE_SALT)
    events["sequence"] = events.groupby("person", sort=False).cumcount()
    return complete(events)


def complete(events: pd.DataFrame) -> pd.DataFrame:
    """The frame with every column, absent ones filled, in the narrowest type that holds the vocabulary."""
    types: dict[str, Any] = {**dict.fromkeys(WIDE, np.int64), **dict.fromkeys(NARROW, np.int32)}
    filled = {
        name: events[name].fillna(ABSENT).to_numpy().astype(kind)
        if name in events
        else np.full(len(events), ABSENT, kind)
        for name, kind in types.items()
    }
    return pd.DataFrame(filled)


def to_arrow(events: pd.DataFrame) -> pa.Table:
    """The frame with its codes spelled out (dictionary-encoded) and absent values as nulls."""
    columns = {"row": pa.array(np.arange(len(events)))}
    for name in (*WIDE, *NARROW):
        values = events[name].to_numpy()
        if name in COLUMNS:
            codes = pa.array(values, mask=values < 0)
            columns[name] = pa.DictionaryArray.from_arrays(codes, pa.array(COLUMNS[name], pa.string()))
        elif name in ("message", "anon"):  # ids use all 64 bits; 0 stands for a missing one
            columns[name] = pa.array(values, mask=values == 0)
        else:
            columns[name] = pa.array(values, mask=values < 0)
    return pa.table(columns)
