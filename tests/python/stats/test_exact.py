"""Conditional exact test and intervals: published limits, brute force, coverage, degenerate cells."""

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from scipy.stats.contingency import odds_ratio

from microlift.stats.exact import exact_intervals, exact_p_value
from microlift.stats.score import score_difference, score_ratio

TEA = (3, 4, 1, 4)
CONVICTIONS = (2, 12, 15, 18)  # Fisher's criminal twins: R's matrix(c(2, 10, 15, 3), nrow = 2)


def limits(interval):
    return np.array([interval.low, interval.high]).T


@pytest.mark.parametrize(
    ("counts", "confidence", "expected", "tolerance"),
    [
        # Cornfieldexact.CI(2, 14, 1, 11) of the R package ORCI 1.1.
        ((2, 14, 1, 11), 0.95, (0.07446422, 108.01529598), 1e-4),
        # Fagerland, Lydersen & Laake (2015), Statistical Methods in Medical Research 24:224–254, table 6.
        ((33, 34, 27, 34), 0.95, (0.97, None), 5e-3),
        # R's fisher.test(Convictions, conf.level = 0.95 and 0.99), which iterates to about 1e-4.
        (CONVICTIONS, 0.95, (0.003325764, 0.363182271), 2e-4),
        (CONVICTIONS, 0.99, (0.001386333, 0.578851645), 2e-4),
        # R's example(fisher.test), one-sided 95%: one limit of our 90%.
        (TEA, 0.90, (0.3135693, None), 1e-4),
        (CONVICTIONS, 0.90, (None, 0.2849601), 1e-4),
    ],
)
def test_published_odds_ratio_limits(counts, confidence, expected, tolerance):
    got = limits(exact_intervals(*counts, confidence).odds_ratio)
    for limit, published in zip(got, expected, strict=True):
        if published is not None:
            assert_allclose(limit, published, atol=tolerance)


def test_central_p_doubles_the_smaller_tail():
    assert_allclose(
        exact_p_value(*TEA), 2 * 17 / 70
    )  # R's one-sided p is .2429, its two-sided one also .4857
    # R's p for alternative = "less"; its two-sided one, .0005367, is not the central one.
    assert_allclose(exact_p_value(*CONVICTIONS), 2 * 0.0004652, rtol=1e-4)


