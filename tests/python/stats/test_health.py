"""Sample ratio and contamination: public experiments, scipy's tests, degenerate allocations."""

import numpy as np
import pytest
from scipy import stats

from microlift.stats.health import contamination_by_arm, sample_ratio


def test_cookie_cats_has_a_mismatch() -> None:
    # Units per arm of the public Cookie Cats experiment (gate_30, gate_40), declared 50/50.
    result = sample_ratio([[44700, 45489]], [0.5, 0.5])
    assert result.p_value == pytest.approx(0.0086, abs=5e-5)
    assert result.method.tolist() == ["chi_squared"]


def test_hillstrom_has_none() -> None:
    # Units per arm of the public MineThatData (Hillstrom 2008) e-mail experiment, a third each.
    result = sample_ratio([[21306, 21307, 21387]], [1, 1, 1])
    assert result.p_value == pytest.approx(0.904, abs=5e-4)
    assert result.df == 2


def test_unequal_weights_equal_scipy() -> None:
    observed = np.array([[880, 5100, 4020], [1010, 4950, 4040]])
    result = sample_ratio(observed, [1, 5, 4])
    for cell in range(2):
        oracle = stats.chisquare(observed[cell], observed[cell].sum() * np.array([0.1, 0.5, 0.4]))
        assert result.statistic[cell] == pytest.approx(oracle.statistic)
        assert result.p_value[cell] == pytest.approx(oracle.pvalue)


def test_epochs_are_tested_apart() -> None:
    # 10/90, then 50/50, each kept exactly: pooled against today's weights it would look broken.
    observed = np.array([[[100, 900], [500, 500]]])
    weights = np.array([[0.1, 0.9], [0.5, 0.5]])
    result = sample_ratio(observed, weights)
    assert result.statistic == pytest.approx(0)
    assert result.df == 2
    assert sample_ratio(observed.sum(axis=1), weights[1]).p_value < 1e-6
    both = sample_ratio([[[130, 870], [520, 480]]], weights)
    parts = [sample_ratio([[130, 870]], weights[0]), sample_ratio([[520, 480]], weights[1])]
    assert both.statistic == pytest.approx(sum(part.statistic for part in parts))
    assert both.p_value == pytest.approx(stats.chi2.sf(both.statistic, 2))


@pytest.mark.parametrize(
    ("observed", "weight"), [([1, 8], 0.5), ([0, 9], 0.5), ([4, 4], 0.5), ([9, 100], 0.02)]
)
def test_few_units_in_two_arms_are_tested_exactly(observed: list[int], weight: float) -> None:
    result = sample_ratio([observed], [weight, 1 - weight])
    first, total = observed[0], sum(observed)
    upper = stats.binomtest(first, total, weight, "greater").pvalue
    lower = stats.binomtest(first, total, weight, "less").pvalue
    assert result.method.tolist() == ["binomial"]
    assert not result.sparse
    assert result.p_value == pytest.approx(min(1, 2 * min(upper, lower)))


def test_a_padded_arm_or_epoch_keeps_the_exact_test() -> None:
    plain = sample_ratio([[1, 8]], [1, 1])
    padded = sample_ratio([[[0, 0, 0], [0, 1, 8]]], [[1, 1, 1], [0, 1, 1]])
    assert padded.p_value == pytest.approx(plain.p_value)
    assert padded.method.tolist() == ["binomial"]


def test_sparse_is_flagged_where_no_exact_test_is_made() -> None:
    result = sample_ratio([[1, 8, 3], [40, 50, 45]], [1, 1, 1])
    assert result.sparse.tolist() == [True, False]
    assert result.method.tolist() == ["chi_squared"] * 2


def test_units_in_an_arm_of_weight_zero_break_the_ratio() -> None:
    result = sample_ratio([[500, 500, 1], [500, 500, 0]], [1, 1, 0])
    assert result.p_value.tolist() == [0, 1]
    assert result.statistic[0] == np.inf
    assert result.df.tolist() == [1, 1]


def test_nothing_to_test_has_p_one() -> None:
    result = sample_ratio([[0, 0], [9, 0]], [[1, 1], [1, 0]])
    assert result.p_value.tolist() == [1, 1]
    assert result.df.tolist() == [0, 0]


def test_contamination_is_compared_between_arms() -> None:
    result = contamination_by_arm([[10, 30, 0], [0, 0, 0]], [[1000, 1000, 0], [0, 0, 0]])
    assert result.rate[0] == pytest.approx(0.02)
    assert result.rate_by_arm[0, :2] == pytest.approx([0.01, 0.03])
    assert np.isnan(result.rate_by_arm[0, 2])
    assert np.isnan(result.rate[1])
    oracle = stats.chi2_contingency([[10, 30], [990, 970]], correction=False)
    assert result.test.p_value[0] == pytest.approx(oracle.pvalue)
    assert result.test.p_value[1] == 1


@pytest.mark.parametrize(
    ("observed", "weights", "message"),
    [
        ([[1.5, 2]], [1, 1], "observed must be whole"),
        ([[1, 2]], [1, -1], "weights must be at least 0, got -1"),
        ([[1, 2]], [0, 0], "weights must have an arm above 0"),
        ([[1, 2]], [1, 1, 1], "weights of shape"),
        ([1, 2], [1, 1], "observed must have shape"),
        ([[1, 2]], [1, np.nan], "weights must be finite"),
    ],
)
def test_bad_allocations_are_named(observed: object, weights: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sample_ratio(observed, weights)


def test_bad_contamination_is_named() -> None:
    with pytest.raises(ValueError, match="contaminated must lie in"):
        contamination_by_arm([[5, 2]], [[4, 9]])
    with pytest.raises(ValueError, match="contaminated must have shape"):
        contamination_by_arm([5, 2], [7, 9])
