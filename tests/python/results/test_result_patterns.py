"""Patterns against counts by hand and by trying everything, and their comparisons against the library's own."""

import json
from itertools import combinations, pairwise
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microlift.results import pattern_search
from microlift.results.patterns import SCHEMA, build
from microlift.stats.two_proportions import compare_proportions

SET = {
    "pattern_set_id": "s", "period": "pre_exposure", "metric_id": "m", "landmark_seconds": None, "min_support_share": 1e-9,
    "min_units": 1, "max_length": 3, "max_gap": None, "max_span": None, "max_patterns": 500, "max_units": 100_000,
    "correction": "holm", "alpha": 0.05,
}  # fmt: skip
Row = tuple[str, int, str, str, int]
"""Variant, allocation epoch, items a letter each, converted, units."""


def counts(rows: list[Row]) -> pd.DataFrame:
    """`int_pattern_counts`."""
    total = sum(units for *_, units in rows)
    return pd.DataFrame([
        {
            "pattern_set_id": "s", "experiment_id": "e", "variant_id": variant, "allocation_epoch": epoch,
            "converted": converted, "items": list(items) or None, "units": units, "units_of_set": total,
        }
        for variant, epoch, items, converted, units in rows
    ])  # fmt: skip


def found(
    rows: list[Row] | pd.DataFrame, control: str | None = "a", **limits: Any
) -> dict[tuple[str, str], dict[str, Any]]:
    """Rows of the result by (pattern, variant)."""
    experiments = pd.DataFrame({"experiment_id": ["e"], "control_variant_id": [control]})
    frame = rows if isinstance(rows, pd.DataFrame) else counts(rows)
    table = build(frame, pd.DataFrame([SET | limits]), experiments)
    assert table.schema == SCHEMA
    return {("".join(json.loads(row["items"])), row["variant_id"]): row for row in table.to_pylist()}


PLANTED: list[Row] = [
    # Of 200 units a variant, 40 of a and 80 of b show x before y; half of them convert, of the others a tenth.
    ("a", 1, "xzy", "yes", 20), ("a", 1, "xy", "no", 20), ("a", 1, "yx", "yes", 16), ("a", 1, "", "no", 144),
    ("b", 1, "xxyy", "yes", 40), ("b", 1, "xy", "no", 40), ("b", 1, "z", "yes", 12), ("b", 1, "", "no", 108),
]  # fmt: skip


def test_a_planted_pattern_is_found_and_compared() -> None:
    rows = found(PLANTED)
    everyone = rows["xy", "all"]
    assert everyone["pattern"] == "x → y"
    assert (everyone["units"], everyone["support"], everyone["support_share"]) == (400, 120, 0.3)
    assert (everyone["units_with"], everyone["units_without"]) == (120, 280)
    assert everyone["conversion_with"] == 0.5
    assert everyone["conversion_without"] == 0.1
    # By hand: in each variant 50% against 10%.
    assert everyone["difference"] == pytest.approx(0.4)
    assert everyone["relative_lift"] == pytest.approx(4)
    assert everyone["is_significant"]
    assert everyone["is_causal"] is False
    assert "stratified" in everyone["note"]
    assert everyone["support_p_value"] is everyone["baseline_units"] is everyone["support_is_causal"] is None

    own = compare_proportions(40, 80, 12, 120)
    of_b = rows["xy", "b"]
    for name in ("difference", "difference_low", "relative_lift_high", "p_value"):
        assert of_b[name] == pytest.approx(float(getattr(own, name)))

    shown = compare_proportions(80, 200, 40, 200)
    assert (of_b["baseline_variant_id"], of_b["baseline_units"], of_b["baseline_support"]) == ("a", 200, 40)
    assert of_b["support_difference"] == pytest.approx(0.2)
    assert of_b["support_relative_lift"] == pytest.approx(1)
    for name in ("difference_low", "difference_high", "relative_lift_low", "p_value"):
        assert of_b[f"support_{name}"] == pytest.approx(float(getattr(shown, name)))
    assert of_b["support_is_causal"] is True
    assert rows["xy", "a"]["support_p_value"] is rows["xy", "a"]["baseline_variant_id"] is None


def test_each_question_is_a_family() -> None:
    rows = found(PLANTED).values()
    tested = [row for row in rows if row["p_value"] is not None]
    assert {row["family"] for row in rows} == {"e: patterns of s, conversion"}
    assert {row["tests_in_family"] for row in rows} == {len(tested)}
    compared = [row for row in rows if row["variant_id"] == "b"]
    assert {row["support_family"] for row in compared} == {"e: patterns of s, variants"}
    assert {row["support_tests_in_family"] for row in compared} == {len(compared)}
    for row in compared:
        assert row["support_p_bonferroni"] == pytest.approx(min(1, row["support_p_value"] * len(compared)))
        assert row["support_p_adjusted"] == row["support_p_holm"]
    assert {row["support_family"] for row in rows if row["variant_id"] != "b"} == {None}


def test_who_converts_before_the_landmark_is_not_compared() -> None:
    rows = found([*PLANTED, ("b", 1, "xy", "early", 50)], landmark_seconds=60, period="post_exposure")
    of_b = rows["xy", "b"]
    assert (of_b["units"], of_b["support"], of_b["units_with"], of_b["units_without"]) == (250, 130, 80, 120)
    assert of_b["conversion_with"] == 0.5
    assert of_b["baseline_units"] == 200
    assert of_b["note"] is None
    assert "no landmark" in found(PLANTED, period="post_exposure")["xy", "b"]["note"]


