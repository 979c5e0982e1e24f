"""Score test and intervals: published limits, brute force, agreement of p and limits, degenerate cells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.proportion import confint_proportions_2indep

from microlift.stats import score

INTERVALS = {
    "difference": (score.score_difference, 0.0),
    "ratio": (score.score_ratio, 1.0),
    "odds ratio": (score.score_odds_ratio, 1.0),
}


def limits(interval):
    return np.array([interval.low, interval.high]).T


# Hartung & Knapp's cisapride trials, from Laud (2017), Pharmaceutical Statistics 16:334–348, appendix B.
CISAPRIDE = (
    [[15, 12, 29, 42, 14, 44, 14, 29, 10, 17, 38, 19, 21]],
    [[16, 16, 34, 56, 22, 54, 17, 58, 14, 26, 44, 29, 38]],
    [[9, 1, 18, 31, 6, 17, 7, 23, 3, 6, 12, 22, 19]],
    [[16, 16, 34, 56, 22, 55, 15, 58, 15, 27, 45, 30, 38]],
)
# Adverse events, Klingenberg (2014), Statistics in Medicine 33:2968–2983: no event in most strata.
ADVERSE_EVENTS = (
    [[0, 1, 0, 0, 0, 2, 5, 1, 4, 1, 1, 0, 0, 0, 0, 0, 4]],
    [[432, 375, 80, 248, 50, 251, 605, 466, 525, 80, 375, 189, 55, 110, 85, 170, 1030]],
    [[0, 0, 0, 1, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    [[142, 125, 40, 84, 24, 85, 209, 231, 175, 40, 124, 59, 27, 56, 85, 85, 350]],
)
# Myeloma trial, Klingenberg (2014): 21 centres of a few patients each.
MYELOMA = (
    [[3, 3, 2, 2, 2, 1, 2, 1, 2, 0, 3, 2, 1, 2, 2, 4, 1, 3, 1, 0, 2]],
    [[4, 4, 2, 2, 2, 3, 2, 5, 2, 2, 3, 2, 4, 3, 4, 12, 2, 3, 4, 3, 4]],
    [[1, 8, 2, 2, 0, 2, 2, 4, 2, 2, 3, 0, 1, 2, 4, 3, 2, 1, 2, 0, 1]],
    [[3, 11, 3, 2, 3, 3, 3, 4, 3, 3, 3, 2, 5, 4, 6, 9, 3, 4, 3, 2, 5]],
)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # Newcombe (1998), Statistics in Medicine 17:873–890, Table II, contrasts a to h, Miettinen–Nurminen;
        # (d) also in the tests of the R package ratesci.
        ((56, 70, 48, 80), (0.0528, 0.3382)),
        ((9, 10, 3, 10), (0.1700, 0.8406)),
        ((6, 7, 2, 7), (0.0342, 0.8534)),
        ((5, 56, 0, 29), (-0.0326, 0.1933)),
        ((0, 10, 0, 20), (-0.1658, 0.2844)),
        ((0, 10, 0, 10), (-0.2879, 0.2879)),
        ((10, 10, 0, 20), (0.7156, 1.0)),
        ((10, 10, 0, 10), (0.6636, 1.0)),
        # Fagerland, Lydersen & Laake (2017), Statistical Analysis of Contingency Tables, chapter 4.
        ((0, 16, 15, 72), (-0.3164, -0.0056)),
    ],
)
def test_published_differences(counts, expected):
    assert_allclose(limits(score.score_difference(*counts)), expected, atol=5.1e-5)


def test_statsmodels_difference_is_off_in_the_third_digit():
    """statsmodels' Miettinen–Nurminen leaves the published value; microlift must not follow it."""
    theirs = confint_proportions_2indep(56, 70, 48, 80, method="score", compare="diff", correction=True)
    assert abs(theirs[0] - 0.0528) > 1e-4
    assert_allclose(score.score_difference(56, 70, 48, 80).low, 0.0528, atol=5e-5)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # Fagerland & Newcombe (2013), Statistics in Medicine 32:2823–2836, by way of ratesci's tests.
        ((24, 73, 53, 65), (0.280, 0.560)),
        ((29, 55, 11, 11), (0.397, 0.742)),
        ((7, 18, 1, 18), (1.296, 42.544)),
        # Fagerland, Lydersen & Laake (2017), chapter 4.
        ((7, 34, 1, 34), (1.2086, 43.0330)),
    ],
)
def test_published_ratios(counts, expected):
    assert_allclose(limits(score.score_ratio(*counts)), expected, rtol=1e-5, atol=5e-4)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((36, 40, 16, 80), (2.94, 7.15)),  # Koopman (1984), Biometrics 40:513–517
        ((8, 15, 4, 15), (0.815, 5.336)),  # Gart & Nam (1988), Biometrics 44:323–338
        ((6, 10, 6, 20), (0.844, 4.594)),  # ibid.
        ((7, 34, 1, 34), (1.2209, 42.5757)),  # Fagerland, Lydersen & Laake (2017), chapter 4
    ],
)
def test_koopman_ratios(counts, expected):
    """Koopman's statistic lacks the factor N/(N − 1), so his limits are ours at a z smaller by its root."""
    total = counts[1] + counts[3]
    z = stats.norm.ppf(0.975) * np.sqrt((total - 1) / total)
    interval = score.score_ratio(*counts, confidence=2 * stats.norm.cdf(z) - 1)
    assert_allclose(limits(interval), expected, rtol=1e-5, atol=5e-3 if counts[1] == 40 else 5e-4)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # Fagerland & Newcombe (2013), by way of ratesci's tests, and Fagerland, Lydersen & Laake (2017).
        ((24, 73, 53, 65), (0.050, 0.245)),
        ((29, 55, 11, 11), (0.000, 0.417)),
        ((7, 18, 1, 18), (1.416, 76.428)),
        ((9, 13, 4, 14), (1.0934, 28.9419)),
    ],
)
def test_published_odds_ratios(counts, expected):
    assert_allclose(limits(score.score_odds_ratio(*counts)), expected, rtol=1e-5, atol=5e-4)


