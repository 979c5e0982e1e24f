"""The data-quality page: every expectation, the account of all rows, what was rejected and why."""

from dataclasses import replace
from typing import Any

from microlift.report import charts, words
from microlift.report.parts import Badge, Fact, Section, Table, facts_of
from microlift.report.read import Row, Tables

PARTS = ["valid", "quarantined", "excluded", "conflicting", "duplicate"]
MOST_LOADS = 200


def facts(tables: Tables) -> list[Fact]:
    """raw = valid + quarantined + excluded + conflicting + duplicate."""
    if "quality_reconciliation" not in tables:
        return []
    sums = ", ".join(f"coalesce(sum({part}_rows), 0) as {part}" for part in ["raw", *PARTS])
    row = tables.query(f"select {sums} from {tables.schema}.quality_reconciliation")[0]
    shares = {part: f"{words.percent(row[part] / row['raw'])} of all" if row["raw"] else "" for part in PARTS}
    return [Fact("Raw rows", words.count(row["raw"]), "all that came")] + [
        Fact(words.label(part), words.count(row[part]), shares[part]) for part in PARTS
    ]


def expectations(tables: Tables) -> list[Section]:
    """Every expectation of the last run of each suite, failures first, and how the runs went."""
    section = Section("expectations", "Every expectation", term="expectation")
    rows = tables.rows(
        "quality_validations",
        tail="qualify run_at = max(run_at) over (partition by suite) order by suite, success, severity, expectation_id",
    )
    if not rows:
        section.missing = tables.why_empty("quality_validations")
        return [section]
    failing = [row for row in rows if not row["success"]]
    section.lead = (
        f"{len(rows)} expectations in {len({row['suite'] for row in rows})} suites, as the last run of each saw them: "
        + ("all are met." if not failing else f"{len(failing)} are not met.")
    )
    for suite in dict.fromkeys(row["suite"] for row in rows):
        cells = [_expectation(row) for row in rows if row["suite"] == suite]
        columns = ["What is expected", "Status", "Severity", "Observed", "Failing", "Identifier"]
        section.tables.append(Table(f"Suite {suite}", columns, cells, frozenset({"Failing"})))
    return [section, _runs(tables)]


def _expectation(row: Row) -> list[Any]:
    return [
        str(row["message"] or row["expectation_id"]).removeprefix("As expected: "),
        Badge("passed" if row["success"] else "failed"),
        row["severity"],
        row["observed_value"] or words.NOTHING,
        words.count(row["failing_count"]),
        row["expectation_id"],
    ]


def _runs(tables: Tables) -> Section:
    rows = tables.query(
        f"select max(run_at) as run_at, run_id, count(*) as checks, count(*) filter (not success) as failed,"
        f" count(*) filter (not success and severity = 'critical') as critical"
        f" from {tables.schema}.quality_validations group by run_id order by run_at desc limit 30"
    )
    cells: list[list[Any]] = [
        [
            words.moment(row["run_at"]),
            words.count(row["checks"]),
            words.count(row["failed"]),
            words.count(row["critical"]),
        ]
        for row in rows
    ]
    table = facts_of(cells, "The last runs", ["Run", "Expectations", "Not met", "Of these critical"])
    return Section("runs", "How the last runs went", tables=[table])


def reconciliation(tables: Tables) -> Section:
    """The account of each load."""
    section = Section("loads", "The account of each load", term="quarantine")
    total = (
        tables.query(f"select count(*) as n from {tables.schema}.quality_reconciliation")[0]["n"]
        if "quality_reconciliation" in tables
        else 0
    )
    rows = tables.rows(
        "quality_reconciliation",
        tail=f"order by quarantined_rows / greatest(raw_rows, 1) desc, load_id limit {MOST_LOADS}",
    )
    if not rows:
        section.missing = tables.why_empty("quality_reconciliation")
        return section
    section.lead = (
        "Raw rows are the sum of the other columns, for each load. "
        "The loads with the largest share of broken rows come first."
    )
    if total > MOST_LOADS:
        section.notes.append(
            f"{MOST_LOADS} of {words.count(total)} loads are shown; quality_reconciliation has them all."
        )
    cells: list[list[Any]] = [
        [
            row["load_id"],
            row["door"],
            words.count(row["raw_rows"]),
            *(words.count(row[f"{part}_rows"]) for part in PARTS),
            words.percent(row["quarantined_rows"] / row["raw_rows"]) if row["raw_rows"] else words.NOTHING,
            "yes" if row["raw_rows"] == sum(row[f"{part}_rows"] for part in PARTS) else "NO",
        ]
        for row in rows
    ]
    columns = ["Load", "Door", "Raw", *map(words.label, PARTS), "Quarantined share", "Adds up"]
    section.tables.append(replace(facts_of(cells, "Loads", columns, 2), folded=len(cells) > 15))
    return section


