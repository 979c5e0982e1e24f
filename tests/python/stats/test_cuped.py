"""CUPED against the regression it is, and what must hold of any covariate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from microlift.stats.cuped import Adjusted, Covariate, adjust
from microlift.stats.means import Moments, compare_means

Array = NDArray[np.float64]
SEEDS = st.integers(0, 2**32 - 1)


def moments(y: Array) -> Moments:
    return Moments(*(np.array([value]) for value in (len(y), y.mean(), ((y - y.mean()) ** 2).sum())))


def covariate(y: Array, x: Array) -> Covariate:
    off = x - x.mean()
    return Covariate([x.mean()], [(off**2).sum()], [(off * (y - y.mean())).sum()])


def adjusted(y_t: Array, x_t: Array, y_c: Array, x_c: Array) -> Adjusted:
    return adjust(moments(y_t), covariate(y_t, x_t), moments(y_c), covariate(y_c, x_c))


def arms(seed: int, n_t: int = 40, n_c: int = 70, effect: float = 0.5) -> tuple[Array, Array, Array, Array]:
    rng = np.random.default_rng(seed)
    x_t, x_c = rng.exponential(1, n_t), rng.exponential(1, n_c)
    return 2 * x_t + rng.normal(effect, 1, n_t), x_t, 2 * x_c + rng.normal(0, 1, n_c), x_c


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_difference_is_that_of_an_analysis_of_covariance(seed: int) -> None:
    """y ~ 1 + treated + x by least squares: the coefficients are the adjusted difference and the slope."""
    y_t, x_t, y_c, x_c = arms(seed)
    found = adjusted(y_t, x_t, y_c, x_c)
    treated = np.r_[np.ones(len(y_t)), np.zeros(len(y_c))]
    design = np.column_stack([np.ones(len(treated)), treated, np.r_[x_t, x_c]])
    coefficients, squares, *_ = np.linalg.lstsq(design, np.r_[y_t, y_c], rcond=None)
    result = compare_means(*found.t, *found.c)
    assert result.difference[0] == pytest.approx(coefficients[1])
    assert found.slope[0] == pytest.approx(coefficients[2])
    # What is left within the arms is the regression's residual sum of squares.
    assert found.t.m2[0] + found.c.m2[0] == pytest.approx(squares[0])


def test_fisher_ancova_by_hand() -> None:
    """y = 1, 3, 5 at x = 0, 1, 2 and y = 4, 6, 8 at x = 1, 2, 3: slope 2, and an effect of 1 in place of 3."""
    found = adjusted(
        np.array([4.0, 6, 8]), np.array([1.0, 2, 3]), np.array([1.0, 3, 5]), np.array([0.0, 1, 2])
    )
    assert found.slope[0] == 2
    assert found.t.mean[0] - found.c.mean[0] == pytest.approx(1)
    assert found.variance_reduction[0] == pytest.approx(1)


def test_the_variance_falls_by_the_squared_correlation() -> None:
    """Deng et al. (2013), equation 4: Var(adjusted) = Var(plain)(1 − ρ²)."""
    y_t, x_t, y_c, x_c = arms(5, 20_000, 20_000)
    correlation = np.corrcoef(
        np.r_[y_t - y_t.mean(), y_c - y_c.mean()], np.r_[x_t - x_t.mean(), x_c - x_c.mean()]
    )[0, 1]
    assert adjusted(y_t, x_t, y_c, x_c).variance_reduction[0] == pytest.approx(correlation**2, abs=0.005)


@given(seed=SEEDS, shift=st.floats(-1e3, 1e3), scale=st.floats(0.01, 100))
def test_the_unit_of_the_covariate_does_not_matter(seed: int, shift: float, scale: float) -> None:
    y_t, x_t, y_c, x_c = arms(seed, 8, 9)
    plain, moved = (adjusted(y_t, f(x_t), y_c, f(x_c)) for f in (lambda x: x, lambda x: shift + scale * x))
    assert moved.t.mean - moved.c.mean == pytest.approx(plain.t.mean - plain.c.mean, rel=1e-6, abs=1e-6)
    assert moved.t.m2 == pytest.approx(plain.t.m2, rel=1e-6, abs=1e-6)


@given(seed=SEEDS)
def test_the_pooled_squares_never_grow_and_the_mean_stays(seed: int) -> None:
    y_t, x_t, y_c, x_c = arms(seed, 5, 11)
    found = adjusted(y_t, x_t, y_c, x_c)
    before = moments(y_t).m2 + moments(y_c).m2
    assert found.t.m2[0] + found.c.m2[0] <= before[0] * (1 + 1e-12)
    assert (5 * found.t.mean + 11 * found.c.mean)[0] == pytest.approx(y_t.sum() + y_c.sum())


def test_strata_have_slopes_of_their_own() -> None:
    first, second = arms(1), tuple(-part for part in arms(2))
    apart = [adjusted(*first), adjusted(*second)]

    def beside(one: Covariate | Moments, other: Covariate | Moments) -> list[Array]:
        return [np.array([[a[0], b[0]]]) for a, b in zip(one, other, strict=True)]  # type: ignore[index]

    t, c = (Moments(*beside(moments(first[side]), moments(second[side]))) for side in (0, 2))
    x_t, x_c = (
        Covariate(*beside(covariate(*first[side : side + 2]), covariate(*second[side : side + 2])))
        for side in (0, 2)
    )
    stacked = adjust(t, x_t, c, x_c)
    assert stacked.slope[0] == pytest.approx([apart[0].slope[0], apart[1].slope[0]])
    assert stacked.t.mean[0] == pytest.approx([each.t.mean[0] for each in apart])


@pytest.mark.parametrize(
    ("y", "x"),
    [(np.array([1.0, 2, 3]), np.array([5.0, 5, 5])), (np.array([1.0]), np.array([2.0]))],
    ids=["no spread of the covariate", "one unit"],
)
def test_what_cannot_be_adjusted_stays(y: Array, x: Array) -> None:
    found = adjusted(y, x, y + 1, x)
    assert found.slope[0] == 0
    assert found.t.mean[0] == y.mean()
    assert np.isnan(found.variance_reduction[0])


def test_impossible_products_are_named() -> None:
    arm = Moments(np.array([3.0]), np.array([1.0]), np.array([2.0]))
    with pytest.raises(
        ValueError, match=r"cross_t must lie within ±√\(m2_x·m2_y\), got 9.0 with a bound of 2.0"
    ):
        adjust(arm, Covariate([0.0], [2.0], [9.0]), arm, Covariate([0.0], [2.0], [0.0]))