@pytest.mark.parametrize(
    ("counts", "expected", "digits"),
    [
        (CISAPRIDE, (0.245286, 0.369981), 6),  # validation of the SAS macro SCORECI and the R package ratesci
        (ADVERSE_EVENTS, (-0.0027, 0.0038), 4),  # Klingenberg (2014)
        (([[3, 4, 18]], [[5, 10, 35]], [[1, 3, 2]], [[15, 10, 25]]), (0.1963, 0.5381), 4),  # Lu (2008)
    ],
)
def test_published_stratified_differences(counts, expected, digits):
    assert_allclose(limits(score.score_difference(*counts))[0], expected, atol=0.51 * 10.0**-digits)


@pytest.mark.parametrize("counts", [CISAPRIDE, MYELOMA, ADVERSE_EVENTS])
def test_p_is_that_of_cochran_mantel_haenszel(counts):
    x_t, n_t, x_c, n_c = (np.array(array[0]) for array in counts)
    tables = np.array([[x_t, n_t - x_t], [x_c, n_c - x_c]])
    theirs = StratifiedTable(tables.astype(float)).test_null_odds(correction=False).pvalue
    assert_allclose(score.score_p_value(*counts), theirs, rtol=1e-9, atol=1e-15)


def brute_statistic(scale, parameter, counts):
    """The stratified statistic with restricted rates by numerical search instead of closed forms."""
    contrast_sum = variance_sum = 0.0
    for x_t, n_t, x_c, n_c in zip(*counts, strict=True):
        if n_t == 0 or n_c == 0:
            continue
        if scale == "difference":
            bounds = max(0.0, -parameter), min(1.0, 1 - parameter)
            treated = lambda p: p + parameter  # noqa: E731
        elif scale == "ratio":
            bounds = 0.0, min(1.0, 1 / parameter)
            treated = lambda p: p * parameter  # noqa: E731
        else:
            bounds = 0.0, 1.0
            treated = lambda p: parameter * p / (1 - p + parameter * p)  # noqa: E731

        def loss(p, t=treated, x_t=x_t, n_t=n_t, x_c=x_c, n_c=n_c):
            return -stats.binom.logpmf(x_t, n_t, t(p)) - stats.binom.logpmf(x_c, n_c, p)

        p_c = optimize.minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-13}).x
        p_t, total, w = treated(p_c), n_t + n_c, n_t * n_c / (n_t + n_c)
        v_t, v_c = p_t * (1 - p_t) / n_t, p_c * (1 - p_c) / n_c
        if scale == "difference":
            contrast, variance = x_t / n_t - x_c / n_c - parameter, v_t + v_c
        elif scale == "ratio":
            contrast, variance = x_t / n_t - parameter * x_c / n_c, v_t + parameter**2 * v_c
        else:
            # Miettinen and Nurminen's contrast of standardised residuals, weighted by its information.
            spread_t, spread_c = p_t * (1 - p_t), p_c * (1 - p_c)
            contrast = (x_t / n_t - p_t) / spread_t - (x_c / n_c - p_c) / spread_c
            variance = 1 / (n_t * spread_t) + 1 / (n_c * spread_c)
            w = 1 / variance
        contrast_sum += w * contrast
        variance_sum += w**2 * variance * total / (total - 1)
    return contrast_sum / np.sqrt(variance_sum)


