"""Bayesian comparisons against exact rational sums, adaptive integration and closed forms."""

from fractions import Fraction
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from microlift.stats import beta_pairs
from microlift.stats.bayes import (
    beta_expected_loss,
    beta_probability_best,
    beta_probability_better,
    normal_expected_loss,
    normal_probability_better,
)


def beta_function(a: int, b: int) -> Fraction:
    return Fraction(factorial(a - 1) * factorial(b - 1), factorial(a + b - 1))


def miller(alpha_t: int, beta_t: int, alpha_c: int, beta_c: int) -> Fraction:
    """P(t > c) for integers: E. Miller (2014), "Formulas for Bayesian A/B testing", in exact arithmetic."""
    terms = (
        beta_function(alpha_c + i, beta_t + beta_c) / ((beta_t + i) * beta_function(1 + i, beta_t))
        for i in range(alpha_t)
    )
    return sum(terms, Fraction(0)) / beta_function(alpha_c, beta_c)


def exact_loss(alpha_t: int, beta_t: int, alpha_c: int, beta_c: int) -> Fraction:
    """E[max(c − t, 0)] for integers, as E[c; c > t] − E[t; c > t], each of them a size-biased probability."""
    c_part = Fraction(alpha_c, alpha_c + beta_c) * miller(alpha_c + 1, beta_c, alpha_t, beta_t)
    t_part = Fraction(alpha_t, alpha_t + beta_t) * miller(alpha_c, beta_c, alpha_t + 1, beta_t)
    return c_part - t_part


CASES = [(1, 1, 1, 1), (4, 48, 1, 51), (13, 2, 89, 2), (120, 900, 131, 921), (2, 1, 1, 300), (1, 400, 7, 3)]


@pytest.mark.parametrize("case", CASES)
def test_integer_posteriors_equal_the_exact_sums(case: tuple[int, int, int, int]) -> None:
    a_t, b_t, a_c, b_c = case
    assert beta_probability_better(*case) == pytest.approx(float(miller(*case)), abs=1e-10)
    loss = beta_expected_loss(*case)
    assert loss.choose_t == pytest.approx(float(exact_loss(*case)), abs=1e-10)
    assert loss.choose_c == pytest.approx(float(exact_loss(a_c, b_c, a_t, b_t)), abs=1e-10)


@settings(deadline=None, max_examples=30)
@given(*[st.integers(1, 60)] * 4)
def test_any_integer_posterior_equals_the_exact_sum(a_t: int, b_t: int, a_c: int, b_c: int) -> None:
    assert beta_probability_better(a_t, b_t, a_c, b_c) == pytest.approx(
        float(miller(a_t, b_t, a_c, b_c)), abs=1e-9
    )


@pytest.mark.parametrize("case", [(0.5, 50.5, 3.5, 47.5), (0.5, 0.5, 0.5, 20.5), (3.4, 0.1, 0.12, 0.055)])
def test_fractional_posteriors_equal_adaptive_integration(case: tuple[float, float, float, float]) -> None:
    a_t, b_t, a_c, b_c = case
    # On the logit axis, from the nearer end; the integrand of the p axis is infinite at both.
    scale = special.betaln(a_t, b_t)

    def integrand(z: float) -> float:
        density = np.exp(a_t * special.log_expit(z) + b_t * special.log_expit(-z) - scale)
        return density * (
            special.betainc(a_c, b_c, special.expit(z))
            if z < 0
            else special.betaincc(b_c, a_c, special.expit(-z))
        )

    pieces = [integrate.quad(integrand, a, a + 20, epsabs=1e-13, limit=200)[0] for a in range(-400, 400, 20)]
    assert beta_probability_better(*case) == pytest.approx(sum(pieces), abs=1e-9)


def test_ten_million_observations_meet_the_normal_limit() -> None:
    n = 1e7
    p_t, p_c = 0.0201, 0.0200
    error = np.sqrt((p_t * (1 - p_t) + p_c * (1 - p_c)) / n)
    case = (p_t * n, (1 - p_t) * n, p_c * n, (1 - p_c) * n)
    # The skewness of a beta at this size moves the normal limit by less than 1e-4.
    assert beta_probability_better(*case) == pytest.approx(stats.norm.cdf((p_t - p_c) / error), abs=1e-4)
    limit = normal_expected_loss(p_t, error, p_c, 0.0)
    assert beta_expected_loss(*case).choose_t == pytest.approx(float(limit.choose_t), rel=0.01)


def test_more_terms_give_the_same_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = np.exp(np.random.default_rng(2).uniform(np.log(0.05), np.log(1e7), (4, 200)))
    coarse, loss = beta_probability_better(*parameters), beta_expected_loss(*parameters)
    monkeypatch.setattr(beta_pairs, "TAIL_EXPONENT", 40.0)
    assert coarse == pytest.approx(beta_probability_better(*parameters), abs=1e-9)
    fine = beta_expected_loss(*parameters)
    assert loss.choose_t == pytest.approx(fine.choose_t, abs=1e-9)
    assert loss.choose_c == pytest.approx(fine.choose_c, abs=1e-9)


positive = st.floats(0.1, 1e6)