def quarantine(tables: Tables) -> Section:
    """What was not used, and why."""
    section = Section("quarantine", "Rows that were not used, and why", term="quarantine")
    if "quality_quarantine" not in tables:
        section.missing = tables.why_empty("quality_quarantine")
        return section
    rows = tables.query(
        f"select door, record, status, reason, property, count(*) as n, count(distinct load_id) as loads"
        f" from {tables.schema}.quality_quarantine group by all order by n desc, 1, 2, 3, 4, 5 limit 100"
    )
    if not rows:
        section.lead = "Every row was used."
        return section
    section.lead = f"Most often: {_reason(rows[0])} ({words.count(rows[0]['n'])} rows, {rows[0]['status']})."
    drawn = [
        {"name": _reason(row), "series": "rows", "value": row["n"], "text": words.count(row["n"])}
        for row in rows[:15]
    ]
    said = "; ".join(f"{bar['name']} {bar['text']}" for bar in drawn)
    section.figures.append(
        charts.bars(
            drawn, "Rows", "~s", f"Rows not used, by reason. {said}.", "The reasons, most frequent first."
        )
    )
    cells: list[list[Any]] = [
        [
            _reason(row),
            row["status"],
            row["door"],
            row["record"],
            words.count(row["loads"]),
            words.count(row["n"]),
        ]
        for row in rows
    ]
    section.tables.append(
        Table(
            "Reasons",
            ["Reason", "Status", "Door", "Record", "Loads", "Rows"],
            cells,
            frozenset({"Loads", "Rows"}),
        )
    )
    section.notes.append(
        "What each reason means and how to mend it: docs/quality.md. The rows themselves: quality_quarantine."
    )
    return section


def _reason(row: Row) -> str:
    return words.label(row["reason"]) + (f" ({row['property']})" if row["property"] else "")


def taxonomy(tables: Tables) -> Section:
    """Which properties break the event taxonomy."""
    section = Section("taxonomy", "Properties that break the taxonomy")
    if "quality_taxonomy" not in tables:
        section.missing = tables.why_empty("quality_taxonomy")
        return section
    rows = tables.query(
        f"select event_name, property, problem, severity, sum(rows_with_problem) as n, max(share) as worst"
        f" from {tables.schema}.quality_taxonomy group by all order by n desc, 1, 2, 3 limit 100"
    )
    if not rows:
        section.lead = "None does."
        return section
    cells: list[list[Any]] = [
        [
            row["event_name"],
            row["property"] or words.NOTHING,
            words.label(row["problem"]),
            row["severity"],
            words.count(row["n"]),
            words.percent(row["worst"]),
        ]
        for row in rows
    ]
    columns = ["Event", "Property", "Problem", "Severity", "Rows", "Largest share in a load"]
    section.tables.append(facts_of(cells, "Problems", columns, 4))
    return section


def late(tables: Tables) -> Section:
    """Events that came long after they happened."""
    section = Section("late", "Late arrivals")
    if "quality_late_arrivals" not in tables:
        section.missing = tables.why_empty("quality_late_arrivals")
        return section
    rows = tables.query(
        f"select event_day, sum(late_events) as n, max(latest_hours) as hours from {tables.schema}.quality_late_arrivals"
        " group by event_day order by event_day desc limit 60"
    )
    section.lead = (
        f"{words.count(sum(row['n'] for row in rows))} events came later than the horizon, over {len(rows)} days."
        if rows
        else "None."
    )
    if rows:
        cells: list[list[Any]] = [
            [words.moment(row["event_day"]), words.count(row["n"]), words.number(round(row["hours"], 1))]
            for row in rows
        ]
        table = facts_of(
            cells, "Days whose events came late", ["Day of the event", "Late events", "Latest, in hours"]
        )
        section.tables.append(replace(table, folded=True))
    return section
