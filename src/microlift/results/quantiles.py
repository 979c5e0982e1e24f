"""What a comparison says of a quantile metric: the difference of quantiles, by the bootstrap."""

import numpy as np
import pandas as pd

from microlift.results.effects import STRATIFIED, absences, shared_epochs
from microlift.results.histograms import Histograms, Resampling, table_of
from microlift.results.pairs import Pairs
from microlift.results.tables import BoolArray, Columns, Reason
from microlift.stats.histograms import sample_quantile


def quantile_effects(
    pairs: Pairs,
    histograms: Histograms,
    levels: pd.Series,
    higher: BoolArray,
    confidence: float,
    resampling: Resampling,
) -> tuple[Columns, list[Reason]]:
    """Columns of `results_comparisons` for quantile metrics, and reasons for its note.

    `levels` has the quantile of each metric. Over several allocation epochs the differences of the epochs'
    quantiles are weighted as those of means are. P(better) and expected loss are of the resamples.
    """
    rows = pairs.keys.to_dict("records")
    asked = levels.reindex(pairs.keys["metric_id"]).to_numpy(dtype=np.float64)
    found = table_of([
        histograms.compare(row, resampling, quantile=q, confidence=confidence)
        for row, q in zip(rows, asked, strict=True)
    ])  # fmt: skip
    estimates = [
        np.array([
            np.nan if (arm := histograms.pooled(row, column)) is None else sample_quantile(arm, q)
            for row, q in zip(rows, asked, strict=True)
        ])
        for column in ("variant_id", "baseline_variant_id")
    ]  # fmt: skip
    exists, tested = np.isfinite(found["difference"]), np.isfinite(found["p_value"])
    several = shared_epochs(pairs).sum(axis=1) > 1
    absent = np.full(len(rows), np.nan)
    positive = found["probability_positive"]
    columns: Columns = {
        "estimate": estimates[0],
        "baseline_estimate": estimates[1],
        **{
            f"{name}{end}": found[f"{name}{end}"]
            for name in ("difference", "relative_lift")
            for end in ("", "_low", "_high")
        },
        **{f"odds_ratio{end}": absent for end in ("", "_low", "_high")},
        "effect_size": absent,
        "effect_size_name": np.full(len(rows), None, dtype=object),
        "p_value": found["p_value"],
        "probability_better": np.where(higher, positive, 1 - positive),
        "expected_loss": np.where(higher, found["mean_shortfall"], found["mean_excess"]),
        "posterior": np.full(len(rows), "bootstrap"),
        "variance_reduction": np.zeros(len(rows)),
        "method": np.full(len(rows), "bootstrap_of_quantile"),
        "method_reason": np.array(
            [f"the {q:g} quantile: {resampling.resamples:,} resamples, percentile limits" for q in asked]
        ),
    }
    return columns, [
        *absences(pairs, exists),
        (exists & ~tested, "no test: fewer than two units in a variant, or all values alike"),
        *bound_reasons(columns, tested, "quantile"),
        (np.ones(len(rows), dtype=bool), "a quantile has no effect size and no omnibus p"),
        (
            tested & (columns["difference_low"] == columns["difference_high"]),
            "every resample agrees: the values are few and tied",
        ),
        (several & tested, STRATIFIED),
    ]


def bound_reasons(columns: Columns, tested: BoolArray, what: str) -> list[Reason]:
    """Why limits of a bootstrap are NULL."""
    finite = np.isfinite(columns["relative_lift"])
    lift, difference = (
        np.isfinite(columns[f"{name}_low"]) & np.isfinite(columns[f"{name}_high"])
        for name in ("relative_lift", "difference")
    )
    return [
        (np.isfinite(columns["difference"]) & ~finite, f"no relative lift: the baseline's {what} is 0"),
        (tested & ~difference, "the difference is not bounded: too few resamples for this confidence"),
        (
            tested & finite & difference & ~lift,
            f"the relative lift is not bounded: the baseline's {what} may be 0 or below",
        ),
    ]
