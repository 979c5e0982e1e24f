"""Spending functions and boundaries against published designs."""

import numpy as np
import pytest
from scipy import special

from microlift.stats.group_sequential import (
    constant_boundary,
    crossing_probabilities,
    error_by_look,
    spending_boundaries,
)
from microlift.stats.spending import spent

FIVE = np.arange(1, 6) / 5


@pytest.mark.parametrize(
    ("rule", "published"),
    [
        # Lan & DeMets, two-sided .05, as ldbounds (R) and gsDesign print them.
        ("obrien_fleming", [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]),
        ("pocock", [2.4380, 2.4268, 2.4101, 2.3966, 2.3859]),
        # gsDesign's sfHSD with its default gamma = -4.
        ("hwang_shih_decani", [3.2527, 2.9860, 2.6917, 2.3737, 2.0253]),
    ],
)
def test_boundaries_of_five_looks_are_the_published_ones(rule: str, published: list[float]) -> None:
    assert spending_boundaries(FIVE, spent(rule, FIVE, 0.025)) == pytest.approx(published, abs=2e-4)


# Jennison & Turnbull (2000), tables 2.1 and 2.3: constants of Pocock's and O'Brien and Fleming's tests at .05.
@pytest.mark.parametrize(
    ("looks", "pocock", "obrien_fleming"),
    [(2, 2.178, 1.977), (3, 2.289, 2.004), (4, 2.361, 2.024), (5, 2.413, 2.040), (10, 2.555, 2.087)],
)
def test_constants_of_jennison_and_turnbull(looks: int, pocock: float, obrien_fleming: float) -> None:
    assert constant_boundary(looks, 0.05) == pytest.approx(pocock, abs=6e-4)
    even = np.arange(1, looks + 1) / looks
    down, up = crossing_probabilities(even, -obrien_fleming / np.sqrt(even), obrien_fleming / np.sqrt(even))
    assert down.sum() + up.sum() == pytest.approx(0.05, abs=2e-4)


# Armitage, McPherson & Rowe (1969), table 2: repeated tests at 5%.
@pytest.mark.parametrize(
    ("looks", "error"),
    [(1, 0.050), (2, 0.083), (3, 0.107), (4, 0.126), (5, 0.142), (10, 0.193), (20, 0.248), (50, 0.320)],
)
def test_the_error_of_repeated_tests(looks: int, error: float) -> None:
    assert error_by_look(np.arange(1, looks + 1), special.ndtri(0.975))[-1] == pytest.approx(error, abs=6e-4)


def test_the_naive_probability_rule_errs_a_fifth_of_the_time() -> None:
    assert error_by_look(np.arange(1, 21), special.ndtri(0.95), False)[-1] == pytest.approx(0.2145, abs=5e-4)


@pytest.mark.parametrize("two_sided", [True, False])
def test_unequal_information_spends_what_it_may(two_sided: bool) -> None:
    information = np.array([3.0, 10.0, 10.001, 47.0, 80.0, 100.0])
    share = spent("pocock", information / 100, 0.025)
    upper = spending_boundaries(information, share, two_sided)
    assert np.isinf(upper[2])  # It adds no information to speak of.
    down, up = crossing_probabilities(information, -upper if two_sided else -np.inf, upper)
    assert np.cumsum(up)[[0, 1, 3, 4, 5]] == pytest.approx(share[[0, 1, 3, 4, 5]], abs=1e-8)
    assert down.sum() == pytest.approx(0.025 if two_sided else 0.0, abs=1e-8)


def test_recursion_equals_simulation_under_drift() -> None:
    information = np.array([1.0, 1.5, 4.0, 9.0])
    steps = np.diff(information, prepend=0)
    draw = np.random.default_rng(5).normal(size=(200_000, 4)) * np.sqrt(steps) + 0.7 * steps
    z = np.cumsum(draw, axis=1) / np.sqrt(information)
    first = (z > 2.2).argmax(axis=1)[(z > 2.2).any(axis=1)]
    _, up = crossing_probabilities(information, -np.inf, 2.2, drift=0.7)
    assert up == pytest.approx(np.bincount(first, minlength=4) / len(z), abs=4e-3)


