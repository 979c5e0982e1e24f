"""Sample size and power against published numbers, enumeration and their own inverses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from microlift.stats import planning
from microlift.stats.exact_power import exact_power


@pytest.mark.parametrize(
    ("rates", "options", "units"),
    [
        # Pooled-variance formula, two-sided 5%, power 80%; the numbers that statistics.md gives.
        ((0.20, 0.25), {}, 1094),
        ((0.20, 0.21), {}, 25583),
        ((0.02, 0.025), {}, 13809),
        # R: power.prop.test(p1 = .50, p2 = .75, power = .90), of its help page: n = 76.7.
        ((0.50, 0.75), {"power": 0.9}, 77),
        # Chow, Shao & Wang (2008), non-inferiority of two proportions, as worked at powerandsamplesize.com: 25.
        ((0.65, 0.85), {"sides": 1, "margin": 0.1}, 25),
    ],
)  # fmt: skip
def test_units_for_rates(rates: tuple[float, float], options: dict[str, float], units: int) -> None:
    found = planning.proportion_sample_size(*rates, **options)  # type: ignore[arg-type]
    assert (float(found.control), float(found.treatment)) == (units, units)


@pytest.mark.parametrize(
    ("size", "options", "units"),
    [
        # Cohen (1988), table 2.4.1, and G*Power: 394, 64 and 26 an arm for small, medium and large d.
        (0.2, {}, 394), (0.5, {}, 64), (0.8, {}, 26),
        # R: power.t.test(power = .90, delta = 1) gives 22.02110, and one-sided 17.84713.
        (1.0, {"power": 0.9}, 23), (1.0, {"power": 0.9, "sides": 1}, 18),
        # Non-inferiority (Chow, Shao & Wang 2008: deviation 10, margin 5, no difference, one-sided 5%): 50 by the
        # normal formula; the t needs one more.
        (0.0, {"sides": 1, "margin": 0.5}, 51),
    ],
)  # fmt: skip
def test_units_for_means(size: float, options: dict[str, float], units: int) -> None:
    found = planning.mean_sample_size(size * 10, 10, **_scaled(options))  # type: ignore[arg-type]
    assert float(found.control) == units


def _scaled(options: dict[str, float]) -> dict[str, float]:
    return {name: value * 10 if name == "margin" else value for name, value in options.items()}


def test_power_of_published_designs() -> None:
    # R's help pages: power.prop.test(n = 50, p1 = .50, p2 = .75) and power.t.test(n = 20, delta = 1, sd = 1).
    assert planning.proportion_power(0.5, 0.75, 50, 50) == pytest.approx(0.7401659, abs=1e-6)
    assert planning.mean_power(1, 1, 20, 20) == pytest.approx(0.8689528, abs=1e-6)


@given(
    st.floats(0.001, 0.6), st.floats(1.05, 1.6), st.sampled_from([0.25, 1.0, 3.0]),
    st.sampled_from([0.5, 0.8, 0.95]), st.sampled_from([1, 2]),
)  # fmt: skip
def test_the_units_found_have_the_power_and_one_fewer_does_not(
    control: float, factor: float, ratio: float, power: float, sides: int
) -> None:
    treatment = min(control * factor, 0.99)
    n = float(planning.proportion_sample_size(control, treatment, 0.05, power, sides, ratio).control)
    n_t = np.ceil(n * ratio)
    assert planning.proportion_power(control, treatment, n, n_t, 0.05, sides) >= power - 1e-6
    if n > 50:
        fewer = planning.proportion_power(control, treatment, n - 2, np.floor((n - 2) * ratio), 0.05, sides)
        assert fewer < power


@given(st.floats(0.01, 0.5), st.integers(100, 100_000), st.integers(100, 100_000), st.booleans())
def test_the_detectable_rate_has_the_power(control: float, n_c: int, n_t: int, increase: bool) -> None:
    rate = float(planning.detectable_proportion(control, n_c, n_t, increase=increase))
    if np.isfinite(rate):
        assert (rate > control) == increase
        assert planning.proportion_power(control, rate, n_c, n_t) == pytest.approx(0.8, abs=1e-6)


def test_the_detectable_mean_has_the_power_for_small_and_large_arms() -> None:
    n = np.array([3, 30, 900, 1100, 1_000_000])
    size = planning.detectable_difference(2.5, n, 2 * n)
    assert planning.mean_power(size, 2.5, n, 2 * n) == pytest.approx(0.8, abs=1e-6)
    # Two units an arm show only differences of several deviations; one unit shows nothing.
    assert planning.detectable_difference(1.0, 2, 2) > 5
    assert np.isnan(planning.detectable_difference(1.0, 1, 1))


def test_power_of_means_in_simulation() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.normal(0, 1, (20_000, 25)), rng.normal(0.6, 1, (20_000, 40))
    share = float(np.mean(stats.ttest_ind(a, b, axis=1).pvalue < 0.05))
    assert planning.mean_power(0.6, 1, 25, 40) == pytest.approx(
        share, abs=4 * np.sqrt(share * (1 - share) / 20_000)
    )


def test_exact_power_sums_the_tables_that_the_test_rejects() -> None:
    from microlift.stats.two_proportions import compare_proportions

    total = 0.0
    for x in range(9):
        for y in range(12):
            p = float(compare_proportions([x], [8], [y], [11]).p_value[0])
            if p < 0.05:
                total += stats.binom.pmf(x, 8, 0.8) * stats.binom.pmf(y, 11, 0.2)
    assert exact_power(0.2, 0.8, 11, 8) == pytest.approx(total, abs=1e-10)
    # Size: the exact test below ten expected conversions never exceeds its level.
    assert exact_power(0.05, 0.05, 40, 40) <= 0.05


def test_what_cannot_be_found_is_nan_and_no_unit_has_no_power() -> None:
    nothing = planning.proportion_sample_size([0.0, 0.1, 1.0], [0.0, 0.1, 1.0])
    assert np.isnan(nothing.control).all()
    assert np.isnan(planning.mean_sample_size([0.0, 1e-9], 1.0).treatment).all()
    assert (planning.proportion_power([0.1, 0.1], [0.2, 0.2], [0, 10], [10, 0]) == 0).all()
    assert (planning.mean_power(1.0, 1.0, [0, 1], [5, 1]) == 0).all()
    assert planning.proportion_power(0.0, 1.0, 10, 10) == 1
    assert np.isnan(planning.detectable_proportion(0.5, 2, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: planning.proportion_power(1.2, 0.1, 5, 5), r"control must lie in \[0, 1\], got 1.2"),
        (lambda: planning.proportion_power(0.1, np.nan, 5, 5), "treatment must be finite, got nan"),
        (lambda: planning.proportion_power(0.1, 0.2, 5.5, 5), "n_c must be whole numbers of at least 0, got 5.5"),
        (lambda: planning.proportion_sample_size(0.1, 0.2, alpha=0), r"alpha must lie in \(0, 1\), got 0"),
        (lambda: planning.proportion_sample_size(0.1, 0.2, power=1), r"power must lie in \(0, 1\), got 1"),
        (lambda: planning.proportion_sample_size(0.1, 0.2, sides=3), "sides must be 1 or 2, got 3"),
        (lambda: planning.proportion_sample_size(0.1, 0.2, ratio=0), "ratio must be above 0, got 0"),
        (lambda: planning.proportion_sample_size(0.1, 0.2, margin=-0.1), r"margin must lie in \[0, 1\], got -0.1"),
        (lambda: planning.mean_sample_size(1, -1), "deviation must be at least 0, got -1"),
        (lambda: planning.mean_power(np.inf, 1, 5, 5), "difference must be finite, got inf"),
        (lambda: exact_power(0.1, 0.2, 0, 5), "n_c must be at least 1, got 0"),
        (lambda: exact_power(0.1, 2, 5, 5), r"treatment must lie in \[0, 1\], got 2"),
        (lambda: exact_power(0.5, 0.5, 10**7, 10**7), "use proportion_power"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        call()
