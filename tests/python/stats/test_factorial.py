"""Factorial effects: published designs, Newcombe's and Welch's cases, p as the interval's inverse."""

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from microlift.stats.factorial import contrasts, factorial_means, factorial_proportions
from microlift.stats.means import compare_means
from microlift.stats.proportions import wilson

TWO_BY_TWO = [[-1, -1], [1, -1], [-1, 1], [1, 1]]


def test_pilot_plant_equals_the_published_effects() -> None:
    # Box, Hunter & Hunter (2005), Statistics for Experimenters, 2nd ed., section 5.3: temperature,
    # concentration, catalyst; two runs each. Effects T 23.0, C −5.0, K 1.5, TC 1.5, TK 10.0, CK 0.0, TCK 0.5,
    # standard error 1.4.
    runs = np.array([[59, 61], [74, 70], [50, 58], [69, 67], [50, 54], [81, 85], [46, 44], [79, 81]])
    factors = np.array([row[::-1] for row in product((-1, 1), repeat=3)])
    mean, m2 = runs.mean(axis=1), runs.var(axis=1) * 2
    result = factorial_means(np.full((1, 8), 2), mean[None], m2[None], factors)
    assert result.factors == ((0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))
    assert result.effect[0] == pytest.approx([23, -5, 1.5, 1.5, 10, 0, 0.5])
    # Satterthwaite: df = (Σ s²)² / Σ s⁴ for equal n = 2, here below the 8 of the pooled estimate.
    assert result.df[0] == pytest.approx(m2.sum() ** 2 / (m2**2).sum())
    reach = (result.high - result.low)[0] / 2
    assert reach == pytest.approx(stats.t.ppf(0.975, result.df[0]) * np.sqrt(2))


def test_one_factor_is_newcombes_method_ten() -> None:
    # Newcombe (1998), Stat. Med. 17:873–890, Table II, 56/70 against 48/80: 0.0524 to 0.3339.
    result = factorial_proportions([[48, 56]], [[80, 70]], [[-1], [1]])
    assert result.effect == pytest.approx(0.2)
    assert result.low == pytest.approx(0.0524, abs=5e-5)
    assert result.high == pytest.approx(0.3339, abs=5e-5)


def test_one_factor_of_means_is_welch() -> None:
    result = factorial_means([[9, 30]], [[4.0, 6.0]], [[12.0, 90.0]], [[-1], [1]])
    pair = compare_means([30], 6.0, 90.0, [9], 4.0, 12.0)
    for ours, theirs in [
        (result.effect, pair.difference),
        (result.p_value, pair.p_value),
        (result.low, pair.difference_low),
        (result.high, pair.difference_high),
        (result.df, pair.df),
    ]:
        assert ours[:, 0] == pytest.approx(theirs)


def test_limits_equal_the_published_formula_from_wilson_limits() -> None:
    x, n = np.array([3, 9, 14, 0]), np.array([50, 60, 70, 40])
    result = factorial_proportions(x[None], n[None], TWO_BY_TWO, 0.9)
    limits = wilson(x, n, 0.9)
    p = x / n
    for column, signs in enumerate([(-1, 1, -1, 1), (-1, -1, 1, 1), (1, -1, -1, 1)]):
        low = high = effect = 0.0
        for i, sign in enumerate(signs):
            c = sign / 2
            ends = sorted([c * limits.low[i], c * limits.high[i]])
            effect += c * p[i]
            low += (c * p[i] - ends[0]) ** 2
            high += (c * p[i] - ends[1]) ** 2
        assert result.effect[0, column] == pytest.approx(effect)
        assert result.low[0, column] == pytest.approx(effect - np.sqrt(low))
        assert result.high[0, column] == pytest.approx(effect + np.sqrt(high))


def test_the_scale_of_effects() -> None:
    rates = np.array([[0.1, 0.2, 0.3, 0.6]])
    result = factorial_proportions(rates * 1000, np.full((1, 4), 1000), TWO_BY_TWO)
    assert result.effect[0] == pytest.approx([(0.2 + 0.6 - 0.1 - 0.3) / 2, (0.3 + 0.6 - 0.1 - 0.2) / 2, 0.1])


def test_rows_may_come_in_any_order() -> None:
    order = [2, 0, 3, 1]
    x, n = np.array([[3, 9, 14, 30]]), np.array([[50, 60, 70, 80]])
    plain = factorial_proportions(x, n, TWO_BY_TWO)
    mixed = factorial_proportions(x[:, order], n[:, order], np.array(TWO_BY_TWO)[order])
    assert mixed.effect == pytest.approx(plain.effect)
    assert mixed.p_value == pytest.approx(plain.p_value)


count = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(st.lists(count, min_size=4, max_size=4), st.floats(0.5, 0.999))
def test_p_is_below_alpha_exactly_when_the_interval_excludes_zero(
    counts: list[tuple[int, int]], confidence: float
) -> None:
    x, n = np.array(counts).T[:, None, :]
    result = factorial_proportions(x, n, TWO_BY_TWO, confidence)
    assume((np.abs(result.p_value - (1 - confidence)) > 1e-9).all())
    excludes = (result.low > 0) | (result.high < 0)
    assert (excludes == (result.p_value < 1 - confidence)).all()
    assert ((result.low <= result.effect + 1e-12) & (result.effect <= result.high + 1e-12)).all()


def test_p_is_the_confidence_at_which_a_limit_meets_zero() -> None:
    x, n = np.array([[3, 9, 14, 30], [0, 0, 0, 5]]), np.array([[50, 60, 70, 80], [50, 60, 70, 80]])
    p_values = factorial_proportions(x, n, TWO_BY_TWO).p_value
    for cell, effect in product(range(2), range(3)):
        at = factorial_proportions(x, n, TWO_BY_TWO, 1 - p_values[cell, effect])
        nearest = np.minimum(np.abs(at.low), np.abs(at.high))
        assert nearest[cell, effect] == pytest.approx(0, abs=1e-9)


def test_extremes_are_finite_and_honest() -> None:
    result = factorial_proportions(
        [[0, 0, 0, 0], [50, 50, 50, 50], [0, 50, 0, 50], [5, 5, 5, 0]],
        [[50] * 4, [50] * 4, [50] * 4, [50, 50, 50, 0]],
        TWO_BY_TWO,
    )
    assert (result.p_value[:2] == 1).all()
    assert (result.low[:2] < 0).all()
    assert (result.high[:2] > 0).all()
    assert result.effect[2] == pytest.approx([1, 0, 0])
    assert 0.85 < result.low[2, 0] < result.high[2, 0] == 1
    assert result.p_value[2, 0] < 1e-10
    assert np.isnan(result.effect[3]).all()
    assert (result.low[3] == -1).all()
    assert (result.high[3] == 1).all()
    assert (result.p_value[3] == 1).all()
    means = factorial_means([[9, 9, 9, 1], [9, 9, 9, 0]], [[1, 2, 3, 4]] * 2, [[5.0] * 4] * 2, TWO_BY_TWO)
    assert (means.p_value == 1).all()
    assert (means.df == 0).all()
    assert (means.high == np.inf).all()
    assert means.effect[0] == pytest.approx([1, 2, 0])
    assert np.isnan(means.effect[1]).all()


def test_error_rate_of_rare_conversions_is_held() -> None:
    # 4,000 null experiments of 2 × 2 with about 8 conversions a variant; four standard errors of slack.
    random = np.random.default_rng(8)
    x = random.binomial(400, 0.02, (4000, 4))
    rate = (factorial_proportions(x, np.full(x.shape, 400), TWO_BY_TWO).p_value < 0.05).mean(axis=0)
    assert (rate < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 4000)).all()


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ([[-1, 1], [1, 1]], r"factors must have shape \(2\^k, k\)"),
        ([[0], [1]], "factors must be −1 or 1, got 0"),
        ([[1], [1]], "got a repeated row"),
        ([-1, 1], "factors must have shape"),
    ],
)
def test_bad_designs_are_named(factors: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        contrasts(factors)


def test_counts_must_fit_the_design() -> None:
    with pytest.raises(ValueError, match=r"successes must have shape \(cells, 4\)"):
        factorial_proportions([[1, 2]], [[3, 4]], TWO_BY_TWO)
    with pytest.raises(ValueError, match=r"n must have shape \(cells, 4\)"):
        factorial_means([3, 4], [1, 2], [1, 1], TWO_BY_TWO)


@pytest.mark.parametrize("n", [1, 3, 10])
def test_complete_separation_has_a_p_above_0(n: int) -> None:
    """0, n, n and 0 of n: with all rates at one half these counts have probability 2^-4n, and p is not less."""
    square = [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    found = factorial_proportions([[0, n, n, 0]], [[n] * 4], square)
    assert found.effect[0].tolist() == [0, 0, -1]
    assert found.p_value[0, 2] == pytest.approx(0.5 ** (4 * n))
    assert (found.high[0, 2] < 0) == (found.p_value[0, 2] < 0.05)


def test_limits_exclude_no_effect_exactly_when_p_is_small() -> None:
    rng = np.random.default_rng(4)
    n = rng.integers(1, 40, (500, 4))
    x = rng.binomial(n, rng.choice([0.05, 0.3, 0.9], (500, 4)))
    found = factorial_proportions(x, n, [[-1, -1], [-1, 1], [1, -1], [1, 1]])
    assert ((found.low > 0) | (found.high < 0)).tolist() == (found.p_value < 0.05).tolist()
    assert (found.p_value > 0).all()
