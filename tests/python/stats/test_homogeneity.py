"""Breslow–Day–Tarone and Gail–Simon against published tables and statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from microlift.stats.homogeneity import breslow_day, log_odds_ratio, sign_flip

# (variant's successes, failures, baseline's successes, failures) by stratum.
# Migraine: SAS/STAT User's Guide, PROC FREQ, "Cochran–Mantel–Haenszel statistics"; R's DescTools::BreslowDayTest.
MIGRAINE = [[16, 11, 5, 20], [12, 16, 7, 19]]
# Smoking and lung cancer in eight Chinese cities: Agresti (2002), Categorical Data Analysis, 2nd ed., table 6.7.
CHINA = [
    [126, 100, 35, 61], [908, 688, 497, 807], [913, 747, 336, 598], [235, 172, 58, 121],
    [402, 308, 121, 215], [182, 156, 72, 98], [60, 99, 11, 43], [104, 89, 21, 36],
]  # fmt: skip
# Alcohol and oesophageal cancer in six age groups: Breslow & Day (1980), Statistical Methods in Cancer Research I, section 4.
OESOPHAGUS = [
    [1, 9, 0, 106],
    [4, 26, 5, 164],
    [25, 29, 21, 138],
    [42, 27, 34, 139],
    [19, 18, 36, 88],
    [5, 0, 8, 31],
]


def arms(strata: list[list[int]]) -> tuple[np.ndarray, ...]:
    a, b, c, d = np.array(strata).T[:, None, :]
    return a, a + b, c, c + d


@pytest.mark.parametrize(
    ("strata", "odds_ratio", "statistic", "df", "p"),
    [
        (MIGRAINE, 3.3132, 1.4929, 1, 0.2218),
        (CHINA, 2.17, 5.20, 7, 0.64),
        (OESOPHAGUS, 5.158, 9.32, 5, 0.097),
    ],
)
def test_published_tables(
    strata: list[list[int]], odds_ratio: float, statistic: float, df: int, p: float
) -> None:
    result = breslow_day(*arms(strata))
    assert result.odds_ratio == pytest.approx(odds_ratio, rel=3e-3)
    # Published without Tarone's correction, which is small.
    assert result.statistic == pytest.approx(statistic, abs=0.03)
    assert result.statistic < statistic + 0.005
    assert result.df == df
    assert result.p_value == pytest.approx(p, abs=6e-3)


@pytest.mark.parametrize("strata", [MIGRAINE, CHINA, [[3, 40, 9, 31], [12, 50, 8, 61], [1, 20, 2, 50]]])
def test_equal_to_statsmodels(strata: list[list[int]]) -> None:
    result = breslow_day(*arms(strata))
    other = StratifiedTable([np.array(s, float).reshape(2, 2) for s in strata]).test_equal_odds(adjust=True)
    assert result.statistic == pytest.approx(other.statistic, rel=1e-9)
    assert result.p_value == pytest.approx(other.pvalue, rel=1e-8)


def test_strata_that_say_nothing_have_no_degree_of_freedom() -> None:
    silent = [[0, 30, 0, 20], [7, 0, 9, 0], [0, 0, 3, 9]]
    more, plain = breslow_day(*arms(MIGRAINE + silent)), breslow_day(*arms(MIGRAINE))
    assert (more.statistic, more.df) == (pytest.approx(plain.statistic), plain.df)
    nothing = breslow_day(*arms(silent))
    assert (nothing.statistic, nothing.df, nothing.p_value) == (0, 0, 1)
    separated = breslow_day([[5, 9]], [[9, 12]], [[0, 0]], [[9, 12]])
    assert (separated.statistic, separated.df, separated.p_value) == (0, 0, 1)
    huge = breslow_day([[10**9, 10**9]], [[10**10] * 2], [[10**9, 2 * 10**9]], [[10**10] * 2])
    assert huge.p_value == 0
    assert np.isfinite(huge.statistic).all()


def test_the_breast_cancer_trial_of_gail_and_simon() -> None:
    # NSABP trial, disease-free at three years, PF against PFT, by age and progesterone receptor: Gail & Simon
    # (1985), table 2 (also R's QualInt::qualint).
    pf, error_pf = np.array([0.599, 0.526, 0.651, 0.639]), np.array([0.0542, 0.0510, 0.0431, 0.0386])
    pft, error_pft = np.array([0.436, 0.639, 0.698, 0.790]), np.array([0.0572, 0.0463, 0.0438, 0.0387])
    result = sign_flip((pf - pft)[None], np.hypot(error_pf, error_pft)[None])
    assert result.statistic == pytest.approx(4.28, abs=0.005)
    assert result.p_value == pytest.approx(0.0877, abs=5e-4)
    assert result.gain < result.loss


@pytest.mark.parametrize(("strata", "critical"), [(2, 2.71), (3, 4.23), (4, 5.43), (5, 6.50)])
def test_published_critical_values(strata: int, critical: float) -> None:
    # Gail & Simon (1985), table 1, two-sided level .05.
    effect = np.full((1, strata), np.sqrt(critical))
    effect[0, 1:] = -50
    assert sign_flip(effect, 1.0).p_value == pytest.approx(0.05, abs=3e-4)


def test_one_sign_is_no_flip() -> None:
    effect = np.array([[1.0, 2, 3], [0, 0, 0], [9, -9, 5], [4, -4, 0]])
    result = sign_flip(effect, np.array([[1.0, 1, 1], [1, 1, 1], [1, 0, 0], [1, 1, 0]]))
    assert result.p_value[:3].tolist() == [1, 1, 1]
    assert result.strata.tolist() == [3, 3, 1, 2]
    assert result.p_value[3] == pytest.approx(6.334e-5 / 2, rel=1e-3)
    with pytest.raises(ValueError, match="effect must be finite"):
        sign_flip([[np.nan, 1]], 1)
    with pytest.raises(ValueError, match="shape"):
        sign_flip([1, 2], 1)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 40), st.integers(1, 40))
def test_swapping_the_arms_turns_the_log_odds_ratio(x: int, y: int, more: int, rest: int) -> None:
    counts = [np.array([[value]], float) for value in (x, x + more, y, y + rest)]
    one, variance = log_odds_ratio((counts[0], counts[2]), (counts[1], counts[3]))
    other, same = log_odds_ratio((counts[2], counts[0]), (counts[3], counts[1]))
    assert np.isfinite(one).all()
    assert one == pytest.approx(-other)
    assert variance == pytest.approx(same)
