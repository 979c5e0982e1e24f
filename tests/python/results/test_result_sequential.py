"""`results_sequential`: looks under their rules, from hand-made looks."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from result_inputs import Row, assert_sound, counted, divided, experiments, measured, metrics, strata
from scipy import special

from microlift.results.looks import planned
from microlift.results.odds import odds_looks
from microlift.results.sequential import SCHEMA, build
from microlift.stats.group_sequential import error_by_look
from microlift.stats.odds_sequence import odds_sequence

START = pd.Timestamp("2026-01-01")
SIZES = [200, 400, 600, 800, 1000]


def plan(**changed: Any) -> pd.DataFrame:
    """A row of `int_sequential_plan`: two-sided at 5%, over ten days."""
    row = {
        "experiment_id": "e", "metric_id": "m", "hypothesis_id": "h", "direction": "two_sided",
        "stopping_rule": "fixed_horizon", "looks": None, "spending_gamma": np.nan, "planned_units": None, "smallest_lift": np.nan,
        "alpha": 0.05, "starts_at": START, "last_look_at": START + pd.Timedelta(days=10), "plan_id": "p",
    }  # fmt: skip
    return pd.DataFrame([row | changed])


def looked(rows: list[list[Row]]) -> pd.DataFrame:
    """`int_look_strata`: the strata that each look knows, a look every second day."""
    frames = [
        strata(*known).assign(look=number, look_at=START + pd.Timedelta(days=2 * number))
        for number, known in enumerate(rows, 1)
    ]
    frame = pd.concat(frames, ignore_index=True).drop(columns=["segment_dimension", "segment"])
    arm = frame.groupby(["metric_id", "variant_id", "allocation_epoch"])
    return frame.assign(
        new_units=arm["units"].diff().fillna(frame["units"]).astype("int64"),
        new_successes=arm["successes"].diff().fillna(frame["successes"]).astype("Int64"),
    )


def conversions(variant: list[int], baseline: list[int], sizes: list[int] = SIZES) -> pd.DataFrame:
    return looked(
        [[counted("a", c, n), counted("b", t, n)] for t, c, n in zip(variant, baseline, sizes, strict=True)]
    )


def told(data: pd.DataFrame, rule: str, better: str = "higher", **changed: Any) -> pd.DataFrame:
    table = build(data, plan(**changed), experiments(), metrics(better))
    assert table.schema == SCHEMA
    assert_sound(table, without=["hypothesis_id"])
    frame = table.to_pandas()
    for row in frame[frame["p_value"].notna() & (frame["direction"] == "two_sided")].to_dict("records"):
        excludes = row["difference_low"] > 0 or row["difference_high"] < 0
        assert excludes == (row["p_value"] < row["p_boundary"]) == row["is_crossed"], row
    return frame[frame["rule"] == rule].reset_index(drop=True)


FLAT, RISING = [20, 40, 60, 80, 100], [25, 60, 95, 130, 165]


def test_obrien_fleming_at_five_even_looks() -> None:
    rows = told(conversions(RISING, FLAT), "obrien_fleming", stopping_rule="obrien_fleming", looks=5)
    assert rows["look"].tolist() == [1, 2, 3, 4, 5]
    assert rows["boundary"].tolist() == pytest.approx([4.8769, 3.3570, 2.6803, 2.2898, 2.0310], abs=2e-4)
    assert rows["verdict"].tolist() == ["continue", "continue", "better", "better", "better"]
    assert rows["error_if_used"].iloc[-1] == pytest.approx(0.05, abs=1e-6)
    assert rows["is_last_look"].tolist() == [False] * 4 + [True]
    assert rows["statistic"].iloc[2] == pytest.approx(special.ndtri(1 - rows["p_value"].iloc[2] / 2))


def test_what_never_crosses_is_not_shown_at_the_last_look() -> None:
    rows = told(conversions(FLAT, FLAT), "pocock", stopping_rule="pocock", looks=5)
    assert rows["verdict"].tolist() == ["continue"] * 4 + ["not shown"]


def test_planned_units_set_the_fractions_and_looks_may_be_missed() -> None:
    data = conversions([30, 90], [20, 60], [200, 600])
    rows = told(data, "pocock", stopping_rule="pocock", looks=4, planned_units=1600)
    assert rows["look"].tolist() == [1, 3]
    assert rows["information_fraction"].tolist() == [0.25, 0.75]


def test_nothing_is_planned_after_the_last_look() -> None:
    first, number = planned(np.array([0.1, 0.3, 0.9, 1.0, 1.2]), 2)
    assert (first.tolist(), number.tolist()) == ([2, 3], [1, 2])
    first, number = planned(np.array([0.1, 1.7]), 5)
    assert (first.tolist(), number.tolist()) == ([1], [5])


@pytest.mark.parametrize(("better", "verdict"), [("higher", "better"), ("lower", "worse")])
def test_a_lower_metric_turns_the_verdict(better: str, verdict: str) -> None:
    rows = told(
        conversions(RISING, FLAT), "hwang_shih_decani", better, stopping_rule="hwang_shih_decani", looks=5
    )
    assert rows["verdict"].iloc[-1] == verdict


def test_one_sided_rows_have_one_limit_and_stop_on_their_side_only() -> None:
    up = told(
        conversions(RISING, FLAT), "pocock", stopping_rule="pocock", looks=5, direction="increase"
    ).iloc[-1]
    assert (up["difference_low"] > 0) == up["is_crossed"] == (up["p_value"] < up["p_boundary"])
    assert np.isnan(up["difference_high"])
    down = told(conversions(FLAT, RISING), "pocock", stopping_rule="pocock", looks=5, direction="increase")
    assert not down["is_crossed"].any()
    turned = told(conversions(FLAT, RISING), "pocock", stopping_rule="pocock", looks=5, direction="decrease")
    assert turned["is_crossed"].iloc[-1]
    assert turned["difference_high"].iloc[-1] < 0


def test_the_bayesian_threshold_is_calibrated() -> None:
    rows = told(conversions(RISING, FLAT), "bayesian", stopping_rule="bayesian", looks=5)
    # Pocock's constant for five looks, 2.413 (Jennison & Turnbull 2000, table 2.1), as a probability.
    assert rows["probability_boundary"].iloc[0] == pytest.approx(special.ndtr(2.413), abs=2e-5)
    assert rows["is_crossed"].tolist() == (rows["probability_better"] > rows["probability_boundary"]).tolist()
    assert rows["p_value"].isna().all()
    loses = told(conversions(FLAT, RISING), "bayesian", stopping_rule="bayesian", looks=5)
    assert loses["verdict"].iloc[-1] == "worse"


def test_the_naive_rules_say_what_they_cost() -> None:
    p = told(conversions(RISING, FLAT), "naive_p_value")
    assert p["error_if_used"].tolist() == pytest.approx(error_by_look(SIZES, special.ndtri(0.975)))
    assert p["error_if_used"].iloc[-1] == pytest.approx(0.142, abs=1e-3)
    assert not p["is_declared"].any()
    probability = told(conversions(RISING, FLAT), "naive_probability_better")
    assert probability["error_if_used"].tolist() == pytest.approx(
        error_by_look(SIZES, special.ndtri(0.95), False)
    )
    assert told(conversions(FLAT, RISING), "naive_probability_better")["is_crossed"].sum() == 0


def test_always_valid_conversions_are_the_mixture_of_batches() -> None:
    data = conversions(RISING, FLAT)
    rows = told(data, "always_valid", stopping_rule="always_valid", smallest_lift=0.5)
    batches = (np.diff(values, prepend=0) for values in (RISING, SIZES, FLAT, SIZES))
    expected = odds_sequence(*batches, np.arange(5), spread=np.log(1.5))
    assert rows["p_value"].tolist() == pytest.approx(expected.p_value)
    assert rows["method"].unique().tolist() == ["odds_mixture"]
    assert rows["error_if_used"].unique().tolist() == [0.05]


def test_late_outcomes_are_a_batch_of_open_units() -> None:
    """Two units of the first look convert late: known at the second, drawn from those still open."""
    data = conversions([5, 12], [4, 9], [50, 100])
    late = data.copy()
    late.loc[(late["look"] == 2) & (late["variant_id"] == "b"), "new_successes"] = 5
    arms = [late[late["variant_id"] == name] for name in "ba"]
    found = odds_looks(pd.DataFrame({"look": [1, 2]}), *arms, 0.05, 0, np.nan)
    counts = ([5, 5, 2], [50, 50, 45], [4, 5, 0], [50, 50, 46])
    assert found["p_value"] == pytest.approx(odds_sequence(*counts, [0, 1, 1]).p_value)


def test_always_valid_means_and_ratios() -> None:
    draw = np.random.default_rng(3)
    low, high = draw.normal(10, 2, 400), draw.normal(11, 2, 400)
    sums = looked([[measured("a", low[:n]), measured("b", high[:n])] for n in (100, 200, 400)])
    rows = told(sums, "always_valid", stopping_rule="always_valid")
    assert rows["is_crossed"].tolist()[-1]
    assert rows["boundary"].is_monotonic_decreasing
    ones = np.ones(400) + draw.uniform(size=400)
    ratios = looked(
        [[divided("a", low[:n], ones[:n]), divided("b", high[:n], ones[:n])] for n in (100, 200, 400)]
    )
    assert told(ratios, "pocock", stopping_rule="pocock", looks=3)["is_crossed"].iloc[-1]


def test_epochs_are_not_pooled() -> None:
    """Both arms fall from 20% to 5% while the variant's share grows: pooled, it would lose by far."""
    data = looked([
        [counted("a", 180, 900), counted("b", 20, 100),
         counted("a", 25, 500, allocation_epoch=2), counted("b", 25, 500, allocation_epoch=2)]
    ])  # fmt: skip
    rows = told(data, "naive_p_value")
    assert rows["difference"].iloc[0] == pytest.approx(0, abs=1e-12)
    assert not told(data, "always_valid", stopping_rule="always_valid")["is_crossed"].any()


def test_looks_without_units_of_both_have_no_rows_and_zero_counts_do() -> None:
    data = looked([[counted("a", 0, 20)], [counted("a", 0, 40), counted("b", 0, 40)]])
    assert told(data, "naive_p_value")["look"].tolist() == [2]
    assert told(data, "always_valid", stopping_rule="always_valid")["p_value"].tolist() == pytest.approx(
        [1.0]
    )


def test_unplanned_metrics_have_naive_rules_only() -> None:
    rows = build(
        conversions(RISING, FLAT), plan(hypothesis_id=None, last_look_at=pd.NaT), experiments(), metrics()
    )
    frame = rows.to_pandas()
    assert set(frame["rule"]) == {"naive_p_value", "naive_probability_better"}
    assert frame["information_fraction"].isna().all()
    assert frame["note"].str.contains("no fraction: neither units nor an end are planned").all()
