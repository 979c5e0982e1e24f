"""Omnibus tests against scipy, statsmodels, published examples and an independent permutation covariance."""

from itertools import product

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import StratifiedTable

from microlift.stats.means import compare_means
from microlift.stats.omnibus import omnibus_means, omnibus_proportions

# R's datasets::PlantGrowth: ctrl, trt1, trt2.
PLANT_GROWTH = [
    [4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14],
    [4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69],
    [6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26],
]


def moments(samples: list[list[float]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    arrays = [np.asarray(sample, dtype=float) for sample in samples]
    n = [[len(y) for y in arrays]]
    return np.array(n), np.array([[y.mean() for y in arrays]]), np.array([[y.var() * len(y) for y in arrays]])


def test_pearson_equals_scipy() -> None:
    random = np.random.default_rng(1)
    n = random.integers(50, 900, (6, 4))
    x = random.binomial(n, 0.2)
    result = omnibus_proportions(x, n)
    for cell in range(6):
        oracle = stats.chi2_contingency([x[cell], n[cell] - x[cell]], correction=False)
        assert result.statistic[cell] == pytest.approx(oracle.statistic)
        assert result.p_value[cell] == pytest.approx(oracle.pvalue)
        assert result.df[cell] == oracle.dof
    assert not result.sparse.any()


def test_sparse_tables_are_flagged_and_padding_is_not() -> None:
    result = omnibus_proportions(
        [[10, 12, 0], [2, 5, 0], [98, 99, 0]], [[100, 100, 0], [100, 100, 0], [100, 100, 0]]
    )
    assert result.sparse.tolist() == [False, True, True]
    assert result.df.tolist() == [1, 1, 1]


def test_nothing_to_compare_has_p_one() -> None:
    result = omnibus_proportions(
        [[0, 0, 0], [50, 50, 50], [3, 0, 0], [0, 0, 0]], [[50] * 3, [50] * 3, [9, 0, 0], [0] * 3]
    )
    assert result.p_value.tolist() == [1, 1, 1, 1]
    assert result.statistic.tolist() == [0, 0, 0, 0]
    assert result.df.tolist() == [2, 2, 0, 0]


def test_stratified_two_arms_equal_cochran_mantel_haenszel() -> None:
    # UC Berkeley admissions 1973 (R's datasets::UCBAdmissions), departments A to F; men, women.
    admitted = np.array([[[512, 89], [353, 17], [120, 202], [138, 131], [53, 94], [22, 24]]])
    rejected = np.array([[[313, 19], [207, 8], [205, 391], [279, 244], [138, 299], [351, 317]]])
    result = omnibus_proportions(admitted, admitted + rejected)
    tables = [np.array([admitted[0, s], rejected[0, s]]) for s in range(6)]
    oracle = StratifiedTable(tables).test_null_odds(correction=False)
    assert result.statistic == pytest.approx(oracle.statistic)
    # R: mantelhaen.test(UCBAdmissions, correct = FALSE) → 1.5246, df = 1, p-value = 0.2169
    assert result.statistic == pytest.approx(1.5246, abs=5e-5)
    assert result.p_value == pytest.approx(0.2169, abs=5e-5)
    assert result.df == 1


def test_stratified_arms_have_the_moments_of_all_permutations() -> None:
    n = np.array([[2, 1, 2], [1, 2, 0]])
    x = np.array([[2, 0, 1], [0, 1, 0]])
    excess, covariance = np.zeros(3), np.zeros((3, 3))
    for size, successes in zip(n, x, strict=True):
        arm = np.repeat(np.arange(3), size)
        draws = [
            np.bincount(arm[np.array(mask, dtype=bool)], minlength=3)
            for mask in product((0, 1), repeat=int(size.sum()))
            if sum(mask) == successes.sum()
        ]
        excess += successes - np.mean(draws, axis=0)
        covariance += np.cov(np.array(draws).T, bias=True)
    expected = excess[:2] @ np.linalg.solve(covariance[:2, :2], excess[:2])
    result = omnibus_proportions(x[None], n[None])
    assert result.statistic == pytest.approx(expected)
    assert result.df == 2


def test_stratified_padding_changes_nothing() -> None:
    plain = omnibus_proportions([[[5, 9, 4]]], [[[40, 50, 30]]])
    padded = omnibus_proportions(
        [[[5, 9, 4, 0], [0, 0, 0, 0], [3, 0, 0, 0]]], [[[40, 50, 30, 0], [0] * 4, [9, 0, 0, 0]]]
    )
    assert padded.statistic == pytest.approx(plain.statistic)
    assert padded.df == plain.df == 2
    single = omnibus_proportions([[5, 9, 4]], [[40, 50, 30]])
    assert plain.statistic == pytest.approx(single.statistic * 119 / 120)


def test_welch_anova_equals_the_published_plant_growth_example() -> None:
    # R: oneway.test(weight ~ group, data = PlantGrowth) → F = 5.181, num df = 2.000, denom df = 17.128, p =
    # 0.01739
    result = omnibus_means(*moments(PLANT_GROWTH))
    assert result.statistic == pytest.approx(5.181, abs=5e-4)
    assert result.df == 2
    assert result.df_residual == pytest.approx(17.128, abs=5e-4)
    assert result.p_value == pytest.approx(0.01739, abs=5e-6)
    oracle = stats.f_oneway(*PLANT_GROWTH, equal_var=False)
    assert result.p_value == pytest.approx(oracle.pvalue)


def test_welch_anova_of_two_arms_is_welchs_t() -> None:
    n, mean, m2 = moments(PLANT_GROWTH[:2])
    pair = compare_means(*(column for arm in (0, 1) for column in (n[:, arm], mean[:, arm], m2[:, arm])))
    result = omnibus_means(n, mean, m2)
    assert result.p_value == pytest.approx(pair.p_value)
    assert result.df_residual == pytest.approx(pair.df)


def test_arms_that_cannot_be_weighed() -> None:
    n, mean, m2 = (np.pad(a, ((0, 0), (0, 2))) for a in moments(PLANT_GROWTH))
    n[0, 4] = 1
    mean[0, 3] = np.nan
    padded = omnibus_means(n, mean, m2)
    assert padded.p_value == pytest.approx(0.01739, abs=5e-6)
    # A constant arm borrows the pooled variance: it neither rules the test nor drops out of it.
    result = omnibus_means([[40, 40, 40]], [[0.0, 0.0, 0.5]], [[0.0, 0.0, 39.0]])
    assert result.df == 2
    assert 0.001 < result.p_value < 0.2
    constant = omnibus_means([[40, 40], [1, 1], [0, 0]], [[0, 7], [0, 7], [0, 0]], np.zeros((3, 2)))
    assert constant.p_value.tolist() == [1, 1, 1]
    assert constant.df.tolist() == [0, 0, 0]
    assert constant.statistic.tolist() == [0, 0, 0]


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="successes must have shape"):
        omnibus_proportions([1, 2], [3, 4])
    with pytest.raises(ValueError, match="n must have shape"):
        omnibus_means([3, 4], [1, 2], [1, 1])


def test_three_arms_in_three_strata_equal_mantelhaen() -> None:
    """R: mantelhaen.test on a 3 × 2 × 3 table gives M² = 5.6887650390, df 2, p .0581701746."""
    successes = np.array([[[5, 9, 14], [2, 8, 6], [10, 4, 12]]])
    failures = np.array([[[50, 61, 48], [33, 40, 29], [70, 55, 66]]])
    found = omnibus_proportions(successes, successes + failures)
    assert (found.statistic[0], found.df[0]) == (pytest.approx(5.6887650390, rel=1e-9), 2)
    assert found.p_value[0] == pytest.approx(0.0581701746, rel=1e-8)
