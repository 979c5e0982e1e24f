"""What the demo data really contain, and how surely a test at 5% finds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from .plan import (
    DEVICE_SHARES,
    END,
    EXPERIMENTS,
    ORDER_SIGMA,
    VISITOR_SHARES,
    Experiment,
    Floats,
    Stream,
    arrived_by,
)

ALPHA = 0.05
SAMPLE_RATIO_ALPHA = 0.0005

_NOTES = {
    "winner": "better for everyone",
    "null": "no difference",
    "segment_only": "works on mobile only; the overall effect is diluted",
    "interaction": "headline and image work only together",
    "rare": "about one unit in a hundred converts",
    "sample_ratio": "no effect, but exposures of units that do not convert are lost: it must not be trusted",
    "sign_flip": "helps new visitors, harms returning ones, and cancels overall",
    "rollout": "pooling over the allocation epochs hides the lift",
}


@dataclass(frozen=True)
class Truth:
    """One planted fact.

    ``value`` is the true difference (variant − baseline) of rates, means or ratios. Interactions are
    differences of differences: ``segment`` ``mobile:desktop`` is the effect on mobile minus that on desktop,
    ``variant_id`` ``headline:image`` the effect of both factors minus the sum of their single effects;
    ``headline=short`` is a main effect, averaged over the other factor. ``expected_power`` is that of a
    two-sided 5% test (alpha itself where the value is 0); for ``sample_ratio`` it is that of the χ² test of
    the split at .0005, and ``value`` is the causal effect, which the broken split keeps an analysis from
    seeing.
    """

    experiment_id: str
    metric_id: str
    segment_dimension: str
    segment: str
    variant_id: str
    baseline_variant_id: str
    scale: str
    value: float
    kind: str
    expected_power: float
    note: str


def two_sided_power(effect: float, standard_error: float, alpha: float = ALPHA) -> float:
    """Power of the two-sided Wald z test: Φ(|δ|/se − z) + Φ(−|δ|/se − z), unpooled standard error."""
    z = stats.norm.isf(alpha / 2)
    shift = abs(effect) / standard_error
    return float(stats.norm.sf(z - shift) + stats.norm.cdf(-z - shift))


def sample_ratio_power(experiment: Experiment, users: int) -> float:
    """Power of the χ² test of the declared weights, from the noncentral χ² (Cohen 1988, ch. 7)."""
    declared = np.asarray(experiment.weights[0])
    rates = np.asarray(experiment.streams[0].rates)[:, 0]
    arriving = declared * (1.0 - np.asarray(experiment.lost) * (1.0 - rates))
    n = users * experiment.share * float(arrived_by(experiment.last_call)) * arriving.sum()
    effect = float(((arriving / arriving.sum() - declared) ** 2 / declared).sum())
    df = len(declared) - 1
    return float(stats.ncx2.sf(stats.chi2.isf(SAMPLE_RATIO_ALPHA, df), df, n * effect))


def _strata_shares(experiment: Experiment, ripe_until: int) -> Floats:
    """Share of the units in each stratum, among those first exposed before ``ripe_until``."""
    if experiment.dimension == "epoch":
        edges = arrived_by([*experiment.epoch_starts, ripe_until])
        return np.diff(edges) / edges[-1]
    shares = {"all": (1.0,), "device": DEVICE_SHARES, "visitor_type": VISITOR_SHARES}
    return np.asarray(shares[experiment.dimension])


def _moments(stream: Stream, metric_kind: str) -> tuple[Floats, Floats]:
    """Mean and per-unit variance of a metric, [variant, stratum] each.

    Conversion p(1−p); Poisson count λ; compound Poisson sum λE[X²]; ratio of sums by the delta method
    Var[X]/λ.
    """
    rate = np.asarray(stream.rates)
    if metric_kind == "conversion":
        return rate, rate * (1 - rate)
    if metric_kind == "count":
        return rate, rate
    value = np.asarray(stream.mean_values)[:, None] * np.ones_like(rate)
    spread = float(np.exp(ORDER_SIGMA**2))
    if metric_kind == "sum":
        return rate * value, rate * value**2 * spread
    return value, value**2 * (spread - 1) / rate


class _Cells:
    """Expected cell means of one metric and the variances of their estimates, [variant, stratum]."""

    def __init__(self, experiment: Experiment, stream: Stream, metric_kind: str, users: int) -> None:
        ripe_until = min(experiment.last_call, END - stream.window)
        self.shares = _strata_shares(experiment, ripe_until)
        weights = np.asarray(experiment.weights).T * np.ones((len(experiment.variants), len(self.shares)))
        units = users * experiment.share * float(arrived_by(ripe_until)) * self.shares * weights
        self.mean, variance = _moments(stream, metric_kind)
        self.error = variance / units

    def contrast(self, coefficients: Floats) -> tuple[float, float]:
        """Value of Σ c·mean over the cells, and its power."""
        value = float((coefficients * self.mean).sum())
        error = float(np.sqrt((coefficients**2 * self.error).sum()))
        value = round(value, 12)
        return value, two_sided_power(value, error)


@dataclass(frozen=True)
class _Contrast:
    """What a truth compares, and the coefficients [variant, stratum] by which the cells add up to it."""

    variant: str
    baseline: str
    dimension: str
    segment: str
    kind: str
    note: str
    by: Floats


def _contrasts(experiment: Experiment, shares: Floats) -> Iterator[_Contrast]:
    """Each variant against the control: overall, in each segment, and between the first two segments."""
    control = experiment.variants[0]
    dimension = experiment.dimension
    for row, variant in enumerate(experiment.variants[1:], start=1):
        arm = np.zeros(len(experiment.variants))
        arm[0], arm[row] = -1.0, 1.0
        overall = np.outer(arm, shares)
        kind, note = experiment.kind, _NOTES[experiment.kind]
        yield _Contrast(variant, control, "all", "all", kind, note, overall)
        if dimension not in ("device", "visitor_type"):
            continue
        inside = np.eye(len(shares))
        for column, stratum in enumerate(experiment.strata):
            by = np.outer(arm, inside[column])
            yield _Contrast(variant, control, dimension, stratum, kind, f"effect on {stratum}", by)
        first, second = experiment.strata[:2]
        note = f"effect on {first} minus effect on {second}"
        by = np.outer(arm, inside[0] - inside[1])
        yield _Contrast(variant, control, dimension, f"{first}:{second}", "interaction", note, by)


def _factorial_contrasts() -> Iterator[_Contrast]:
    """Effects of the factors of the 2×2 experiment, whose variants come in standard order."""
    for variant, baseline, arms, kind, note in (
        ("headline:image", "", (1.0, -1.0, -1.0, 1.0), "interaction", "what only both together do"),
        ("headline=short", "headline=long", (-0.5, 0.5, -0.5, 0.5), "winner", "main effect"),
        ("image=drawing", "image=photo", (-0.5, -0.5, 0.5, 0.5), "winner", "main effect"),
    ):
        yield _Contrast(variant, baseline, "all", "all", kind, note, np.asarray(arms)[:, None])


def _metric_truths(experiment: Experiment, stream: Stream, metric_kind: str, users: int) -> Iterator[Truth]:
    cells = _Cells(experiment, stream, metric_kind, users)
    factorial = _factorial_contrasts() if len(experiment.variants) == 4 else ()
    for contrast in (*_contrasts(experiment, cells.shares), *factorial):
        value, power = cells.contrast(contrast.by)
        kind, note = contrast.kind, contrast.note
        if kind == "sample_ratio":
            power = sample_ratio_power(experiment, users)
        elif value == 0 and kind in ("winner", "interaction"):
            kind, note = "null", _NOTES["null"]
        yield Truth(
            experiment_id=experiment.experiment_id,
            metric_id=stream.metrics[metric_kind],
            segment_dimension=contrast.dimension,
            segment=contrast.segment,
            variant_id=contrast.variant,
            baseline_variant_id=contrast.baseline,
            scale="difference",
            value=value,
            kind=kind,
            expected_power=power,
            note=note,
        )


def planted_truths(users: int = 120_000) -> list[Truth]:
    """Every planted effect and null, with the power that ``users`` people give.

    Units count once ripe: recruitment stops a metric window before an experiment's end, or that of the data.

    Raises ``ValueError`` for fewer than one user.
    """
    if users < 1:
        raise ValueError(f"users must be at least 1, got {users}")
    return [
        truth
        for experiment in EXPERIMENTS
        for stream in experiment.streams
        for metric_kind in stream.metrics
        for truth in _metric_truths(experiment, stream, metric_kind, users)
    ]