@pytest.mark.parametrize("scale", INTERVALS)
@pytest.mark.parametrize(
    "counts",
    [
        ([7], [40], [3], [55]),
        ([4, 2, 9], [30, 12, 100], [2, 5, 3], [25, 15, 80]),
        ([1, 6, 0, 3], [8, 9, 0, 20], [0, 2, 4, 1], [9, 14, 7, 70]),
    ],
)
def test_limits_solve_a_brute_force_statistic(scale, counts):
    method, _ = INTERVALS[scale]
    for confidence in (0.8, 0.95):
        low, high = limits(method(*([array] for array in counts), confidence=confidence))[0]
        z = stats.norm.ppf((1 + confidence) / 2)
        assert_allclose(brute_statistic(scale, low, counts), z, atol=2e-5)
        assert_allclose(brute_statistic(scale, high, counts), -z, atol=2e-5)


def brute_skewed(scale, parameter, counts, factor=True):
    """Corrected z of one stratum, with restricted rates by search and moments by listing every outcome."""
    x_t, n_t, x_c, n_c = counts
    if scale == "difference":
        bounds, treated = (max(0.0, -parameter), min(1.0, 1 - parameter)), lambda p: p + parameter
    elif scale == "ratio":
        bounds, treated = (0.0, min(1.0, 1 / parameter)), lambda p: p * parameter
    else:
        bounds, treated = (0.0, 1.0), lambda p: parameter * p / (1 - p + parameter * p)
    p_c = optimize.minimize_scalar(
        lambda p: -stats.binom.logpmf(x_t, n_t, treated(p)) - stats.binom.logpmf(x_c, n_c, p),
        bounds=bounds, method="bounded", options={"xatol": 1e-13},
    ).x  # fmt: skip
    p_t = treated(p_c)
    a, b = (p_t * (1 - p_t), p_c * (1 - p_c)) if scale == "odds ratio" else (1.0, 1.0)
    c = parameter if scale == "ratio" else 1.0

    def contrast(t, k):
        return (t / n_t - p_t) / a - c * (k / n_c - p_c) / b

    grid_t, grid_c = np.mgrid[: n_t + 1, : n_c + 1]
    mass = stats.binom.pmf(grid_t, n_t, p_t) * stats.binom.pmf(grid_c, n_c, p_c)
    values = contrast(grid_t, grid_c)
    variance, third = (mass * values**2).sum(), (mass * values**3).sum()
    variance *= (n_t + n_c) / (n_t + n_c - 1) if factor else 1
    z = stats.norm.ppf(0.975)
    bend = third / variance**1.5 / 6
    return optimize.brentq(
        lambda u: u + bend * (u**2 - 1) - contrast(x_t, x_c) / variance**0.5, -2 * z, 2 * z
    )


