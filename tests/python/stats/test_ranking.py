"""Areas under the curve from sums of placements, against scipy, enumeration and a published example."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from microlift.stats.ranking import RankComparison, compare_ranks

values = hnp.arrays(np.int64, st.integers(2, 30), elements=st.integers(0, 6))


def of_values(first: np.ndarray, second: np.ndarray, confidence: float = 0.95) -> RankComparison:
    """The comparison of two samples, their placements counted pair by pair."""
    below = 2 * (second[None, :] < first[:, None]) + (second[None, :] == first[:, None])
    squares = (below.sum(axis=1) ** 2).sum(), ((2 - below).sum(axis=0) ** 2).sum()
    return compare_ranks(len(first), len(second), below.sum(), *squares, confidence)


@given(values, values)
def test_the_area_is_the_mann_whitney_statistic(first: np.ndarray, second: np.ndarray) -> None:
    found = of_values(first, second)
    wanted = stats.mannwhitneyu(first, second).statistic / (len(first) * len(second))
    assert found.area == pytest.approx(wanted)


@given(values, values)
def test_the_p_value_inverts_the_interval(first: np.ndarray, second: np.ndarray) -> None:
    found = of_values(first, second)
    if np.isfinite(found.p_value):
        excluded = not found.area_low <= 0.5 <= found.area_high
        assert (found.p_value < 0.05) == excluded
        assert 0 < found.area_low <= found.area <= found.area_high < 1
    else:
        assert (found.area_low, found.area_high) == (0, 1)


@given(values, values)
def test_exchanging_the_groups_mirrors_the_answer(first: np.ndarray, second: np.ndarray) -> None:
    one, other = of_values(first, second), of_values(second, first)
    assert one.area == pytest.approx(1 - other.area)
    assert one.area_low == pytest.approx(1 - other.area_high)
    np.testing.assert_allclose(one.p_value, other.p_value, rtol=1e-9)


def test_the_variance_is_delongs() -> None:
    """The sample variances of the structural components (1988, equations 4 to 6), by hand: .3125 / 4 and .0625 / 2."""
    first, second = np.array([1, 3, 3, 4]), np.array([2, 3])
    components = np.array([0.0, 0.75, 0.75, 1.0]), np.array([0.75, 0.5])
    variance = components[0].var(ddof=1) / 4 + components[1].var(ddof=1) / 2
    found = of_values(first, second)
    assert found.area == pytest.approx(0.625)
    reach = 1.959963985 * np.sqrt(variance) / (0.625 * 0.375)
    low = 1 / (1 + np.exp(-(np.log(0.625 / 0.375) - reach)))
    assert found.area_low == pytest.approx(low, rel=1e-8)


def test_what_has_no_interval() -> None:
    """One member, separation, nobody: the area where there is one, limits 0 and 1, no p."""
    one = of_values(np.array([3]), np.array([1, 5]))
    apart = of_values(np.array([3, 4]), np.array([1, 2]))
    nobody = compare_ranks(0, 5, 0, 0, 0)
    assert one.area == 0.5
    assert apart.area == 1
    assert np.isnan(nobody.area)
    for found in (one, apart, nobody):
        assert (found.area_low, found.area_high) == (0, 1)
        assert np.isnan(found.p_value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ((-1, 2, 1, 1, 1), "first must be whole"),
        ((2, 2.5, 1, 1, 1), "second must be whole"),
        ((2, 2, np.nan, 1, 1), "placements must be finite"),
    ],
)
def test_impossible_counts(wrong: tuple[float, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare_ranks(*wrong)


def test_coverage_of_rare_conversions() -> None:
    """40 of 2,000 converted, a skewed signal: nominal 95%, Monte Carlo error .7% (1,000 draws)."""
    draw = np.random.default_rng(1)
    true = 0.7142857  # P(Exp(mean 2.5) > Exp(mean 1))
    covered = 0
    for _ in range(1000):
        first, second = draw.exponential(2.5, 40), draw.exponential(1.0, 1960)
        order = np.argsort(np.concatenate([first, second]))
        is_first = order < 40
        below = 2 * np.cumsum(~is_first)[is_first]
        above = 2 * np.cumsum(is_first)[~is_first]
        found = compare_ranks(40, 1960, below.sum(), (below**2).sum(), (above**2).sum())
        covered += bool(found.area_low <= true <= found.area_high)
    assert 0.93 <= covered / 1000 <= 0.97
