"""The first page: every experiment with its verdict, to be searched, filtered and sorted."""

from typing import Any

from microlift.report import words
from microlift.report.parts import Badge, Fact, Section
from microlift.report.read import Row, Tables
from microlift.report.sections import quality
from microlift.report.sections.monitoring import Watched, worst_states

ALARMS = {
    "harm": "does harm",
    "gain vanished": "has lost its gain",
    "gain smaller": "has a smaller gain than it was shipped with",
}
ORDER = ["cannot be trusted", "ship", "keep running", "stop"]


def overview(
    tables: Tables, experiments: list[Row], decisions: dict[str, Row], names: dict[str, str]
) -> dict[str, Any]:
    """What the template of the first page needs."""
    metrics = {row["metric_id"]: row["metric_name"] for row in tables.rows("dim_metrics")}
    health = _health(tables)
    units = _units(tables)
    states = worst_states(tables)
    lines = [
        _line(row, decisions.get(key), names[key], metrics, health, units, states.get(key))
        for row in experiments
        for key in [row["experiment_id"]]
    ]
    counts = {verdict: sum(line["badge"].text == verdict for line in lines) for verdict in ORDER}
    known = {line["badge"].text for line in lines}
    notes = [
        tables.why_empty(table)
        for table in ("results_decisions", "results_health")
        if not tables.rows(table, tail="limit 1")
    ]
    return {
        "title": "Experiments",
        "lines": lines,
        "alarms": [
            line for line in lines if line["since_shipping"] and line["since_shipping"].text in ALARMS
        ],
        "counts": [(Badge(verdict), counts[verdict]) for verdict in ORDER],
        "verdicts": [verdict for verdict in [*ORDER, "not decided"] if verdict in known],
        "notes": notes,
        "facts": _account(tables),
        "alarm_words": ALARMS,
    }


def _line(
    row: Row, decision: Row | None, page: str, metrics: Row, health: Row, units: Row, watched: Watched | None
) -> Row:
    verdict = decision["verdict"] if decision else "not decided"
    found = decision or dict.fromkeys(
        [
            "relative_lift",
            "relative_lift_low",
            "relative_lift_high",
            "p_adjusted",
            "scope",
            "metric_id",
            "evidence",
        ]
    )
    failing = health.get(row["experiment_id"])
    return {
        "name": row["experiment_name"] or row["experiment_id"],
        "id": row["experiment_id"],
        "href": f"experiments/{page}",
        "badge": Badge(verdict),
        "rank": ORDER.index(verdict) if verdict in ORDER else len(ORDER),
        "scope": found["scope"] if found["scope"] not in (None, "no one", "everyone") else "",
        "metric": metrics.get(found["metric_id"] or "") or found["metric_id"] or "",
        "lift": words.percent(found["relative_lift"], signed=True),
        "interval": words.interval(
            *(words.percent(found[f"relative_lift_{end}"], signed=True) for end in ("low", "high"))
        ),
        "lift_value": found["relative_lift"] if words.is_known(found["relative_lift"]) else "",
        "strip": _strip(found),
        "p": words.p_value(found["p_adjusted"]),
        "p_value": found["p_adjusted"] if words.is_known(found["p_adjusted"]) else "",
        "units": words.count(units.get(row["experiment_id"])),
        "units_value": units.get(row["experiment_id"]) or 0,
        "health": Badge("pass") if failing == 0 else Badge("fail") if failing else Badge("unknown"),
        "evidence": words.prose(found["evidence"] or "no decision yet"),
        "since_shipping": Badge(watched.state) if watched else None,
        "is_causal": bool(watched and watched.last["is_causal"]),
        "ends": words.moment(row["ends_at"]) if row["ends_at"] else "open",
        "ends_value": row["ends_at"].isoformat() if row["ends_at"] else "9999",
    }


def _strip(row: Row) -> Row | None:
    """The interval as a strip from −100% to +100% (0 to 120 wide), for the eye; the numbers stand beside it."""
    ends = [row["relative_lift_low"], row["relative_lift"], row["relative_lift_high"]]
    if not words.is_known(ends[1]):
        return None
    low, middle, high = (
        60 + 60 * min(1.0, max(-1.0, edge if value is None else value))
        for value, edge in zip(ends, (-1.0, 0.0, 1.0), strict=True)
    )
    return {"low": round(low, 1), "middle": round(middle, 1), "width": round(max(2.0, high - low), 1)}


def _health(tables: Tables) -> dict[str, int]:
    if "results_health" not in tables:
        return {}
    rows = tables.query(
        f"select experiment_id, count(*) filter (status = 'fail') as n from {tables.schema}.results_health group by all"
    )
    return {row["experiment_id"]: row["n"] for row in rows}


def _units(tables: Tables) -> dict[str, int]:
    """Units of the metric that has most of them, over all variants."""
    if "agg_variant_metrics" not in tables:
        return {}
    rows = tables.query(
        f"select experiment_id, max(units) as units from (select experiment_id, metric_id, sum(units) as units"
        f" from {tables.schema}.agg_variant_metrics where segment_dimension = 'all' group by all) group by all"
    )
    return {row["experiment_id"]: int(row["units"]) for row in rows}


def _account(tables: Tables) -> list[Fact]:
    failing: list[Section] = quality.expectations(tables)
    return [Fact("Data quality", failing[0].missing or failing[0].lead, "")]
