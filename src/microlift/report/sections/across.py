"""Across experiments: the same question asked again, and what to do next."""

from typing import Any

from microlift.report import charts, words
from microlift.report.parts import Section, facts_of
from microlift.report.read import Tables


def repeats(tables: Tables) -> Section:
    """Experiments that ask one question, pooled."""
    section = Section("repeats", "The same question, asked again", term="pooling")
    rows = tables.rows("results_repeats", tail="order by hypothesis_group")
    if not rows:
        section.missing = tables.why_empty("results_repeats")
        return section
    section.lead = " ".join(
        f"{words.label(row['hypothesis_group'])}: {words.lift(row, 'random_lift')} over "
        f"{row['pooled_experiments']} experiments."
        for row in rows
        if words.is_known(row["random_lift"])
    )
    drawn = [
        {"name": words.label(row["hypothesis_group"]), "series": series, "estimate": row[f"{name}_lift"],
         "low": row[f"{name}_lift_low"], "high": row[f"{name}_lift_high"]}
        for row in rows
        for name, series in (("fixed", "these experiments alone"), ("random", "experiments like these"))
        if words.is_known(row[f"{name}_lift"])
    ]  # fmt: skip
    if drawn:
        caption = "Pooled relative lift, with interval."
        section.figures.append(
            charts.compared(drawn, "Relative lift", "+.0%", f"Pooled lifts. {section.lead}", caption)
        )
    cells: list[list[Any]] = [
        [
            words.label(row["hypothesis_group"]),
            f"{row['pooled_experiments']} of {row['experiments']}",
            words.lift(row, "fixed_lift"),
            words.lift(row, "random_lift"),
            words.interval(
                words.percent(row["predicted_lift_low"], True),
                words.percent(row["predicted_lift_high"], True),
            ),
            words.percent(row["i_squared"]),
            words.p_value(row["heterogeneity_p_value"]),
        ]
        for row in rows
    ]
    columns = [
        "Question",
        "Experiments",
        "These alone",
        "Experiments like these",
        "A next one",
        "I²",
        "p: all alike",
    ]
    section.tables.append(facts_of(cells, "Pooled lifts (interval)", columns))
    section.notes += sorted({row["note"] for row in rows if row["note"]})
    return section


def candidates(tables: Tables) -> Section:
    """Candidate interventions, ranked."""
    section = Section("candidates", "What to do next", term="candidate")
    rows = tables.rows("results_candidates", tail="order by place, candidate_id")
    if not rows:
        section.missing = tables.why_empty("results_candidates")
        return section
    section.lead = "Candidates by effect × feasibility × alignment; observed effects count by what shrinkage leaves of them."
    cells: list[list[Any]] = [
        [
            row["candidate_name"] or row["candidate_id"],
            words.count(row["place"]) if words.is_known(row["score"]) else words.NOTHING,
            words.number(row["score"]),
            words.number(row["effect"], signed=True),
            row["effect_source"],
            words.number(row["feasibility"]),
            words.number(row["alignment"]),
            row["note"] or row["description"] or words.NOTHING,
        ]
        for row in rows
    ]
    columns = [
        "Candidate",
        "Place",
        "Score",
        "Effect (standard deviations)",
        "Effect is",
        "Feasibility",
        "Alignment",
        "Note",
    ]
    table = facts_of(cells, "Candidates", columns)
    section.tables.append(type(table)(table.caption, columns, cells, table.numeric - {"Effect is", "Note"}))
    return section
