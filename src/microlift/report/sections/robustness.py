"""Does the answer hold? Over time, under other analyses, after shrinkage, on the other half, beside other experiments."""

from dataclasses import replace
from typing import Any

from microlift.report import charts, words
from microlift.report.parts import Badge, Section, facts_of
from microlift.report.read import Row
from microlift.report.sections.scope import Scope

MOST_LINES = 30
CHECKS = {
    "day_of_week": "Day of the week",
    "calendar": "Events of the calendar",
    "exposure_day": "Day of exposure",
    "day_since_exposure": "Days since exposure",
}


def stability(scope: Scope) -> Section:
    """Whether the effect holds over days, weekdays, calendar events and time since exposure."""
    section = Section("stability", "Does the effect hold over time?", term="stability")
    order = "order by status = 'pass', metric_id, variant_id, check_name"
    rows = scope.rows("results_stability", "true", None, order)
    if not rows:
        section.missing = scope.why_empty("results_stability")
        return section
    rows.sort(key=lambda row: (row["status"] == "pass", row["metric_id"] != scope.primary))
    warned = [row for row in rows if row["status"] == "warn"]
    apart = [row for row in rows if row["is_same_verdict"] is False]
    section.lead = (
        "No change of an effect with time is shown."
        if not warned
        else "An effect changes: "
        + "; ".join(
            f"{scope.metric(row['metric_id'])} with {CHECKS.get(row['check_name'], words.label(row['check_name'])).lower()}"
            f" ({scope.variant(row['variant_id'])}, corrected p {words.p_value(row['change_p_adjusted'])})"
            for row in warned
        )
        + "."
    )
    if apart:
        said = ", ".join(dict.fromkeys(scope.metric(row["metric_id"]) for row in apart))
        section.lead += (
            f" Compared within days, the answer differs from the plain one for {said}: look closer."
        )
    # By day since exposure the parts of a conversion are summed; its unit stays that of the metric.
    kinds = {metric: row["kind"] for metric, row in scope.metrics.items()}
    cells: list[list[Any]] = [
        [
            f"{scope.metric(row['metric_id'])}: {scope.variant(row['variant_id'])}",
            CHECKS.get(row["check_name"], words.label(row["check_name"])),
            Badge(row["status"]),
            words.count(row["strata"]),
            _with_interval(row, "difference", None, kinds.get(row["metric_id"])),
            _with_interval(row, "stratified_difference", "stratified", kinds.get(row["metric_id"])),
            {None: words.NOTHING, True: "yes", False: "no"}[row["is_same_verdict"]],
            _with_interval(row, "change", "change", kinds.get(row["metric_id"])),
            words.p_value(row["change_p_value"]),
            words.p_value(row["change_p_adjusted"]),
        ]
        for row in rows
    ]
    columns = ["Effect", "Over", "Status", "Strata", "Plain difference", "Stratified difference (interval)"]
    columns += ["Same answer", "Change a day (interval)", "p of change", "Corrected p"]
    worded = {"Same answer", "Status"}
    table = facts_of(cells, "Effects over time", columns, 3)
    section.tables.append(replace(table, numeric=table.numeric - worded, folded=len(cells) > 12))
    return section


def _with_interval(row: Row, value: str, ends: str | None, kind: str | None) -> str:
    if not words.is_known(row[value]):
        return words.NOTHING
    shown = words.value_of(kind, row[value], signed=True)
    if ends is None:
        return shown
    low, high = (words.value_of(kind, row[f"{ends}_{end}"], signed=True) for end in ("low", "high"))
    return f"{shown} ({words.interval(low, high)})"


ANALYSES = {
    "main": "As declared",
    "without_contaminated_units": "Without contaminated units",
    "without_winsorising": "Without winsorising",
    "without_cuped": "Without CUPED",
    "bootstrap_percentile": "Bootstrap (percentile)",
    "bootstrap_bca": "Bootstrap (BCa)",
}


