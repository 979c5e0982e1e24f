"""Exact unconditional tests and limits: published and independent p, brute force, coverage, degenerate cells."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from microlift.stats.exact import exact_p_value
from microlift.stats.score import difference_statistic
from microlift.stats.tables import as_tables
from microlift.stats.unconditional import (
    GAMMA,
    _reached,
    _start,
    _upper,
    barnard_p_value,
    boschloo_p_value,
    unconditional_difference,
    unconditional_ratio,
)

TABLES = [
    (12, 105, 20, 112),
    (9, 69, 28, 169),
    (0, 40, 6, 55),
    (7, 34, 1, 34),
    (15, 25, 9, 31),
    (40, 42, 30, 37),
]


@pytest.mark.parametrize(
    ("counts", "one_sided"),
    [
        ((3, 3, 0, 3), 1 / 64),  # Barnard (1945), Nature 156:177: 3 of 3 against 0 of 3
        # SAS's Barnard test, by way of the tests of the R package exact2x2 (slowTests/test_SAS.R).
        ((24, 61, 10, 35), 0.2142),
        ((9, 11, 4, 12), 0.0120),
        ((12, 15, 7, 15), 0.0341),  # the vaccine example of scipy.stats.barnard_exact
    ],
)
def test_published_barnard(counts, one_sided):
    assert_allclose(barnard_p_value(*counts) / 2, one_sided, atol=5.1e-5)


def test_published_boschloo():
    """The example of scipy.stats.boschloo_exact: 74 of 117 (or 105) against 31 of 63, one-sided p .0355."""
    assert_allclose(boschloo_p_value(74, 74 + 43, 31, 31 + 32) / 2, 0.0355, atol=1e-4)


@pytest.mark.parametrize("counts", TABLES)
def test_scipy_finds_the_same_p(counts):
    x_t, n_t, x_c, n_c = counts
    table = [[x_t, x_c], [n_t - x_t, n_c - x_c]]
    sides = [stats.barnard_exact(table, alternative=side, n=128).pvalue for side in ("less", "greater")]
    assert_allclose(barnard_p_value(*counts), min(1, 2 * min(sides)), rtol=2e-4)
    assert_allclose(boschloo_p_value(*counts), stats.boschloo_exact(table, n=128).pvalue, rtol=2e-4)


def brute_upper(counts, delta):
    """Largest probability of a score statistic at least the observed one, over 4,001 rates of the control."""
    x_t, n_t, x_c, n_c = counts
    grid_t, grid_c = (axis.ravel() for axis in np.mgrid[: n_t + 1, : n_c + 1])
    every = difference_statistic(as_tables(grid_t, n_t, grid_c, n_c), np.full((len(grid_t), 1), delta), False)
    observed = every[x_t * (n_c + 1) + x_c]
    inside = (every >= observed - 1e-9).reshape(n_t + 1, n_c + 1)
    rate = np.linspace(max(0, -delta), min(1, 1 - delta), 4001)[:, None]
    mass_t, mass_c = (stats.binom.pmf(np.arange(n + 1), n, r) for n, r in ((n_t, rate + delta), (n_c, rate)))
    return np.einsum("ri,ij,rj->r", mass_t, inside, mass_c).max()


@pytest.mark.parametrize("counts", [(7, 34, 1, 34), (6, 15, 2, 25), (1, 20, 4, 12)])
def test_limits_of_the_difference_against_every_outcome(counts):
    x_t, n_t, x_c, n_c = counts
    found = unconditional_difference(*counts, gamma=0)
    for limit, arms in ((found.low, counts), (-found.high, (x_c, n_c, x_t, n_t))):
        assert brute_upper(arms, limit - 2e-5) <= 0.025
        assert brute_upper(arms, limit + 2e-5) > 0.025 * (1 - 1e-3)


@pytest.mark.parametrize(
    ("counts", "function", "to_scale"),
    [
        (
            (23, 59, 6, 51),
            unconditional_difference,
            float,
        ),  # p is above its level again from .0117 to .0101 below
        ((6, 51, 23, 59), unconditional_difference, float),
        ((5, 40, 2, 90), unconditional_difference, float),
        ((23, 59, 6, 51), unconditional_ratio, np.log),
        ((5, 40, 2, 90), unconditional_ratio, np.log),
    ],
)
def test_nothing_below_the_limit_is_kept(counts, function, to_scale):
    """p of a contrast is not monotone: a limit is the least kept value, not just any crossing."""
    low = to_scale(function(*counts).low)
    below = low - np.concatenate([np.linspace(0, 0.05, 120), np.linspace(0.05, 0.3, 60)])
    tables = as_tables(*(np.full(len(below), count) for count in counts))
    is_ratio = function is unconditional_ratio
    assert _upper(tables, below, is_ratio, GAMMA).max() <= 0.025
    assert _upper(as_tables(*counts), np.array([low + 3e-5]), is_ratio, GAMMA)[0] > 0.025


@pytest.mark.parametrize("is_ratio", [False, True])
def test_regions_between_two_values_lie_between_theirs(is_ratio):
    """What lets the search reject a whole range at once: the boundary turns around the data in all likely rows."""
    random = np.random.default_rng(8)
    n_t, n_c = random.integers(5, 150, (2, 150))
    rates = random.uniform(0.05, 0.9, (2, 150))
    x_t, x_c = random.binomial(n_t, rates[0]), random.binomial(n_c, rates[1])
    part = as_tables(np.maximum(x_t, 1), n_t, x_c, n_c)
    _, start, error = _start(part, 0.95, is_ratio)
    width, first = 151, np.zeros((150, 1), dtype=np.int64)
    low, high = (np.maximum(start + by * error, -60.0 if is_ratio else -1.0) for by in (-0.3, 0.1))
    ends = [_reached(part, value, is_ratio, first, width) for value in (low, high)]
    bounds = np.minimum(*ends), np.maximum(*ends)
    likely = stats.binom.pmf(np.arange(width), n_t[:, None], ((x_t + 0.5) / (n_t + 1))[:, None]) > 1e-8
    for share in (0.2, 0.5, 0.8):
        value = low + (high - low) * share
        middle = _reached(part, value, is_ratio, first, width)
        inside = (bounds[0] <= middle) & (middle <= bounds[1])
        assert inside[likely].all()
        assert (_reached(part, value, is_ratio, first, width, bounds) == middle)[inside].all()


def test_coverage_is_never_below_nominal():
    n_t, n_c = 7, 13
    x_t, x_c = (axis.ravel() for axis in np.mgrid[: n_t + 1, : n_c + 1])
    difference, ratio = unconditional_difference(x_t, n_t, x_c, n_c), unconditional_ratio(x_t, n_t, x_c, n_c)
    rates = np.linspace(0.02, 0.98, 25)
    for p_t, p_c in product(rates, rates):
        mass = stats.binom.pmf(x_t, n_t, p_t) * stats.binom.pmf(x_c, n_c, p_c)
        for interval, value in ((difference, p_t - p_c), (ratio, p_t / p_c)):
            assert mass[interval.low > value + 1e-9].sum() <= 0.025 + 1e-6
            assert mass[interval.high < value - 1e-9].sum() <= 0.025 + 1e-6


@pytest.mark.parametrize("p_value", [barnard_p_value, boschloo_p_value])
def test_size_is_never_above_nominal(p_value):
    n_t, n_c = 15, 24
    x_t, x_c = (axis.ravel() for axis in np.mgrid[: n_t + 1, : n_c + 1])
    reject = p_value(x_t, n_t, x_c, n_c) < 0.05
    ahead = x_t * n_c > x_c * n_t
    for rate in np.linspace(0.01, 0.99, 99):
        mass = stats.binom.pmf(x_t, n_t, rate) * stats.binom.pmf(x_c, n_c, rate)
        assert max(mass[reject & ahead].sum(), mass[reject & ~ahead].sum()) <= 0.025 + 1e-9


arm = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None, max_examples=40)
@given(treatment=arm, control=arm, confidence=st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_p_and_intervals_agree(treatment, control, confidence):
    counts = (*treatment, *control)
    p = barnard_p_value(*counts, gamma=1e-6)
    assert 0 < p <= 1
    if abs(p - (1 - confidence)) < 1e-7:
        return
    for interval, null in (
        (unconditional_difference(*counts, confidence), 0),
        (unconditional_ratio(*counts, confidence), 1),
    ):
        assert interval.low <= interval.high
        assert (interval.low > null or interval.high < null) == (p < 1 - confidence)
    assert boschloo_p_value(*counts) <= exact_p_value(*counts) * (1 + 1e-6)


def test_degenerate_cells_are_defined():
    counts = ([0, 5, 5, 0, 0, 1], [5, 5, 5, 5, 0, 1], [0, 7, 0, 7, 3, 0], [7, 7, 7, 7, 5, 1])
    p = barnard_p_value(*counts)
    assert_allclose(p[[0, 1, 4]], 1)
    assert_allclose(boschloo_p_value(*counts)[[0, 1, 4]], 1)
    difference, ratio = unconditional_difference(*counts), unconditional_ratio(*counts)
    assert (difference.low < difference.high).all()
    assert not np.isnan([ratio.low, ratio.high, difference.low, difference.high]).any()
    assert difference.high[2] == 1
    assert difference.low[3] == -1
    assert ratio.low[[0, 3, 4]].tolist() == [0, 0, 0]
    assert np.isinf(ratio.high[[0, 2, 4, 5]]).all()
    assert (difference.low[4], difference.high[4]) == (-1, 1)


def test_large_arms_need_no_grid_of_all_outcomes():
    found = unconditional_difference(12, 20_000, 30, 60_000)
    assert found.low < 12 / 20_000 - 30 / 60_000 < found.high
    assert 0 < barnard_p_value(12, 20_000, 60, 30_000, gamma=1e-6) < 1e-3


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((6, 5, 1, 5), {}, r"successes_t must lie in \[0, n_t\], got 6"),
        ((1, 5, 1, 5), {"gamma": 1}, r"gamma must lie in \[0, 1\), got 1"),
        ((1, 5, 1, 5), {"gamma": 0.03}, r"gamma must be below \(1 − confidence\)/2 = 0.025, got 0.03"),
        (([[1, 2]], [[5, 5]], [[1, 1]], [[5, 5]]), {}, "take no strata"),
        ((1, 5, 1, 5), {"confidence": 95}, r"confidence must lie in \(0, 1\)"),
    ],
)
def test_bad_input_is_named(arguments, keywords, message):
    with pytest.raises(ValueError, match=message):
        unconditional_difference(*arguments, **keywords)
