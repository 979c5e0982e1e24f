"""Newcombe's hybrid score interval: his own table, symmetry, degenerate cells."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from microlift.stats.newcombe import newcombe_difference


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # Newcombe (1998), Statistics in Medicine 17:873–890, Table II, contrasts a to h, method 10.
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((0, 10, 0, 10), (-0.2775, 0.2775)),
        ((10, 10, 0, 20), (0.6791, 1.0)),
        ((10, 10, 0, 10), (0.6075, 1.0)),
    ],
)
def test_published_differences(counts, expected):
    found = newcombe_difference(*counts)
    assert_allclose([found.low, found.high], expected, atol=5.1e-5)


def test_swapping_arms_mirrors_and_an_empty_arm_says_nothing():
    x_t, n_t, x_c, n_c = np.array([[3, 0, 9, 0], [50, 7, 9, 0], [8, 0, 2, 1], [40, 9, 30, 5]])
    there, back = newcombe_difference(x_t, n_t, x_c, n_c), newcombe_difference(x_c, n_c, x_t, n_t)
    assert_allclose(there.low, -back.high)
    assert (there.low[3], there.high[3]) == (-1, 1)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"successes_c must lie in \[0, n_c\], got 9"):
        newcombe_difference(1, 5, 9, 5)
    with pytest.raises(ValueError, match="confidence"):
        newcombe_difference(1, 5, 2, 5, confidence=2)
