"""Experiments on the same units: the tests of segments, with another experiment's variants in their place."""

import pandas as pd
import pytest
from result_inputs import Row, counted, experiments, one, strata
from scipy import stats

from microlift.results.experiment_interactions import SCHEMA, build

COUNTS = {("a", "x"): (40, 400), ("b", "x"): (80, 400), ("a", "y"): (80, 400), ("b", "y"): (40, 400)}


def pairs(
    counts: dict[tuple[str, str], tuple[int, int]] = COUNTS, **keys: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    cells: list[Row] = []
    for (variant, other), (x, n) in counts.items():
        cells.append(counted(variant, x, n) | {"other_experiment_id": "f", "other_variant_id": other} | keys)
    frame = strata(*cells).drop(columns=["segment_dimension", "segment"])
    units = frame.groupby(
        ["experiment_id", "other_experiment_id", "variant_id", "other_variant_id"], as_index=False
    )["units"].sum()
    return frame, units.assign(other_first_units=units["units"] // 4)


def both() -> pd.DataFrame:
    return pd.concat([experiments(), experiments(control="y", names=("f",))])


def test_effects_that_cancel_each_other_are_found() -> None:
    table = build(*pairs(), both())
    assert table.schema == SCHEMA
    whole = one(table, term="interaction")
    assert whole["p_value"] < 1e-6
    assert (whole["shared_units"], whole["other_first_share"], whole["assignment_p_value"]) == (1600, 0.25, 1)
    assert one(table, term="sign_flip")["p_value"] < 1e-3
    # The control of the other experiment is the reference, though it is not first in the alphabet.
    coefficient = one(table, term="coefficient")
    assert (coefficient["other_variant_id"], coefficient["baseline_other_variant_id"]) == ("x", "y")
    assert coefficient["estimate"] > 1


def test_assignments_that_hang_together_are_said() -> None:
    counts = COUNTS | {("a", "x"): (40, 900), ("b", "y"): (40, 800)}
    table = build(*pairs(counts), both())
    whole = one(table, term="interaction")
    expected = stats.chi2_contingency([[900, 400], [400, 800]], correction=False).pvalue
    assert whole["assignment_p_value"] == pytest.approx(expected)
    assert "not independent" in whole["note"]


def test_one_variant_compares_nothing() -> None:
    one_arm = {key: value for key, value in COUNTS.items() if key[1] == "x"}
    assert build(*pairs(one_arm), both()).num_rows == 0
    frame, units = pairs()
    assert build(frame.iloc[:0], units.iloc[:0], both()).num_rows == 0