@pytest.mark.parametrize(
    ("scale", "counts", "expected"),
    [
        # Gart & Nam (1990), Biometrics 46:637–643, and (1988), ibid. 44:323–338, by way of ratesci's tests.
        ("difference", (7, 25, 2, 25), (-0.014, 0.414)),
        ("ratio", (8, 15, 4, 15), (0.806, 6.148)),
        ("ratio", (6, 10, 6, 20), (0.822, 4.954)),
    ],
)
def test_the_brute_corrected_statistic_is_the_published_one(scale, counts, expected):
    """Theirs lacks N/(N − 1); ours solves the same statistic with it (next test), as Laud (2017) does."""
    for limit, sign in zip(expected, (1, -1), strict=True):
        beside = [brute_skewed(scale, limit + step, counts, factor=False) for step in (-5e-4, 5e-4)]
        assert min(beside) <= sign * stats.norm.ppf(0.975) <= max(beside)


@pytest.mark.parametrize("scale", INTERVALS)
@pytest.mark.parametrize("counts", [(7, 25, 2, 25), (6, 10, 6, 20), (9, 30, 15, 120), (40, 60, 90, 110)])
def test_corrected_limits_solve_a_brute_force_statistic(scale, counts):
    method, null = INTERVALS[scale]
    found = method(*counts, skewness=True)
    z = stats.norm.ppf(0.975)
    assert_allclose(brute_skewed(scale, float(found.low), counts), z, atol=2e-5)
    assert_allclose(brute_skewed(scale, float(found.high), counts), -z, atol=2e-5)
    at_null = abs(brute_skewed(scale, null, counts))
    assert_allclose(score.score_p_value(*counts, skewness=True), 2 * stats.norm.sf(at_null), rtol=1e-4)


@st.composite
def stratified_counts(draw):
    strata = draw(st.integers(1, 4))
    ns = [draw(st.lists(st.integers(0, 60), min_size=strata, max_size=strata)) for _ in range(2)]
    xs = [[draw(st.integers(0, n)) for n in arm] for arm in ns]
    return [xs[0]], [ns[0]], [xs[1]], [ns[1]]


@settings(deadline=None)
@given(counts=stratified_counts(), confidence=st.floats(0.5, 0.999), skewness=st.booleans())
def test_p_and_every_interval_agree(counts, confidence, skewness):
    p = score.score_p_value(*counts, skewness=skewness)[0]
    if abs(p - (1 - confidence)) < 1e-9:
        return
    for method, null in INTERVALS.values():
        low, high = limits(method(*counts, confidence=confidence, skewness=skewness))[0]
        assert low <= high
        assert (low > null or high < null) == (p < 1 - confidence)


@settings(deadline=None)
@given(counts=stratified_counts(), confidence=st.floats(0.5, 0.999), skewness=st.booleans())
def test_swapping_arms_mirrors(counts, confidence, skewness):
    x_t, n_t, x_c, n_c = counts
    for name, (method, _) in INTERVALS.items():
        low, high = limits(method(*counts, confidence, skewness))[0]
        swapped_low, swapped_high = limits(method(x_c, n_c, x_t, n_t, confidence, skewness))[0]
        if name == "difference":
            assert_allclose([-swapped_high, -swapped_low], [low, high], atol=1e-9)
        else:
            with np.errstate(divide="ignore"):
                mirrored = 1 / np.array([swapped_high, swapped_low])
            assert_allclose(mirrored, [low, high], rtol=1e-8)


