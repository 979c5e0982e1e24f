"""The sample ratio over looks: the Bayes factor by hand, and its error under constant reading."""

import numpy as np
import pytest
from scipy import stats

from microlift.stats.sequential_ratio import CONCENTRATIONS, sequential_sample_ratio


def run(counts: list[list[int]], weights: list[float]) -> tuple[np.ndarray, np.ndarray]:
    found = sequential_sample_ratio(np.array(counts)[None, :, None, :], np.array([[weights]]))
    return found.log_evidence[0], found.p_value[0]


def test_two_arms_are_a_beta_binomial_bayes_factor() -> None:
    evidence, p = run([[30, 50], [40, 60]], [0.5, 0.5])
    for place, (x, n) in enumerate([(30, 80), (70, 180)]):
        # Lindon & Malek (2022), eq. 5, for two arms: marginal over null probability of the counts.
        factors = [
            stats.betabinom.pmf(x, n, c / 2, c / 2) / stats.binom.pmf(x, n, 0.5) for c in CONCENTRATIONS
        ]
        assert np.exp(evidence[place]) == pytest.approx(np.mean(factors))
    assert p[0] == pytest.approx(min(1, np.exp(-evidence[0])))
    assert p[1] == pytest.approx(min(p[0], np.exp(-evidence[1])))


def test_three_arms_are_a_dirichlet_multinomial_one() -> None:
    weights = np.array([0.5, 0.3, 0.2])
    evidence, _ = run([[60, 20, 30]], list(weights))
    factors = [
        stats.dirichlet_multinomial.pmf([60, 20, 30], c * weights, 110)
        / stats.multinomial.pmf([60, 20, 30], 110, weights)
        for c in CONCENTRATIONS
    ]
    assert np.exp(evidence[0]) == pytest.approx(np.mean(factors))


def test_the_known_mismatch_of_a_redirect_is_found_and_epochs_multiply() -> None:
    # Fabijan et al. (2019): 821,588 against 815,482 users of an even split has p = 1.8e-6 by χ².
    _, p = run([[821_588, 815_482]], [1, 1])
    assert p[0] < 5e-4
    counts = np.array([[[[900, 100], [0, 0]], [[0, 0], [480, 520]]]])
    both = sequential_sample_ratio(counts, np.array([[[0.9, 0.1], [0.5, 0.5]]]))
    assert both.p_value[0, -1] > 0.5
    first = sequential_sample_ratio(counts[:, :, :1], np.array([[[0.9, 0.1]]])).log_evidence[0, -1]
    second = sequential_sample_ratio(counts[:, :, 1:], np.array([[[0.5, 0.5]]])).log_evidence[0, -1]
    assert both.log_evidence[0, -1] == pytest.approx(first + second)


def test_degenerate_counts() -> None:
    assert run([[0, 0], [1, 0]], [0.5, 0.5])[1].tolist() == pytest.approx([1, 1])
    assert run([[5, 5], [0, 0]], [1, 0])[1].tolist() == [0, 0]
    huge = run([[10**9, 10**9]], [1, 1])
    assert np.isfinite(huge[0]).all()
    assert huge[1][0] == 1
    assert run([[7]], [1.0])[1].tolist() == [1]
    for counts, weights, words in (
        ([[1.5, 2]], [1, 1], "whole numbers"),
        ([[1, 2]], [0, 0], "an arm above 0"),
        ([[1, 2]], [-1, 1], "at least 0"),
        ([[1, 2]], [1, 1, 1], "must have shape"),
    ):
        with pytest.raises(ValueError, match=words):
            run(counts, weights)  # type: ignore[arg-type]


def test_reading_at_every_look_keeps_the_error() -> None:
    random = np.random.default_rng(3)
    runs, looks = 1500, 100
    counts = random.multinomial(40, [0.5, 0.3, 0.2], size=(runs, looks))[:, :, None, :]
    p = sequential_sample_ratio(counts, np.tile([[0.5, 0.3, 0.2]], (runs, 1, 1))).p_value[:, -1]
    assert (p <= 0.05).mean() <= 0.05
    assert (p <= 0.2).mean() <= 0.2
    skewed = random.multinomial(40, [0.6, 0.25, 0.15], size=(200, looks))[:, :, None, :]
    assert (
        sequential_sample_ratio(skewed, np.tile([[0.5, 0.3, 0.2]], (200, 1, 1))).p_value[:, -1] < 5e-4
    ).mean() > 0.99
