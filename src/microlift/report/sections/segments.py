"""Where the effect differs: segments side by side, interactions, factors."""

from dataclasses import replace
from typing import Any

from microlift.report import charts, words
from microlift.report.parts import Badge, Section, Table, facts_of
from microlift.report.read import Row
from microlift.report.sections.effects import forest_line
from microlift.report.sections.scope import Scope, outcome

MOST_LINES = 60


def forest(scope: Scope) -> Section:
    """The primary metric's lift in each segment."""
    section = Section("segments", "Effect in each segment", term="segment")
    rows = [
        row
        for row in scope.comparisons
        if row["metric_id"] == scope.primary and row["segment_dimension"] != "all"
    ]
    if not rows:
        section.missing = (
            f"No segment of this experiment is large enough to be compared. {scope.why_empty('results_comparisons')}"
            if not scope.comparisons
            else "No segment of this experiment is large enough to be compared."
        )
        return section
    better = sum(outcome(row) != "no difference shown" for row in rows)
    tests = "1 comparison" if len(rows) == 1 else f"{len(rows)} comparisons"
    section.lead = (
        f"{scope.metric(scope.primary)} in segments known at or before the exposure: {tests}, of which {better} "
        f"{'shows' if better == 1 else 'show'} a difference after correction. A segment where nothing is shown is not "
        "one where nothing happens: whether segments differ is the question of the next part."
    )
    for variant in dict.fromkeys(row["variant_id"] for row in rows):
        of_variant = [row for row in rows if row["variant_id"] == variant]
        lines = [line for row in of_variant if (line := forest_line(row, _place(row)))][:MOST_LINES]
        if lines:
            said = "; ".join(f"{line['name']} {line['words']}, {line['shown']}" for line in lines[:15])
            section.figures.append(
                charts.forest(lines, "Relative lift", True, f"Lift of {scope.variant(variant)} by segment. {said}.",
                              f"{scope.variant(variant)}: relative lift by segment. Far ends of wide intervals are cut, and "
                              "segments whose lift lies beyond the axis left out; the table has them.")
            )  # fmt: skip
        section.tables.append(_segment_table(scope, variant, of_variant))
    return section


def _segment_table(scope: Scope, variant: str, rows: list[Row]) -> Table:
    cells: list[list[Any]] = [
        [
            _place(row),
            f"{words.value_of(row['kind'], row['estimate'])} against {words.value_of(row['kind'], row['baseline_estimate'])}",
            words.lift(row),
            words.p_value(row["p_adjusted"]),
            Badge(row["verdict"] or "inconclusive"),
            words.probability(row["probability_better"]),
            words.p_value(row["p_value"]),
            f"{words.count(row['units'])} / {words.count(row['baseline_units'])}",
        ]
        for row in rows
    ]
    columns = ["Segment", "Values", "Lift (interval)", "Corrected p", "Shown", "P(better)", "Raw p", "Units"]
    table = facts_of(cells, f"{scope.variant(variant)} by segment: {scope.metric(scope.primary)}", columns)
    return replace(table, folded=len(cells) > 12)


def _place(row: Row) -> str:
    return f"{row['segment_dimension']}: {row['segment']}"


