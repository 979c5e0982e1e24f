"""Funnels of one experiment: who reaches each step, and where they drop off."""

from typing import Any

from microlift.report import charts, words
from microlift.report.parts import Badge, Section, facts_of
from microlift.report.read import Row
from microlift.report.sections.scope import Scope


def funnels(scope: Scope) -> list[Section]:
    """A section for each funnel, or one that says why there is none."""
    rows = scope.rows(
        "agg_funnel_steps", "segment_dimension = 'all'", None, "order by funnel_id, step_number, variant_id"
    )
    if not rows:
        missing = scope.why_empty("agg_funnel_steps")
        return [Section("funnel", "Funnel", missing=missing, term="funnel")]
    tests = scope.rows("results_funnel_steps", "segment_dimension = 'all'")
    found = dict.fromkeys(row["funnel_id"] for row in rows)
    return [
        _funnel(
            scope,
            funnel,
            f"funnel-{place}",
            [row for row in rows if row["funnel_id"] == funnel],
            [row for row in tests if row["funnel_id"] == funnel],
        )
        for place, funnel in enumerate(found, start=1)
    ]


def _funnel(scope: Scope, funnel: str, anchor: str, rows: list[Row], tests: list[Row]) -> Section:
    section = Section(anchor, f"Funnel: {words.label(funnel)}", term="funnel")
    ordered = [
        row for variant in scope.variants for row in rows if row["variant_id"] == variant["variant_id"]
    ]
    ordered.sort(key=lambda row: row["step_number"])
    section.lead = " ".join(_worst(scope, ordered, variant["variant_id"]) for variant in scope.variants)
    drawn = [
        {
            "name": f"{row['step_number']}. {row['step_name']}",
            "series": scope.variant(row["variant_id"]),
            "value": row["rate_of_units"],
            "text": f"{words.percent(row['rate_of_units'])} {scope.variant(row['variant_id'])}",
        }
        for row in ordered
        if words.is_known(row["rate_of_units"])
    ]
    if drawn:
        said = "; ".join(f"{bar['name']} {bar['text']}" for bar in drawn)
        section.figures.append(
            charts.bars(drawn, "Share of exposed units", ".0%", f"Units that reach each step. {said}.",
                        "Share of all exposed units that reach each step, by variant.")
        )  # fmt: skip
    section.tables.append(_steps(scope, ordered))
    if tests:
        section.tables.append(_tests(scope, tests))
    else:
        section.notes.append(scope.why_empty("results_funnel_steps"))
    section.notes.append(
        "Only shares of exposed units compare randomised groups: the variant changes who gets to a step, so rates from "
        "step to step are descriptions."
    )
    return section


def _worst(scope: Scope, rows: list[Row], variant_id: str) -> str:
    steps = [
        row
        for row in rows
        if row["variant_id"] == variant_id and words.is_known(row["conversion_from_previous"])
    ]
    steps = [row for row in steps if row["step_number"] > 1 and not row["is_optional"]]
    if not steps:
        return ""
    worst = min(steps, key=lambda row: row["conversion_from_previous"])
    return (
        f"“{scope.variant(variant_id)}” loses most before “{worst['step_name']}”: "
        f"{words.percent(1 - worst['conversion_from_previous'])} of those at the step before."
    )


def _steps(scope: Scope, rows: list[Row]) -> Any:
    cells: list[list[Any]] = [
        [
            f"{row['step_number']}. {row['step_name']}",
            scope.variant(row["variant_id"]),
            words.count(row["units_reached"]),
            words.percent(row["rate_of_units"]),
            words.percent(row["conversion_from_previous"]),
            words.count(row["dropped_off"]),
            _seconds(row["median_seconds_from_previous"]),
        ]
        for row in rows
    ]
    columns = [
        "Step",
        "Variant",
        "Units",
        "Of exposed units",
        "From the step before",
        "Lost before it",
        "Median time between",
    ]
    return facts_of(cells, "Steps by variant", columns, 2)


def _tests(scope: Scope, rows: list[Row]) -> Any:
    rows = sorted(rows, key=lambda row: (row["step_number"], row["variant_id"]))
    cells: list[list[Any]] = [
        [
            f"{row['step_number']}. {row['step_name']}",
            scope.variant(row["variant_id"]),
            words.lift(row),
            words.p_value(row["p_value"]),
            words.p_value(row["p_adjusted"]),
            words.probability(row["probability_better"]),
            Badge(_shown(row)),
        ]
        for row in rows
    ]
    columns = ["Step", "Variant", "Lift (interval)", "p", "Corrected p", "P(better)", "Shown"]
    return facts_of(cells, "Does the variant change who reaches the step?", columns, 2)


def _shown(row: Row) -> str:
    if not row["is_significant"]:
        return "inconclusive"
    return "better" if row["difference"] > 0 else "worse"


def _seconds(value: float | None) -> str:
    if not words.is_known(value) or value is None:
        return words.NOTHING
    if value < 90:
        return f"{value:.0f} s"
    if value < 7200:
        return f"{value / 60:.{1 if value < 600 else 0}f} min"
    return f"{value / 3600:.1f} h"
