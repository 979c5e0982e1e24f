"""Pooling of repeats against metafor's numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microlift.calibrate import pooling as study
from microlift.stats.pooling import pool

# Colditz et al. (1994), JAMA 271:698-702; dat.bcg of metafor (Viechtbauer 2010, J. Stat. Softw. 36(3)).
BCG = np.array([
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600),
    (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
], dtype=float)  # fmt: skip


def bcg() -> tuple[np.ndarray, np.ndarray]:
    a, b, c, d = BCG.T
    return (
        np.log(a / (a + b) / (c / (c + d)))[None],
        np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))[None],
    )


def test_bcg_fixed_and_random_effects() -> None:
    found, classic = pool(*bcg()), pool(*bcg(), method="dersimonian_laird")
    # rma(yi, vi, method = "EE"): -0.4303 [-0.5097, -0.3509], Q(12) = 152.2330.
    assert (found.fixed[0], found.fixed_low[0], found.fixed_high[0]) == pytest.approx(
        (-0.4303, -0.5097, -0.3509), abs=6e-5
    )
    assert found.q[0] == pytest.approx(152.2330, abs=5e-5)
    assert found.q_p_value[0] < 1e-20
    # method = "DL": tau^2 0.3088, estimate -0.7141; I^2 by Q is (152.233 - 12)/152.233 = 92.12%.
    assert (classic.tau2[0], classic.random[0]) == pytest.approx((0.3088, -0.7141), abs=6e-5)
    assert classic.i2[0] == pytest.approx(0.9212, abs=5e-5)
    # method = "PM": tau^2 0.3181, estimate -0.7150.
    assert (found.tau2[0], found.random[0]) == pytest.approx((0.3181, -0.7150), abs=6e-5)
    # With test = "knha" and REML metafor gives [-1.1084, -0.3206], p .0019; PM's tau^2 is a little larger.
    assert (found.random_low[0], found.random_high[0]) == pytest.approx((-1.1084, -0.3206), abs=1e-3)
    assert found.random_p_value[0] == pytest.approx(0.0019, abs=5e-5)


def test_paule_mandel_meets_its_equation() -> None:
    y, e = bcg()
    tau2 = pool(y, e).tau2[0]
    w = 1 / (e[0] ** 2 + tau2)
    assert (w * (y[0] - (w * y[0]).sum() / w.sum()) ** 2).sum() == pytest.approx(12, abs=1e-8)


def test_few_repeats() -> None:
    nan = np.nan
    found = pool([[1.0, nan], [nan, nan], [1.0, 1.0]], [[1.0, nan], [nan, nan], [0.1, 0.1]])
    assert found.repeats.tolist() == [1, 0, 2]
    assert found.fixed_low[0] == pytest.approx(1 - 1.959964, abs=1e-6)
    assert np.isnan(found.random[0])
    assert np.isnan([found.fixed[1], found.random[1], found.q[1]]).all()
    # Two that agree by chance: t on one degree of freedom with the fixed error, not a point.
    assert found.random_high[2] - 1 == pytest.approx(12.7062 * 0.1 / np.sqrt(2), abs=1e-4)
    assert (found.tau2[2], found.i2[2], found.q_p_value[2]) == (0, 0, 1)
    assert np.isnan(found.prediction_low[2])


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(0.05, 2)), min_size=2, max_size=9), st.randoms())
def test_order_does_not_matter_and_random_is_never_shorter(pairs: list[tuple[float, float]], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = pairs.copy()
    random.shuffle(shuffled)
    first, second = (
        pool(*(np.array([values]) for values in zip(*rows, strict=True))) for rows in (pairs, shuffled)
    )
    assert first.random == pytest.approx(second.random, abs=1e-9)
    assert first.random_high - first.random_low >= first.fixed_high - first.fixed_low - 1e-9
    assert first.fixed == pytest.approx(
        np.clip(first.fixed, min(p[0] for p in pairs), max(p[0] for p in pairs))
    )


def test_the_study_shows_what_it_is_for() -> None:
    table = study.run(1, draws=1500).to_pandas()
    assert (table["random_coverage"] > 0.93).all()
    differing = table[(table["tau"] == 2) & (table["repeats"] <= 5)]
    assert (differing["fixed_coverage"] < 0.8).all()
    assert (differing["normal_coverage"] < 0.93).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pool([[1.0]], [[-1.0]]), "error must be finite and above 0, got -1.0"),
        (lambda: pool([[np.nan]], [[1.0]]), "estimate must be finite, got nan"),
        (lambda: pool([1.0], [1.0]), r"estimate must have shape \(groups, repeats\), got \(1,\)"),
        (lambda: pool([[1.0]], [[1.0]], method="reml"), "method must be paule_mandel or dersimonian_laird, got 'reml'"),
        (lambda: pool([[1.0]], [[1.0]], confidence=0), r"confidence must lie in \(0, 1\), got 0"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        call()


def test_six_repeats_equal_metafor() -> None:
    """metafor 3.8: rma(y, v, method = "DL"), and with test = "adhoc", the Hartung–Knapp interval never shortened."""
    found = pool(
        [[0.12, 0.45, -0.08, 0.30, 0.22, 0.61]],
        np.sqrt([[0.02, 0.05, 0.01, 0.03, 0.008, 0.09]]),
        method="dersimonian_laird",
    )
    assert (found.random[0], found.tau2[0]) == pytest.approx((0.1942850495, 0.0232281690), rel=1e-8)
    assert (found.random_low[0], found.random_high[0]) == pytest.approx(
        (-0.0352061630, 0.4237762621), rel=1e-8
    )
    assert (found.q[0], found.q_p_value[0]) == pytest.approx((10.8482269504, 0.0544736341), rel=1e-8)
    assert found.i2[0] == pytest.approx(0.5390951883, rel=1e-8)
    assert found.fixed_p_value[0] == pytest.approx(0.0053825160, rel=1e-7)
