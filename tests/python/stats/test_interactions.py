"""Interactions against statsmodels' GLM and OLS, published tables, and the error rate on thin segments."""

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from microlift.stats.interactions import conversion_interaction, mean_interaction
from microlift.stats.means import compare_means

# UC Berkeley admissions 1973 (R's datasets::UCBAdmissions): men, women × departments A to F.
ADMITTED = np.array([[512, 353, 120, 138, 53, 22], [89, 17, 202, 131, 94, 24]])
REJECTED = np.array([[313, 207, 205, 279, 138, 351], [19, 8, 391, 244, 299, 317]])


def design(variants: int, segments: int, interaction: bool) -> np.ndarray:
    """Treatment-coded design matrix of a flattened variants × segments table."""
    v, s = (a.ravel() for a in np.meshgrid(np.arange(variants), np.arange(segments), indexing="ij"))
    rows = [v == i for i in range(1, variants)]
    columns = [s == j for j in range(1, segments)]
    both = [a & b for a in rows for b in columns] if interaction else []
    return np.column_stack([np.ones(v.size), *rows, *columns, *both]).astype(float)


def glm(x: np.ndarray, n: np.ndarray, interaction: bool) -> Any:
    outcome = np.column_stack([x.ravel(), (n - x).ravel()])
    return sm.GLM(outcome, design(x.shape[0], x.shape[1], interaction), family=sm.families.Binomial()).fit(
        tol=1e-13
    )


def test_berkeley_admissions_equal_the_published_deviance() -> None:
    # Agresti (2013), Categorical Data Analysis, 3rd ed., section 6.1: gender + department has G² = 20.2, df =
    # 5.
    result = conversion_interaction(ADMITTED[None], (ADMITTED + REJECTED)[None])
    assert result.statistic == pytest.approx(20.204, abs=5e-4)
    assert result.df == 5
    assert result.df_residual == np.inf
    assert result.p_value == pytest.approx(0.00114, abs=5e-6)


@pytest.mark.filterwarnings("ignore::RuntimeWarning:statsmodels", "ignore:Perfect separation")
def test_batch_equals_statsmodels() -> None:
    random = np.random.default_rng(7)
    n = random.integers(300, 900, (8, 3, 4))
    x = np.clip(random.binomial(n, random.uniform(0.03, 0.5, (8, 3, 4))), 1, n - 1)
    result = conversion_interaction(x, n, 0.9)
    assert not result.corrected.any()
    assert not result.sparse.any()
    for cell in range(8):
        additive, saturated = glm(x[cell], n[cell], False), glm(x[cell], n[cell], True)
        assert result.statistic[cell] == pytest.approx(additive.deviance, rel=1e-8)
        shape = result.coefficient[cell].shape
        assert result.coefficient[cell] == pytest.approx(saturated.params[-6:].reshape(shape), rel=1e-6)
        limits = saturated.conf_int(0.1)[-6:]
        assert result.coefficient_low[cell] == pytest.approx(limits[:, 0].reshape(shape), rel=1e-6)
        assert result.coefficient_high[cell] == pytest.approx(limits[:, 1].reshape(shape), rel=1e-6)
        assert result.coefficient_p_value[cell] == pytest.approx(
            saturated.pvalues[-6:].reshape(shape), rel=1e-5
        )
    assert (result.df == 6).all()


def test_padding_and_separated_margins_change_nothing() -> None:
    n = ADMITTED + REJECTED
    # An empty variant and segment; a segment where nobody, and one where everybody converted.
    x = np.zeros((1, 3, 9))
    size = np.zeros((1, 3, 9))
    x[0, :2, :6], size[0, :2, :6] = ADMITTED, n
    size[0, :2, 7], size[0, :2, 8], x[0, :2, 8] = 40, 30, 30
    padded = conversion_interaction(x, size)
    plain = conversion_interaction(ADMITTED[None], n[None])
    assert padded.statistic == pytest.approx(plain.statistic)
    assert padded.df == plain.df == 5
    assert padded.coefficient[0, 0, :5] == pytest.approx(plain.coefficient[0, 0])
    assert np.isnan(padded.coefficient[0, 1]).all()
    assert (padded.coefficient_low[0, 1] == -np.inf).all()
    assert (padded.coefficient_p_value[0, 1] == 1).all()
    assert padded.corrected[0, 0].tolist() == [False] * 5 + [False, True, True]


