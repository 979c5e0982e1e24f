"""`results_comparisons`: each variant against its baseline, stratified by allocation epoch."""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import stats

from microlift.results.moments import cell_moments
from microlift.results.pairs import Pairs, pair
from microlift.results.tables import CELL, CELL_FIELDS, arrow, codes, pad
from microlift.stats.bayes import (
    beta_expected_loss,
    beta_probability_better,
    normal_expected_loss,
    normal_probability_better,
)
from microlift.stats.means import compare_means, ratio_moments
from microlift.stats.omnibus import omnibus_means, omnibus_proportions
from microlift.stats.two_proportions import compare_proportions

Columns = dict[str, NDArray[np.generic]]

SCHEMA = pa.schema(
    [
        *CELL_FIELDS,
        ("kind", pa.string()),
        ("variant_id", pa.string()),
        ("baseline_variant_id", pa.string()),
        ("units", pa.int64()),
        ("baseline_units", pa.int64()),
        ("estimate", pa.float64()),
        ("baseline_estimate", pa.float64()),
        ("difference", pa.float64()),
        ("difference_low", pa.float64()),
        ("difference_high", pa.float64()),
        ("relative_lift", pa.float64()),
        ("relative_lift_low", pa.float64()),
        ("relative_lift_high", pa.float64()),
        ("odds_ratio", pa.float64()),
        ("odds_ratio_low", pa.float64()),
        ("odds_ratio_high", pa.float64()),
        ("effect_size", pa.float64()),
        ("effect_size_name", pa.string()),
        ("p_value", pa.float64()),
        ("omnibus_p_value", pa.float64()),
        ("probability_better", pa.float64()),
        ("expected_loss", pa.float64()),
        ("posterior", pa.string()),
        ("method", pa.string()),
        ("method_reason", pa.string()),
        ("note", pa.string()),
        ("confidence", pa.float64()),
        ("allocation_epochs", pa.int64()),
    ]
)


def build(
    strata: pd.DataFrame,
    experiments: pd.DataFrame,
    metrics: pd.DataFrame,
    confidence: float = 0.95,
    exact_below: float = 10.0,
    prior_alpha: float = 1.0,
    prior_beta: float = 1.0,
) -> pa.Table:
    """Compare the variants of every cell of `int_variant_strata` (`SCHEMA`, a row a comparison).

    `experiments` is `dim_experiments`, `metrics` is `dim_metrics` (for the direction that is better).
    Conversions go through `compare_proportions`, counts and sums through Welch's comparison, ratios through
    the same on the linearised ratio. P(better) and expected loss are of the beta posteriors where there is one
    allocation epoch, else of the normal posterior of the stratified difference.
    """
    pairs = pair(strata, experiments)
    kind = pairs.keys["kind"].to_numpy()
    higher = ~pairs.keys["metric_id"].isin(metrics.loc[metrics["better"] == "lower", "metric_id"]).to_numpy()
    parts = []
    for rows, compare in (
        (np.flatnonzero(kind == "conversion"), _conversions),
        (np.flatnonzero((kind == "count") | (kind == "sum")), _means),
        (np.flatnonzero(kind == "ratio"), _ratios),
    ):
        part = _take(pairs, rows)
        options = {"confidence": confidence, "exact_below": exact_below}
        columns = compare(part, higher[rows], options, (prior_alpha, prior_beta))
        parts.append(part.keys.assign(**columns))
    table = pd.concat(parts).sort_index()
    table["omnibus_p_value"] = _omnibus(strata, pairs.keys)
    table["units"] = pairs.variant["units"].sum(axis=1)
    table["baseline_units"] = pairs.baseline["units"].sum(axis=1)
    table["allocation_epochs"] = _epochs(pairs)
    return arrow(table.assign(confidence=confidence), SCHEMA)


def _take(pairs: Pairs, rows: NDArray[np.intp]) -> Pairs:
    return Pairs(
        pairs.keys.iloc[rows],
        {name: array[rows] for name, array in pairs.variant.items()},
        {name: array[rows] for name, array in pairs.baseline.items()},
    )


def _epochs(pairs: Pairs) -> NDArray[np.int64]:
    return ((pairs.variant["units"] > 0) | (pairs.baseline["units"] > 0)).sum(axis=1)


def _ratio(top: NDArray[np.float64], bottom: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom != 0)


def _conversions(
    pairs: Pairs, higher: NDArray[np.bool_], options: dict[str, float], prior: tuple[float, float]
) -> Columns:
    x_t, n_t = pairs.variant["successes"], pairs.variant["units"]
    x_c, n_c = pairs.baseline["successes"], pairs.baseline["units"]
    result = compare_proportions(x_t, n_t, x_c, n_c, **options)
    success_t, units_t, success_c, units_c = (array.sum(axis=1) for array in (x_t, n_t, x_c, n_c))
    arms = (
        prior[0] + success_t,
        prior[1] + units_t - success_t,
        prior[0] + success_c,
        prior[1] + units_c - success_c,
    )
    better, loss = beta_probability_better(*arms), beta_expected_loss(*arms)
    several = _epochs(pairs) > 1
    error = (result.difference_high - result.difference_low) / (
        2 * stats.norm.ppf((1 + options["confidence"]) / 2)
    )
    normal_better, normal_loss = _normal_posterior(result.difference, error, higher)
    notes = np.where(
        np.isinf(result.relative_lift_high) | np.isnan(result.relative_lift),
        "the relative lift has no upper limit: the baseline's rate may be 0",
        None,
    )
    return {
        "estimate": _ratio(success_t, units_t),
        "baseline_estimate": _ratio(success_c, units_c),
        **_effects(result),
        "odds_ratio": result.odds_ratio,
        "odds_ratio_low": result.odds_ratio_low,
        "odds_ratio_high": result.odds_ratio_high,
        "effect_size": result.cohens_h,
        "effect_size_name": np.full(len(x_t), "Cohen's h"),
        "p_value": result.p_value,
        "probability_better": np.where(several, normal_better, np.where(higher, better, 1 - better)),
        "expected_loss": np.where(several, normal_loss, np.where(higher, loss.choose_t, loss.choose_c)),
        "posterior": np.where(several, "normal of the stratified difference", "beta"),
        "method": result.method,
        "method_reason": result.reason,
        "note": notes,
    }


