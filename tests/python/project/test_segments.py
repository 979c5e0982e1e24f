"""Segments: each kind of rule, when it is known, and how small ones merge, on rows made by hand."""

import json
from datetime import datetime
from typing import Any

import pytest
from compiled import CompiledModels, Row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

RULES = ("int_segment_rules", "int_segment_stops", "int_signals")
SEGMENTS = (
    "int_segment_inputs", "int_rule_segments", "int_given_segments", "int_segment_candidates", "int_segment_sizes",
    "unit_segments",
)  # fmt: skip
EXPOSED_AT = datetime(2026, 1, 5, 10)

SIGNALS = [
    {"signal": "clicks", "kind": "count", "event_name": "clicked"},
    {"signal": "to_click", "kind": "first_delay", "event_name": "clicked"},
]
METRICS = [{"metric_id": "spent", "kind": "sum"}, {"metric_id": "per_order", "kind": "ratio"}]


def rule(segment: str, asked: str, operator: str, value: str | None = None, **more: Any) -> Row:
    """A row of `segments` of dimension `d`; `asked` is source.attribute."""
    source, attribute = asked.split(".")
    row = {
        "segment_dimension": "d",
        "segment": segment,
        "priority": "1",
        "source": source,
        "attribute": attribute,
    }
    return row | {"operator": operator, "value": value} | more  # fmt: skip


def unit(unit_id: str = "p", variant: str = "a", door: str = "events", **known: Any) -> Row:
    """An exposed unit and what is known of it: `exposure`, `before`, `after`, `steps` by name, and so on."""
    return {"unit_id": unit_id, "variant_id": variant, "source_door": door} | known


def run(models: CompiledModels, rules: list[Row], units: list[Row]) -> None:
    """Build the segments of units from what is known of them."""
    models.fill(
        def_segments=rules,
        def_signals=SIGNALS,
        dim_metrics=METRICS,
        dim_experiments=[{"experiment_id": "e", "variants": 2}],
        dim_variants=[{"experiment_id": "e", "variant_id": variant} for variant in "ab"],
        int_exposures=[
            {"experiment_id": "e", "exposed_at": EXPOSED_AT, "attributes": json.dumps(each.get("exposure", {}))}
            | {key: each[key] for key in ("unit_id", "variant_id", "source_door")}
            for each in units
        ],
        int_unit_attributes_checked=[
            {"unit_id": each["unit_id"], "attribute": name, "value": value, "status": status}
            | {"known_at": datetime(2026, 1, day, 10)}
            for each in units for name, day, value, status in each.get("attributes", [])
        ],
        int_unit_signals=[
            {"experiment_id": "e", "unit_id": each["unit_id"], "period": period, "signal": name}
            | ({"text_value": value} if isinstance(value, str) else {"value": value})
            for each in units for when, period in (("before", "pre_exposure"), ("after", "post_exposure"))
            for name, value in each.get(when, {}).items()
        ],
        unit_clusters=[
            {"experiment_id": "e", "unit_id": each["unit_id"], "clustering_id": name, "basis": basis, "cluster": cluster}
            for each in units for name, (basis, cluster) in each.get("clusters", {}).items()
        ],
        int_unit_values=[
            {"experiment_id": "e", "unit_id": each["unit_id"], "metric_id": name, "value": value, "denominator": denominator}
            for each in units for name, (value, denominator) in each.get("metrics", {}).items()
        ],
        fct_funnel_attempts=[
            {"experiment_id": "e", "unit_id": each["unit_id"], "funnel_id": name, "step_number": step}
            for each in units for name, steps in each.get("steps", {}).items() for step in steps
        ],
    )  # fmt: skip
    models.run(*RULES, *SEGMENTS)


def found(models: CompiledModels, column: str = "segment", dimension: str = "d") -> dict[str, str]:
    rows = models.rows(f"select unit_id, {column} from unit_segments where segment_dimension = '{dimension}'")
    assert len(rows) == len(dict(rows))
    return dict(rows)