def interactions(scope: Scope) -> Section:
    """Whether the effect depends on the segment, with a plot of the dimension that says so most clearly."""
    section = Section("interactions", "Does the effect depend on the segment?", term="interaction")
    rows = scope.rows(
        "results_interactions", "true", None, "order by p_value nulls last, segment_dimension, metric_id"
    )
    tests = [row for row in rows if row["term"] == "interaction"]
    if not tests:
        section.missing = scope.why_empty("results_interactions")
        return section
    shown = [row for row in tests if row["is_significant"]]
    section.lead = (
        "It does, by " + " and ".join(dict.fromkeys(_dimension(scope, row) for row in shown)) + "."
        if shown
        else "No interaction is shown after correction; that is no proof that segments are alike."
    )
    first = next((row for row in tests if row["metric_id"] == scope.primary), tests[0])
    section.figures += _plot(scope, first)
    cells: list[list[Any]] = [
        [
            row["segment_dimension"],
            scope.metric(row["metric_id"]),
            words.count(row["segments"]),
            row["scale"],
            words.number(row["statistic"]),
            words.number(row["degrees_of_freedom"]),
            words.p_value(row["p_value"]),
            words.p_value(row["p_adjusted"]),
            "confirmatory" if row["is_confirmatory"] else "exploratory",
            "yes" if row["is_significant"] else "no",
        ]
        for row in tests
    ]
    columns = [
        "Dimension",
        "Metric",
        "Segments",
        "Scale",
        "Statistic",
        "Degrees of freedom",
        "p",
        "Corrected p",
        "Kind",
        "Shown",
    ]
    section.tables.append(facts_of(cells, "Tests of interaction", columns, 2))
    coefficients = [row for row in rows if row["term"] != "interaction" and row["metric_id"] == scope.primary]
    if coefficients:
        cells = [
            [
                f"{row['segment_dimension']}: {row['segment']} against {row['baseline_segment']}",
                scope.variant(row["variant_id"]),
                words.number(row["estimate"], signed=True),
                words.interval(
                    words.number(row["interval_low"], True), words.number(row["interval_high"], True)
                ),
                row["scale"],
                words.p_value(row["p_adjusted"]),
            ]
            for row in coefficients
        ]
        columns = ["Segments", "Variant", "Coefficient", "Interval", "Scale", "Corrected p"]
        table = facts_of(cells, f"Coefficients: {scope.metric(scope.primary)}", columns, 2)
        section.tables.append(replace(table, folded=True))
    return section


def _dimension(scope: Scope, row: Row) -> str:
    return f"{row['segment_dimension']} ({scope.metric(row['metric_id'])}, corrected p {words.p_value(row['p_adjusted'])})"


def _plot(scope: Scope, test: Row) -> list[Any]:
    """Value of each variant in each segment: lines that are not parallel are an interaction."""
    rows = [
        row
        for row in scope.comparisons
        if row["metric_id"] == test["metric_id"] and row["segment_dimension"] == test["segment_dimension"]
    ]
    baseline = [
        {
            "x": row["segment"],
            "y": row["baseline_estimate"],
            "series": scope.variant(row["baseline_variant_id"]),
        }
        for row in rows
    ]
    variant = [
        {"x": row["segment"], "y": row["estimate"], "series": scope.variant(row["variant_id"])}
        for row in rows
    ]
    points = list({(point["series"], point["x"]): point for point in baseline + variant}.values())
    points = [point for point in points if words.is_known(point["y"])]
    if not points:
        return []
    kind, name = test["kind"], scope.metric(test["metric_id"])
    said = "; ".join(
        f"{point['series']} in {point['x']} {words.value_of(kind, point['y'])}" for point in points[:20]
    )
    form = ".1%" if kind in words.PERCENT_KINDS else "~g"
    caption = f"{name} by {test['segment_dimension']}: lines that are not parallel are an interaction."
    return [
        charts.lines(
            points,
            test["segment_dimension"],
            name,
            form,
            f"{name} by {test['segment_dimension']}. {said}.",
            caption,
            False,
        )
    ]