def test_a_padded_stratum_and_a_one_armed_one_change_nothing():
    plain = ([[4, 9]], [[30, 100]], [[2, 3]], [[25, 80]])
    padded = ([[4, 9, 0, 5]], [[30, 100, 0, 12]], [[2, 3, 0, 0]], [[25, 80, 0, 0]])
    for method, _ in INTERVALS.values():
        assert_allclose(limits(method(*padded)), limits(method(*plain)), rtol=1e-12)
    assert_allclose(score.score_p_value(*padded), score.score_p_value(*plain), rtol=1e-12)


@pytest.mark.parametrize(
    ("counts", "difference", "ratio", "odds_ratio"),
    [
        # (0, ∞) or a finite limit: True where the limit must be finite and inside.
        ((0, 50, 0, 50), (True, True), (False, False), (False, False)),
        ((0, 50, 3, 50), (True, True), (False, True), (False, True)),
        ((3, 50, 0, 50), (True, True), (True, False), (True, False)),
        ((50, 50, 50, 50), (True, True), (True, True), (False, False)),
        ((50, 50, 0, 50), (True, False), (True, False), (True, False)),
        ((47, 50, 50, 50), (True, True), (True, True), (False, True)),
        ((0, 0, 3, 50), (False, False), (False, False), (False, False)),
    ],
)
def test_degenerate_cells_are_defined(counts, difference, ratio, odds_ratio):
    for method, ends, inside in (
        (score.score_difference, (-1, 1), difference),
        (score.score_ratio, (0, np.inf), ratio),
        (score.score_odds_ratio, (0, np.inf), odds_ratio),
    ):
        for limit, end, strictly in zip(limits(method(*counts)), ends, inside, strict=True):
            assert (limit != end) == strictly, (method, limit)
        assert not np.isnan(limits(method(*counts, skewness=True))).any()
    assert np.isfinite(score.score_p_value(*counts))
    assert np.isfinite(score.score_p_value(*counts, skewness=True))


def test_no_or_only_successes_do_not_reject():
    assert_allclose(score.score_p_value([0, 50, 0], [50, 50, 0], [0, 80, 3], [50, 80, 5]), 1.0)


def test_rare_conversions_in_huge_arms_keep_their_digits():
    """With 10⁷ units an arm the limits of the difference scale as those of a Poisson count."""
    huge, large = (limits(score.score_difference(5, n, 20, n)) * n for n in (10**7, 10**6))
    assert_allclose(huge, large, rtol=1e-5)


def test_shapes():
    assert score.score_difference(1, 5, 2, 5).low.shape == ()
    assert score.score_ratio([1, 2], 5, 2, 5).high.shape == (2,)
    assert score.score_odds_ratio(np.ones((3, 2)), 5, 2, 5).low.shape == (3,)
    assert score.score_p_value([], [], [], []).shape == (0,)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ((6, 5, 1, 5), r"successes_t must lie in \[0, n_t\]"),
        ((1, 5, 6, 5), r"successes_c must lie in \[0, n_c\]"),
        ((1, 5, 1, 5.5), "n_c must be whole"),
        (([1, 2], 5, [1, 2, 3], 5), "broadcast together"),
        ((np.ones((2, 2, 2)), 5, 1, 5), "at most 2 dimensions"),
    ],
)
def test_bad_counts_are_named(counts, message):
    for method in (score.score_p_value, score.score_difference):
        with pytest.raises(ValueError, match=message):
            method(*counts)


@pytest.mark.parametrize("method", [score.score_difference, score.score_ratio, score.score_odds_ratio])
def test_bad_confidence_is_named(method):
    with pytest.raises(ValueError, match=r"confidence must lie in \(0, 1\), got 95"):
        method(1, 5, 1, 5, confidence=95)