QUICK = [
    rule("quick", "funnel.buy", "at_least", "3", all_of="q"),
    rule("quick", "signal_after.to_click", "below", "5", all_of="q"),
]
EITHER_PAIR = [
    rule("s", "exposure.device", "equals", "mobile", all_of="phone in Austria"),
    rule("s", "exposure.country", "equals", "AT", all_of="phone in Austria"),
    rule("s", "exposure.device", "equals", "desktop", all_of="desktop in Germany"),
    rule("s", "exposure.country", "equals", "DE", all_of="desktop in Germany"),
    rule("s", "unit.plan", "equals", "pro"),
]
PLAN = [rule("pro", "unit.plan", "equals", "pro")]
ORDERS = [
    rule("large", "unit.orders", "at_least", "10"), rule("any", "unit.orders", "at_least", "1", priority="2"),
]  # fmt: skip

CASES = {
    "the exposure's property": ([rule("m", "exposure.device", "equals", "mobile")], {"exposure": {"device": "mobile"}}, "m"),
    "a property that is not there": ([rule("m", "exposure.device", "equals", "mobile")], {}, "unknown"),
    "the last value known by the exposure": (
        PLAN, {"attributes": [("plan", 1, "free", "valid"), ("plan", 5, "pro", "valid"), ("plan", 6, "free", "valid")]}, "pro",
    ),
    "what became known later is not known yet": (PLAN, {"attributes": [("plan", 6, "pro", "valid")]}, "unknown"),
    "a contradicted attribute is not known": (PLAN, {"attributes": [("plan", 1, "pro", "quarantined")]}, "unknown"),
    "the first rule by priority": (ORDERS, {"attributes": [("orders", 1, "12", "valid")]}, "large"),
    "the second rule": (ORDERS, {"attributes": [("orders", 1, "9.5", "valid")]}, "any"),
    "no rule": (ORDERS, {"attributes": [("orders", 1, "0", "valid")]}, "other"),
    "no number": (ORDERS, {"attributes": [("orders", 1, "many", "valid")]}, "other"),
    "a segment of each value": ([rule("*", "exposure.country", "is_known")], {"exposure": {"country": "FR"}}, "FR"),
    "a blank says nothing": ([rule("*", "exposure.country", "is_known")], {"exposure": {"country": " "}}, "unknown"),
    "a rule before a segment of each value": (
        [rule("home", "exposure.country", "in", "DE|AT"), rule("*", "exposure.country", "is_known", priority="2")],
        {"exposure": {"country": "AT"}}, "home",
    ),
    "a signal before": (
        [rule("s", "signal_before.clicks", "equals", "3")], {"before": {"clicks": 3.0}, "after": {"clicks": 1.0}}, "s",
    ),
    "a signal after": (
        [rule("s", "signal_after.clicks", "above", "2.5")], {"before": {"clicks": 1.0}, "after": {"clicks": 3.0}}, "s",
    ),
    "never clicked is no clicks": ([rule("s", "signal_after.clicks", "below", "1")], {}, "s"),
    "never clicked has no time to the click": ([rule("s", "signal_after.to_click", "below", "99")], {}, "unknown"),
    "no session since is none": ([rule("s", "signal_after.sessions", "equals", "0")], {}, "s"),
    "above is not at": ([rule("s", "signal_after.clicks", "above", "3")], {"after": {"clicks": 3.0}}, "other"),
    "a text of a signal": (
        [rule("s", "signal_before.traffic_source", "equals", "ads")], {"before": {"traffic_source": "ads"}}, "s",
    ),
    "a cluster before": (
        [rule("s", "cluster_before.types", "equals", "c2")], {"clusters": {"types": ("pre_exposure", "c2")}}, "s",
    ),
    "a segment of each cluster": (
        [rule("*", "cluster_after.since", "is_known")], {"clusters": {"since": ("post_exposure", "c1")}}, "c1",
    ),
    "no cluster of that time": (
        [rule("*", "cluster_before.since", "is_known")], {"clusters": {"since": ("post_exposure", "c1")}}, "unknown",
    ),
    "a metric": ([rule("s", "metric.spent", "above", "9.99")], {"metrics": {"spent": (10, None)}}, "s"),
    "a metric's number as text": ([rule("s", "metric.spent", "equals", "10")], {"metrics": {"spent": (10, None)}}, "s"),
    "a ratio": ([rule("s", "metric.per_order", "equals", "2.5")], {"metrics": {"per_order": (5, 2)}}, "s"),
    "a ratio of nothing": ([rule("s", "metric.per_order", "is_known")], {"metrics": {"per_order": (0, 0)}}, "unknown"),
    "the deepest step": ([rule("s", "funnel.buy", "equals", "2")], {"steps": {"buy": [1, 2]}}, "s"),
    "no step of a funnel": ([rule("s", "funnel.buy", "equals", "0")], {"steps": {"other": [1]}}, "s"),
    "all of": (QUICK, {"steps": {"buy": [1, 2, 3]}, "after": {"to_click": 4.9}}, "quick"),
    "not all of": (QUICK, {"steps": {"buy": [1, 2, 3]}, "after": {"to_click": 5.0}}, "other"),
    "only the other": (QUICK, {"steps": {"buy": [1]}, "after": {"to_click": 1.0}}, "other"),
    "between two numbers": (
        [rule("s", "signal_after.clicks", name, value, all_of="b") for name, value in (("above", "2"), ("at_most", "4"))],
        {"after": {"clicks": 4.0}}, "s",
    ),
    "any of several all-ofs": (EITHER_PAIR, {"exposure": {"device": "desktop", "country": "DE"}}, "s"),
    "any of: a condition by itself": (EITHER_PAIR, {"attributes": [("plan", 1, "pro", "valid")]}, "s"),
    "halves of two all-ofs are none": (EITHER_PAIR, {"exposure": {"device": "mobile", "country": "DE"}}, "other"),
    "a compound rule before a simple one": (
        [*QUICK, rule("buyer", "funnel.buy", "at_least", "3", priority="2")],
        {"steps": {"buy": [3]}, "after": {"to_click": 1.0}}, "quick",
    ),
    "a simple rule before a compound one": (
        [*QUICK, rule("buyer", "funnel.buy", "at_least", "3", priority="0")],
        {"steps": {"buy": [3]}, "after": {"to_click": 1.0}}, "buyer",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rules", "known", "expected"), CASES.values(), ids=CASES)
def test_a_rule(models: CompiledModels, rules: list[Row], known: Row, expected: str) -> None:
    run(models, rules, [unit(**known)])
    assert found(models, "segment_before_merge") == {"p": expected}


@pytest.mark.parametrize(
    ("asked", "basis"),
    [
        (["unit.plan", "signal_before.clicks"], "pre_exposure"),
        (["unit.plan", "exposure.device"], "at_exposure"),
        (["unit.plan", "cluster_before.types"], "pre_exposure"),
        (["signal_before.clicks", "cluster_after.types"], "post_exposure"),
        (["unit.plan", "exposure.device", "signal_after.clicks"], "post_exposure"),
        (["unit.plan", "funnel.buy"], "post_exposure"),
        (["unit.plan", "metric.spent"], "post_exposure"),
    ],
)
def test_the_basis_of_a_dimension_is_its_latest_input(
    models: CompiledModels, asked: list[str], basis: str
) -> None:
    """One rule of behaviour after the exposure decides who is left for all others of its dimension."""
    rules = [rule(each, each, "is_known", priority=str(place)) for place, each in enumerate(asked)]
    apart = {**rule("s", "unit.plan", "is_known"), "segment_dimension": "apart"}
    run(models, [*rules, apart], [unit(attributes=[("plan", 1, "pro", "valid")])])
    assert found(models, "basis") == {"p": basis}
    assert found(models, "basis", "apart") == {"p": "pre_exposure"}


def test_the_units_door_brings_its_segments(models: CompiledModels) -> None:
    """What it says of a dimension stands, for all units of its experiment; attributes are known of its units too."""
    plan = {**rule("pro", "unit.plan", "equals", "pro"), "segment_dimension": "plan"}
    rules = [plan, rule("m", "exposure.device", "equals", "mobile"), {**plan, "segment_dimension": "kept"}]
    known = {"attributes": [("plan", 1, "pro", "valid")]}
    given = [{"plan": "free", "age": None, "all": "x"}, {}, {"plan": None}]
    run(
        models,
        rules,
        [unit(f"u{place}", door="units", exposure=each, **known) for place, each in enumerate(given)],
    )
    assert found(models, "segment_before_merge", "plan") == {"u0": "free", "u1": "unknown", "u2": "unknown"}
    assert found(models, "segment_before_merge", "age") == {"u0": "unknown", "u1": "unknown", "u2": "unknown"}
    assert found(models, "segment_before_merge", "kept") == {"u0": "pro", "u1": "pro", "u2": "pro"}
    assert found(models, "segment_before_merge", "all") == {"u0": "all", "u1": "all", "u2": "all"}
    assert found(models) == {}


def crowd(**sizes: int | tuple[int, int]) -> list[Row]:
    """Units of each kind (property `kind` of the exposure), so many in each variant."""
    return [
        unit(f"{kind}-{variant}-{place}", variant, exposure={"kind": kind})
        for kind, size in sizes.items()
        for variant, count in zip("ab", size if isinstance(size, tuple) else (size, size), strict=True)
        for place in range(count)
    ]


def tree(**segments: tuple[str | None, str | None]) -> list[Row]:
    """A rule for each kind, with its parent and pool."""
    return [
        rule(kind, "exposure.kind", "equals", kind, parent=parent, pool=pool)
        for kind, (parent, pool) in segments.items()
    ]


PHONES = tree(
    mobile=(None, None), ios=("mobile", None), android=("mobile", None), iphone=("ios", None), ipad=("ios", None),
    desktop=(None, None),
)  # fmt: skip
POOLED = tree(a=("top", "alike"), b=("top", "alike"), c=("top", None), top=(None, None))

# Minima: 100 units, 50 in each variant.
MERGES = {
    "large enough": (PHONES, {"ios": 50, "desktop": 50}, {"ios": "ios", "desktop": "desktop"}),
    "too few units": (PHONES, {"desktop": 49, "mobile": 50}, {"desktop": "other", "mobile": "mobile"}),
    "too few in one variant": (PHONES, {"desktop": (200, 49), "mobile": 50}, {"desktop": "other", "mobile": "mobile"}),
    "nobody in one variant": (PHONES, {"desktop": (200, 0)}, {"desktop": "other"}),
    "small ones of one parent meet": (
        PHONES, {"ios": 25, "android": 25, "mobile": 60, "desktop": 10},
        {"ios": "other of mobile", "android": "other of mobile", "mobile": "mobile", "desktop": "other"},
    ),
    "variants add up": (PHONES, {"ios": (50, 0), "android": (0, 50)}, {"ios": "other of mobile", "android": "other of mobile"}),
    "still too small: the next parent up": (
        PHONES, {"iphone": 20, "ipad": 20, "android": 10, "desktop": 70},
        {"iphone": "other of mobile", "ipad": "other of mobile", "android": "other of mobile", "desktop": "desktop"},
    ),
    "enough below, so the next up stays apart": (
        PHONES, {"iphone": 25, "ipad": 25, "android": 49}, {"iphone": "other of ios", "ipad": "other of ios", "android": "other"},
    ),
    "at last other": (
        PHONES, {"iphone": 10, "android": 10, "desktop": 10, "strange": 70},
        {"iphone": "other", "android": "other", "desktop": "other", "strange": "other"},
    ),
    "alike ones first": (
        POOLED, {"a": 25, "b": 25, "c": 49}, {"a": "alike", "b": "alike", "c": "other"},
    ),
    "a large one stays out of its pool": (
        POOLED, {"a": 50, "b": 25, "c": 25}, {"a": "a", "b": "other of top", "c": "other of top"},
    ),
    "a pool that is too small goes on": (
        POOLED, {"a": 10, "b": 10, "c": 30}, {"a": "other of top", "b": "other of top", "c": "other of top"},
    ),
    "values go where their rule sends them": (
        [*tree(top=(None, None)), rule("*", "exposure.kind", "is_known", priority="2", parent="top")],
        {"x": 30, "y": 20, "top": 5}, {"x": "other of top", "y": "other of top", "top": "other"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rules", "sizes", "expected"), MERGES.values(), ids=MERGES)
def test_small_segments_merge(
    models: CompiledModels, rules: list[Row], sizes: dict[str, Any], expected: dict[str, str]
) -> None:
    units = crowd(**sizes)
    run(models, rules, units)
    merged = {each["exposure"]["kind"]: found(models)[each["unit_id"]] for each in units}
    assert merged == expected


def test_behaviour_after_the_exposure_is_reported_and_never_tested(models: CompiledModels) -> None:
    """Half of the units clicked: enough for every minimum, in a dimension that the variant itself may have changed."""
    units = [
        unit(f"{variant}{place}", variant, exposure={"kind": "x"}, after={"clicks": float(place % 2)}, steps={"buy": [1]})
        for variant in "ab" for place in range(200)
    ]  # fmt: skip
    run(
        models,
        [
            {**rule("x", "exposure.kind", "equals", "x"), "segment_dimension": "known"},
            {**rule("clicked", "signal_after.clicks", "above", "0"), "segment_dimension": "later"},
        ],
        units,
    )
    models.connection.execute("update int_exposures set allocation_epoch = 1, unit_type = 'user'")
    models.fill(
        int_count_strata=[],
        int_counts_checked=[],
        int_unit_timelines=[],
        int_funnel_sessions=[],
        int_funnels=[{"funnel_id": "buy", "counted_per": "unit", "counts_whom": "both"}],
        int_funnel_steps=[{"funnel_id": "buy", "step_number": 1}],
        int_unit_metrics=[
            {
                "experiment_id": "e",
                "unit_id": each["unit_id"],
                "metric_id": "spent",
                "variant_id": each["variant_id"],
            }
            | {"allocation_epoch": 1, "value": 1, "is_ripe": True}
            for each in units
        ],
    )
    models.run("int_metric_constants", "int_analysed_units", "int_variant_units", "dim_segments", "int_variant_strata",
               "agg_variant_metrics", "agg_funnel_steps",
               "int_tested_strata", "int_funnel_strata")  # fmt: skip
    everywhere = {("all", "at_exposure"), ("known", "at_exposure"), ("later", "post_exposure")}
    for table in ("unit_segments", "dim_segments", "agg_variant_metrics", "agg_funnel_steps"):
        assert set(models.rows(f"select segment_dimension, basis from {table}")) == everywhere, table
    assert models.rows("select bool_and(is_large_enough) from dim_segments") == [(True,)]
    for table in ("int_tested_strata", "int_funnel_strata"):
        assert set(models.rows(f"select segment_dimension from {table}")) == {("all",), ("known",)}, table


NAMES = "abcdef"


@st.composite
def forests(draw: st.DrawFn) -> list[Row]:
    """Segments whose parents come before them, so that there is no circle, some of them in pools."""
    parents = {name: draw(st.sampled_from([None, *NAMES[:place]])) for place, name in enumerate(NAMES)}
    return tree(
        **{name: (parent, draw(st.sampled_from([None, "p", "q"]))) for name, parent in parents.items()}
    )


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    rules=forests(),
    sizes=st.fixed_dictionaries({name: st.tuples(*[st.integers(0, 70)] * 2) for name in (*NAMES, "z")}),
)
def test_every_unit_has_one_segment_and_merging_loses_none(
    models: CompiledModels, rules: list[Row], sizes: dict[str, tuple[int, int]]
) -> None:
    units = crowd(**sizes)
    run(models, rules, units)
    assert (
        found(models).keys() == found(models, dimension="all").keys() == {each["unit_id"] for each in units}
    )
    rows = models.rows(
        "select s.segment, count(*), min(c.units) from unit_segments as s inner join ("
        "  select segment, min(units) as units from ("
        "    select s.segment, v.variant_id, count(x.unit_id) as units"
        "    from (select distinct segment from unit_segments where segment_dimension = 'd') as s"
        "    cross join dim_variants as v"
        "    left join (unit_segments as u inner join int_exposures as x using (experiment_id, unit_id))"
        "      on u.segment_dimension = 'd' and u.segment = s.segment and x.variant_id = v.variant_id"
        "    group by all) group by segment"
        ") as c on c.segment = s.segment where s.segment_dimension = 'd' group by s.segment"
    )
    for segment, count, smallest in rows:
        assert segment == "other" or (count >= 100 and smallest >= 50), (segment, count, smallest)
    # Who was large enough alone is left alone.
    for name, (first, second) in sizes.items():
        if name != "z" and min(first, second) >= 50:
            assert {found(models)[each["unit_id"]] for each in units if each["exposure"]["kind"] == name} == {
                name
            }
