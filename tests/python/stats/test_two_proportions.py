"""Comparison of two rates: choice of method, error in each tail, agreement of columns, degenerate cells."""

from dataclasses import fields
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from microlift.calibrate.two_proportions import tails
from microlift.stats.exact import exact_intervals, exact_p_value
from microlift.stats.score import score_difference, score_odds_ratio, score_p_value, score_ratio
from microlift.stats.two_proportions import ProportionComparison, compare_proportions, proportion_p_value


def test_method_follows_the_smallest_expected_count():
    result = compare_proportions([3, 30, 297], [100, 300, 300], [3, 40, 299], [100, 300, 300])
    assert_array_equal(result.method, ["exact", "score", "exact"])
    assert result.reason[0] == "smallest expected count 3.0 is below 10"
    assert result.reason[1] == "smallest expected count 35.0 is at least 10 (corrected for skewness)"
    assert result.reason[2] == "smallest expected count 2.0 is below 10"


def test_expected_counts_are_summed_over_strata():
    thin = ([[4, 4, 4]], [[50, 50, 50]], [[3, 4, 3]], [[50, 50, 50]])
    assert (
        compare_proportions(*thin).reason[0]
        == "smallest expected count 11.0 is at least 10 (corrected for skewness)"
    )
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
            score_difference(*counts, 0.9, skewness=True),
            score_ratio(*counts, 0.9, skewness=True),
            score_odds_ratio(*counts, 0.9, skewness=True),
            score_p_value(*counts, skewness=True),
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
    assert_allclose(
        score_p_value([admitted_m], [men], [admitted_w], [women]), stats.chi2.sf(1.5246, 1), atol=2e-5
    )
    assert_allclose(result.p_value, stats.chi2.sf(1.5246, 1), atol=3e-4)  # corrected for skewness


@pytest.mark.parametrize("smaller", [20, 25, 41, 80, 123, 160])
@pytest.mark.parametrize("ratio", [1, 1.2, 1.25, 1.3375, 1.5, 4, 9])
def test_the_rule_keeps_each_tail_below_its_bound(smaller, ratio):
    """A part of the study `two_proportions`, which goes up to 5,000 units: 2.75% of a nominal 2.5%."""
    rows = tails(smaller, round(smaller * ratio), ratio, {"shipped": proportion_p_value})
    assert max(row["largest_tail"] for row in rows) < 0.0275


def test_the_score_test_alone_would_not():
    rows = tails(41, 369, 9, {"score": score_p_value, "corrected": partial(score_p_value, skewness=True)})
    largest = {row["test"]: row["largest_tail"] for row in rows if row["expected_conversions_from"] == 3}
    assert largest["score"] > 0.034
    assert largest["corrected"] < 0.028


def test_near_one_half_small_arms_stay_exact():
    """25 against 25 at one half: the score test alone has 3.2% in each tail."""
    result = compare_proportions([12, 30, 300], [25, 60, 600], [13, 30, 310], [25, 60, 600])
    assert_array_equal(result.method, ["exact", "exact", "score"])
    assert result.reason[1] == (
        "smallest expected count 30.0 is at least 10, but the rate is near one half and the arms are small"
    )
    assert compare_proportions(12, 25, 13, 25, exact_below=0).method == "score"
    rows = tails(25, 25, 1, {"score": score_p_value})
    assert max(row["largest_tail"] for row in rows) > 0.032


def test_nearly_equal_arms_stay_exact_while_their_steps_fall_together():
    """160 against 214 at 9.3%: the corrected score has 2.96% in a tail, as no other ratio of arms has."""
    arms = [600, 600, 600, 600], [600, 640, 800, 1200]
    expected = np.array([15, 15, 15, 15]) / 600
    counts = np.round(expected * arms[0]), np.round(expected * arms[1])
    result = compare_proportions(counts[0], arms[0], counts[1], arms[1])
    assert_array_equal(result.method, ["score", "score", "exact", "score"])
    assert result.reason[2] == (
        "smallest expected count 15.0 is at least 10, but the arms are nearly equal and their steps fall together"
    )
    assert_array_equal(compare_proportions(15, 600, 20, 800, exact_below=0).method, "score")
    assert_array_equal(compare_proportions(40, 600, 53, 800).method, "score")
    corrected = {"score": partial(score_p_value, skewness=True)}
    assert max(row["largest_tail"] for row in tails(160, 214, 1.3375, corrected)) > 0.029


def test_large_counts_have_the_plain_score_test():
    """Cookie Cats, retention after a day and after seven: the χ² of 2 × 2 tables without correction."""
    x_t, n_t, x_c, n_c = [20119, 8279], 45489, [20034, 8502], 44700
    result = compare_proportions(x_t, n_t, x_c, n_c)
    assert_allclose(result.p_value, [0.07441, 0.001554], rtol=4e-4)
    assert_allclose(result.p_value, score_p_value(x_t, n_t, x_c, n_c))
    assert str(result.reason[1]) == "smallest expected count 8317.0 is at least 1000"


def test_the_p_value_alone_is_that_of_the_comparison():
    x_t, n_t, x_c, n_c = np.array(
        [[3, 60, 200, 0, 4000], [40, 600, 400, 0, 9000], [9, 40, 180, 2, 4100], [50, 700, 410, 5, 9100]]
    )
    assert_allclose(proportion_p_value(x_t, n_t, x_c, n_c), compare_proportions(x_t, n_t, x_c, n_c).p_value)


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