def sensitivity(scope: Scope) -> Section:
    """What other analyses than the declared one would have said."""
    section = Section("sensitivity", "Would another analysis say otherwise?", term="sensitivity")
    rows = scope.rows("results_sensitivity", "true", None, "order by metric_id, variant_id")
    if not rows:
        section.missing = scope.why_empty("results_sensitivity")
        return section
    place = list(ANALYSES)
    rows.sort(
        key=lambda row: (
            row["metric_id"] != scope.primary,
            row["metric_id"],
            scope.place(row),
            place.index(row["analysis"]) if row["analysis"] in place else len(place),
        )
    )
    declared = {_pair(row): row["excludes_no_effect"] for row in rows if row["analysis"] == "main"}
    otherwise = [row for row in rows if row["excludes_no_effect"] != declared.get(_pair(row))]
    section.lead = (
        "No: each of them agrees with the declared one on whether there is an effect."
        if not otherwise
        else "Yes: "
        + "; ".join(f"{scope.metric(row['metric_id'])}, {_analysis(row).lower()}" for row in otherwise)
        + ". The declared analysis decides; a row that says otherwise is a reason to look closer."
    )
    drawn = [
        {
            "name": _effect(scope, row),
            "series": _analysis(row),
            "estimate": row["relative_lift"],
            "low": row["relative_lift_low"],
            "high": row["relative_lift_high"],
        }
        for row in rows
        if words.is_known(row["relative_lift"]) and words.is_known(row["relative_lift_low"])
    ][: 2 * MOST_LINES]
    if len({line["series"] for line in drawn}) > 1:
        said = "; ".join(f"{_effect(scope, row)}, {_analysis(row)} {words.lift(row)}" for row in rows[:12])
        caption = "Relative lift under each analysis; uncorrected intervals."
        section.figures.append(
            charts.compared(drawn, "Relative lift", "+.0%", f"Lift by analysis. {said}.", caption)
        )
    cells: list[list[Any]] = [
        [
            _effect(scope, row),
            _analysis(row),
            words.lift(row),
            _with_interval(row, "difference", "difference", row["kind"]),
            words.p_value(row["p_value"]),
            "yes" if row["excludes_no_effect"] else "no",
            f"{words.count(row['units'])} / {words.count(row['baseline_units'])}",
            words.label(row["method"] or words.NOTHING),
        ]
        for row in rows
    ]
    columns = [
        "Effect",
        "Analysis",
        "Lift (interval)",
        "Difference (interval)",
        "Raw p",
        "Shown",
        "Units",
        "Method",
    ]
    section.tables.append(replace(facts_of(cells, "Every analysis", columns, 2), folded=len(cells) > 6))
    return section


def _pair(row: Row) -> tuple[Any, ...]:
    return row["metric_id"], row["variant_id"], row["baseline_variant_id"]


def _analysis(row: Row) -> str:
    return ANALYSES.get(row["analysis"], words.label(row["analysis"]))


def _effect(scope: Scope, row: Row) -> str:
    name = scope.metric(row["metric_id"])
    return name if len(scope.variants) <= 2 else f"{name}: {scope.variant(row['variant_id'])}"


# The raw interval is that of the forest plot before.
SHRUNK = [
    ("raw", "relative_lift", "relative_lift", "relative_lift"),
    ("shrunk", "shrunk_relative_lift", "shrunk_relative_lift_low", "shrunk_relative_lift_high"),
]


def shrinkage(scope: Scope) -> Section:
    """What is left of each segment's effect once it is known that one looked for it."""
    section = Section("shrinkage", "What is left after shrinkage?", term="shrinkage")
    order = "order by segment_dimension = 'all' desc, variant_id, segment_dimension, segment"
    rows = scope.rows("results_segments_shrunk", "metric_id = ?", [scope.primary], order)
    if not rows:
        section.missing = scope.why_empty("results_segments_shrunk")
        return section
    section.lead = (
        "Whoever looks at many segments finds some that stand out by chance. Each effect is drawn to what the segments have in "
        "common, the more the less it is known by itself. Of a segment that caught your eye, believe the shrunk value."
    )
    for variant in dict.fromkeys(row["variant_id"] for row in rows):
        of_variant = [row for row in rows if row["variant_id"] == variant]
        drawn = [
            {"name": _place(row), "series": series, "estimate": row[lift], "low": row[low], "high": row[high]}
            for row in of_variant[:MOST_LINES]
            for series, lift, low, high in SHRUNK
            if words.is_known(row[lift])
        ]
        if drawn:
            said = "; ".join(
                _kept(row) for row in of_variant[:12] if words.is_known(row["shrunk_relative_lift"])
            )
            section.figures.append(
                charts.compared(drawn, "Relative lift", "+.0%", f"Raw and shrunk lifts of {scope.variant(variant)}. {said}.",
                                f"{scope.variant(variant)}: relative lift, raw (a point) and shrunk (with interval). "
                                "Raw values beyond the axis are in the table.")
            )  # fmt: skip
    cells: list[list[Any]] = [
        [
            f"{_place(row)}: {scope.variant(row['variant_id'])}",
            words.percent(row["relative_lift"], signed=True),
            words.lift(row, "shrunk_relative_lift"),
            words.percent(row["shrinkage"]),
            words.percent(row["conditional_relative_lift"], signed=True),
            words.label(row["method"] or words.NOTHING),
            row["note"] or words.NOTHING,
        ]
        for row in rows
    ]
    columns = [
        "Segment",
        "Raw lift",
        "Shrunk lift (interval)",
        "Shrunk by",
        "Lift given that it was significant",
    ]
    columns += ["Method", "Note"]
    table = facts_of(cells, f"Shrunk effects: {scope.metric(scope.primary)}", columns)
    section.tables.append(replace(table, numeric=table.numeric - {"Note"}, folded=len(cells) > 6))
    return section


