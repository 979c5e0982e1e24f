"""Shrinkage against published posteriors, closed forms and its own operating characteristics."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from microlift.calibrate import shrinkage as study
from microlift.calibrate import winners_curse
from microlift.stats.shrinkage import conditional_estimate, shrink

SCHOOLS = np.array([[28, 8, -3, 7, -1, 1, 18, 12.0]]), np.array([[15, 10, 16, 11, 9, 11, 10, 18.0]])
# Efron & Morris (1975), JASA 70:311-319, table 1: hits in the first 45 times at bat of 1970, and the batting average
# in the rest of the season.
HITS = np.array([18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7])
REST = np.array([0.346, 0.298, 0.276, 0.222, 0.273, 0.270, 0.263, 0.210, 0.269, 0.230, 0.264, 0.256, 0.303,
                 0.264, 0.226, 0.285, 0.316, 0.200])  # fmt: skip


def test_eight_schools() -> None:
    """Rubin (1981); means and 95% limits under a flat τ as the Stan and BUGS examples report them."""
    found = shrink(*SCHOOLS, prior="flat_deviation")
    assert found.estimate[0] == pytest.approx([11.4, 7.9, 6.1, 7.7, 5.1, 6.2, 10.7, 8.5], abs=0.15)
    # Gelman et al., Bayesian Data Analysis, table 5.3: school A has quantiles -2 and 31 of simulations.
    assert (found.low[0, 0], found.high[0, 0]) == pytest.approx((-2, 31), abs=1)
    assert found.centre[0] == pytest.approx(7.9, abs=0.2)


def test_baseball_players() -> None:
    """Efron & Morris's scale, y = √n arcsin(2p − 1), has variance 1; theirs keeps 1 − B = .209 of the spread."""
    y = np.sqrt(45) * np.arcsin(2 * HITS / 45 - 1)
    found = shrink(y[None], np.ones((1, 18)), prior="flat_variance")
    rates = (1 + np.sin(found.estimate[0] / np.sqrt(45))) / 2
    james_stein = y.mean() + (1 - 15 / ((y - y.mean()) ** 2).sum()) * (y - y.mean())
    assert 1 - 15 / ((y - y.mean()) ** 2).sum() == pytest.approx(0.209, abs=0.002)
    # Their table 1, James-Stein on the scale of averages: .290 for the first and .239 for the last player.
    averages = (1 + np.sin(james_stein / np.sqrt(45))) / 2
    assert (averages[0], averages[-1]) == pytest.approx((0.290, 0.239), abs=0.002)
    # Their point: the shrunk averages are several times nearer to the rest of the season than the raw ones.
    raw_miss, shrunk_miss = ((guess - REST) ** 2 for guess in (HITS / 45, rates))
    assert raw_miss.sum() / shrunk_miss.sum() > 2.8
    # With equal errors B has a truncated gamma posterior under a flat τ²: (k − 3)/2 and S/2.
    half = ((y - y.mean()) ** 2).sum() / 2
    expected = 7.5 / half * special.gammainc(8.5, half) / special.gammainc(7.5, half)
    assert found.shrinkage[0] == pytest.approx(expected, abs=1e-6)


def test_two_members_against_direct_integration() -> None:
    """The posterior under the nearly flat prior by brute force over τ²."""
    y, e = np.array([0.3, 2.0]), np.array([0.6, 1.1])
    v, s2 = e**2, 2 / (1 / e**2).sum()

    def parts(b: float) -> tuple[float, float]:
        tau2 = s2 * (1 - b) / b
        w = 1 / (v + tau2)
        mu = (w * y).sum() / w.sum()
        likelihood = (
            b**-1.25
            * (1 - b) ** -0.5
            * np.sqrt(np.prod(w) / w.sum())
            * np.exp(-0.5 * (w * (y - mu) ** 2).sum())
        )
        return likelihood, mu + tau2 / (v[0] + tau2) * (y[0] - mu)

    total = integrate.quad(lambda b: parts(b)[0], 0, 1, limit=500)[0]
    mean = integrate.quad(lambda b: parts(b)[0] * parts(b)[1], 0, 1, limit=500)[0] / total
    assert shrink([y], [e]).estimate[0, 0] == pytest.approx(mean, abs=1e-5)


