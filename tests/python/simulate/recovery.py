"""Estimates of every planted truth from event frames, by definition and without the generator's own draws."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from microlift.simulate.plan import EXPERIMENTS, Experiment, Stream
from microlift.simulate.truths import Truth
from microlift.simulate.vocabulary import COLUMNS, EXPOSURE, event_code

Floats = npt.NDArray[np.float64]
BY_ID = {e.experiment_id: e for e in EXPERIMENTS}


def exposed_units(events: pd.DataFrame, experiment: Experiment) -> pd.DataFrame:
    """Each unit's first exposure: unit, exposed_at, variant (text) and stratum (text)."""
    position = EXPERIMENTS.index(experiment)
    seen = events[(events["event"] == event_code(EXPOSURE)) & (events["experiment"] == position)]
    unit = "anon" if experiment.unit_type == "device" else "person"
    first = seen.sort_values("time").drop_duplicates(["seed", unit])
    if experiment.dimension == "epoch":
        epoch = np.searchsorted(experiment.epoch_starts, first["time"], side="right") - 1
        stratum = epoch.astype(str)
    else:
        column = {"device": "device", "visitor_type": "visitor"}.get(experiment.dimension)
        stratum = [COLUMNS[column][i] for i in first[column]] if column else "all"
    variant = [COLUMNS["variant"][i] for i in first["variant"]]
    return pd.DataFrame(
        {
            "seed": first["seed"],
            "unit": first[unit],
            "exposed_at": first["time"],
            "variant": variant,
            "stratum": stratum,
        }
    )


def unit_totals(events: pd.DataFrame, experiment: Experiment, stream: Stream) -> pd.DataFrame:
    """Ripe units with the number and the value (money) of their outcomes inside the window."""
    units = exposed_units(events, experiment)
    as_of = events["received"].max()
    units = units[units["exposed_at"] + stream.window <= as_of].reset_index(drop=True)
    column = "anon" if experiment.unit_type == "device" else "person"
    outcome = events.loc[events["event"] == event_code(stream.event), ["seed", column, "time", "cents"]]
    joined = outcome.rename(columns={column: "unit"}).merge(units.reset_index(), on=["seed", "unit"])
    delay = joined["time"] - joined["exposed_at"]
    inside = joined[(delay > 0) & (delay < stream.window)].groupby("index")["cents"]
    units["count"] = inside.size().reindex(units.index, fill_value=0)
    units["value"] = inside.sum().reindex(units.index, fill_value=0) / 100
    return units


def cells(
    units: pd.DataFrame, experiment: Experiment, metric_kind: str
) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """Mean, variance of the mean, and number of units, [variant, stratum] each."""
    shape = (len(experiment.variants), len(experiment.strata))
    mean, error, size = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=np.int64)
    for i, variant in enumerate(experiment.variants):
        for j, stratum in enumerate(experiment.strata):
            cell = units[(units["variant"] == variant) & (units["stratum"] == stratum)]
            count, value = cell["count"].to_numpy(), cell["value"].to_numpy()
            if metric_kind == "ratio":
                mean[i, j] = value.sum() / count.sum()
                y = (value - mean[i, j] * count) / count.mean()
            else:
                y = {"conversion": count > 0, "count": count, "sum": value}[metric_kind].astype(float)
                mean[i, j] = y.mean()
            error[i, j], size[i, j] = y.var() / len(y), len(y)
    return mean, error, size


def _coefficients(truth: Truth, experiment: Experiment, size: npt.NDArray[np.int64]) -> Floats:
    """How the cells add up to the truth's contrast."""
    names = experiment.variants
    if truth.variant_id == "headline:image":
        arm = np.array([1.0, -1.0, -1.0, 1.0])
    elif truth.variant_id.startswith(("headline=", "image=")):
        level = truth.variant_id.split("=")[1]
        arm = np.array([0.5 if level in name.split("_") else -0.5 for name in names])
    else:
        arm = np.array([(n == truth.variant_id) * 1.0 - (n == truth.baseline_variant_id) for n in names])
    if truth.segment == "all":
        stratum = size.sum(axis=0) / size.sum()
    else:
        plus, _, minus = truth.segment.partition(":")
        stratum = np.array([(s == plus) * 1.0 - (s == minus) for s in experiment.strata])
    return np.outer(arm, stratum)


def estimate(events: pd.DataFrame, truth: Truth) -> tuple[float, float]:
    """Estimate of the planted value and its standard error."""
    experiment = BY_ID[truth.experiment_id]
    stream, metric_kind = next(
        (s, kind)
        for s in experiment.streams
        for kind, metric in s.metrics.items()
        if metric == truth.metric_id
    )
    mean, error, size = cells(unit_totals(events, experiment, stream), experiment, metric_kind)
    by = _coefficients(truth, experiment, size)
    return float((by * mean).sum()), float(np.sqrt((by**2 * error).sum()))
