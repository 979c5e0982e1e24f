"""The demo, end to end at its default size: raw files with dirt in, planted truths out, for seeds that nobody chose."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
import readers
from harness import Warehouse
from semantics import Semantics

from microlift.explain import TABLES, explain
from microlift.simulate import DemoSummary, Truth, planted_truths, write_demo
from microlift.simulate.plan import ADJUSTMENTS

# The first is the demo's own, as raw Segment logs; the other is Parquet, which is quicker to write and read.
SEEDS = [(20260105, "segment"), (1, "parquet")]


class Demo(Warehouse):
    """A warehouse of the demo, and what was written for it."""

    def __init__(self, folder: Path, summary: DemoSummary) -> None:
        super().__init__(folder)
        self.summary = summary


@pytest.fixture(scope="module", params=SEEDS, ids=lambda pair: f"seed-{pair[0]}")
def demo(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    seed, file_format = request.param
    folder: Path = tmp_path_factory.mktemp("demo")
    landing = folder / "landing"
    summary = write_demo(landing, seed=seed, file_format=file_format)
    raw = {
        "segment": {"events": "stg_segment", "segment_files": f"{landing}/segment/*.ndjson"},
        "parquet": {"events": f"{landing}/events/*.parquet"},
    }[file_format]
    side = {"unit_attributes": f"{landing}/unit_attributes.csv", "calendar": f"{landing}/calendar.csv"}
    warehouse = Demo(folder, summary)
    result = warehouse.build(variables=raw | side)
    assert result.success, result.output[-3000:]
    return warehouse


def estimate(warehouse: Warehouse, truth: Truth) -> dict[str, Any] | None:
    """The row that estimates a truth as a difference; None for interactions, whose tables have other scales."""
    if truth.kind == "interaction" and truth.segment_dimension != "all":
        return None
    if "=" in truth.variant_id or ":" in truth.variant_id:
        effect = truth.variant_id.split("=")[0].replace(":", " × ")
        rows = warehouse.table(
            f"select estimate, interval_low as low, interval_high as high, p_value from results_factorial_effects "
            f"where experiment_id = '{truth.experiment_id}' and effect = '{effect}'"
        )
        # A factorial interaction is half the difference of differences that the truth states.
        scale = 2 if ":" in truth.variant_id else 1
        return {name: value * (1 if name == "p_value" else scale) for name, value in rows[0].items()}
    rows = warehouse.table(
        f"select difference as estimate, difference_low as low, difference_high as high, p_value "
        f"from results_comparisons where experiment_id = '{truth.experiment_id}' and metric_id = '{truth.metric_id}' "
        f"and segment_dimension = '{truth.segment_dimension}' and segment = '{truth.segment}' "
        f"and variant_id = '{truth.variant_id}'"
    )
    assert len(rows) == 1, truth
    return rows[0]


@pytest.mark.parametrize("table", TABLES)
def test_every_kind_of_result_leads_to_its_units(demo: Demo, table: str) -> None:
    keys = [
        name
        for name, kind in demo.execute(
            "select column_name, data_type from information_schema.columns where table_schema = 'microlift' and table_name = ?",
            [table],
        )
        if kind in ("VARCHAR", "INTEGER", "BIGINT")
    ]
    row = demo.table(f"select {', '.join(keys)} from {table} order by hash({keys[0]}, {keys[1]}) limit 1")[0]
    with duckdb.connect(str(demo.database), read_only=True) as connection:
        found = explain(connection, table, {name: str(row[name]) for name in keys if row[name] is not None})
        rows = [
            connection.execute(f"select count(*) from ({step.sql})").fetchall()[0][0] for step in found.steps
        ]
    assert rows[0] == 1
    assert rows[1] > 0
    assert found.steps[-1].table in ("fct_events", "fct_exposures", "fct_funnel_attempts")


def test_every_planted_difference_is_recovered(demo: Warehouse) -> None:
    """Estimates lie within twice the half-width of their interval (about 4 standard errors: a fault, not chance),
    effects are significant in the planted direction, and nulls stay above p = .001."""
    for truth in planted_truths():
        found = estimate(demo, truth)
        if found is None or truth.kind == "sample_ratio":
            continue
        assert abs(found["estimate"] - truth.value) <= found["high"] - found["low"], (truth, found)
        if truth.value:
            assert found["p_value"] < 0.05, (truth, found)
            assert found["estimate"] * truth.value > 0, (truth, found)
        else:
            assert found["p_value"] > 0.001, (truth, found)


def test_planted_interactions_are_significant(demo: Warehouse) -> None:
    for truth in planted_truths():
        if truth.kind == "interaction" and truth.segment_dimension != "all":
            (row,) = demo.table(
                f"select * from results_interactions where experiment_id = '{truth.experiment_id}' and term = 'interaction' "
                f"and metric_id = '{truth.metric_id}' and segment_dimension = '{truth.segment_dimension}'"
            )
            assert row["is_confirmatory"]
            assert row["is_significant"], row


def test_verdicts(demo: Warehouse) -> None:
    decisions = {row["experiment_id"]: row for row in demo.table("select * from results_decisions")}
    everyone = {
        "signup_button_copy": "start_free",
        "onboarding_2x2": "short_drawing",
        "tooltip_timing": "after_3s",
        "onebox_rollout": "onebox",
    }
    for experiment, variant in everyone.items():
        decision = decisions[experiment]
        assert (decision["verdict"], decision["scope"], decision["variant_id"]) == (
            "ship",
            "everyone",
            variant,
        )
    assert decisions["mobile_sticky_cta"]["verdict"] == "ship"
    assert decisions["mobile_sticky_cta"]["scope"].startswith("device: ")
    assert "mobile" in decisions["mobile_sticky_cta"]["scope"]
    assert decisions["form_field_order"]["verdict"] == "ship"
    assert decisions["form_field_order"]["scope"] == "visitor_type: new only"
    assert decisions["redirect_checkout"]["verdict"] == "cannot be trusted"
    assert decisions["aa_check"]["verdict"] == "stop"
    assert "headline × image interact" in decisions["onboarding_2x2"]["evidence"]


def test_pooling_over_epochs_would_mislead(demo: Warehouse) -> None:
    """The rollout's pooled rates hide the lift that the stratified estimate finds."""
    (row,) = demo.table(
        "select estimate - baseline_estimate as pooled, difference, allocation_epochs from results_comparisons "
        "where experiment_id = 'onebox_rollout' and segment_dimension = 'all'"
    )
    assert row["allocation_epochs"] == 2
    assert row["pooled"] < row["difference"] / 2