def _place(row: Row) -> str:
    return (
        "all units" if row["segment_dimension"] == "all" else f"{row['segment_dimension']}: {row['segment']}"
    )


def _kept(row: Row) -> str:
    raw, shrunk = (words.percent(row[f"{name}relative_lift"], signed=True) for name in ("", "shrunk_"))
    return f"{_place(row)} {raw}, shrunk {shrunk}"


def replication(scope: Scope) -> Section:
    """Whether the confirmation half shows what the exploration half found."""
    section = Section("replication", "Does the other half of the units show it, too?", term="replication")
    order = "order by is_selected desc, exploration_p_value nulls last, metric_id, segment_dimension, segment"
    rows = scope.rows("results_replication", "true", None, order)
    if not rows:
        section.missing = scope.why_empty("results_replication")
        return section
    selected = [row for row in rows if row["is_selected"]]
    replicated = sum(bool(row["is_replicated"]) for row in selected)
    tests = "1 comparison" if len(rows) == 1 else f"{len(rows)} comparisons"
    section.lead = (
        f"One half of the units explored {tests} and found nothing to retest. With half of the units that takes a "
        "large effect; it is no proof that there is none."
        if not selected
        else f"One half of the units explored {tests} and found {len(selected)}; the other half shows {replicated} of them. "
        "Its values had no part in the selection, so they are not exaggerated."
    )
    drawn = [
        {"name": _found(scope, row), "series": half, "estimate": row[f"{half}_difference"],
         "low": row[f"{half}_difference_low"], "high": row[f"{half}_difference_high"]}
        for row in selected[:MOST_LINES] if row["kind"] in words.PERCENT_KINDS
        for half in ("exploration", "confirmation")
        if words.is_known(row[f"{half}_difference"])
    ]  # fmt: skip
    if drawn:
        said = "; ".join(f"{_found(scope, row)} {row['agreement']}" for row in selected[:12])
        caption = "Difference in either half of the units, of what the exploration half found."
        section.figures.append(charts.compared(drawn, "Difference", "+.1%", f"Both halves. {said}.", caption))
    cells: list[list[Any]] = [
        [
            _found(scope, row),
            _with_interval(row, "exploration_difference", "exploration_difference", row["kind"]),
            words.p_value(row["exploration_p_adjusted"]),
            _with_interval(row, "confirmation_difference", "confirmation_difference", row["kind"]),
            words.p_value(row["confirmation_p_adjusted"]),
            row["agreement"],
        ]
        for row in (selected or rows[:10])
    ]
    columns = [
        "Comparison",
        "Exploration half (interval)",
        "Corrected p",
        "Confirmation half (interval)",
        "Its corrected p",
    ]
    caption = (
        "What was found and retested" if selected else "The ten smallest p-values of the exploration half"
    )
    table = facts_of(cells, caption, [*columns, "Agreement"])
    section.tables.append(replace(table, numeric=table.numeric - {"Agreement"}, folded=not selected))
    return section


def _found(scope: Scope, row: Row) -> str:
    return f"{_effect(scope, row)}, {_place(row)}"


def overlaps(scope: Scope) -> Section:
    """Whether the effect depends on the variant of another experiment that the same units were in."""
    section = Section("overlaps", "Do other experiments interfere?", term="overlap")
    where = "term = 'interaction'"
    order = "order by p_value nulls last, other_experiment_id, metric_id"
    rows = scope.rows("results_experiment_interactions", where, None, order)
    if not rows:
        section.missing = scope.why_empty("results_experiment_interactions")
        return section
    shown = [row for row in rows if row["is_significant"]]
    section.lead = (
        "No interaction with another experiment on the same units is shown after correction."
        if not shown
        else "The effect depends on "
        + "; ".join(f"{row['other_experiment_id']} ({scope.metric(row['metric_id'])})" for row in shown)
        + ": read it within each variant of the other."
    )
    names = {row["experiment_id"]: row["experiment_name"] for row in scope.tables.rows("dim_experiments")}
    cells: list[list[Any]] = [
        [
            names.get(row["other_experiment_id"]) or row["other_experiment_id"],
            scope.metric(row["metric_id"]),
            words.count(row["shared_units"]),
            words.percent(row["other_first_share"]),
            words.p_value(row["assignment_p_value"]),
            words.p_value(row["p_value"]),
            words.p_value(row["p_adjusted"]),
            "yes" if row["is_significant"] else "no",
        ]
        for row in rows
    ]
    columns = [
        "Other experiment",
        "Metric",
        "Units in both",
        "Saw the other first",
        "p: assigned independently",
    ]
    columns += ["p of interaction", "Corrected p", "Shown"]
    table = facts_of(cells, "Experiments on the same units", columns, 2)
    section.tables.append(replace(table, folded=len(cells) > 8))
    return section
