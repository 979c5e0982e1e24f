"""Confidence sequences: against closed forms, by exhaustive enumeration, and where counts are degenerate."""

import itertools

import numpy as np
import pytest
from scipy import integrate, special, stats

from microlift.stats.always_valid import (
    mixture_boundary,
    mixture_p_value,
    mixture_weight,
    proportion_sequence,
)
from microlift.stats.odds_sequence import odds_sequence


def test_the_beta_binomial_sequence_solves_its_equation() -> None:
    x, n = 7, 40
    found = proportion_sequence(x, n)
    mixed = special.beta(0.5 + x, 0.5 + n - x) / special.beta(0.5, 0.5)
    for limit in (found.low, found.high):
        assert mixed / (limit**x * (1 - limit) ** (n - x)) == pytest.approx(20, rel=1e-6)
    assert found.low < x / n < found.high


def test_the_beta_binomial_sequence_holds_at_every_look() -> None:
    """All 2^14 outcomes of 14 units, looked at after each: the chance to exclude the truth at any look."""
    outcomes = np.array(list(itertools.product([0, 1], repeat=14)))
    x, n = np.cumsum(outcomes, axis=1), np.arange(1, 15)
    interval = proportion_sequence(x, np.broadcast_to(n, x.shape), 0.9)
    for rate in (0.05, 0.3, 0.5):
        misses = ((interval.low > rate) | (interval.high < rate)).any(axis=1)
        chance = (rate ** x[:, -1] * (1 - rate) ** (14 - x[:, -1]))[misses].sum()
        assert chance <= 0.1


def test_proportions_without_units_or_at_the_ends() -> None:
    found = proportion_sequence([0, 0, 50, 1], [0, 50, 50, 1])
    assert found.low[[0, 1]] == pytest.approx([0, 0])
    assert found.high[[0, 2]] == pytest.approx([1, 1])
    assert 0 < found.high[1] < 0.2
    assert found.low[3] < 0.05


def test_the_normal_mixture_is_robbins() -> None:
    """Robbins (1970): |S_n| crosses sqrt((n + 1/ρ²)·log((nρ² + 1) / α²)) with probability α at most."""
    n, rho2, alpha = 500.0, 0.01, 0.05
    boundary = np.sqrt((n + 1 / rho2) * np.log((n * rho2 + 1) / alpha**2)) / np.sqrt(n)
    assert mixture_boundary(n, alpha, rho2) == pytest.approx(boundary)
    assert mixture_p_value(boundary, n, rho2) == pytest.approx(alpha)
    one_sided = mixture_boundary(n, alpha, rho2, False)
    assert mixture_p_value([one_sided, -one_sided], n, rho2, False) == pytest.approx([alpha, 1.0])


def test_the_weight_makes_the_boundary_least_at_the_planned_size() -> None:
    weight = mixture_weight(2500, 0.05)
    near = [float(mixture_boundary(2500, 0.05, weight * factor)) for factor in (0.8, 1.0, 1.25)]
    assert near[1] < min(near[0], near[2])


def test_the_odds_mixture_is_its_integral() -> None:
    x_t, n_t, x_c, n_c, spread = 9, 40, 4, 45, 0.5
    law = stats.nchypergeom_fisher

    def likelihood(t: float) -> float:
        return float(law.pmf(x_t, n_t + n_c, n_t, x_t + x_c, np.exp(t)))

    mixed = integrate.quad(lambda t: likelihood(t) * stats.norm.pdf(t, 0, spread), -5, 5)[0]
    found = odds_sequence([x_t], [n_t], [x_c], [n_c], [0], spread=spread)
    assert found.p_value[0] == pytest.approx(min(likelihood(0.0) / mixed, 1.0), rel=1e-6)
    for limit in (found.low[0], found.high[0]):
        assert mixed / likelihood(np.log(limit)) == pytest.approx(20, rel=1e-5)
    half = integrate.quad(lambda t: 2 * likelihood(t) * stats.norm.pdf(t, 0, spread), 0, 5)[0]
    above = odds_sequence([x_t], [n_t], [x_c], [n_c], [0], spread=spread, side=1)
    assert above.p_value[0] == pytest.approx(min(likelihood(0.0) / half, 1.0), rel=1e-6)
    assert np.isinf(above.high[0])


