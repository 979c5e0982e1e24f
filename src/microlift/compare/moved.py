"""Which results moved between two builds, and why."""

import json
import math
from dataclasses import dataclass, field
from typing import Any

from microlift.compare.builds import BuildData, Row

# What names a row of each table that is compared, and what of it readers act on.
TABLES = {
    "results_decisions": (
        ("experiment_id",),
        ("verdict", "scope", "variant_id", "relative_lift", "p_adjusted"),
    ),
    "results_comparisons": (
        ("experiment_id", "segment_dimension", "segment", "metric_id", "variant_id", "baseline_variant_id"),
        ("verdict", "relative_lift", "difference", "p_adjusted"),
    ),
    "results_health": (("experiment_id", "check_name"), ("status", "observed")),
}
COUNTS = ("units", "baseline_units", "successes", "estimate", "baseline_estimate", "observed")
METHODS = ("method", "confidence", "correction", "tests_in_family", "posterior")


@dataclass(frozen=True)
class Move:
    """A result that differs: its table and key, what it was and is (None: not there), and why, in words."""

    table: str
    key: dict[str, Any]
    before: Row | None
    after: Row | None
    reasons: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Difference:
    """Two builds side by side: moved results, changed rows of definitions (added, removed), rows by table."""

    before: str
    after: str
    moves: list[Move]
    added: list[tuple[str, str]]
    removed: list[tuple[str, str]]
    rows: dict[str, tuple[int | None, int | None]]


def difference(before: BuildData, after: BuildData, tolerance: float = 1e-9) -> Difference:
    """Compare the results, definitions and row counts of two builds.

    Numbers that differ by less than `tolerance`, relatively, are the same. Raises ValueError for a negative tolerance.
    """
    if not tolerance >= 0:
        raise ValueError(f"tolerance is {tolerance}: give 0 or more")
    old, new = before.definitions(), after.definitions()
    changed = old ^ new
    moves = [move for table in TABLES for move in _moves(table, before, after, changed, tolerance)]
    counts = {
        table: (_count(before, table), _count(after, table))
        for table in sorted(before.columns.keys() | after.columns.keys())
    }
    return Difference(
        before.name,
        after.name,
        moves,
        sorted(new - old),
        sorted(old - new),
        {table: pair for table, pair in counts.items() if pair[0] != pair[1]},
    )


def _moves(
    table: str, before: BuildData, after: BuildData, changed: set[tuple[str, str]], tolerance: float
) -> list[Move]:
    key, shown = TABLES[table]
    old, new = (
        {tuple(row[name] for name in key): row for row in build.rows(table)} for build in (before, after)
    )
    moves = []
    for name in sorted(old.keys() | new.keys(), key=str):
        was, now = old.get(name), new.get(name)
        if was and now and not any(_differ(was.get(column), now.get(column), tolerance) for column in shown):
            continue
        named = dict(zip(key, name, strict=True))
        moves.append(Move(table, named, was, now, _reasons(named, was, now, changed, tolerance)))
    return moves


def _reasons(
    key: dict[str, Any], was: Row | None, now: Row | None, changed: set[tuple[str, str]], tolerance: float
) -> list[str]:
    reasons = []
    tables = sorted({table for table, row in changed if _speaks_of(json.loads(row), key, now or was or {})})
    if tables:
        reasons.append("definitions changed: " + ", ".join(tables))
    if was and now:
        if bool(was.get("is_suppressed")) != bool(now.get("is_suppressed")):
            return [*reasons, "suppressed as a small cell in one of the two"]
        for what, names in (("data", COUNTS), ("method", METHODS)):
            moved = [
                f"{name} {show_value(was.get(name))} → {show_value(now.get(name))}"
                for name in names
                if _differ(was.get(name), now.get(name), tolerance)
            ]
            if moved:
                reasons.append(f"{what} changed: {', '.join(moved)}")
        return reasons or [
            "neither its counts, its method nor a definition changed: code, a setting, or other results"
        ]
    return reasons or ["new: its cell had no data before" if now else "gone: its cell has no data any more"]


def _speaks_of(row: Row, key: dict[str, Any], result: Row) -> bool:
    """Whether a row of a definition can bear on a result: no name in it is another's."""
    metric = key.get("metric_id") or result.get("metric_id")
    asked = {
        "experiment_id": key.get("experiment_id"),
        "metric_id": metric,
        "segment_dimension": key.get("segment_dimension"),
    }
    return all(row.get(name) in (None, "", "*", value) for name, value in asked.items() if value)


def _differ(was: Any, now: Any, tolerance: float) -> bool:
    if isinstance(was, float) and isinstance(now, float):
        return not math.isclose(was, now, rel_tol=tolerance, abs_tol=tolerance)
    return bool(was != now)


def show_value(value: Any) -> str:
    if value is None:
        return "–"
    return (
        f"{value:.4g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
    )


def _count(build: BuildData, table: str) -> int | None:
    if table not in build.columns:
        return None
    return int(build.connection.execute(f'select count(*) from "{table}"').fetchall()[0][0])