def _means(
    pairs: Pairs, higher: NDArray[np.bool_], options: dict[str, float], _: tuple[float, float]
) -> Columns:
    moments = [
        (side["units"], _ratio(side["value_sum"], side["units"]), side["centred_sum_squares"])
        for side in (pairs.variant, pairs.baseline)
    ]
    return _compare_moments(moments, higher, options["confidence"], "welch", "a mean of many values a unit")


def _ratios(
    pairs: Pairs, higher: NDArray[np.bool_], options: dict[str, float], _: tuple[float, float]
) -> Columns:
    moments = []
    for side in (pairs.variant, pairs.baseline):
        n = side["units"]
        linear = ratio_moments(
            n,
            np.nan_to_num(_ratio(side["value_sum"], n)),
            np.nan_to_num(_ratio(side["denominator_sum"], n)),
            side["centred_sum_squares"],
            side["denominator_centred_sum_squares"],
            side["centred_cross_products"],
        )
        moments.append((linear.n, linear.mean, linear.m2))
    reason = "a ratio of sums, linearised (delta method)"
    return _compare_moments(moments, higher, options["confidence"], "welch_of_linearised_ratio", reason)


def _compare_moments(
    moments: list[tuple[NDArray[np.float64], ...]],
    higher: NDArray[np.bool_],
    confidence: float,
    method: str,
    reason: str,
) -> Columns:
    cleaned = [(n, np.nan_to_num(mean), m2) for n, mean, m2 in moments]
    (n_t, mean_t, m2_t), (n_c, mean_c, m2_c) = cleaned
    result = compare_means(n_t, mean_t, m2_t, n_c, mean_c, m2_c, confidence)
    with np.errstate(invalid="ignore"):
        error = (result.difference_high - result.difference_low) / (
            2 * stats.t.ppf((1 + confidence) / 2, result.df)
        )
    better, loss = _normal_posterior(result.difference, error, higher)
    count = len(n_t)
    bounded = np.isfinite(result.relative_lift_low) & np.isfinite(result.relative_lift_high)
    return {
        "estimate": _ratio((n_t * mean_t).sum(axis=1), n_t.sum(axis=1)),
        "baseline_estimate": _ratio((n_c * mean_c).sum(axis=1), n_c.sum(axis=1)),
        **_effects(result),
        "odds_ratio": np.full(count, np.nan),
        "odds_ratio_low": np.full(count, np.nan),
        "odds_ratio_high": np.full(count, np.nan),
        "effect_size": result.cohens_d,
        "effect_size_name": np.full(count, "Cohen's d"),
        "p_value": result.p_value,
        "probability_better": better,
        "expected_loss": loss,
        "posterior": np.full(count, "normal of the difference"),
        "method": np.full(count, method),
        "method_reason": np.full(count, reason),
        "note": np.where(
            ~np.isfinite(result.difference_low),
            "no interval: too few units to know the spread",
            np.where(bounded, None, "the relative lift has no limits: the baseline's mean may be 0"),
        ),
    }


def _effects(result: object) -> Columns:
    names = ("difference", "relative_lift")
    return {
        f"{name}{end}": getattr(result, f"{name}{end}") for name in names for end in ("", "_low", "_high")
    }


def _normal_posterior(
    difference: NDArray[np.float64], error: NDArray[np.float64], higher: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """P(better) and expected loss of shipping, NaN where the difference has no spread to speak of."""
    known = np.isfinite(difference) & np.isfinite(error)
    gain = np.where(known, np.where(higher, difference, -difference), 0.0)
    spread = np.where(known, error, 0.0)
    zero = np.zeros_like(gain)
    better = normal_probability_better(gain, spread, zero, zero)
    loss = normal_expected_loss(gain, spread, zero, zero).choose_t
    return np.where(known, better, np.nan), np.where(known, loss, np.nan)


def _omnibus(strata: pd.DataFrame, keys: pd.DataFrame) -> NDArray[np.float64]:
    """p of "all variants alike" for each comparison's cell."""
    moments = cell_moments(strata)
    cell, cells = codes(moments, CELL)
    place = moments.groupby(CELL, sort=False).cumcount().to_numpy()
    shape = (len(cells), int(place.max(initial=0)) + 1)
    n, successes, mean, m2 = (
        pad(cell, place, moments[name].fillna(0).to_numpy(dtype=float), shape)
        for name in ("units", "successes", "mean", "m2")
    )
    first = moments.drop_duplicates(CELL).sort_values(CELL, kind="stable")
    counts = ((first["kind"] == "conversion") & (first["epochs"] == 1)).to_numpy()
    p = np.full(len(cells), np.nan)
    p[counts] = omnibus_proportions(successes[counts], n[counts]).p_value
    p[~counts] = omnibus_means(n[~counts], mean[~counts], m2[~counts]).p_value
    merged = keys[CELL].merge(cells.assign(_p=p), on=CELL, how="left")
    return merged["_p"].to_numpy(dtype=float)