def test_the_odds_mixture_holds_whatever_the_rates() -> None:
    """All outcomes of four batches of three units an arm, base rates that jump between them."""
    rates, alpha = (0.1, 0.7, 0.3, 0.5), 0.2
    law = [stats.binom.pmf(np.arange(4), 3, rate) for rate in rates]
    pairs = list(itertools.product(range(4), range(4)))
    chance = 0.0
    for path in itertools.product(pairs, repeat=2):
        weight = np.prod([law[k][t] * law[k][c] for k, (t, c) in enumerate(path)])
        counts = np.array(path)
        found = odds_sequence(counts[:, 0], [3, 3], counts[:, 1], [3, 3], [0, 1], alpha, spread=1.5)
        assert ((found.low > 1) | (found.high < 1)).tolist() == (found.p_value < alpha).tolist()
        chance += weight * (found.p_value < alpha).any()
    assert chance <= alpha


def test_turning_the_arms_turns_the_odds() -> None:
    counts, turned = ([9, 3], [40, 20], [4, 2], [45, 21]), ([4, 2], [45, 21], [9, 3], [40, 20])
    one, other = odds_sequence(*counts, [0, 1]), odds_sequence(*turned, [0, 1])
    assert one.p_value == pytest.approx(other.p_value)
    assert one.low == pytest.approx(1 / other.high)
    up, down = odds_sequence(*counts, [0, 1], side=1), odds_sequence(*turned, [0, 1], side=-1)
    assert up.low == pytest.approx(1 / down.high)


@pytest.mark.parametrize(
    "counts",
    [
        ([0], [5], [0], [5]), ([5], [5], [5], [5]), ([1], [1], [0], [1]), ([0], [0], [3], [9]),
        ([10], [10], [0], [10]), ([20_000], [1_000_000], [20_400], [1_000_000]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("side", [-1, 0, 1])
def test_degenerate_and_huge_counts(counts: tuple[list[int], ...], side: int) -> None:
    with np.errstate(all="raise", under="ignore"):
        found = odds_sequence(*counts, [0], side=side)
    assert 0 < found.p_value[0] <= 1
    assert 0 <= found.low[0] <= found.high[0]


def test_wide_distributions_are_summed_near_their_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = ([3_000], [40_000], [3_200], [41_000], [0])
    near = odds_sequence(*counts)
    monkeypatch.setattr("microlift.stats.odds_sequence.WIDE", 10**9)
    whole = odds_sequence(*counts)
    for name in ("p_value", "low", "high"):
        assert getattr(near, name) == pytest.approx(getattr(whole, name), rel=1e-9)


def test_no_looks() -> None:
    assert len(odds_sequence([], [], [], [], []).p_value) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: odds_sequence([3], [2], [0], [2], [0]), r"successes_t must lie in \[0, n_t\]"),
        (lambda: odds_sequence([1], [2], [0], [2], [0], side=2), "side must be -1, 0 or 1"),
        (lambda: odds_sequence([1], [2], [0], [2], [0], spread=0), "spread must be"),
        (lambda: proportion_sequence(-1, 2), "successes must be whole"),
        (lambda: proportion_sequence(1, 2, 1.5), "must lie in"),
        (lambda: proportion_sequence(1, 2, prior_alpha=0), "prior_alpha must be"),
        (lambda: mixture_boundary(-1, 0.05, 1), "information must be at least 0"),
        (lambda: mixture_p_value(1, 1, -1), "weight must be"),
    ],
)
def test_what_cannot_be_is_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]