@given(positive, positive, positive, positive)
def test_exchanging_the_arms_exchanges_the_answers(a_t: float, b_t: float, a_c: float, b_c: float) -> None:
    forth, back = beta_probability_better(a_t, b_t, a_c, b_c), beta_probability_better(a_c, b_c, a_t, b_t)
    assert forth + back == pytest.approx(1, abs=1e-9)
    one, two = beta_expected_loss(a_t, b_t, a_c, b_c), beta_expected_loss(a_c, b_c, a_t, b_t)
    assert one.choose_t == pytest.approx(float(two.choose_c), abs=1e-9)
    assert one.choose_t >= 0
    # Mirroring p to 1 − p turns better into worse.
    assert beta_probability_better(b_t, a_t, b_c, a_c) == pytest.approx(1 - float(forth), abs=1e-9)


def test_shapes_broadcast_and_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    alpha = np.arange(1.0, 61).reshape(20, 3)
    whole = beta_probability_better(alpha, 50.0, 7.0, 40.0)
    assert whole.shape == (20, 3)
    monkeypatch.setattr(beta_pairs, "CHUNK", 200)
    assert beta_probability_better(alpha, 50.0, 7.0, 40.0) == pytest.approx(whole, abs=1e-10)
    assert beta_probability_better([], [], [], []).shape == (0,)


def test_best_of_two_is_better_and_of_equals_is_a_share() -> None:
    a, b = np.array([[4.0, 1.0], [0.5, 1e6]]), np.array([[48.0, 51.0], [3.5, 2e7]])
    best = beta_probability_best(a, b)
    assert best[:, 0] == pytest.approx(beta_probability_better(a[:, 0], b[:, 0], a[:, 1], b[:, 1]), abs=1e-9)
    assert beta_probability_best(np.full((1, 5), 3.0), np.full((1, 5), 90.0)) == pytest.approx(0.2, abs=1e-9)


def test_best_of_three_equals_adaptive_integration() -> None:
    alpha, beta = np.array([4.0, 9.5, 700.0]), np.array([60.0, 90.5, 9000.0])
    best = beta_probability_best(alpha[None], beta[None])[0]
    for arm in range(3):
        others = [i for i in range(3) if i != arm]

        def integrand(x: float, arm: int = arm, others: list[int] = others) -> float:
            rest = special.betainc(alpha[others], beta[others], x).prod()
            return float(stats.beta.pdf(x, alpha[arm], beta[arm]) * rest)

        total = sum(integrate.quad(integrand, a, a + 0.02, epsabs=1e-13)[0] for a in np.arange(0, 0.5, 0.02))
        assert best[arm] == pytest.approx(total, abs=1e-8)


def test_arms_of_very_different_sizes_still_sum_to_one() -> None:
    alpha = np.array([[0.5, 30.0, 2e5, 1.0]])
    beta = np.array([[3.5, 900.0, 6.6e6, 40.0]])
    assert beta_probability_best(alpha, beta).sum() == pytest.approx(1, abs=1e-8)


def test_padded_arms_are_never_best() -> None:
    alpha, beta = np.array([[4.0, 1.0, 7.0]] * 3), np.array([[48.0, 51.0, 44.0]] * 3)
    best = beta_probability_best(alpha, beta, [[True, True, False], [False, True, False], [False] * 3])
    pair = beta_probability_best(alpha[:1, :2], beta[:1, :2])[0]
    assert best[0] == pytest.approx([*pair, 0], abs=1e-10)
    assert best[1] == pytest.approx([0, 1, 0], abs=1e-10)
    assert best[2].tolist() == [0, 0, 0]


def test_normal_answers_equal_integration() -> None:
    mean_t, se_t, mean_c, se_c = 1.3, 0.4, 1.0, 0.3
    gap = stats.norm(mean_t - mean_c, np.hypot(se_t, se_c))
    assert normal_probability_better(mean_t, se_t, mean_c, se_c) == pytest.approx(gap.sf(0))
    loss = normal_expected_loss(mean_t, se_t, mean_c, se_c)
    assert loss.choose_t == pytest.approx(integrate.quad(lambda d: -d * gap.pdf(d), -8, 0)[0], abs=1e-10)
    assert loss.choose_c == pytest.approx(integrate.quad(lambda d: d * gap.pdf(d), 0, 8)[0], abs=1e-10)


def test_normal_answers_without_uncertainty() -> None:
    assert normal_probability_better([2, 1, 1], 0, [1, 1, 2], 0).tolist() == [1, 0.5, 0]
    loss = normal_expected_loss([2, 1, 1], 0, [1, 1, 2], 0)
    assert loss.choose_t.tolist() == [0, 0, 1]
    assert loss.choose_c.tolist() == [1, 0, 0]


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match=r"alpha_c must be above 0, got 0\.0"):
        beta_probability_better(1, 1, 0, 1)
    with pytest.raises(ValueError, match="beta_t must be finite"):
        beta_expected_loss(1, np.inf, 1, 1)
    with pytest.raises(ValueError, match="alpha must have shape"):
        beta_probability_best([1, 2], [3, 4])
    with pytest.raises(ValueError, match="se_c must be at least 0, got -1"):
        normal_probability_better(0, 1, 0, -1)
