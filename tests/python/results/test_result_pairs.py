"""Who is compared with whom, and what is said where there is nothing to compare."""

from itertools import combinations

import pyarrow as pa
import pytest
from result_inputs import Row, assert_sound, counted, divided, experiments, measured, metrics, one, strata

from microlift.results.comparisons import build

ODDS = ["odds_ratio", "odds_ratio_low", "odds_ratio_high"]


def pairs(table: pa.Table) -> list[tuple[str, str]]:
    return list(
        zip(*(table[name].to_pylist() for name in ("variant_id", "baseline_variant_id")), strict=True)
    )


def test_a_control_is_the_baseline_of_all_others() -> None:
    data = strata(*(counted(v, 10 + i, 100) for i, v in enumerate("dbca")))
    assert pairs(build(data, experiments("c", 4), metrics())) == [("a", "c"), ("b", "c"), ("d", "c")]


def test_without_a_control_every_pair_is_compared_once() -> None:
    data = strata(*(counted(v, 10 + i, 100) for i, v in enumerate("dbca")))
    expected = sorted((late, early) for early, late in combinations("abcd", 2))
    assert pairs(build(data, experiments(None, 4), metrics())) == expected


def test_cells_and_experiments_keep_to_themselves() -> None:
    whole = (("e", "a", 9), ("e", "b", 12), ("f", "a", 50), ("f", "b", 40))
    data = strata(
        *(counted(v, x, 100, experiment_id=e) for e, v, x in whole),
        counted("a", 3, 50, segment_dimension="device", segment="mobile"),
        counted("b", 9, 50, segment_dimension="device", segment="mobile"),
    )  # fmt: skip
    table = build(data, experiments(names=("e", "f", "unused")), metrics())
    assert table["difference"].to_pylist() == pytest.approx([0.03, 0.12, -0.1])
    assert table["segment"].to_pylist() == ["all", "mobile", "all"]


@pytest.mark.parametrize("missing", ["a", "b"])
def test_a_variant_without_units_is_said(missing: str) -> None:
    """In one metric's cell a variant has no value at all; in another it has."""
    present = "b" if missing == "a" else "a"
    data = strata(counted("a", 10, 100), counted("b", 12, 100), counted(present, 3, 30, metric_id="n"))
    table = build(data, experiments(), metrics(n="higher"))
    assert_sound(table)
    row = one(table, metric_id="n")
    assert row["p_value"] is None
    assert row["difference"] is None
    assert row["probability_better"] is None
    who = "baseline" if missing == "a" else "variant"
    assert f"nothing to compare: the {who} has no units" in row["note"]
    assert row["units" if missing == "b" else "baseline_units"] == 0


def test_a_control_that_nobody_saw_is_said() -> None:
    table = build(strata(counted("b", 12, 100)), experiments(), metrics())
    assert_sound(table)
    assert "the baseline has no units" in one(table)["note"]


@pytest.mark.parametrize("kind", ["conversion", "sum"])
def test_no_shared_epoch_is_said(kind: str) -> None:
    if kind == "conversion":
        rows = [counted("a", 9, 90), counted("b", 30, 90, allocation_epoch=2)]
    else:
        rows = [measured("a", [1, 2, 4]), measured("b", [5, 6, 9], allocation_epoch=2)]
    table = build(strata(*rows), experiments(), metrics())
    assert_sound(table, without=ODDS)
    row = one(table)
    assert "no allocation epoch has units of both" in row["note"]
    assert row["p_value"] is None
    assert row["allocation_epochs"] == 0


DEGENERATE = {
    "no success in either": (counted("a", 0, 50), counted("b", 0, 50)),
    "no success in the baseline": (counted("a", 0, 50), counted("b", 5, 50)),
    "no success in the variant": (counted("a", 5, 50), counted("b", 0, 50)),
    "only successes": (counted("a", 50, 50), counted("b", 50, 50)),
    "only successes in one": (counted("a", 50, 50), counted("b", 20, 50)),
    "one unit each": (counted("a", 0, 1), counted("b", 1, 1)),
    "no success in two epochs": (
        counted("a", 0, 50), counted("b", 0, 50),
        counted("a", 0, 9, allocation_epoch=2), counted("b", 0, 9, allocation_epoch=2),
    ),
    "mean of one unit": (measured("a", [3.0]), measured("b", [4.0])),
    "one unit against many": (measured("a", [3.0]), measured("b", [4.0, 5.0, 9.0])),
    "no spread, different": (measured("a", [3.0, 3.0]), measured("b", [4.0, 4.0])),
    "no spread, alike": (measured("a", [3.0, 3.0]), measured("b", [3.0, 3.0])),
    "spread in one": (measured("a", [3.0, 3.0, 3.0]), measured("b", [4.0, 5.0, 9.0])),
    "only zeros": (measured("a", [0.0] * 5), measured("b", [0.0] * 5)),
    "baseline of zeros": (measured("a", [0.0] * 5), measured("b", [0.0, 0.0, 1.0])),
    "means around zero": (measured("a", [-1.0, 1.0, 0.5]), measured("b", [4.0, 5.0, -3.0])),
    "ratio over zeros": (divided("a", [1, 2], [0, 0]), divided("b", [1, 2], [1, 2])),
    "ratio over zeros in both": (divided("a", [1, 2], [0, 0]), divided("b", [1, 2], [0, 0])),
    "constant ratio": (divided("a", [1, 2], [1, 2]), divided("b", [1, 2], [1, 2])),
    "a single unit an epoch": (
        measured("a", [1.0]), measured("b", [2.0]),
        measured("a", [3.0], allocation_epoch=2), measured("b", [5.0], allocation_epoch=2),
    ),
}  # fmt: skip


@pytest.mark.parametrize("rows", DEGENERATE.values(), ids=DEGENERATE.keys())
@pytest.mark.parametrize("control", ["a", "b", None])
def test_degenerate_cells_have_an_answer_or_a_reason(rows: tuple[Row, ...], control: str | None) -> None:
    table = build(strata(*rows), experiments(control), metrics())
    conversion = rows[0]["kind"] == "conversion"
    assert_sound(table, without=[] if conversion else ODDS)
    row = one(table)
    if row["p_value"] is None:
        assert row["difference_low"] is None
        assert row["note"].startswith(("no test", "nothing to compare"))
    if row["difference"] == 0 and row["p_value"] is not None:
        assert row["p_value"] > 0.9


def test_what_is_missing_is_named() -> None:
    def note(name: str) -> str:
        return one(build(strata(*DEGENERATE[name]), experiments(), metrics()))["note"]

    assert "no relative lift: the baseline's rate is 0" in note("no success in the baseline")
    assert "no odds ratio" in note("no success in either")
    assert "fewer than two units" in note("mean of one unit")
    assert "the baseline's mean is 0" in note("baseline of zeros")
    assert "the relative lift is not bounded: the baseline's mean may be 0" in note("means around zero")
    assert "a denominator is 0" in note("ratio over zeros")
