"""What a comparison says of its metric: estimates, limits, p and posterior, as columns; by kind."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from microlift.results.moments import Statistics, covariate_of, stratum_moments
from microlift.results.pairs import Pairs
from microlift.results.tables import BoolArray, Columns, Reason, divide
from microlift.stats.bayes import (
    beta_compare,
    normal_expected_loss,
    normal_probability_better,
)
from microlift.stats.checks import FloatArray, two_sided_quantile
from microlift.stats.cuped import adjust
from microlift.stats.means import MeanComparison, Moments, compare_means
from microlift.stats.two_proportions import ProportionComparison, compare_proportions

STRATIFIED = "stratified by allocation epoch: the difference is not that of the two estimates"
ADJUSTED = "adjusted by the covariate: the difference is not that of the two estimates"
LIMITED = ("difference", "relative_lift", "odds_ratio")


@dataclass(frozen=True)
class Settings:
    """Confidence of the intervals, the expected count under which they are exact, the beta prior."""

    confidence: float
    exact_below: float
    prior_alpha: float
    prior_beta: float


def effects(pairs: Pairs, higher: BoolArray, settings: Settings) -> tuple[Columns, list[Reason]]:
    """Columns of `results_comparisons` for comparisons of one kind, and reasons for its note.

    `higher` says whether a higher value is better.

    Counts and sums that come with a covariate are adjusted by it (CUPED).

    What cannot be tested (no allocation epoch with units of both, no spread) has no p: it is no test that a
    correction should count. Raises ValueError for a kind that is none of conversion, count, sum and ratio.
    """
    if pairs.kind == "conversion":
        return _conversions(pairs, higher, settings)
    if pairs.kind in ("count", "sum", "ratio"):
        return _means(pairs, higher, settings.confidence)
    raise ValueError(f"kind must be conversion, count, sum or ratio, got {pairs.kind!r}")


def shared_epochs(pairs: Pairs) -> BoolArray:
    """Epochs in which both have units, (comparisons, epochs): the strata that are compared."""
    return (pairs.variant["units"] > 0) & (pairs.baseline["units"] > 0)


def _conversions(pairs: Pairs, higher: BoolArray, settings: Settings) -> tuple[Columns, list[Reason]]:
    shared = shared_epochs(pairs)
    tested, several = np.any(shared, axis=1), shared.sum(axis=1) > 1
    t, c = pairs.variant, pairs.baseline
    counts = (t["successes"], t["units"], c["successes"], c["units"])
    result = compare_proportions(*counts, confidence=settings.confidence, exact_below=settings.exact_below)
    reach = np.where(tested, result.difference_high - result.difference_low, np.nan) / 2
    error = reach / two_sided_quantile(settings.confidence)
    normal = _normal_posterior(result.difference, error, higher)
    beta = _beta_posterior(
        *((array * shared).sum(axis=1) for array in counts), higher=higher, settings=settings
    )
    better, loss = (np.where(several, *both) for both in zip(normal, beta, strict=True))
    posterior = np.where(several, "normal of the stratified difference", "beta")
    columns: Columns = {
        "estimate": _pooled(pairs.variant, "successes", "units"),
        "baseline_estimate": _pooled(pairs.baseline, "successes", "units"),
        **_limited(result, LIMITED, tested),
        "effect_size": result.cohens_h,
        "effect_size_name": np.full(len(tested), "Cohen's h"),
        "p_value": np.where(tested, result.p_value, np.nan),
        "probability_better": np.where(tested, better, np.nan),
        "expected_loss": np.where(tested, loss, np.nan),
        "posterior": posterior,
        "variance_reduction": np.zeros(len(tested)),
        "method": result.method,
        "method_reason": result.reason,
    }
    finite = np.isfinite(result.odds_ratio)
    return columns, [
        *absences(pairs, tested),
        *_lift_reasons(result, tested, "rate"),
        (tested & ~finite, "no odds ratio: it would divide by 0"),
        (tested & np.isinf(result.odds_ratio_high), "the odds ratio has no upper limit"),
        (several, STRATIFIED),
    ]


def _means(pairs: Pairs, higher: BoolArray, confidence: float) -> tuple[Columns, list[Reason]]:
    ratio = pairs.kind == "ratio"
    t, c = (stratum_moments(side, ratio) for side in (pairs.variant, pairs.baseline))
    adjusted = adjust(t, covariate_of(pairs.variant), c, covariate_of(pairs.baseline))
    cuped = np.isfinite(adjusted.variance_reduction)
    result = compare_means(*adjusted.t, *adjusted.c, confidence)
    tested, exists = result.df > 0, np.isfinite(result.difference)
    quantile = -special.stdtrit(np.where(tested, result.df, 1.0), (1 - confidence) / 2)
    reach = np.where(tested, result.difference_high, 0.0) - np.where(tested, result.difference_low, 0.0)
    better, loss = _normal_posterior(
        result.difference, np.where(tested, reach / 2 / quantile, np.nan), higher
    )
    bottom = "denominator_sum" if ratio else "units"
    absent = np.full(len(tested), np.nan)
    several = shared_epochs(pairs).sum(axis=1) > 1
    columns: Columns = {
        "estimate": _pooled(pairs.variant, "value_sum", bottom),
        "baseline_estimate": _pooled(pairs.baseline, "value_sum", bottom),
        **_limited(result, LIMITED[:2], tested),
        **{f"odds_ratio{end}": absent for end in ("", "_low", "_high")},
        # Of the plain spread: the adjusted one tells how much was explained, not how far units are apart.
        "effect_size": result.cohens_d * np.sqrt(_kept_spread((t, c), (adjusted.t, adjusted.c))),
        "effect_size_name": np.full(len(tested), "Cohen's d"),
        "p_value": np.where(tested, result.p_value, np.nan),
        "probability_better": better,
        "expected_loss": loss,
        "posterior": np.full(len(tested), "normal of the difference"),
        "variance_reduction": np.nan_to_num(adjusted.variance_reduction),
        "method": np.where(cuped, "cuped", "welch_of_linearised_ratio" if ratio else "welch"),
        "method_reason": np.where(
            cuped,
            "a mean, adjusted by the same before the exposure",
            "a ratio of sums, linearised (delta method)" if ratio else "a mean of many values a unit",
        ),
    }
    return columns, [
        *absences(pairs, exists),
        (exists & ~tested, "no test: fewer than two units in a variant, or no spread to know the error"),
        *_lift_reasons(result, tested, "ratio" if ratio else "mean"),
        (several & tested, STRATIFIED),
        (cuped & ~(several & tested), ADJUSTED),
    ]


def _kept_spread(before: tuple[Moments, Moments], after: tuple[Moments, Moments]) -> FloatArray:
    """Share of the squares within arms and epochs that an adjustment leaves; 1 where there is none."""
    usable = (before[0].n >= 2) & (before[1].n >= 2)
    plain, left = (np.where(usable, t.m2 + c.m2, 0.0).sum(axis=1) for t, c in (before, after))
    return np.where(plain > 0, left / np.where(plain > 0, plain, 1.0), 1.0)


def _pooled(side: Statistics, top: str, bottom: str) -> FloatArray:
    return divide(side[top].sum(axis=1), side[bottom].sum(axis=1))


def _limited(
    result: ProportionComparison | MeanComparison, names: tuple[str, ...], tested: BoolArray
) -> Columns:
    """Estimates, and their limits where there is a test; elsewhere they would only span what is possible."""
    estimates = {name: getattr(result, name) for name in names}
    limits = {f"{name}_{end}": getattr(result, f"{name}_{end}") for name in names for end in ("low", "high")}
    return estimates | {name: np.where(tested, values, np.nan) for name, values in limits.items()}


def absences(pairs: Pairs, comparable: BoolArray) -> list[Reason]:
    """Why two variants cannot be compared."""
    variant, baseline = (np.any(side["units"] > 0, axis=1) for side in (pairs.variant, pairs.baseline))
    shared = np.any(shared_epochs(pairs), axis=1)
    return [
        (~variant, "nothing to compare: the variant has no units"),
        (~baseline, "nothing to compare: the baseline has no units"),
        (
            variant & baseline & ~shared,
            "nothing to compare: no allocation epoch has units of both variants",
        ),
        (shared & ~comparable, "nothing to compare: a denominator is 0"),
    ]


def _lift_reasons(
    result: ProportionComparison | MeanComparison, tested: BoolArray, what: str
) -> list[Reason]:
    exists = np.isfinite(result.difference)
    finite = np.isfinite(result.relative_lift)
    low, high = np.isfinite(result.relative_lift_low), np.isfinite(result.relative_lift_high)
    turned = finite & (result.relative_lift * np.where(exists, result.difference, 0.0) < 0)
    return [
        (turned, f"the baseline's {what} is below 0: the lift has the sign opposite to the difference"),
        (exists & ~finite, f"no relative lift: the baseline's {what} is 0"),
        (
            exists & tested & finite & ~(low & high),
            f"the relative lift is not bounded: the baseline's {what} may be 0",
        ),
    ]


def _beta_posterior(
    successes_t: FloatArray,
    n_t: FloatArray,
    successes_c: FloatArray,
    n_c: FloatArray,
    *,
    higher: BoolArray,
    settings: Settings,
) -> tuple[FloatArray, FloatArray]:
    """P(better) and expected loss of shipping the variant, of the counts of two arms under one prior."""
    arms = (
        settings.prior_alpha + successes_t,
        settings.prior_beta + n_t - successes_t,
        settings.prior_alpha + successes_c,
        settings.prior_beta + n_c - successes_c,
    )
    better, loss = beta_compare(*arms)
    return np.where(higher, better, 1 - better), np.where(higher, loss.choose_t, loss.choose_c)


def _normal_posterior(
    difference: FloatArray, error: FloatArray, higher: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """The same of a normal posterior of the difference; NaN where its spread is not known."""
    known = np.isfinite(difference) & np.isfinite(error)
    gain = np.where(known, np.where(higher, difference, -difference), 0.0)
    spread = np.where(known, error, 0.0)
    better = normal_probability_better(gain, spread, 0.0, 0.0)
    loss = normal_expected_loss(gain, spread, 0.0, 0.0).choose_t
    return np.where(known, better, np.nan), np.where(known, loss, np.nan)
