"""An experiment's course: its decision, its health, its looks, the power that it has left."""

from typing import Any

from microlift.report import charts, words
from microlift.report.parts import Badge, Fact, Section, Table, facts_of
from microlift.report.read import Row
from microlift.report.sections.scope import Scope

MOST_ROWS = 60


def key_figures(scope: Scope, decision: Row | None) -> list[Fact]:
    """The numbers that stand under the verdict."""
    if decision is None:
        return []
    row = next(
        (
            row
            for row in scope.overall
            if row["metric_id"] == decision["metric_id"] and row["variant_id"] == decision["variant_id"]
        ),
        None,
    )
    facts = []
    if words.is_known(decision["relative_lift"]):
        ends = (words.percent(decision[f"relative_lift_{end}"], signed=True) for end in ("low", "high"))
        where = "" if decision["scope"] in ("everyone", "no one") else f"; {decision['scope']}"
        facts.append(
            Fact(
                f"Lift of {scope.metric(decision['metric_id'])}",
                words.percent(decision["relative_lift"], signed=True),
                f"interval {words.interval(*ends)}{where}",
            )
        )
    if words.is_known(decision["p_adjusted"]):
        facts.append(Fact("Corrected p", words.p_value(decision["p_adjusted"]), "of the test that decides"))
    if row and words.is_known(row["probability_better"]):
        facts.append(Fact("P(better)", words.probability(row["probability_better"]), "over all units"))
    units = sum(
        row["units"]
        for row in scope.rows(
            "agg_variant_metrics", "segment_dimension = 'all' and metric_id = ?", [decision["metric_id"]]
        )
    )
    if units:
        facts.append(Fact("Units", words.count(units), "whose metric window has closed"))
    return facts


def decision_in_words(scope: Scope, decision: Row | None) -> list[str]:
    """The decision as sentences: what to do, for whom, on which evidence."""
    if decision is None:
        return [scope.why_empty("results_decisions")]
    variant = scope.variant(decision["variant_id"])
    to_do = {
        "ship": f"Ship “{variant}”"
        + ("" if decision["scope"] == "everyone" else f", to {decision['scope']}"),
        "stop": f"Stop: “{variant}” need not be shipped",
        "keep running": "Keep running: the data do not decide yet",
        "cannot be trusted": "Do not decide on these numbers: the experiment is not healthy",
    }.get(decision["verdict"], words.label(decision["verdict"]))
    return [f"{to_do}.", f"Why: {words.prose(decision['evidence'])}."]


def health(scope: Scope) -> Section:
    """Whether the numbers may be trusted at all."""
    section = Section("health", "Health", term="srm")
    rows = scope.rows("results_health", "true", None, "order by status = 'pass', check_name")
    if not rows:
        section.missing = scope.why_empty("results_health")
        return section
    failing = [row for row in rows if row["status"] not in ("pass", "passed")]
    section.lead = (
        "All checks pass."
        if not failing
        else "Not all is well: "
        + "; ".join(f"{words.label(row['check_name'])} ({row['detail']})" for row in failing)
        + "."
    )
    cells: list[list[Any]] = [
        [
            words.label(row["check_name"]),
            Badge(row["status"]),
            row["detail"] or words.NOTHING,
            words.p_value(row["p_value"]),
            words.number(row["threshold"]),
            words.label(row["method"] or words.NOTHING),
        ]
        for row in rows
    ]
    columns = ["Check", "Status", "What was seen", "p", "Threshold", "Method"]
    section.tables.append(Table("Health checks", columns, cells, frozenset({"p", "Threshold"})))
    return section


def plan(scope: Scope) -> Section:
    """What the analysis plan says, what has come of it, and what of it was changed."""
    section = Section("plan", "The plan, and what has come of it", term="plan")
    rows = scope.rows("results_hypotheses", "true", None, "order by family, hypothesis_id, variant_id")
    if not rows:
        section.missing = scope.why_empty("results_hypotheses")
        return section
    changes = scope.rows("quality_plan_changes", "true", None, "order by changed_at, hypothesis_id, field")
    section.lead = (
        "The plan stands as it was at the first look."
        if not changes
        else f"The plan was changed after the first look: {len(changes)} {'entry' if len(changes) == 1 else 'entries'}, below."
    )
    cells: list[list[Any]] = [
        [
            f"{scope.metric(row['metric_id'])}: {scope.variant(row['variant_id'])}",
            _planned(row),
            words.label(row["stopping_rule"])
            + (f", {row['planned_looks']} looks" if row["planned_looks"] else ""),
            row["state"],
            Badge(row["verdict"] or "inconclusive"),
            words.lift(row),
            words.p_value(row["p_value"]),
            words.p_value(row["p_adjusted"]),
            f"{row['family']} ({words.label(row['correction'])})",
        ]
        for row in rows
    ]
    columns = [
        "Hypothesis",
        "Says",
        "Stopping rule",
        "State",
        "Verdict",
        "Lift (interval)",
        "p",
        "Corrected p",
        "Family",
    ]
    section.tables.append(
        Table("Planned tests", columns, cells, frozenset({"Lift (interval)", "p", "Corrected p"}))
    )
    if changes:
        cells = [
            [
                row["hypothesis_id"],
                words.label(row["field"]),
                row["value_before"] or words.NOTHING,
                row["value"] or words.NOTHING,
                words.moment(row["changed_at"]),
            ]
            for row in changes
        ]
        columns = ["Hypothesis", "What", "Before", "Now", "Seen at"]
        section.tables.append(Table("Changes after the first look", columns, cells))
    section.notes += sorted({row["note"] for row in rows if row["note"]})
    return section


