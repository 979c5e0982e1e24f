"""Every statistic refuses what is no number of its range, by the argument's name, and lets no warning out."""

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from microlift.stats import (
    always_valid,
    bayes,
    exact,
    exact_power,
    factorial,
    group_sequential,
    health,
    homogeneity,
    interactions,
    means,
    mixed_factorial,
    monitoring,
    multiplicity,
    newcombe,
    odds_sequence,
    omnibus,
    planning,
    pooling,
    proportions,
    score,
    sequential_ratio,
    shrinkage,
    spending,
    trend,
    two_proportions,
)

ARMS = (3, 50, 8, 60)
TWO = [[30, 40]], [[1.0, 2.0]], [[9.0, 9.0]]
CALLS: dict[Callable[..., Any], tuple[Any, ...]] = {
    proportions.clopper_pearson: (3, 50),
    proportions.wilson: (3, 50),
    proportions.jeffreys: (3, 50),
    proportions.beta_posterior: (3, 50, 1.0, 1.0),
    two_proportions.compare_proportions: ARMS,
    two_proportions.proportion_p_value: ARMS,
    score.score_intervals: ARMS,
    score.score_p_value: ARMS,
    exact.exact_intervals: ARMS,
    exact.exact_p_value: ARMS,
    newcombe.newcombe_difference: ARMS,
    omnibus.omnibus_proportions: ([[3, 4]], [[50, 60]]),
    omnibus.omnibus_means: TWO,
    means.t_interval: (30, 1.0, 20.0),
    means.compare_means: (30, 1.0, 20.0, 40, 2.0, 30.0),
    means.ratio_moments: (30, 1.0, 2.0, 20.0, 30.0, 5.0),
    bayes.beta_compare: ARMS,
    bayes.beta_probability_best: ([[3, 4]], [[50, 60]]),
    bayes.normal_probability_better: (1.0, 0.1, 1.2, 0.1),
    bayes.normal_expected_loss: (1.0, 0.1, 1.2, 0.1),
    shrinkage.shrink: ([[1.0, 2.0, 3.0]], [[1.0, 1.0, 1.0]]),
    shrinkage.conditional_estimate: (3.0, 1.0),
    spending.spent: ("pocock", [0.5, 1], 0.025),
    group_sequential.crossing_probabilities: ([1.0, 2.0], -2.0, 2.0),
    group_sequential.spending_boundaries: ([1.0, 2.0], [0.01, 0.025]),
    group_sequential.error_by_look: ([1.0, 2.0], 2.0),
    group_sequential.constant_boundary: (3, 0.05),
    always_valid.proportion_sequence: (3, 50),
    always_valid.mixture_boundary: ([1.0, 2.0], 0.05, 0.1),
    always_valid.mixture_p_value: ([1.0, 2.0], [1.0, 2.0], 0.1),
    odds_sequence.odds_sequence: ([3, 4], [50, 50], [5, 6], [50, 50], [0, 1]),
    sequential_ratio.sequential_sample_ratio: (np.full((1, 2, 1, 2), 10), np.ones((1, 1, 2))),
    interactions.conversion_interaction: ([[[3, 4], [5, 6]]], [[[50, 50], [50, 50]]]),
    interactions.mean_interaction: (np.full((1, 2, 2), 50), [[[1.0, 2], [3, 4]]], np.full((1, 2, 2), 9.0)),
    homogeneity.breslow_day: ([[3, 4]], [[50, 50]], [[5, 6]], [[50, 50]]),
    homogeneity.sign_flip: ([[1.0, -1.0]], [[1.0, 1.0]]),
    factorial.factorial_proportions: ([[3, 4]], [[50, 60]], [[-1], [1]]),
    factorial.factorial_means: (*TWO, [[-1], [1]]),
    mixed_factorial.effect_test: (*TWO, [[-1, 1]]),
    mixed_factorial.level_effects: ((2, 3),),
    multiplicity.adjust: ([0.1, 0.2], "family", "holm"),
    multiplicity.hierarchical: ([0.1, 0.2], "family", [[-1], [0]]),
    health.sample_ratio: ([[10, 12]], [[1, 1]]),
    health.contamination_by_arm: ([[1, 2]], [[10, 12]]),
    trend.effect_trend: ([[1.0, 2.0]], [[1.0, 1.0]], [[0.0, 1.0]]),
    planning.proportion_power: (0.1, 0.12, 100, 100),
    planning.proportion_sample_size: (0.1, 0.12),
    planning.mean_power: (1.0, 1.0, 10, 10),
    planning.mean_sample_size: (1.0, 1.0),
    pooling.pool: ([[1.0, 2.0, 3.0]], [[1.0, 1.0, 1.0]]),
    monitoring.watch_gain: ([1.0, 2.0], [2.0, 3.0], [2.0, 3.0], 1.0),
    exact_power.exact_power: (0.1, 0.3, 20, 20),
}

