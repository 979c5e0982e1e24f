"""`results_hypotheses` before correction: directions, margins, and p-values that invert their limits."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from result_inputs import assert_sound, counted, divided, experiments, measured, metrics, one, strata
from scipy import stats

from microlift.results.comparisons import build as compare
from microlift.results.hypotheses import SCHEMA, build

ABSENT = ["difference_low", "difference_high", "relative_lift_low", "relative_lift_high"]


def hypothesis(**changed: Any) -> pd.DataFrame:
    row = {
        "hypothesis_id": "h", "experiment_id": "e", "metric_id": "m", "segment_dimension": "all", "family": "f",
        "correction": "holm", "alpha": 0.05, "direction": "two_sided", "non_inferiority_lift": np.nan,
    }  # fmt: skip
    return pd.DataFrame([row | changed])


def told(data: pd.DataFrame, **changed: Any) -> dict[str, Any]:
    table = build(data, hypothesis(**changed), experiments(), metrics())
    assert table.schema == SCHEMA
    assert_sound(table)
    return one(table)


DATA = strata(counted("a", 200, 1000), counted("b", 235, 1000))
SMALL = strata(counted("a", 3, 60), counted("b", 9, 60))


@pytest.mark.parametrize("data", [DATA, SMALL])
def test_two_sided_is_the_comparison(data: pd.DataFrame) -> None:
    row, comparison = told(data), one(compare(data, experiments(), metrics()))
    for name in ("p_value", "relative_lift_low", "difference_high", "method"):
        assert row[name] == comparison[name]


@pytest.mark.parametrize("data", [DATA, SMALL])
def test_one_sided_is_half_of_it_on_its_side(data: pd.DataFrame) -> None:
    two = one(compare(data, experiments(), metrics(), 0.9))
    up, down = told(data, direction="increase"), told(data, direction="decrease")
    assert up["p_value"] == pytest.approx(two["p_value"] / 2)
    assert down["p_value"] == pytest.approx(1 - two["p_value"] / 2)
    assert up["relative_lift_low"] == two["relative_lift_low"]
    assert (up["relative_lift_high"], down["relative_lift_low"]) == (None, None)


def test_a_margin_on_means_is_a_t_test_of_the_ratio() -> None:
    """Against lift −10%: mean_t − .9·mean_c over its error, by hand."""
    draw = np.random.default_rng(2)
    a, b = draw.normal(10, 3, 300), draw.normal(9.8, 3, 280)
    row = told(strata(measured("a", a), measured("b", b)), direction="increase", non_inferiority_lift=0.1)
    variances = np.array([b.var(ddof=1) / 280, 0.81 * a.var(ddof=1) / 300])
    t = (b.mean() - 0.9 * a.mean()) / np.sqrt(variances.sum())
    assert row["p_value"] == pytest.approx(stats.norm.sf(t), rel=0.1)  # Fieller's df is Welch's at no effect
    assert (row["relative_lift_low"] > -0.1) == (row["p_value"] < 0.05)


@pytest.mark.parametrize("margin", [0.02, 0.3])
@pytest.mark.parametrize("direction", ["increase", "decrease"])
@pytest.mark.parametrize("data", [DATA, SMALL, strata(divided("a", [3, 1, 4, 1, 5], [1, 2, 1, 2, 1]),
                                                     divided("b", [2, 7, 1, 8, 2], [2, 1, 2, 1, 2]))])  # fmt: skip
def test_p_inverts_the_limit(data: pd.DataFrame, direction: str, margin: float) -> None:
    p = told(data, direction=direction, non_inferiority_lift=margin)["p_value"]
    if not 1e-9 < p < 0.49:
        return
    for alpha, shown in ((p * 1.01, True), (p * 0.99, False)):
        row = told(data, direction=direction, non_inferiority_lift=margin, alpha=alpha)
        limit = row["relative_lift_low"] if direction == "increase" else row["relative_lift_high"]
        held = limit is not None and (limit > -margin if direction == "increase" else limit < margin)
        assert held == shown, (p, row)


def test_degenerate_arms() -> None:
    margin = {"direction": "increase", "non_inferiority_lift": 0.2}
    for data in (
        strata(counted("a", 0, 50), counted("b", 0, 50)),
        strata(counted("a", 50, 50), counted("b", 50, 50)),
        strata(counted("a", 0, 1), counted("b", 1, 1)),
        strata(measured("a", [1.0]), measured("b", [2.0])),
    ):
        row = told(data, **margin)
        assert row["p_value"] is None or 0 < row["p_value"] <= 1
    alone = build(strata(counted("a", 3, 50)), hypothesis(**margin), experiments(), metrics())
    assert alone.num_rows == 0


def test_interactions_are_not_here() -> None:
    assert build(DATA, hypothesis(segment_dimension="device"), experiments(), metrics()).num_rows == 0