def _planned(row: Row) -> str:
    says = {"increase": "it rises", "decrease": "it falls"}.get(row["direction"], "it changes")
    if words.is_known(row["non_inferiority_lift"]):
        says += f", or at least loses less than {words.percent(row['non_inferiority_lift'])}"
    if words.is_known(row["smallest_lift"]):
        says += f"; {words.percent(row['smallest_lift'])} is of interest"
    return says


def looks(scope: Scope) -> Section:
    """The primary metric over the looks, with sequential boundaries where they were computed."""
    section = Section("looks", "Over time", term="sequential")
    rows = _by_look(scope)
    if not rows:
        section.missing = scope.why_empty("agg_variant_metrics_by_look")
        return section
    metric, kind = scope.metric(scope.primary), rows[0]["kind"]
    points = [
        {"x": row["look_at"].isoformat(), "y": row["mean"], "series": scope.variant(row["variant_id"])}
        for row in sorted(rows, key=scope.place)
        if words.is_known(row["mean"])
    ]
    last = {point["series"]: point for point in points}
    said = "; ".join(f"{name} {words.value_of(kind, point['y'])}" for name, point in last.items())
    section.lead = f"{metric} as it was known at each look, over all units whose window had closed. At the last look: {said}."
    form = ".1%" if kind in words.PERCENT_KINDS else "~g"
    section.figures.append(
        charts.lines(
            points,
            "Look",
            metric,
            form,
            f"{metric} over looks. At the last one: {said}.",
            f"{metric} of each variant, cumulative.",
        )
    )
    sequential = scope.rows("results_sequential", "true", None, "order by look, rule, variant_id")
    if sequential:
        _boundaries(scope, section, sequential)
    else:
        section.notes.append(
            f"{scope.why_empty('results_sequential')} Without boundaries the curves are for watching only: "
            "reading them again and again until they look good makes false winners."
        )
    return section


def _by_look(scope: Scope) -> list[Row]:
    """The last look of each day, overall, of the primary metric."""
    if "agg_variant_metrics_by_look" not in scope.tables:
        return []
    return scope.tables.query(
        f"select * from {scope.tables.schema}.agg_variant_metrics_by_look"
        " where experiment_id = ? and segment_dimension = 'all' and metric_id = ?"
        " qualify row_number() over (partition by variant_id, cast(look_at as date) order by look_at desc) = 1"
        " order by look_at, variant_id",
        [scope.id, scope.primary],
    )