def test_an_optimum_at_infinity_still_has_its_deviance() -> None:
    # Quasi-separation: the margins of the additive model force its fit onto the table itself.
    result = conversion_interaction([[[0, 5], [5, 10]]], [[[10, 10], [10, 10]]])
    assert result.df == 1
    assert result.statistic == pytest.approx(0, abs=1e-8)
    # One zero cell, optimum inside: against statsmodels.
    x, n = np.array([[0, 6, 4], [5, 3, 9]]), np.array([[40, 40, 50], [40, 45, 50]])
    zero = conversion_interaction(x[None], n[None])
    additive = glm(x, n, False)
    assert zero.sparse
    assert zero.statistic == pytest.approx(min(additive.deviance, additive.pearson_chi2), rel=1e-8)


def test_corrected_coefficients_add_a_half() -> None:
    result = conversion_interaction([[[3, 0], [4, 6]]], [[[50, 40], [50, 40]]])
    corrected = [(6.5, 34.5, 1), (4.5, 46.5, -1), (0.5, 40.5, -1), (3.5, 47.5, 1)]
    expected = sum(sign * np.log(a / b) for a, b, sign in corrected)
    error = np.sqrt(sum(1 / a + 1 / b for a, b, _ in corrected))
    assert result.corrected.tolist() == [[[True]]]
    assert result.coefficient == pytest.approx(expected)
    assert result.coefficient_high == pytest.approx(expected + stats.norm.ppf(0.975) * error)
    assert result.coefficient_p_value == pytest.approx(2 * stats.norm.sf(abs(expected) / error))


@pytest.mark.parametrize("shape", [(1, 4), (3, 1), (1, 1)])
def test_a_table_that_is_a_line_has_p_one(shape: tuple[int, int]) -> None:
    x, n = np.full((2, *shape), 3), np.full((2, *shape), 20)
    n[1] = x[1] = 0
    for result in (conversion_interaction(x, n), mean_interaction(n, x, n)):
        assert result.p_value.tolist() == [1, 1]
        assert result.df.tolist() == [0, 0]
        assert result.statistic.tolist() == [0, 0]
        assert result.coefficient.shape == (2, shape[0] - 1, shape[1] - 1)


def test_a_disconnected_table_loses_its_degree_of_freedom() -> None:
    # Variant A ran in segment 1 only, B in 2 only: nothing can be compared.
    result = conversion_interaction([[[5, 0], [0, 9]]], [[[50, 0], [0, 50]]])
    assert (result.df, result.p_value) == (0, 1)


tables = st.tuples(st.integers(2, 3), st.integers(2, 4)).flatmap(
    lambda shape: st.tuples(
        arrays(int, (1, *shape), elements=st.integers(0, 25)),
        arrays(int, (1, *shape), elements=st.integers(0, 25)),
    )
)


@given(tables)
def test_every_table_has_an_answer_that_labels_do_not_change(table: tuple[np.ndarray, np.ndarray]) -> None:
    x, n = table[0], table[0] + table[1]
    result = conversion_interaction(x, n)
    assert np.isfinite(result.statistic).all()
    assert ((result.p_value >= 0) & (result.p_value <= 1)).all()
    for other in ((n - x, n), (x[:, ::-1], n[:, ::-1]), (x[:, :, ::-1], n[:, :, ::-1])):
        again = conversion_interaction(*other)
        assert again.df == result.df
        assert again.statistic == pytest.approx(result.statistic, abs=1e-5)


@pytest.mark.parametrize(
    ("low", "high", "rate"),
    [(60, 250, 0.05), (50, 60, 0.02), (500, 2000, 0.02)],
)
def test_error_rate_on_thin_segments(low: int, high: int, rate: float) -> None:
    # 3,000 null tables of 2 × 4, from one conversion a table cell to forty; four standard errors of slack.
    random = np.random.default_rng(11)
    n = random.integers(low, high, (3000, 2, 4))
    p_value = conversion_interaction(random.binomial(n, rate), n).p_value
    for alpha in (0.05, 0.01):
        assert (p_value < alpha).mean() < alpha + 4 * np.sqrt(alpha * (1 - alpha) / 3000)


def test_error_rate_on_very_uneven_tables() -> None:
    random = np.random.default_rng(13)
    n = np.broadcast_to(np.array([[900, 90, 50, 3000], [100, 10, 50, 300]]), (3000, 2, 4))
    p_value = conversion_interaction(random.binomial(n, 0.03), n).p_value
    for alpha in (0.05, 0.01):
        assert (p_value < alpha).mean() < alpha + 4 * np.sqrt(alpha * (1 - alpha) / 3000)


