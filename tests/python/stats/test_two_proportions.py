"""Comparison of two rates: choice of method, error in each tail, agreement of columns, degenerate cells."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from microlift.stats.exact import exact_intervals, exact_p_value
from microlift.stats.score import score_difference, score_odds_ratio, score_p_value, score_ratio
from microlift.stats.two_proportions import EXACT_BELOW, ProportionComparison, compare_proportions


def test_method_follows_the_smallest_expected_count():
    result = compare_proportions([3, 30, 297], [100, 300, 300], [3, 40, 299], [100, 300, 300])
    assert_array_equal(result.method, ["exact", "score", "exact"])
    assert result.reason[0] == "smallest expected count 3.0 is below 10"
    assert result.reason[1] == "smallest expected count 35.0 is at least 10"
    assert result.reason[2] == "smallest expected count 2.0 is below 10"


def test_expected_counts_are_summed_over_strata():
    thin = ([[4, 4, 4]], [[50, 50, 50]], [[3, 4, 3]], [[50, 50, 50]])
    assert compare_proportions(*thin).reason[0] == "smallest expected count 11.0 is at least 10"
    one_armed = ([[4, 4, 9]], [[50, 50, 50]], [[3, 4, 0]], [[50, 50, 0]])
    assert compare_proportions(*one_armed).reason[0] == "smallest expected count 7.5 is below 10"


def test_a_count_just_below_the_threshold_does_not_read_as_the_threshold():
    result = compare_proportions(19, 1000, 0, 901, exact_below=10)
    assert result.method == "exact"
    assert str(result.reason) == "smallest expected count 9.0 is below 10"
    near = compare_proportions(999, 50_000, 999, 49_925, exact_below=999)
    assert str(near.reason) == "smallest expected count 998.2 is below 999"


def test_threshold_is_the_callers():
    counts = (4, 60, 9, 60)
    assert compare_proportions(*counts).method == "exact"
    assert compare_proportions(*counts, exact_below=0).method == "score"
    assert compare_proportions(40, 60, 9, 60, exact_below=np.inf).method == "exact"


@pytest.mark.parametrize(("counts", "method"), [((4, 60, 9, 60), "exact"), ((40, 600, 65, 600), "score")])
def test_columns_are_those_of_the_method(counts, method):
    result = compare_proportions(*counts, confidence=0.9)
    assert result.method == method
    if method == "exact":
        found = exact_intervals(*counts, 0.9)
        difference, ratio, odds_ratio, p = (
            found.difference,
            found.ratio,
            found.odds_ratio,
            exact_p_value(*counts),
        )
    else:
        difference, ratio, odds_ratio, p = (
            score_difference(*counts, 0.9),
            score_ratio(*counts, 0.9),
            score_odds_ratio(*counts, 0.9),
            score_p_value(*counts),
        )
    assert_allclose([result.difference_low, result.difference_high], [difference.low, difference.high])
    assert_allclose([result.relative_lift_low, result.relative_lift_high], [ratio.low - 1, ratio.high - 1])
    assert_allclose([result.odds_ratio_low, result.odds_ratio_high], [odds_ratio.low, odds_ratio.high])
    assert_allclose(result.p_value, p)


def test_estimates_without_strata_are_the_plain_ones():
    result = compare_proportions(30, 200, 20, 250)
    assert_allclose(result.difference, 0.15 - 0.08)
    assert_allclose(result.relative_lift, 0.15 / 0.08 - 1)
    assert_allclose(result.odds_ratio, (30 * 230) / (20 * 170))
    assert_allclose(result.cohens_h, 2 * np.arcsin(np.sqrt(0.15)) - 2 * np.arcsin(np.sqrt(0.08)))


def test_strata_undo_an_allocation_that_drifts_with_the_rate():
    """From 10/90 to 50/50 while both arms fall from 2% to 1%: pooling shows a loss that is not there."""
    strata = ([[20, 50]], [[1000, 5000]], [[180, 50]], [[9000, 5000]])
    stratified = compare_proportions(*strata)
    pooled = compare_proportions(*(np.sum(array) for array in strata))
    assert_allclose([stratified.difference, stratified.relative_lift], 0, atol=1e-12)
    assert_allclose(stratified.odds_ratio, 1)
    assert_allclose(stratified.p_value, 1)
    assert_allclose(pooled.difference, 70 / 6000 - 230 / 14000)
    assert pooled.difference_high < 0


def test_ucb_admissions():
    """R's mantelhaen.test(UCBAdmissions): common odds ratio .9046968, χ² 1.5246 without correction."""
    admitted_m, men = [512, 353, 120, 138, 53, 22], [825, 560, 325, 417, 191, 373]
    admitted_w, women = [89, 17, 202, 131, 94, 24], [108, 25, 593, 375, 393, 341]
    result = compare_proportions([admitted_m], [men], [admitted_w], [women])
    assert_allclose(result.odds_ratio, 0.9046968, atol=5e-8)
    assert_allclose(result.p_value, stats.chi2.sf(1.5246, 1), atol=2e-5)


