"""Means: published Welch examples, an independent Fieller inversion, p against both intervals."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import optimize, stats

from microlift.stats.means import MeanComparison, compare_means, ratio_moments, t_interval

# Student's sleep data, as in R's datasets::sleep.
SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def moments(sample: object) -> tuple[int, float, float]:
    y = np.asarray(sample, dtype=float)
    return len(y), float(y.mean()), float(((y - y.mean()) ** 2).sum())


def compare(t: object, c: object, confidence: float = 0.95) -> MeanComparison:
    return compare_means(*moments(t), *moments(c), confidence)


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(20)


def test_welch_equals_the_published_sleep_example() -> None:
    # R: t.test(extra ~ group, data = sleep) → t = -1.8608, df = 17.776, p-value = 0.07939, (-3.3654832,
    # 0.2054832)
    result = compare(SLEEP_1, SLEEP_2)
    assert result.df == pytest.approx(17.776, abs=5e-4)
    assert result.p_value == pytest.approx(0.07939, abs=5e-6)
    assert result.difference_low == pytest.approx(-3.3654832, abs=5e-8)
    assert result.difference_high == pytest.approx(0.2054832, abs=5e-8)


def test_one_sample_equals_the_published_sleep_example() -> None:
    # R: with(sleep, t.test(extra[group == 1] - extra[group == 2])) → (-2.4598858, -0.7001142)
    interval = t_interval(*moments(np.subtract(SLEEP_1, SLEEP_2)))
    assert interval.low == pytest.approx(-2.4598858, abs=5e-8)
    assert interval.high == pytest.approx(-0.7001142, abs=5e-8)


def test_welch_equals_scipy_over_unequal_arms(random: np.random.Generator) -> None:
    for n_t, n_c, scale in [(2, 2, 1.0), (5, 900, 30.0), (400, 40, 0.01)]:
        t, c = random.normal(3, 1, n_t), random.normal(3.2, scale, n_c)
        oracle = stats.ttest_ind(t, c, equal_var=False)
        limits = oracle.confidence_interval(0.9)
        result = compare(t, c, 0.9)
        assert result.p_value == pytest.approx(oracle.pvalue, rel=1e-9)
        assert result.df == pytest.approx(oracle.df, rel=1e-9)
        assert (result.difference_low, result.difference_high) == pytest.approx(tuple(limits), rel=1e-9)


def test_a_large_mean_loses_no_digits() -> None:
    near, far = compare(SLEEP_1, SLEEP_2), compare(np.add(SLEEP_1, 1e9), np.add(SLEEP_2, 1e9))
    assert far.p_value == pytest.approx(float(near.p_value), rel=1e-6)


def test_cohens_d_uses_the_pooled_deviation() -> None:
    pooled = np.sqrt((np.var(SLEEP_1, ddof=1) + np.var(SLEEP_2, ddof=1)) / 2)
    assert compare(SLEEP_1, SLEEP_2).cohens_d == pytest.approx((np.mean(SLEEP_1) - np.mean(SLEEP_2)) / pooled)


def test_fieller_limits_are_where_the_ratio_statistic_meets_the_quantile(random: np.random.Generator) -> None:
    t, c = random.gamma(2.0, 2.0, 30), random.gamma(2.0, 1.5, 25)
    result = compare(t, c)
    quantile = stats.t.ppf(0.975, result.df)
    v_t, v_c = np.var(t, ddof=1) / len(t), np.var(c, ddof=1) / len(c)

    def excess(ratio: float) -> float:
        return abs(t.mean() - ratio * c.mean()) / np.sqrt(v_t + ratio**2 * v_c) - quantile

    estimate = t.mean() / c.mean()
    assert result.relative_lift == pytest.approx(estimate - 1)
    assert result.relative_lift_low == pytest.approx(optimize.brentq(excess, 0.01, estimate, xtol=1e-13) - 1)
    assert result.relative_lift_high == pytest.approx(optimize.brentq(excess, estimate, 50, xtol=1e-13) - 1)


def test_an_uncertain_denominator_leaves_the_lift_unbounded() -> None:
    noise = [-1.0, 1.1, -0.9, 0.9, 0.1]  # mean 0.04, not significantly different from 0
    result = compare([10.0, 11.0, 12.0, 10.5, 11.5], noise)
    assert result.p_value < 0.001
    assert result.relative_lift_low > 0
    assert result.relative_lift_high == np.inf
    flat = compare([0.3, -0.4, 0.2, -0.1, 0.2], noise)
    assert (flat.relative_lift_low, flat.relative_lift_high) == (-np.inf, np.inf)


def test_lift_below_an_uncertain_positive_denominator() -> None:
    result = compare([-10.0, -11.0, -12.0, -10.5, -11.5], [-1.0, 1.1, -0.9, 0.9, 0.1])
    assert result.p_value < 0.001
    assert result.relative_lift_low == -np.inf
    assert result.relative_lift_high < 0


def test_a_lift_is_not_significant_where_the_difference_is_not() -> None:
    # −1 ± 0.04 against 0.1 ± 1: the ray below 0 alone would call a lift that the difference does not show.
    result = compare_means(30, -1.0, 1.0, 30, 0.1, 900.0)
    assert result.p_value > 0.2
    assert (result.relative_lift_low, result.relative_lift_high) == (-np.inf, np.inf)


value = st.floats(-50, 50, allow_nan=False)
spread = st.floats(0.01, 1e4)
size = st.integers(2, 500)


@given(size, value, spread, size, value, spread, st.floats(0.5, 0.999))
def test_p_agrees_with_both_intervals(
    n_t: int, mean_t: float, m2_t: float, n_c: int, mean_c: float, m2_c: float, confidence: float
) -> None:
    assume(abs(mean_c) > 1e-6)
    result = compare_means(n_t, mean_t, m2_t, n_c, mean_c, m2_c, confidence)
    assume(abs(float(result.p_value) - (1 - confidence)) > 1e-7)
    significant = bool(result.p_value < 1 - confidence)
    assert bool((result.difference_low > 0) | (result.difference_high < 0)) == significant
    assert bool((result.relative_lift_low > 0) | (result.relative_lift_high < 0)) == significant
    # The lift is a quotient that drops a few digits where the mean is large against its error.
    assert result.relative_lift_low <= result.relative_lift + 1e-9 * (1 + abs(result.relative_lift))
    assert result.relative_lift_high >= result.relative_lift - 1e-9 * (1 + abs(result.relative_lift))


def test_strata_remove_what_a_changed_allocation_confounds() -> None:
    # 10/90 while the mean was 2, 50/50 once it had fallen to 1: no effect in either epoch.
    result = compare_means(
        [[100, 500]], [[2.0, 1.0]], [[99.0, 499.0]], [[900, 500]], [[2.0, 1.0]], [[899.0, 499.0]]
    )
    assert result.difference == pytest.approx(0)
    pooled_t, pooled_c = (100 * 2 + 500) / 600, (900 * 2 + 500) / 1400
    assert pooled_c - pooled_t > 0.4


def test_stratified_difference_equals_its_definition(random: np.random.Generator) -> None:
    arms = [
        (random.normal(m, s, n), random.normal(m - 0.3, 1, k))
        for m, s, n, k in [(1, 1, 9, 20), (4, 3, 30, 7)]
    ]
    t, c = (np.array([moments(pair[i]) for pair in arms]).T[:, None, :] for i in (0, 1))
    result = compare_means(*t, *c)
    weight = np.array([len(a) * len(b) / (len(a) + len(b)) for a, b in arms])
    weight /= weight.sum()
    parts = np.array([[np.var(a, ddof=1) / len(a), np.var(b, ddof=1) / len(b)] for a, b in arms])
    variance = (weight**2) @ parts.sum(axis=1)
    freedom = np.array([[len(a) - 1, len(b) - 1] for a, b in arms])
    df = variance**2 / ((weight[:, None] ** 2 * parts) ** 2 / freedom).sum()
    difference = weight @ [a.mean() - b.mean() for a, b in arms]
    assert result.difference[0] == pytest.approx(difference)
    assert result.df[0] == pytest.approx(df)
    assert result.p_value[0] == pytest.approx(2 * stats.t.sf(abs(difference) / np.sqrt(variance), df))


def test_padding_and_single_units_change_nothing() -> None:
    t, c = moments(SLEEP_1), moments(SLEEP_2)
    padded = compare_means(
        [[t[0], 0, 1]], [[t[1], np.nan, 99.0]], [[t[2], np.nan, 0.0]],
        [[c[0], 5, 8]], [[c[1], 3.0, 1.0]], [[c[2], 1.0, 4.0]],
    )  # fmt: skip
    plain = compare(SLEEP_1, SLEEP_2)
    for name in vars(plain):
        assert getattr(padded, name)[0] == pytest.approx(float(getattr(plain, name))), name


def test_no_spread_or_too_few_units_is_undefined() -> None:
    result = compare_means([1, 30, 0, 30], [5.0, 3.0, 0.0, 0.1], [0, 0, 0, 1e-31], [40, 30, 9, 30], 3.0, 0.0)
    assert (result.p_value == 1).all()
    assert (result.df == 0).all()
    for low, high in [
        (result.difference_low, result.difference_high),
        (result.relative_lift_low, result.relative_lift_high),
    ]:
        assert (low == -np.inf).all()
        assert (high == np.inf).all()
    assert result.difference[:2] == pytest.approx([2, 0])
    assert np.isnan(result.difference[2])
    assert result.cohens_d[:2].tolist() == [np.inf, 0]
    interval = t_interval([0, 1, 5], [np.nan, 1.0, 2.0], [0.0, 0.0, 0.0])
    assert (interval.low == -np.inf).all()
    assert (interval.high == np.inf).all()


def test_one_arm_without_spread_is_welchs_limit() -> None:
    t = [0.0, 0.0, 3.0, 0.0, 9.0]
    exact = compare(t, [0.0] * 50)
    oracle = stats.ttest_1samp(t, 0.0)
    assert exact.p_value == pytest.approx(oracle.pvalue)
    assert exact.relative_lift == np.inf
    assert (exact.relative_lift_low, exact.relative_lift_high) == (-np.inf, np.inf)


def test_ratio_moments_equal_the_linearised_units(random: np.random.Generator) -> None:
    x = random.poisson(3, 200) + 1.0
    y = random.binomial(x.astype(int), 0.3).astype(float)
    n, mean_x, m2_x = moments(x)
    _, mean_y, m2_y = moments(y)
    m_xy = ((x - mean_x) * (y - mean_y)).sum()
    result = ratio_moments(n, mean_y, mean_x, m2_y, m2_x, m_xy)
    ratio = y.sum() / x.sum()
    linear = ratio + (y - ratio * x) / mean_x
    assert result.mean == pytest.approx(ratio)
    assert result.m2 == pytest.approx(((linear - linear.mean()) ** 2).sum())
    # With x = 1 for everyone a ratio is a mean.
    same = ratio_moments(n, mean_y, 1.0, m2_y, 0.0, 0.0)
    assert same.m2 == pytest.approx(m2_y)


def test_a_ratio_without_denominator_is_undefined_downstream() -> None:
    empty = ratio_moments(10, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert empty.n == 0
    assert np.isnan(empty.mean)
    assert t_interval(*empty).high == np.inf


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1.5, 0, 0), "n must be whole"),
        ((-1, 0, 0), "n must be whole"),
        ((5, np.inf, 0), "mean must be finite"),
        ((5, 0, -1), "m2 must be at least 0, got -1"),
    ],
)
def test_bad_moments_are_named(arguments: tuple[float, float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        t_interval(*arguments)


def test_other_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="confidence"):
        t_interval(5, 0, 1, confidence=1.0)
    with pytest.raises(ValueError, match="n_t must have shape"):
        compare_means(np.ones((2, 2, 2)), 0, 0, 3, 0, 0)
    with pytest.raises(ValueError, match="m_xy"):
        ratio_moments(5, 1.0, 1.0, 1.0, 1.0, 20.0)


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"n_t \(2, 1\), mean_t \(3,\)|n_t \(2,\), mean_t \(3,\)"):
        compare_means([3, 4], [1, 2, 3], 0, 3, 0, 0)
    with pytest.raises(ValueError, match=r"n_t .*n_c"):
        compare_means([3, 4], 0, 0, [3, 4, 5], 0, 0)
    with pytest.raises(ValueError, match="m_xy"):
        ratio_moments([3, 4], 1, 1, 1, 1, [0, 0, 0])
    with pytest.raises(ValueError, match="mean must be numbers"):
        t_interval(3, "x", 1)