def samples(
    random: np.random.Generator, n: np.ndarray, deviation: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Means and centred sums of squares of normal samples without any effect."""
    return random.normal(0, deviation / np.sqrt(n)), deviation**2 * random.chisquare(n - 1)


def test_two_variants_and_segments_are_one_coefficient() -> None:
    random = np.random.default_rng(3)
    n = random.integers(5, 60, (5, 2, 2))
    mean, m2 = samples(random, n, random.uniform(0.5, 4, n.shape))
    result = mean_interaction(n, mean, m2)
    # With one df the F test is the Welch–Satterthwaite t test of the coefficient.
    assert result.p_value == pytest.approx(result.coefficient_p_value[:, 0, 0], rel=1e-9)
    assert (result.df == 1).all()
    difference = mean[:, 1, :] - mean[:, 0, :]
    assert result.coefficient[:, 0, 0] == pytest.approx(difference[:, 1] - difference[:, 0])


def test_two_variants_are_cochrans_q_of_the_differences() -> None:
    # Large samples, where the Welch–James correction vanishes.
    random = np.random.default_rng(4)
    n = np.full((1, 2, 5), 4_000_000)
    mean, m2 = samples(random, n, random.uniform(1, 3, n.shape))
    result = mean_interaction(n, mean, m2)
    error2 = m2 / (n - 1) / n
    difference, weight = mean[0, 1] - mean[0, 0], 1 / error2[0].sum(axis=0)
    q = (weight * (difference - np.average(difference, weights=weight)) ** 2).sum()
    assert result.statistic * result.df == pytest.approx(q, rel=1e-5)
    assert result.df == 4
    assert result.p_value == pytest.approx(stats.chi2.sf(q, 4), rel=1e-4)


def test_three_variants_equal_weighted_least_squares() -> None:
    random = np.random.default_rng(6)
    n = np.full((1, 3, 4), 2_000_000)
    mean, m2 = samples(random, n, random.uniform(1, 3, n.shape))
    weight = (n * (n - 1) / m2).ravel()
    oracle = sm.WLS(mean.ravel(), design(3, 4, False), weights=weight).fit()
    result = mean_interaction(n, mean + 1e6, m2)
    assert result.statistic * result.df == pytest.approx((weight * oracle.resid**2).sum(), rel=1e-4)
    assert result.df == 6


def test_mean_error_rate_with_few_units_and_unequal_variances() -> None:
    random = np.random.default_rng(12)
    n = np.broadcast_to(np.array([[10, 20, 15], [25, 8, 12]]), (3000, 2, 3))
    mean, m2 = samples(random, n, np.broadcast_to([[1.0, 4.0, 2.0], [3.0, 1.0, 5.0]], n.shape))
    rate = (mean_interaction(n, mean, m2).p_value < 0.05).mean()
    assert abs(rate - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 3000)


def test_mean_coefficients_match_the_comparison_of_each_segment() -> None:
    n, mean, m2 = (
        np.array([[[9, 30], [12, 25]]]),
        np.array([[[1.0, 2.0], [1.5, 4.0]]]),
        np.full((1, 2, 2), 20.0),
    )
    segment = compare_means(n[0, 1], mean[0, 1], m2[0, 1], n[0, 0], mean[0, 0], m2[0, 0])
    result = mean_interaction(n, mean, m2)
    assert result.coefficient[0, 0, 0] == pytest.approx(segment.difference[1] - segment.difference[0])
    assert result.coefficient_low < result.coefficient < result.coefficient_high


def test_cells_without_spread_or_units_are_survived() -> None:
    n = np.array([[[40, 40, 40], [40, 40, 1]], [[40, 40, 40], [40, 40, 40]]])
    mean = np.array([[[1.0, 0.0, 2.0], [1.2, 0.0, np.pi]], [[1.0, 1.0, 1.0], [1.0, 5.0, 1.0]]])
    m2 = np.array([[[39.0, 0.0, 50.0], [41.0, 0.0, 0.0]], np.zeros((2, 3))])
    result = mean_interaction(n, mean, m2)
    assert result.df.tolist() == [1, 0]
    assert 0 < result.p_value[0] < 1
    assert result.p_value[1] == 1
    assert np.isnan(result.coefficient[0, 0, 1])
    assert result.coefficient_high[1, 0, 0] == np.inf


def test_bad_tables_are_named() -> None:
    with pytest.raises(ValueError, match="successes must have shape"):
        conversion_interaction([[1, 2]], [[3, 4]])
    with pytest.raises(ValueError, match="successes must lie in"):
        conversion_interaction([[[5]]], [[[4]]])
    with pytest.raises(ValueError, match="n must have shape"):
        mean_interaction([3], [1], [1])
    with pytest.raises(ValueError, match="confidence"):
        conversion_interaction([[[1]]], [[[4]]], confidence=95)
