"""`results_monitoring`: a shipped variant against its holdback, or against the time before."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from result_inputs import Row, assert_sound, counted, divided, experiments, measured, metrics, strata
from scipy import stats

from microlift.results.monitoring import SCHEMA, build
from microlift.stats.always_valid import mixture_boundary, mixture_weight
from microlift.stats.odds_sequence import odds_sequence
from microlift.stats.two_proportions import compare_proportions

START = pd.Timestamp("2026-01-01")
SHIPPED = START + pd.Timedelta(days=10)
BEFORE = [counted("a", 500, 5000), counted("b", 650, 5000)]


def looked(number: int, *rows: Row, new: bool = False) -> pd.DataFrame:
    """`int_look_strata` or `int_monitoring_strata` of one look, on the day of its number."""
    frame = strata(*rows).drop(columns=["segment_dimension", "segment"])
    fresh = frame["units"] if new else 0 * frame["units"]
    return frame.assign(
        look=number,
        look_at=START + pd.Timedelta(days=number),
        new_units=fresh,
        new_successes=frame["successes"] if new else 0 * frame["successes"],
    )


def since(*looks: list[Row]) -> pd.DataFrame:
    """Looks since shipping, the eleventh and on."""
    frame = pd.concat(
        [looked(number, *rows, new=True) for number, rows in enumerate(looks, 11)], ignore_index=True
    )
    arm = frame.groupby(["metric_id", "variant_id", "allocation_epoch"])
    return frame.assign(
        new_units=arm["units"].diff().fillna(frame["units"]).astype("int64"),
        new_successes=arm["successes"].diff().fillna(frame["successes"]).astype("Int64"),
    )


def plan(metric: str = "m") -> pd.DataFrame:
    return pd.DataFrame(
        [{"experiment_id": "e", "metric_id": metric, "planned_units": None, "smallest_lift": np.nan,
          "starts_at": START, "last_look_at": None}]
    )  # fmt: skip


def watched(
    new: pd.DataFrame, before: list[Row] = BEFORE, better: str = "higher", **declared: Any
) -> pa.Table:
    shipped = {"shipped_at": SHIPPED, "shipped_variant_id": "b"} | declared
    whole = pd.concat([looked(9, *before), looked(11, *before)]) if before else looked(11, *BEFORE)
    table = build(new, whole, experiments().assign(**shipped), plan(), metrics(better))
    assert table.schema == SCHEMA
    assert_sound(table)
    return table


GONE = [[counted("a", 80 * k, 800 * k), counted("b", 320 * k, 3200 * k)] for k in range(1, 9)]
LASTS = [[counted("a", 80 * k, 800 * k), counted("b", 416 * k, 3200 * k)] for k in range(1, 9)]
HARM = [[counted("a", 80 * k, 800 * k), counted("b", 224 * k, 3200 * k)] for k in range(1, 9)]


def test_the_limits_are_those_of_the_odds_sequence_of_new_units() -> None:
    rows = watched(since(*LASTS)).to_pylist()
    found = odds_sequence(np.full(8, 416), 3200, np.full(8, 80), 800, np.arange(8))
    assert [row["p_value"] for row in rows] == pytest.approx(found.p_value)
    assert {row["is_causal"] for row in rows} == {True}
    assert {row["baseline_period"] for row in rows} == {"since shipping"}
    assert [row["look"] for row in rows] == list(range(11, 19))
    last = rows[-1]
    assert (last["state"], last["first_alarm_look"], last["method"]) == ("gain holds", None, "odds_mixture")
    # Rates of the limit's odds ratio.
    low = last["baseline_estimate"] * (1 + last["relative_lift_low"])
    assert low < last["estimate"]


def test_the_shipped_gain_is_that_of_the_last_look_before() -> None:
    row = watched(since(*LASTS)).to_pylist()[0]
    found = compare_proportions([650], [5000], [500], [5000])
    shipped = [row[f"shipped_{name}"] for name in ("difference", "difference_low", "relative_lift_low")]
    expected = [found.difference, found.difference_low, found.relative_lift_low]
    assert shipped == pytest.approx([float(value[0]) for value in expected])
    assert row["scale"] == "relative_lift"


def test_a_gain_that_is_gone_alarms_and_so_does_harm() -> None:
    gone, harm = watched(since(*GONE)).to_pylist(), watched(since(*HARM)).to_pylist()
    assert gone[-1]["state"] == "gain vanished"
    assert gone[-1]["relative_lift_high"] < gone[-1]["shipped_relative_lift_low"]
    first = next(row["look"] for row in gone if row["is_alarm"])
    assert {row["first_alarm_look"] for row in gone} == {first}
    assert gone[0]["first_alarm_at"] == START + pd.Timedelta(days=first)
    assert gone[0]["state"] == "open"
    assert harm[-1]["state"] == "harm"
    assert harm[0]["first_alarm_look"] < first


def test_where_less_is_better_a_rise_is_harm() -> None:
    before = [counted("a", 650, 5000), counted("b", 500, 5000)]
    rows = watched(since(*LASTS), before, better="lower").to_pylist()
    assert rows[-1]["state"] == "harm"
    fewer = watched(since(*HARM), before, better="lower").to_pylist()
    assert (fewer[-1]["state"], fewer[-1]["first_alarm_look"]) == ("gain holds", None)


def test_without_a_holdback_the_time_before_stands_in() -> None:
    """z is that of the plain comparison, the boundary that of the mixture, sharpest at the shipped sample."""
    rows = watched(since(*[looks[1:] for looks in GONE])).to_pylist()
    assert {(row["is_causal"], row["baseline_period"]) for row in rows} == {(False, "before shipping")}
    assert {row["baseline_units"] for row in rows} == {5000}
    assert all("not causal" in row["note"] for row in rows)
    row = rows[2]
    information = 9600 * 5000 / 14600
    z = mixture_boundary(information, 0.05, mixture_weight(10_000 / 4, 0.05))
    level = 1 - 2 * stats.norm.sf(float(z))
    found = compare_proportions([960], [9600], [500], [5000], confidence=level)
    assert row["method"] == "normal_mixture"
    limits = [float(found.difference_low[0]), float(found.difference_high[0])]
    assert [row["difference_low"], row["difference_high"]] == pytest.approx(limits)


@pytest.mark.parametrize("kind", ["sum", "ratio"])
def test_epochs_are_pooled_where_the_time_before_stands_in(kind: str) -> None:
    """One epoch or two, the rows are the same."""
    draw = np.random.default_rng(2)
    values = {
        (arm, part): (draw.gamma(2.0, 5.0, 400), draw.integers(1, 5, 400).astype(float))
        for arm in "abc" for part in (1, 2)
    }  # fmt: skip

    def arm(name: str, source: str, parts: list[int], epoch: int) -> Row:
        y, x = (np.concatenate([values[source, part][place] for part in parts]) for place in (0, 1))
        keys = {"allocation_epoch": epoch}
        return divided(name, y, x, **keys) if kind == "ratio" else measured(name, y, **keys)

    def rows(split: bool) -> dict[str, Any]:
        parts = [([1], 1), ([2], 2)] if split else [([1, 2], 1)]
        before = [arm(name, name, *part) for name in "ab" for part in parts]
        return watched(since([arm("b", "c", *part) for part in parts]), before).to_pylist()[0]

    one, two = rows(split=False), rows(split=True)
    for name in ("estimate", "baseline_estimate", "difference_low", "difference_high", "p_value"):
        assert two[name] == pytest.approx(one[name]), name
    assert one["method"] == "normal_mixture"


def test_without_a_look_before_shipping_only_harm_is_told() -> None:
    rows = watched(since(*GONE), before=[]).to_pylist()
    assert {row["state"] for row in rows} == {"open"}
    assert all("no shipped gain" in row["note"] for row in rows)
    assert watched(since(*HARM), before=[]).to_pylist()[-1]["state"] == "harm"


def test_without_a_control_each_other_variant_is_a_baseline() -> None:
    before = [*BEFORE, counted("c", 600, 5000)]
    looks = [[*rows, counted("c", 80 * k, 800 * k)] for k, rows in enumerate(LASTS[:3], 1)]
    table = watched(since(*looks), before, control_variant_id=None)
    assert table["baseline_variant_id"].to_pylist() == ["a"] * 3 + ["c"] * 3
    assert set(table["variant_id"].to_pylist()) == {"b"}


def test_what_is_not_shipped_is_not_watched() -> None:
    assert len(watched(since(*LASTS), shipped_at=pd.NaT)) == 0
    assert len(watched(since(*LASTS), shipped_at=START + pd.Timedelta(days=40))) == 0