def factors(scope: Scope) -> Section | None:
    """Main effects and interactions of a factorial experiment; None where it has no factors."""
    rows = scope.rows("results_factorial_effects", "true", None, "order by factors, effect, metric_id")
    has_factors = any(row.get("factors") for row in scope.variants)
    if not rows and not has_factors:
        return None
    section = Section("factors", "Effects of the factors", term="factorial")
    if not rows:
        section.missing = scope.why_empty("results_factorial_effects")
        return section
    section.lead = (
        "Each factor’s own effect on the metric, over all levels of the others, and what they do together."
    )
    lines = [
        {
            "name": _effect(row),
            "estimate": row["estimate"],
            "low": row["interval_low"],
            "high": row["interval_high"],
            "shown": ("better" if row["estimate"] > 0 else "worse")
            if row["is_significant"]
            else "no difference shown",
        }
        for row in rows
        if words.is_known(row["estimate"])
    ]
    kinds = {metric: row["kind"] for metric, row in scope.metrics.items()}
    if lines:
        kind = kinds.get(rows[0]["metric_id"])
        unit = (
            "Effect, in percentage points" if kind in words.PERCENT_KINDS else "Effect, in the metric’s unit"
        )
        said = "; ".join(
            f"{_effect(row)} {words.value_of(kinds.get(row['metric_id']), row['estimate'], signed=True)}, "
            f"corrected p {words.p_value(row['p_adjusted'])}"
            for row in rows
        )
        section.figures.append(
            charts.forest(lines, unit, kind in words.PERCENT_KINDS, f"Factorial effects. {said}.",
                          "Effects of the factors with interval; an effect of two factors is their interaction.")
        )  # fmt: skip
    cells: list[list[Any]] = [
        [
            _effect(row),
            scope.metric(row["metric_id"]),
            row["high_levels"] or words.NOTHING,
            words.value_of(kinds.get(row["metric_id"]), row["estimate"], signed=True),
            words.interval(
                *(
                    words.value_of(kinds.get(row["metric_id"]), row[f"interval_{end}"], signed=True)
                    for end in ("low", "high")
                )
            ),
            words.p_value(row["p_value"]),
            words.p_value(row["p_adjusted"]),
            "yes" if row["is_significant"] else "no",
        ]
        for row in rows
    ]
    columns = ["Effect", "Metric", "High level", "Estimate", "Interval", "p", "Corrected p", "Significant"]
    section.tables.append(facts_of(cells, "Factorial effects", columns, 3))
    section.notes += sorted({row["note"] for row in rows if row["note"]})
    return section


def _effect(row: Row) -> str:
    return str(row["effect"]).replace(":", " × ")


def side_by_side(scope: Scope) -> Section:
    """Every metric of every segment and variant, those fixed after the exposure included."""
    section = Section("kpis", "Key figures of the segments, side by side", term="basis")
    rows = scope.rows(
        "agg_variant_metrics",
        "true",
        None,
        "order by segment_dimension = 'all' desc, segment_dimension, segment",
    )
    if not rows:
        section.missing = scope.why_empty("agg_variant_metrics")
        return section
    section.lead = "What was counted, for each segment and variant. Segments that follow from behaviour after the exposure are "
    section.lead += (
        "marked: the variant itself chooses who is in them, so they are described and never compared."
    )
    metrics = [metric for metric in scope.metrics if any(row["metric_id"] == metric for row in rows)]
    metrics = sorted(metrics, key=lambda metric: metric != scope.primary)
    for metric in metrics:
        cells: dict[tuple[str, str], list[Any]] = {}
        variants = [row["variant_id"] for row in scope.variants]
        for row in (row for row in rows if row["metric_id"] == metric):
            known = {
                "post_exposure": "after the exposure",
                "pre_exposure": "before",
                "at_exposure": "at the exposure",
            }
            place = "all units" if row["segment_dimension"] == "all" else _place(row)
            line = cells.setdefault(
                (row["segment_dimension"], row["segment"]),
                [place, known.get(row["basis"], "–"), *["–"] * (2 * len(variants))],
            )
            if row["variant_id"] in variants:
                at = 2 + 2 * variants.index(row["variant_id"])
                line[at] = words.count(row["units"])
                line[at + 1] = words.value_of(row["kind"], row["mean"])
        names = [f"{scope.variant(variant)}: {what}" for variant in variants for what in ("units", "value")]
        table = facts_of(list(cells.values()), scope.metric(metric), ["Segment", "Known", *names], 2)
        section.tables.append(replace(table, folded=True))
    return section