def test_nothing_is_lost(demo: Warehouse) -> None:
    parts = "valid_rows + quarantined_rows + excluded_rows + conflicting_rows + duplicate_rows"
    (row,) = demo.table(
        f"select count(*) as loads, count(*) filter (where raw_rows != {parts}) as broken, sum(raw_rows) as raw "
        "from quality_reconciliation where door = 'events'"
    )
    assert row["loads"] > 1
    assert row["raw"] > 1_200_000
    assert row["broken"] == 0


def test_the_last_look_is_the_aggregate(demo: Warehouse) -> None:
    """Where every window had closed by the last look, it knows what the aggregates hold, but for the few units whose
    exposure was received after it; else, no more than they do."""
    (row,) = demo.table(
        """
        with last_look as (
            select *
            from agg_variant_metrics_by_look
            qualify row_number() over (
                partition by experiment_id, segment_dimension, segment, metric_id, variant_id order by look desc
            ) = 1
        )

        select
            count(*) filter (where p.has_ended) as closed_cells,
            count(*) filter (where p.has_ended and (l.units < a.units - 5 or l.value_sum < a.value_sum * 0.999)) as apart,
            count(*) filter (where a.units < l.units or a.value_sum < l.value_sum) as ahead
        from agg_variant_metrics as a
        inner join last_look as l using (experiment_id, segment_dimension, segment, metric_id, variant_id)
        inner join int_progress as p on p.experiment_id = a.experiment_id
        """
    )
    assert row["closed_cells"] > 100
    assert row["apart"] == row["ahead"] == 0