# What may be missing (a test that could not be made, a member that is absent), or has no bound.
MISSING = {("adjust", "p"), ("hierarchical", "p"), ("shrink", "error"), ("pool", "error")}
UNBOUNDED = {("crossing_probabilities", "lower"), ("crossing_probabilities", "upper")}
UNBOUNDED |= {("watch_gain", name) for name in ("low", "high", "gain_high", "shipped_low")}


def broken(value: Any, by: Any) -> Any:
    """A value, or the first of an array, replaced."""
    array = np.array(value, dtype=object)
    if not array.ndim:
        return by
    array.flat[0] = by
    return array.tolist()


@pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__name__)
def test_a_wrong_argument_is_named(function: Callable[..., Any]) -> None:
    names = list(inspect.signature(function).parameters)
    for place, (name, value) in enumerate(zip(names, CALLS[function], strict=False)):
        if isinstance(value, str):
            continue
        key = function.__name__, name
        wrong = ["three", *([np.nan] * (key not in MISSING)), *([np.inf, 1e300] * (key not in UNBOUNDED))]
        for bad in wrong:
            if isinstance(bad, float) and np.isnan(bad) and key in UNBOUNDED:
                continue
            arguments = [*CALLS[function]]
            arguments[place] = broken(value, bad)
            with pytest.raises(ValueError, match=name.split("_")[0]):
                function(*arguments)


@pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__name__)
def test_extreme_levels_let_no_warning_out(function: Callable[..., Any]) -> None:
    """Confidence and alpha within a rounding of 0 and 1."""
    names = set(inspect.signature(function).parameters) & {"confidence", "power"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in names:
            for level in (1e-9, 1 - 1e-12, 1 - 2**-53):
                function(*CALLS[function], **{name: level})


def test_a_level_within_a_rounding_of_one_has_finite_limits() -> None:
    for method in (proportions.wilson, proportions.clopper_pearson, proportions.jeffreys):
        found = method(30, 100, 1 - 2**-53)
        assert 0 < found.low < 0.3 < found.high < 1
    found = newcombe.newcombe_difference(30, 100, 40, 100, 1 - 2**-53)
    assert -1 < found.low < found.high < 1


def test_planning_at_a_tiny_alpha() -> None:
    """1 − alpha rounds to 1 below 1e-16: R's qnorm(1e-20 / 2, lower.tail = FALSE) is 9.336045."""
    z, power = 9.336045, 0.8416212
    found = planning.proportion_sample_size(0.1, 0.12, alpha=1e-20).control
    pooled, own = 2 * 0.11 * 0.89, 0.1 * 0.9 + 0.12 * 0.88
    assert found == pytest.approx((z * pooled**0.5 + power * own**0.5) ** 2 / 0.02**2, rel=1e-4)


def test_a_family_of_no_tables_has_no_tests() -> None:
    none = np.zeros((0, 2, 2))
    assert interactions.mean_interaction(none, none, none).p_value.shape == (0,)
    assert interactions.conversion_interaction(none, none).p_value.shape == (0,)