@pytest.mark.parametrize(
    "counts", [TEA, CONVICTIONS, (1, 500, 9, 400), (0, 30, 5, 40), (29, 30, 20, 40), (12, 900, 3, 100)]
)
def test_scipy_finds_the_same_limits(counts):
    x_t, n_t, x_c, n_c = counts
    table = [[x_t, x_c], [n_t - x_t, n_c - x_c]]
    theirs = odds_ratio(table, kind="conditional").confidence_interval(0.95)
    assert_allclose(limits(exact_intervals(*counts).odds_ratio), [theirs.low, theirs.high], rtol=1e-7)
    one_sided = [stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    assert_allclose(exact_p_value(*counts), min(1, 2 * min(one_sided)), rtol=1e-9)


def brute_tails(counts, psi):
    """Tails of the sum over strata by listing every table, independent of convolution."""
    strata = [s for s in zip(*counts, strict=True) if s[1] > 0 and s[3] > 0]
    observed = sum(s[0] for s in strata)
    supports = [range(max(0, x + y - m), min(n, x + y) + 1) for x, n, y, m in strata]
    at_least = at_most = whole = 0.0
    for ks in product(*supports):
        mass = psi ** sum(ks)
        for k, (x, n, y, m) in zip(ks, strata, strict=True):
            mass *= comb(n, k) * comb(m, x + y - k)
        whole += mass
        at_least += mass * (sum(ks) >= observed)
        at_most += mass * (sum(ks) <= observed)
    return at_least / whole, at_most / whole


STRATIFIED = [
    ([4, 2, 3], [9, 12, 30], [2, 5, 1], [25, 8, 30]),
    ([1, 6, 0, 3], [8, 9, 0, 20], [0, 2, 4, 1], [9, 14, 7, 70]),
    ([2, 0], [3, 4], [1, 4], [2, 9]),
]


@pytest.mark.parametrize("counts", STRATIFIED)
def test_stratified_limits_and_p_against_every_table(counts):
    cell = [[array] for array in counts]
    at_least, at_most = brute_tails(counts, 1.0)
    assert_allclose(exact_p_value(*cell), min(1, 2 * min(at_least, at_most)), rtol=1e-12)
    low, high = limits(exact_intervals(*cell, confidence=0.9).odds_ratio)[0]
    assert_allclose(brute_tails(counts, low)[0], 0.05, rtol=1e-8)
    assert_allclose(brute_tails(counts, high)[1], 0.05, rtol=1e-8)


def test_cells_do_not_depend_on_their_company():
    """Batches of similar width and the padding within them leave each cell as it is alone."""
    rng = np.random.default_rng(5)
    n_t, n_c = rng.integers(0, 40, (2, 60, 3))
    x_t, x_c = rng.binomial(n_t, 0.2), rng.binomial(n_c, rng.uniform(0, 1, (60, 1)))
    together = exact_intervals(x_t, n_t, x_c, n_c).odds_ratio
    p = exact_p_value(x_t, n_t, x_c, n_c)
    for cell in range(0, 60, 7):
        counts = [array[[cell]] for array in (x_t, n_t, x_c, n_c)]
        alone = exact_intervals(*counts).odds_ratio
        assert_allclose([together.low[cell], together.high[cell]], [alone.low[0], alone.high[0]], rtol=1e-8)
        assert_allclose(p[cell], exact_p_value(*counts)[0], rtol=1e-10)


@st.composite
def stratified_counts(draw):
    strata = draw(st.integers(1, 3))
    ns = [draw(st.lists(st.integers(0, 40), min_size=strata, max_size=strata)) for _ in range(2)]
    xs = [[draw(st.integers(0, n)) for n in arm] for arm in ns]
    return [xs[0]], [ns[0]], [xs[1]], [ns[1]]


@settings(deadline=None)
@given(counts=stratified_counts(), confidence=st.floats(0.5, 0.999))
def test_p_and_every_interval_agree(counts, confidence):
    p = exact_p_value(*counts)[0]
    assert 0 < p <= 1
    if abs(p - (1 - confidence)) < 1e-9:
        return
    intervals = exact_intervals(*counts, confidence)
    for interval, null in ((intervals.difference, 0), (intervals.ratio, 1), (intervals.odds_ratio, 1)):
        low, high = limits(interval)[0]
        assert low <= high
        assert (low > null or high < null) == (p < 1 - confidence)


def miss(limit_low, limit_high, mass, value):
    return np.array([mass[limit_low > value + 1e-12].sum(), mass[limit_high < value - 1e-12].sum()])


@pytest.mark.parametrize(
    ("n_t", "n_c", "rates"),
    [
        (50, 50, [(0.02, 0.02), (0.02, 0.10), (0.05, 0.20), (0.98, 0.90)]),
        (30, 120, [(0.03, 0.03), (0.10, 0.02), (0.05, 0.20), (0.95, 0.80)]),
    ],
)
def test_noncoverage_of_each_tail_by_enumeration(n_t, n_c, rates):
    """The odds ratio keeps 2.5% in each tail; difference and ratio, which are not exact, stay within 3.5%."""
    x_t, x_c = (axis.ravel() for axis in np.mgrid[: n_t + 1, : n_c + 1])
    likely = np.zeros(x_t.size, dtype=bool)
    masses = [stats.binom.pmf(x_t, n_t, p_t) * stats.binom.pmf(x_c, n_c, p_c) for p_t, p_c in rates]
    for mass in masses:
        likely |= mass > 1e-9
    x_t, x_c = x_t[likely], x_c[likely]
    found = exact_intervals(x_t, n_t, x_c, n_c)
    for (p_t, p_c), mass in zip(rates, masses, strict=True):
        psi = p_t * (1 - p_c) / (p_c * (1 - p_t))
        weights = mass[likely]
        assert (miss(found.odds_ratio.low, found.odds_ratio.high, weights, psi) <= 0.025).all()
        assert (miss(found.difference.low, found.difference.high, weights, p_t - p_c) <= 0.035).all()
        assert (miss(found.ratio.low, found.ratio.high, weights, p_t / p_c) <= 0.035).all()


def test_mapped_limit_has_the_margin_and_the_odds_ratio():
    """7 of 50 against 0 of 60: the limit that excludes no effect is Thomas and Gart's."""
    counts = (7, 50, 0, 60)
    intervals = exact_intervals(*counts)
    psi, difference, ratio = (i.low for i in (intervals.odds_ratio, intervals.difference, intervals.ratio))
    assert psi > 1
    p_c = difference / (ratio - 1)
    p_t = ratio * p_c
    assert_allclose(50 * p_t + 60 * p_c, 7, rtol=1e-9)
    assert_allclose(p_t * (1 - p_c) / (p_c * (1 - p_t)), psi, rtol=1e-9)
    # The mapping alone would end the difference at the observed 7/50.
    assert intervals.difference.high > 7 / 50


@pytest.mark.parametrize("counts", [(0, 50, 0, 80), (50, 50, 80, 80)])
def test_no_or_only_conversions(counts):
    intervals = exact_intervals(*counts)
    assert exact_p_value(*counts) == 1
    assert limits(intervals.odds_ratio).tolist() == [0, np.inf]
    assert_allclose(limits(intervals.difference), limits(score_difference(*counts)))
    assert_allclose(limits(intervals.ratio), limits(score_ratio(*counts)))
    assert -1 < intervals.difference.low < 0 < intervals.difference.high < 1


def test_an_empty_arm_says_nothing():
    intervals = exact_intervals(0, 0, 3, 5)
    assert exact_p_value(0, 0, 3, 5) == 1
    assert limits(intervals.difference).tolist() == [-1, 1]
    assert limits(intervals.ratio).tolist() == limits(intervals.odds_ratio).tolist() == [0, np.inf]


def test_extreme_tables_stay_finite():
    """One conversion in a huge arm, and counts whose tails are beyond the range of a float."""
    counts = ([1, 0, 400], [10**9, 10**9, 500], [0, 1, 0], [10**9, 10**3, 10**5])
    intervals = exact_intervals(*counts)
    p = exact_p_value(*counts)
    assert ((p > 0) & (p <= 1)).all()
    assert intervals.odds_ratio.low[2] > 1e4
    assert intervals.odds_ratio.high[2] == np.inf
    assert not any(np.isnan(limits(i)).any() for i in (intervals.difference, intervals.ratio))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((6, 5, 1, 5), r"successes_t must lie in \[0, n_t\]"),
        ((1, 5, 1.5, 5), "successes_c must be whole"),
        ((1, 5, 1, 5, 1.0), r"confidence must lie in \(0, 1\), got 1.0"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        exact_intervals(*arguments)


def test_a_common_odds_ratio_equals_mantelhaen_exact() -> None:
    """R: mantelhaen.test(exact = TRUE) on four strata gives (.3202, 2.4943) to its own tolerance, p 1."""
    found = exact_intervals([[3, 5, 1, 0]], [[12, 17, 11, 8]], [[2, 4, 6, 3]], [[22, 22, 17, 17]]).odds_ratio
    assert_allclose([found.low[0], found.high[0]], [0.3202, 2.4943], rtol=2e-4)