def test_planted_adjustments_are_recovered(demo: Demo) -> None:
    found = {row["rule_id"]: row for row in demo.table("select * from results_adjustments")}
    for rule in ADJUSTMENTS:
        row = found.pop(rule.rule_id)
        assert row["verdict"] == ("helps" if rule.effect else "no difference shown"), row
        assert abs(row["difference"] - rule.effect) <= row["difference_high"] - row["difference_low"], row
        assert row["sample_ratio_p_value"] > 0.001
    (row,) = found.values()
    assert (row["rule_id"], row["verdict"], row["units_served"]) == ("slow_source_guide", "not causal", 0)


def test_planted_violations_are_found_and_no_others(demo: Demo) -> None:
    found = dict(
        demo.execute("select violation, count(*) from quality_adjustment_violations group by violation")
    )
    assert found == demo.summary.faults
    assert min(found.values()) > 0


def test_the_dry_run_foresees_what_was_served(demo: Demo) -> None:
    """All that broke no rule was expected, and withheld from those whom the dry run would withhold it from."""
    (row,) = demo.table(
        """
        select count(*) as rows, count(*) filter (where not a.is_expected) as unexpected,
            count(*) filter (where a.is_holdout != t.is_holdout) as otherwise
        from fct_adjustments as a
        left join fct_adjustment_triggers as t on t.rule_id = a.rule_id and t.session_id = a.session_id
        where a.adjustment_id not in (select adjustment_id from quality_adjustment_violations)
        """
    )
    assert row["rows"] > 5000
    assert (row["unexpected"], row["otherwise"]) == (0, 0)
    dry = dict(demo.execute("select rule_id, count(*) from fct_adjustment_triggers group by rule_id"))
    assert dry["slow_source_guide"] > 0


@pytest.mark.parametrize("demo", SEEDS[:1], ids=["seed-20260105"], indirect=True)
def test_readers_of_the_demo(demo: Demo, browser: Any, tmp_path: Path) -> None:
    """Its report opens, draws and is accessible; its questions have answers; BI tools connect."""
    readers.check_questions(demo.database)
    readers.check_connections(demo.database)
    site = readers.write(demo.database, tmp_path / "report")
    readers.check_every_page(browser, site.folder)
    readers.check_accessibility(browser, site.folder)
    readers.check_first_page(browser, site.folder, site.experiments)


SESSIONS = "(select count(*) as events, epoch(max(event_time) - min(event_time)) as seconds from fct_events group by session_id)"
UNITS = "from int_variant_units where segment_dimension = 'all' group by all"

# Each metric of the semantic layer, by dimensions, from tables that it does not read.
SAME_NUMBERS = [
    ("sessions", (), "select count(distinct session_id) from fct_events"),
    ("visitors", (), "select count(distinct person_id) from fct_events"),
    ("page_views", (), "select count(*) from fct_events where event_name in ('page_viewed', 'page_view')"),
    ("bounces", (), f"select count(*) from {SESSIONS} where events = 1"),
    ("bounce_rate", (), f"select avg(cast(events = 1 as integer)) from {SESSIONS}"),
    ("session_duration", (), f"select sum(seconds) from {SESSIONS}"),
    ("seconds_per_session", (), f"select avg(seconds) from {SESSIONS}"),
    ("exposed_units", ("experiment", "variant_id"), f"select experiment_id, variant_id, sum(units) {UNITS}"),
    ("cumulative_exposed_units", ("experiment",), f"select experiment_id, sum(units) {UNITS}"),
    ("contaminated_units", ("experiment",), f"select experiment_id, sum(contaminated_units) {UNITS}"),
    (
        "contamination_rate",
        ("variant_id",),
        f"select variant_id, sum(contaminated_units) / sum(units) {UNITS}",
    ),
]


def test_the_semantic_layer_says_what_the_tables_say(demo: Demo) -> None:
    semantics = Semantics(demo)
    assert {metric for metric, _, _ in SAME_NUMBERS} == set(semantics.metrics)
    for metric, by, query in SAME_NUMBERS:
        expected = {row[:-1]: float(row[-1]) for row in demo.execute(query)}
        assert expected, metric
        found = {key: float(value) for key, value in semantics.query(metric, by).items()}
        assert found == pytest.approx(expected, rel=1e-9), metric
