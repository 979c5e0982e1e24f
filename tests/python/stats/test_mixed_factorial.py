"""Mixed-level factorials against textbook data and statsmodels."""

import numpy as np
import pytest
from scipy import stats

from microlift.stats.factorial import contrasts, mean_contrasts, proportion_contrasts
from microlift.stats.mixed_factorial import effect_test, level_effects

# Survival times of animals, three poisons × four treatments, four each, in units of 10 hours: Box & Cox (1964), JRSS B
# 26:211–252; Box, Hunter & Hunter (2005), Statistics for Experimenters, table 8.1. Poison I, II, III × treatment A to D.
POISONS = np.array(
    [[[.31, .45, .46, .43], [.82, 1.10, .88, .72], [.43, .45, .63, .76], [.45, .71, .66, .62]],
     [[.36, .29, .40, .23], [.92, .61, .49, 1.24], [.44, .35, .31, .40], [.56, 1.02, .71, .38]],
     [[.22, .21, .18, .23], [.30, .37, .38, .29], [.23, .25, .24, .22], [.30, .36, .31, .33]]]
)  # fmt: skip


def moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    flat = values.reshape(-1, values.shape[-1])
    return (
        np.full((1, len(flat)), flat.shape[1]),
        flat.mean(axis=1)[None],
        (flat.var(axis=1) * flat.shape[1])[None],
    )


def test_contrasts_are_differences_of_marginal_means() -> None:
    poison, treatment, both = level_effects((3, 4))
    assert [effect.factors for effect in (poison, treatment, both)] == [(0,), (1,), (0, 1)]
    n, mean, m2 = moments(POISONS)
    margins = POISONS.mean(axis=(1, 2))
    # Box, Hunter & Hunter (2005): poison averages .617, .544, .276.
    assert margins == pytest.approx([0.617, 0.544, 0.276], abs=1e-3)
    found = mean_contrasts(n, mean, m2, poison.contrast)
    assert found.effect[0] == pytest.approx(margins[1:] - margins[0])
    table = POISONS.mean(axis=2)
    interaction = mean_contrasts(n, mean, m2, both.contrast).effect[0]
    assert both.levels[0] == (1, 1)
    assert interaction[0] == pytest.approx(table[1, 1] - table[0, 1] - table[1, 0] + table[0, 0])


def test_with_equal_variances_and_many_units_the_whole_is_the_published_anova() -> None:
    """A thousandfold trial whose cells share the pooled variance: Johansen's correction fades, and F is 1,000-fold."""
    _, mean, _ = moments(POISONS)
    pooled = (POISONS.var(axis=2) * 4).sum() / 36
    n = np.full_like(mean, 4000)
    # Box, Hunter & Hunter (2005), table 8.2: mean squares .5165, .3071, .0417 over .0222.
    for effect, f in zip(level_effects((3, 4)), (23.22, 13.81, 1.87), strict=True):
        found = effect_test(n, mean, np.full_like(mean, pooled * 3999), effect.contrast)
        assert found.df == len(effect.contrast)
        assert found.statistic / 1000 == pytest.approx(f, rel=0.005)


def test_two_levels_are_welch_and_the_two_level_library() -> None:
    random = np.random.default_rng(4)
    first, second = random.normal(0, 1, 30), random.normal(0.4, 3, 50)
    (effect,) = level_effects((2,))
    n, mean = np.array([[30, 50]]), np.array([[first.mean(), second.mean()]])
    m2 = np.array([[first.var() * 30, second.var() * 50]])
    found = effect_test(n, mean, m2, effect.contrast)
    oracle = stats.ttest_ind(second, first, equal_var=False)
    assert found.p_value == pytest.approx(oracle.pvalue, rel=1e-6)
    _, two = contrasts([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    mixed = level_effects((2, 2))
    assert mixed[0].contrast == pytest.approx(two[:1])
    assert mixed[2].contrast == pytest.approx(2 * two[2:])


def test_size_under_no_effect() -> None:
    random = np.random.default_rng(8)
    n = np.tile([40, 60, 80, 50, 45, 90], (4000, 1))
    x = random.binomial(n, 0.2)
    for effect in level_effects((3, 2)):
        p = effect_test(n, x / n, x * (n - x) / n, effect.contrast).p_value
        assert abs((p < 0.05).mean() - 0.05) < 0.015
        each = proportion_contrasts(x, n, effect.contrast).p_value
        assert ((each < 0.05).mean(axis=0) < 0.062).all()


def test_what_cannot_be_tested() -> None:
    effect = level_effects((3,))[0]
    for n, m2 in (([[5, 1, 5]], [[2.0, 0, 2]]), ([[5, 5, 5]], [[0.0, 0, 0]])):
        found = effect_test(n, [[1.0, 2, 3]], m2, effect.contrast)
        assert (found.df, found.p_value, found.statistic) == (0, 1, 0)
    wide = proportion_contrasts([[0, 0, 3]], [[0, 9, 9]], effect.contrast)
    assert np.isnan(wide.effect).all()
    assert wide.high.tolist() == [[1, 1]]
    full = proportion_contrasts([[0, 9, 9]], [[9, 9, 9]], effect.contrast)
    assert (full.high <= 1).all()
    for levels in ((), (1, 3)):
        with pytest.raises(ValueError, match="at least 2"):
            level_effects(levels)