def test_epochs_are_strata() -> None:
    """Epochs differ in how common and how well converting the pattern is; within them it does nothing, nor does b."""
    rows = found([
        ("a", 1, "x", "yes", 20), ("a", 1, "x", "no", 180), ("a", 1, "", "yes", 20), ("a", 1, "", "no", 180),
        ("b", 1, "x", "yes", 200), ("b", 1, "x", "no", 1800), ("b", 1, "", "yes", 200), ("b", 1, "", "no", 1800),
        ("a", 2, "x", "yes", 50), ("a", 2, "x", "no", 50), ("a", 2, "", "yes", 450), ("a", 2, "", "no", 450),
        ("b", 2, "x", "yes", 50), ("b", 2, "x", "no", 50), ("b", 2, "", "yes", 450), ("b", 2, "", "no", 450),
    ])  # fmt: skip
    of_b = rows["x", "b"]
    assert of_b["conversion_with"] < 0.13 < of_b["conversion_without"]
    assert of_b["difference"] == pytest.approx(0)
    assert of_b["support_share"] > 0.4 > of_b["baseline_support_share"]
    assert of_b["support_difference"] == pytest.approx(0)
    assert of_b["support_p_value"] == pytest.approx(1)


def test_without_a_control_each_is_compared_with_the_others() -> None:
    three = found([*PLANTED, ("c", 1, "xy", "no", 10), ("c", 1, "", "no", 90)], control=None)
    of_a = three["xy", "a"]
    assert (of_a["baseline_variant_id"], of_a["baseline_units"], of_a["baseline_support"]) == (None, 300, 90)
    assert of_a["support_p_value"] is not None
    two = found(PLANTED, control=None)
    assert two["xy", "b"]["baseline_variant_id"] == "a"
    assert two["xy", "a"]["support_p_value"] is None


def test_what_cannot_be_compared_says_why() -> None:
    rows = found([("a", 1, "x", "yes", 5), ("a", 1, "x", "no", 5), ("b", 1, "xy", "no", 9)])
    assert rows["x", "all"]["p_value"] is rows["x", "all"]["method"] is None
    assert "conversion is not compared: every unit shows the pattern" in rows["x", "all"]["note"]
    assert "conversion is not compared: no unit shows the pattern" in rows["y", "a"]["note"]
    assert "no allocation epoch of a variant has units with and without" in rows["y", "all"]["note"]
    assert "no relative lift of support: the baseline's is 0" in rows["y", "b"]["note"]
    assert rows["y", "b"]["support_relative_lift"] is None
    assert rows["y", "b"]["support_difference"] == 1
    alone = found([("b", 1, "x", "yes", 5), ("b", 1, "y", "no", 5)], control="a")
    assert "support is not compared: no allocation epoch has units of both" in alone["x", "b"]["note"]
    assert alone["x", "b"]["support_p_value"] is None


def test_a_cut_and_a_sample_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    cut = found(PLANTED, max_patterns=2)
    assert {pattern for pattern, _ in cut} == {"x", "y"}  # 136 units each; x → y has 120
    every = len({pattern for pattern, _ in found(PLANTED)})
    told = f"cut: {every} patterns are in 1 units; kept are the 2 most frequent (max_patterns)"
    assert all(told in row["note"] for row in cut.values())
    monkeypatch.setattr(pattern_search, "SEARCHED", 4)
    searched = found(PLANTED)
    assert {pattern for pattern, _ in searched} <= {"x", "y", "xy"}
    assert all("cut: more than 4 patterns are in 1 units" in row["note"] for row in searched.values())
    sampled = found(counts(PLANTED).assign(units_of_set=1000))
    assert "a sample: 400 of 1,000 units were drawn" in sampled["xy", "b"]["note"]


def test_least_support_is_a_share_and_a_number() -> None:
    assert {pattern for pattern, _ in found(PLANTED, min_support_share=0.3)} == {"x", "y", "xy"}
    assert {pattern for pattern, _ in found(PLANTED, min_units=121)} == {"x", "y"}


def test_items_of_any_text() -> None:
    frame = counts([("a", 1, "x", "yes", 5), ("b", 1, "", "no", 9)])
    frame.at[0, "items"] = ['say "→"', "🛒"]
    rows = found(frame)
    assert rows['say "→"🛒', "all"]["pattern"] == 'say "→" → 🛒'


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from("ab"), st.integers(1, 2), st.text("xyz", max_size=5), st.sampled_from(["no", "yes", "early"]),
            st.integers(1, 3),
        ),
        min_size=1, max_size=8,
    ),
    gap=st.none() | st.integers(0, 2),
)  # fmt: skip
def test_equal_to_trying_everything(rows: list[Row], gap: int | None) -> None:
    result = found(rows, max_gap=gap)
    totals: dict[tuple[str, str], list[int]] = {}
    for variant, _, items, converted, units in rows:
        patterns = {
            "".join(items[place] for place in places)
            for size in (1, 2, 3)
            for places in combinations(range(len(items)), size)
            if gap is None or all(b - a - 1 <= gap for a, b in pairwise(places))
        }
        for pattern in patterns:
            for name in (variant, "all"):
                cell = totals.setdefault((pattern, name), [0, 0, 0])
                cell[0] += units
                cell[1] += units * (converted != "early")
                cell[2] += units * (converted == "yes")
    assert {key: [row["support"], row["units_with"]] for key, row in result.items() if row["support"]} == {
        key: cell[:2] for key, cell in totals.items()
    }
    for key, (_, compared, converted) in totals.items():
        rate = result[key]["conversion_with"]
        assert rate == pytest.approx(converted / compared) if compared else rate is None
