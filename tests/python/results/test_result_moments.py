"""Moments of a cell over its allocation epochs."""

import numpy as np
import pandas as pd
import pytest
from result_inputs import counted, divided, measured, strata

from microlift.results.moments import cell_moments


def arm(frame: pd.DataFrame, variant: str) -> pd.Series:
    return frame[frame["variant_id"] == variant].iloc[0]


def test_one_epoch_is_left_as_it_is() -> None:
    y = [1.0, 4.0, 6.0]
    found = arm(cell_moments(strata(measured("a", y), measured("b", [2.0, 3.0]))), "a")
    assert (found["units"], found["n"], found["epochs"]) == (3, 3, 1)
    assert (found["mean"], found["m2"]) == pytest.approx((np.mean(y), np.var(y) * 3))


def test_epochs_are_weighted_alike_for_all_variants() -> None:
    sizes = {"a": (900, 500), "b": (100, 500), "c": (300, 200)}
    rates = {"a": (0.5, 0.1), "b": (0.5, 0.1), "c": (0.6, 0.2)}
    rows = [
        counted(v, round(sizes[v][e] * rates[v][e]), sizes[v][e], allocation_epoch=e + 1)
        for v in "abc"
        for e in (0, 1)
    ]
    found = cell_moments(strata(*rows))
    harmonic = [1 / sum(1 / sizes[v][e] for v in "abc") for e in (0, 1)]
    share = np.array(harmonic) / sum(harmonic)
    for v in "abc":
        n, p = np.array(sizes[v]), np.array(rates[v])
        mine = arm(found, v)
        assert mine["mean"] == pytest.approx(share @ p)
        # m2 / (n (n − 1)) is the variance of the standardised mean.
        variance = (share**2 * n * p * (1 - p) / (n * (n - 1))).sum()
        assert mine["m2"] / (mine["n"] * (mine["n"] - 1)) == pytest.approx(variance)
    assert arm(found, "a")["mean"] == pytest.approx(arm(found, "b")["mean"])


def test_an_epoch_that_a_variant_lacks_has_no_weight() -> None:
    rows = [
        measured("a", [1.0, 2.0]),
        measured("b", [5.0, 6.0]),
        measured("b", [50.0, 60.0], allocation_epoch=2),
    ]
    found = cell_moments(strata(*rows))
    assert (arm(found, "b")["mean"], arm(found, "b")["n"], arm(found, "b")["units"]) == (5.5, 2, 4)
    assert found["epochs"].tolist() == [2, 2]


def test_without_a_common_epoch_nothing_counts() -> None:
    found = cell_moments(strata(measured("a", [1.0, 2.0]), measured("b", [5.0, 6.0], allocation_epoch=2)))
    assert found["n"].tolist() == [0, 0]


def test_a_thin_variant_does_not_silence_the_others() -> None:
    found = cell_moments(strata(measured("a", [1.0, 2.0]), measured("b", [5.0, 6.0]), measured("c", [9.0])))
    assert found["n"].tolist() == [2, 2, 0]
    assert found["units"].tolist() == [2, 2, 1]


def test_a_ratio_without_denominator_has_no_moments() -> None:
    found = cell_moments(strata(divided("a", [1, 2, 3], [0, 0, 0]), divided("b", [1, 2, 4], [1, 2, 2])))
    assert arm(found, "a")["n"] == 0
    assert arm(found, "b")["mean"] == pytest.approx(7 / 5)
