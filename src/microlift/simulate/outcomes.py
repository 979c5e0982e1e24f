"""Exposures and the outcomes that follow from them, drawn from the planted rates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from .plan import END, EXPERIMENTS, HOUR, ORDER_SIGMA, SECOND, Experiment, Floats, Stream
from .population import Ints
from .vocabulary import EXPOSURE, event_code, first_variant_code

REEXPOSURE_SHARE = 0.35  # of the later visits
TOO_EARLY_SHARE = 0.02
TOO_LATE_SHARE = 0.03


def _pick_variant(experiment: Experiment, exposed_at: Ints, rng: np.random.Generator) -> Ints:
    """Variant of each unit by the weights in force at its first exposure."""
    epoch = np.searchsorted(experiment.epoch_starts, exposed_at, side="right") - 1
    bounds = np.cumsum(np.asarray(experiment.weights), axis=1)[epoch]
    bounds[:, -1] = 1.0  # whatever the rounding of the sum
    return (rng.random(len(exposed_at))[:, None] >= bounds).sum(axis=1)


def _stratum(experiment: Experiment, visits: pd.DataFrame, exposed_at: Ints) -> Ints:
    """Column of the rate table that each unit draws from."""
    if experiment.dimension == "epoch":
        return np.searchsorted(experiment.epoch_starts, exposed_at, side="right") - 1
    column = {"device": "device", "visitor_type": "visitor"}.get(experiment.dimension)
    return np.zeros(len(visits), dtype=np.int64) if column is None else visits[column].to_numpy()


def _events(visit: Ints, time: Ints, event: str, **columns: npt.ArrayLike) -> pd.DataFrame:
    return pd.DataFrame({"visit": visit, "time": time, "event": event_code(event), **columns})


def _delays(count: int, window: int, rng: np.random.Generator) -> Ints:
    """Times to outcome inside (0, window), most of them soon."""
    return (5 * SECOND + (window - 10 * SECOND) * rng.random(count) ** 4).astype(np.int64)


def _outcome_counts(stream: Stream, rate: Floats, rng: np.random.Generator) -> Ints:
    if stream.kind == "conversion":
        return (rng.random(len(rate)) < rate).astype(np.int64)
    return rng.poisson(rate)


def _values(stream: Stream, variant: Ints, rng: np.random.Generator) -> Ints | int:
    """Value of each outcome in cents: lognormal with the planted mean of its variant; −1 for none."""
    if not stream.mean_values:
        return -1
    mu = np.log(np.asarray(stream.mean_values)[variant] * 100) - ORDER_SIGMA**2 / 2
    return np.maximum(1, np.rint(rng.lognormal(mu, ORDER_SIGMA))).astype(np.int64)


def experiment_events(
    position: int, visits: pd.DataFrame, rng: np.random.Generator
) -> Iterator[pd.DataFrame]:
    """Events of one experiment: exposures, outcomes in the window, and some outside it that do not count.

    Yields frames with ``visit`` (row of ``visits``), ``time`` and the coded columns that apply.
    """
    experiment: Experiment = EXPERIMENTS[position]
    first = np.flatnonzero(visits["number"].to_numpy() == 0)
    first = first[rng.random(len(first)) < experiment.share]
    start = visits["start"].to_numpy()
    exposed_at = start[first] + rng.integers(30 * SECOND, 100 * SECOND, len(first))
    in_time = exposed_at < experiment.last_call
    first, exposed_at = first[in_time], exposed_at[in_time]
    variant = _pick_variant(experiment, exposed_at, rng)
    stratum = _stratum(experiment, visits.iloc[first], exposed_at)

    counts = [
        _outcome_counts(stream, np.asarray(stream.rates)[variant, stratum], rng)
        for stream in experiment.streams
    ]
    if experiment.lost:
        lost = (counts[0] == 0) & (rng.random(len(first)) < np.asarray(experiment.lost)[variant])
        first, exposed_at, variant = first[~lost], exposed_at[~lost], variant[~lost]
        counts = [count[~lost] for count in counts]

    code = first_variant_code(position) + variant
    yield _events(first, exposed_at, EXPOSURE, experiment=position, variant=code)
    yield _reexposures(position, visits, first, variant, rng)
    for stream, count in zip(experiment.streams, counts, strict=True):
        unit = np.repeat(np.arange(len(first)), count)
        time = exposed_at[unit] + _delays(len(unit), stream.window, rng)
        yield _events(first[unit], time, stream.event, cents=_values(stream, variant[unit], rng))
        yield _stray(stream, start, first, exposed_at, variant, rng)


def _reexposures(
    position: int, visits: pd.DataFrame, first: Ints, variant: Ints, rng: np.random.Generator
) -> pd.DataFrame:
    """The same variant shown again in later visits.

    Where devices are randomised, a second device is another unit, and sees nothing.
    """
    experiment = EXPERIMENTS[position]
    by_person = pd.Series(variant, index=visits["person"].to_numpy()[first])
    later = visits["number"].to_numpy() > 0
    if experiment.unit_type == "device":
        later &= visits["primary"].to_numpy()
    later &= visits["person"].isin(by_person.index).to_numpy()
    later &= rng.random(len(visits)) < REEXPOSURE_SHARE
    time = visits["start"].to_numpy() + 15 * SECOND
    row = np.flatnonzero(later & (time < experiment.stops_at))
    again = by_person.loc[visits["person"].to_numpy()[row]].to_numpy()
    code = first_variant_code(position) + again
    return _events(row, time[row], EXPOSURE, experiment=position, variant=code)


def _stray(
    stream: Stream, start: Ints, first: Ints, exposed_at: Ints, variant: Ints, rng: np.random.Generator
) -> pd.DataFrame:
    """Outcomes before the exposure or beyond the window."""
    early = np.flatnonzero(rng.random(len(first)) < TOO_EARLY_SHARE)
    late = np.flatnonzero(rng.random(len(first)) < TOO_LATE_SHARE)
    before = start[first[early]] + rng.integers(SECOND, 30 * SECOND, len(early))
    after = exposed_at[late] + stream.window + rng.integers(HOUR, 48 * HOUR, len(late))
    unit = np.concatenate([early, late])
    time = np.concatenate([before, after])
    kept = time < END
    unit, time = unit[kept], time[kept]
    return _events(first[unit], time, stream.event, cents=_values(stream, variant[unit], rng))