def tails(n_t, n_c, rates, exact_below):
    """Probability of a false winner and of a false loser at two-sided 5%, by enumeration."""
    x_t, x_c = (axis.ravel() for axis in np.mgrid[: n_t + 1, : n_c + 1])
    masses = np.array([stats.binom.pmf(x_t, n_t, p) * stats.binom.pmf(x_c, n_c, p) for p in rates])
    likely = masses.max(axis=0) > 1e-8
    x_t, x_c, masses = x_t[likely], x_c[likely], masses[:, likely]
    pooled = (x_t + x_c) / (n_t + n_c)
    exact = min(n_t, n_c) * np.minimum(pooled, 1 - pooled) < exact_below
    p = np.where(exact, exact_p_value(x_t, n_t, x_c, n_c), score_p_value(x_t, n_t, x_c, n_c))
    ahead = x_t * n_c > x_c * n_t
    return masses[:, (p < 0.05) & ahead].sum(axis=1), masses[:, (p < 0.05) & ~ahead].sum(axis=1)


@pytest.mark.parametrize("n_t", [40, 80])
@pytest.mark.parametrize("ratio", [1, 4, 9])
def test_the_rule_keeps_each_tail_near_its_level(n_t, ratio):
    rates = np.array([0.2, 1, 4, 8, 10, 12, 15, 20]) / n_t
    winners, losers = tails(n_t, ratio * n_t, rates, EXACT_BELOW)
    assert max(winners.max(), losers.max()) < 0.03


def test_the_score_test_alone_would_not():
    winners, _ = tails(40, 160, np.array([0.2, 1]) / 40, 0)
    assert winners.max() > 0.035


counts = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None)
@given(treatment=counts, control=counts, confidence=st.floats(0.6, 0.999))
def test_columns_agree_with_each_other(treatment, control, confidence):
    result = compare_proportions(*treatment, *control, confidence=confidence)
    slack = 1e-9
    assert result.difference_low - slack <= result.difference <= result.difference_high + slack
    assert -1 <= result.difference_low <= result.difference_high <= 1
    assert -1 <= result.relative_lift_low <= result.relative_lift_high
    assert 0 <= result.odds_ratio_low <= result.odds_ratio_high
    if np.isfinite(result.relative_lift):
        assert result.relative_lift_low - slack <= result.relative_lift
        assert result.relative_lift <= result.relative_lift_high + slack
    if abs(result.p_value - (1 - confidence)) > 1e-9:
        for low, high, null in (
            (result.difference_low, result.difference_high, 0),
            (result.relative_lift_low, result.relative_lift_high, 0),
            (result.odds_ratio_low, result.odds_ratio_high, 1),
        ):
            assert (low > null or high < null) == (result.p_value < 1 - confidence)


def test_an_empty_arm_is_said():
    result = compare_proportions([0, 2], [0, 5], [3, 0], [5, 0])
    assert_array_equal(result.p_value, 1)
    assert_array_equal(result.difference_low, -1)
    assert_array_equal(result.difference_high, 1)
    assert_array_equal(result.relative_lift_low, -1)
    assert_array_equal(result.relative_lift_high, np.inf)
    assert_array_equal(result.odds_ratio_low, 0)
    assert_array_equal(result.odds_ratio_high, np.inf)
    assert_array_equal(result.reason, "no units to compare: an arm is empty")
    for estimate in (result.difference, result.relative_lift, result.odds_ratio, result.cohens_h):
        assert np.isnan(estimate).all()


def test_zero_conversions():
    result = compare_proportions([0, 3, 0], 50, [0, 0, 3], 50)
    assert np.isnan(result.relative_lift[0])
    assert np.isnan(result.odds_ratio[0])
    assert result.relative_lift[1] == result.odds_ratio[1] == np.inf
    assert result.relative_lift[2] == -1
    assert result.odds_ratio[2] == 0
    for field in fields(ProportionComparison):
        if field.name.endswith(("_low", "_high")):
            assert not np.isnan(getattr(result, field.name)).any()
    assert np.isfinite(result.difference_low).all()
    assert np.isfinite(result.difference_high).all()


def test_shapes():
    for arguments, shape in (
        ((1, 5, 2, 5), ()),
        (([1, 2], 5, 2, 5), (2,)),
        ((np.ones((3, 2)), 5, 2, 5), (3,)),
    ):
        result = compare_proportions(*arguments)
        assert {getattr(result, field.name).shape for field in fields(result)} == {shape}
    assert compare_proportions([], [], [], []).p_value.shape == (0,)


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((6, 5, 1, 5), {}, r"successes_t must lie in \[0, n_t\], got 6 with n_t = 5"),
        ((1, 5, 1, 5), {"confidence": 95}, r"confidence must lie in \(0, 1\), got 95"),
        ((1, 5, 1, 5), {"exact_below": -1}, "exact_below must be at least 0, got -1"),
        ((1, 5, 1, 5), {"exact_below": np.nan}, "exact_below must be at least 0, got nan"),
    ],
)
def test_bad_input_is_named(arguments, keywords, message):
    with pytest.raises(ValueError, match=message):
        compare_proportions(*arguments, **keywords)
