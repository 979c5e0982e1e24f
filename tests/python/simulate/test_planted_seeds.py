"""The definitions describe the experiments that are planted."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from microlift.simulate import planted_truths
from microlift.simulate.plan import ADJUSTMENTS, EXPERIMENTS, START, at
from microlift.simulate.vocabulary import COLUMNS, EXPOSURE, KNOWN_EVENTS

SEEDS = Path(__file__).parents[3] / "seeds"


def seed(name: str) -> pd.DataFrame:
    return pd.read_csv(SEEDS / f"def_{name}.csv", dtype=str, keep_default_na=False)


def test_experiments() -> None:
    rows = seed("experiments").set_index("experiment_id")
    assert list(rows.index) == [e.experiment_id for e in EXPERIMENTS]
    for e in EXPERIMENTS:
        row = rows.loc[e.experiment_id]
        assert row["unit_type"] == e.unit_type
        assert at(row["starts_at"]) == START
        assert (at(row["ends_at"]) if row["ends_at"] else None) == e.ends_at
        assert row["look_interval"] in {"daily", "hourly"}


def test_variants_and_control() -> None:
    rows = seed("variants")
    for e in EXPERIMENTS:
        mine = rows[rows["experiment_id"] == e.experiment_id]
        assert tuple(mine["variant_id"]) == e.variants
        assert mine["is_control"].tolist() == ["true"] + ["false"] * (len(e.variants) - 1)


def test_factors_spell_the_variants() -> None:
    rows = seed("variants").query("experiment_id == 'onboarding_2x2'")
    for variant, factors in zip(rows["variant_id"], rows["factors"], strict=True):
        levels = dict(pair.split("=") for pair in factors.split(";"))
        assert variant == f"{levels['headline']}_{levels['image']}"


def test_allocations() -> None:
    rows = seed("allocations")
    for e in EXPERIMENTS:
        mine = rows[rows["experiment_id"] == e.experiment_id]
        for i, weights in enumerate(e.weights):
            since = mine["effective_from"].map(lambda text: at(text) if text else START)
            epoch = mine[since == e.epoch_starts[i]]
            assert tuple(epoch["variant_id"]) == e.variants
            assert tuple(epoch["weight"].astype(float)) == weights
        assert len(mine) == len(e.weights) * len(e.variants)


def test_exposure_rules() -> None:
    rows = seed("exposure_rules")
    assert rows["experiment_id"].tolist() == [e.experiment_id for e in EXPERIMENTS]
    assert (rows["value"] == rows["experiment_id"]).all()
    assert set(rows["event_name"]) == {EXPOSURE}
    assert set(rows["variant_property"]) == {"variant_id"}


def test_metrics() -> None:
    metrics = seed("metrics").set_index("metric_id")
    roles = seed("experiment_metrics").set_index(["experiment_id", "metric_id"])["role"]
    planted = {
        (e.experiment_id, m): (s, kind)
        for e in EXPERIMENTS
        for s in e.streams
        for kind, m in s.metrics.items()
    }
    assert set(roles.index) == set(planted)
    assert set(metrics.index) - {m for _, m in planted} == set(seed("adjustment_rules")["metric_id"]) - {""}
    assert roles.groupby(level=0).apply(lambda r: (r == "primary").sum()).eq(1).all()
    for (_, metric), (stream, kind) in planted.items():
        row = metrics.loc[metric]
        assert (row["kind"], row["event_name"]) == (kind, stream.event)
        assert (row["window_start_hours"], row["window_end_hours"]) == ("0", str(stream.window_hours))
        assert bool(row["value_property"]) == (kind in ("sum", "ratio"))
        assert row["denominator_event_name"] == (stream.event if kind == "ratio" else "")


def test_hypotheses_refer_to_what_exists() -> None:
    rows = seed("hypotheses")
    assert rows["hypothesis_id"].is_unique
    pairs = set(zip(rows["experiment_id"], rows["metric_id"], strict=True))
    assert pairs <= {(t.experiment_id, t.metric_id) for t in planted_truths()}
    assert set(rows["segment_dimension"]) - {""} <= set(seed("segments")["segment_dimension"])
    # Each planted interaction with a segment is in the plan.
    planted = {(t.experiment_id, t.segment_dimension) for t in planted_truths() if ":" in t.segment}
    assert planted <= set(zip(rows["experiment_id"], rows["segment_dimension"], strict=True))


def test_adjustment_rules() -> None:
    rules = seed("adjustment_rules").set_index("rule_id")
    metrics = seed("metrics").set_index("metric_id")
    conditions = seed("adjustment_conditions").merge(
        seed("signals"), on="signal", suffixes=("", "_of_signal")
    )
    for planted in ADJUSTMENTS:
        row = rules.loc[planted.rule_id]
        assert row["content_variant"] == planted.content_variant
        assert float(row["holdout_share"]) == planted.holdout_share
        assert (at(row["starts_at"]), at(row["ends_at"])) == (planted.starts_at, planted.ends_at)
        assert metrics.loc[row["metric_id"], "event_name"] == planted.outcome_event
        (condition,) = conditions[conditions["rule_id"] == planted.rule_id].to_dict("records")
        assert condition["event_name"] == planted.trigger_event
        assert planted.least_depth == (int(condition["value"]) if condition["value_property"] else -1)


def test_vocabulary() -> None:
    assert set(seed("events")["event_name"]) == set(KNOWN_EVENTS)
    assert set(seed("funnel_steps")["event_name"]) <= set(KNOWN_EVENTS)
    segments = seed("segments").query("source == 'exposure' and segment != '*'")
    for dimension, column in (("device", "device"), ("visitor_type", "visitor")):
        mine = segments[segments["attribute"] == dimension]
        assert set(mine["value"]) == set(COLUMNS[column])


def test_no_stream_serves_two_experiments() -> None:
    events = [s.event for e in EXPERIMENTS for s in e.streams]
    assert len(events) == len(set(events))


@pytest.mark.parametrize("path", sorted(SEEDS.glob("def_*.csv")), ids=lambda p: p.stem)
def test_seeds_are_tidy(path: Path) -> None:
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert len(rows) > 0 or path.stem == "def_erasures"  # nobody in the demo asks to be forgotten
    assert not rows.duplicated().any()
    assert not rows.apply(lambda column: column.str.strip() != column).any().any()
    assert b"\r" not in path.read_bytes()