def test_one_look_is_the_plain_test() -> None:
    assert spending_boundaries([7.0], spent("obrien_fleming", [1.0], 0.025)) == pytest.approx([1.959964])
    assert constant_boundary(1, 0.05) == pytest.approx(1.959964)
    assert constant_boundary(1, 0.05, False) == pytest.approx(1.644854)


def test_many_looks_and_no_spending() -> None:
    assert error_by_look(np.arange(1, 201), 2.0)[-1] < 0.5
    assert np.isinf(spending_boundaries(FIVE, [0, 0, 0, 0, 0.025])[:4]).all()
    assert spending_boundaries(FIVE, [0, 0, 0, 0, 0.025])[4] == pytest.approx(1.959964)
    assert spent("obrien_fleming", [0.0, 1.0, 1.3], 0.025) == pytest.approx([0, 0.025, 0.025])
    assert spent("hwang_shih_decani", [0.25], 0.04, 0.0) == pytest.approx([0.01])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spent("haybittle", [0.5], 0.05), "rule must be one of obrien_fleming, pocock"),
        (lambda: spent("pocock", [-0.1], 0.05), "fraction must be at least 0"),
        (lambda: spent("pocock", [0.1], 1.0), r"alpha must lie in \(0, 1\)"),
        (lambda: spent("hwang_shih_decani", [0.1], 0.05, 99), "gamma must lie in"),
        (lambda: crossing_probabilities([2, 1], -2, 2), "information must be above 0 and must not fall"),
        (lambda: crossing_probabilities([], -2, 2), "information must be a list of looks"),
        (lambda: crossing_probabilities([1.0], np.nan, 2), "lower must be numbers"),
        (lambda: spending_boundaries([1, 2], [0.02, 0.01]), "cumulative must rise"),
        (lambda: constant_boundary(0, 0.05), "looks must be a whole number of at least 1"),
    ],
)
def test_what_cannot_be_is_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("rule", "gamma", "information", "alpha", "boundaries"),
    [
        ("obrien_fleming", 0, [0.2, 0.55, 0.7, 1], 0.025, [4.876885, 2.805959, 2.477281, 2.002508]),
        ("obrien_fleming", 0, [0.1, 0.15, 0.8, 1], 0.05, [6.087892, 4.926908, 1.904394, 1.728932]),
        ("pocock", 0, [0.1, 0.15, 0.8, 1], 0.025, [2.655110, 2.756675, 2.127152, 2.308182]),
        ("hwang_shih_decani", -2, [0.2, 0.55, 0.7, 1], 0.005, [3.363434, 3.025464, 2.992406, 2.699511]),
        ("hwang_shih_decani", 3, [0.1, 0.15, 0.8, 1], 0.025, [2.466657, 2.590176, 2.156222, 2.556030]),
    ],
)
def test_unequal_looks_equal_rpact(
    rule: str, gamma: float, information: list[float], alpha: float, boundaries: list[float]
) -> None:
    """One-sided boundaries of R's rpact::getDesignGroupSequential (asOF, asP, asHSD) at these information rates."""
    found = spending_boundaries(information, spent(rule, information, alpha, gamma or -4.0), False)
    assert found == pytest.approx(boundaries, rel=1e-5)


def test_the_power_of_a_design_equals_rpact() -> None:
    """rpact::getPowerAndAverageSampleNumber(theta = .25, nMax = 200) of the first design above: .9394379."""
    information = np.array([0.2, 0.55, 0.7, 1])
    boundaries = spending_boundaries(information, spent("obrien_fleming", information, 0.025), False)
    _, up = crossing_probabilities(200 * information, -np.inf, boundaries, 0.25)
    assert up.sum() == pytest.approx(0.9394379, rel=1e-6)