def _boundaries(scope: Scope, section: Section, rows: list[Row]) -> None:
    """The statistic against its boundary under the declared rule, and where each rule would have stopped."""
    rows = [row for row in rows if row["metric_id"] == scope.primary]
    declared = [row for row in rows if row["is_declared"]]
    pair = declared[0]["variant_id"] if declared else None
    mine = [row for row in declared if row["variant_id"] == pair]
    mine = [row for row in mine if row["rule"] == mine[0]["rule"]]
    if not mine:
        section.notes.append(
            "No stopping rule is declared: the experiment is read once, at its planned end. The table shows what "
            "stopping by a naive rule would cost in errors."
        )
    points: list[Row] = []
    for row in mine:
        at = row["look_at"].isoformat()
        edge = row["boundary"]
        named = [
            ("Statistic z", row["statistic"]),
            ("Upper boundary", edge),
            ("Lower boundary", None if edge is None else -edge),
        ]
        if row["direction"] != "two_sided":
            named = named[: 2 if row["direction"] == "increase" else 1] + (
                named[2:] if row["direction"] == "decrease" else []
            )
        points += [{"x": at, "y": value, "series": name} for name, value in named if words.is_known(value)]
    if points:
        rule, last = words.label(mine[0]["rule"]), mine[-1]
        said = (
            f"{rule}: z at the last look {words.number(last['statistic'])}, "
            f"boundary {words.number(last['boundary'])}, {last['verdict']}."
        )
        caption = f"{scope.variant(pair)}, rule {rule}: the experiment may stop where the statistic crosses a boundary."
        section.figures.append(
            charts.lines(points, "Look", "z", "~g", f"Sequential monitoring. {said}", caption)
        )
        section.lead += f" Under its rule ({rule}), {scope.variant(pair)} is at: {last['verdict']}."
    cells: list[list[Any]] = []
    for variant, rule in dict.fromkeys((row["variant_id"], row["rule"]) for row in rows):
        of_rule = [row for row in rows if (row["variant_id"], row["rule"]) == (variant, rule)]
        crossed = next((row for row in of_rule if row["is_crossed"]), None)
        cells.append(
            [
                words.label(rule) + (" (declared)" if of_rule[0]["is_declared"] else ""),
                scope.variant(variant),
                f"look {crossed['look']}, {words.moment(crossed['look_at'])}" if crossed else "not yet",
                (crossed or of_rule[-1])["verdict"],
                words.percent(of_rule[-1]["error_if_used"]),
                _hundredths(of_rule[-1]["statistic"]),
                _hundredths(of_rule[-1]["boundary"]),
            ]
        )
    columns = [
        "Rule",
        "Variant",
        "Would have stopped at",
        "Verdict",
        "Error if used",
        "z now",
        "Boundary now",
    ]
    if cells:
        section.tables.append(
            Table("When each rule would have stopped", columns, cells, frozenset(columns[4:]))
        )


def _hundredths(value: float | None) -> str:
    return words.number(round(value, 2)) if value is not None and words.is_known(value) else words.NOTHING


def power(scope: Scope) -> Section:
    """What the experiment can still detect, and how long it has to run."""
    section = Section("power", "Power and days left", term="power")
    rows = [row for row in scope.rows("results_power") if row["segment_dimension"] == "all"]
    if not rows:
        section.missing = scope.why_empty("results_power")
        return section
    rows.sort(key=lambda row: (row["metric_id"] != scope.primary, row["metric_id"], row["variant_id"]))
    section.lead = " ".join(
        f"{scope.variant(row['variant_id'])} {row['statement']}."
        for row in rows
        if row["metric_id"] == scope.primary and row["statement"]
    )
    cells: list[list[Any]] = [
        [
            scope.metric(row["metric_id"]),
            f"{scope.variant(row['variant_id'])} against {scope.variant(row['baseline_variant_id'])}",
            words.percent(row["smallest_lift"]),
            words.probability(row["power_now"]),
            words.percent(row["detectable_lift"]),
            words.count(row["units_needed"]),
            words.count(row["units_missing"]),
            words.number(row["units_a_day"]),
            words.number(row["days_left"]),
        ]
        for row in rows
    ]
    columns = [
        "Metric",
        "Compared",
        "Lift of interest",
        "Power now",
        "Detectable lift",
        "Units needed",
        "Missing",
        "Units a day",
        "Days left",
    ]
    section.tables.append(facts_of(cells, "Power of each comparison over all units", columns, 2))
    section.notes += sorted({row["note"] for row in rows if row["note"]})
    return section


def others(scope: Scope, known: frozenset[str]) -> list[Section]:
    """Result tables that the report has no picture of, as they are."""
    sections = []
    for table in sorted(scope.tables.names):
        if (
            not table.startswith("results_")
            or table in known
            or "experiment_id" not in scope.tables.columns(table)
        ):
            continue
        rows = scope.rows(table, "true", None, f"limit {MOST_ROWS + 1}")
        if rows:
            title = words.label(table.removeprefix("results_"))
            sections.append(Section(table.replace("_", "-"), title, tables=[_plain_table(title, rows)]))
    return sections


def _plain_table(caption: str, rows: list[Row]) -> Table:
    """Rows as they are: columns in which every row says the same or nothing are left out."""
    shown = rows[:MOST_ROWS]
    names = [
        name for name in rows[0] if name != "experiment_id" and any(row[name] is not None for row in shown)
    ]
    if len(rows) > MOST_ROWS:
        caption = f"{caption}: the first {MOST_ROWS} rows; the table has them all"
    numeric = {
        words.label(name) for name in names if all(isinstance(row[name], int | float | None) for row in shown)
    }
    cells: list[list[Any]] = [[words.plain(row[name], name) for name in names] for row in shown]
    table = facts_of(cells, caption, [words.label(name) for name in names])
    return Table(table.caption, table.columns, table.rows, frozenset(numeric), folded=len(rows) > 12)