def test_a_known_prior_is_the_conjugate_posterior() -> None:
    found = shrink([[2.0]], [[1.0]], centre=0.0, spread=0.5)
    kept = 0.25 / 1.25
    reach = stats.norm.ppf(0.975) * np.sqrt(kept)
    assert (found.estimate[0, 0], found.low[0, 0], found.high[0, 0]) == pytest.approx(
        (2 * kept, 2 * kept - reach, 2 * kept + reach), abs=1e-6
    )
    assert found.shrinkage[0, 0] == pytest.approx(1 - kept)
    none_left = shrink([[2.0, -1.0]], [[1.0, 1.0]], centre=0.0, spread=0.0)
    assert none_left.estimate == pytest.approx(0.0)
    assert none_left.high == pytest.approx(0.0, abs=1e-6)


def test_groups_are_padded_and_a_member_alone_keeps_its_estimate() -> None:
    nan = np.nan
    both = shrink([[1.0, 2.0, 4.0], [3.0, nan, nan]], [[1.0, 1.0, 2.0], [1.0, nan, nan]])
    alone = shrink([[1.0, 2.0, 4.0]], [[1.0, 1.0, 2.0]])
    assert both.estimate[0] == pytest.approx(alone.estimate[0])
    assert both.low[1, 0] == pytest.approx(3 - 1.959964, abs=1e-5)
    assert np.isnan(both.estimate[1, 1:]).all()
    assert both.members.tolist() == [3, 1]


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.05, 3)), min_size=2, max_size=8))
def test_estimates_move_towards_the_centre_and_scale_with_their_unit(
    pairs: list[tuple[float, float]],
) -> None:
    y, e = (np.array([values]) for values in zip(*pairs, strict=True))
    found = shrink(y, e)
    assert ((found.shrinkage >= 0) & (found.shrinkage <= 1)).all()
    assert ((found.estimate >= y.min() - 1e-9) & (found.estimate <= y.max() + 1e-9)).all()
    assert ((found.low < found.estimate) & (found.estimate < found.high)).all()
    scaled = shrink(100 * y, 100 * e)
    assert scaled.estimate == pytest.approx(100 * found.estimate, abs=1e-6)


def test_conditional_estimates() -> None:
    found = conditional_estimate([2.0, 2.5, 3.0, 5.0, -2.5, 1.0], 1.0)
    # Independently: the maximum of the truncated likelihood by a fine search.
    grid = np.arange(0, 6, 1e-4)
    chance = stats.norm.sf(1.959964 - grid) + stats.norm.cdf(-1.959964 - grid)
    search = [grid[np.argmax(stats.norm.logpdf(z - grid) - np.log(chance))] for z in (2.0, 2.5, 3.0, 5.0)]
    assert found[:4] == pytest.approx(search, abs=2e-4)
    assert found[4] == -found[1]
    assert np.isnan(found[5])
    assert conditional_estimate(50.0, 1.0) == pytest.approx(50.0)


def test_the_studies_show_what_they_are_for() -> None:
    table = study.run(1, draws=100).to_pandas()
    assert (table["coverage"] > 0.91).all()
    assert (table["plug_in_coverage"] < table["coverage"]).all()
    assert (table["error_ratio"] < 1.02).all()
    curse = winners_curse.run(1, draws=20_000).to_pandas()
    assert (curse["raw_bias"] > curse["conditional_bias"]).all()
    assert abs(curse["prior_bias"].iloc[-1]) < 5 * curse["bias_error"].iloc[-1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shrink([[1.0]], [[0.0]]), "error must be finite and above 0, got 0.0"),
        (lambda: shrink([[np.inf]], [[1.0]]), "estimate must be finite, got inf"),
        (lambda: shrink([1.0], [1.0]), r"estimate must have shape \(groups, members\), got \(1,\)"),
        (lambda: shrink([[1.0]], [[1.0]], prior="cauchy"), "prior must be one of nearly_flat_deviation, .*got 'cauchy'"),
        (lambda: shrink([[1.0, 2.0]], [[1.0, 1.0]], prior="flat_deviation"), "needs 3 members in each group, got 2"),
        (lambda: shrink([[1.0]], [[1.0]], spread=-1), "spread must be at least 0, got -1"),
        (lambda: shrink([[1.0]], [[1.0]], confidence=1), r"confidence must lie in \(0, 1\), got 1"),
        (lambda: conditional_estimate(1.0, 0.0), "error must be above 0, got 0"),
        (lambda: conditional_estimate(1.0, 1.0, alpha=2), r"alpha must lie in \(0, 1\), got 2"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        call()
