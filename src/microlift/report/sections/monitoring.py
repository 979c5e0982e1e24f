"""After shipping: does the gain last, look by look, against the units that were held back?"""

from dataclasses import dataclass, replace
from typing import Any

from microlift.report import charts, words
from microlift.report.parts import Badge, Section, facts_of
from microlift.report.read import Row, Tables
from microlift.report.sections.scope import Scope

SAID = {
    "harm": "{metric} is harmed",
    "gain vanished": "the gain in {metric} has gone",
    "gain smaller": "the gain in {metric} is smaller than the one that was shipped",
    "gain holds": "the gain in {metric} holds",
    "open": "it is not known yet whether the gain in {metric} lasts",
}
MOST_FIGURES = 4
KEY = ("metric_id", "variant_id", "baseline_variant_id")


@dataclass(frozen=True)
class Watched:
    """The looks since shipping of one metric against one baseline, in order."""

    looks: list[Row]

    @property
    def last(self) -> Row:
        return self.looks[-1]

    @property
    def alarm(self) -> Row | None:
        """The look to act on; None while there is no alarm."""
        return next((row for row in self.looks if row["is_alarm"]), None)

    @property
    def state(self) -> str:
        """The state now; an alarm stays one, whatever a later look says."""
        return str((self.last if self.last["is_alarm"] else self.alarm or self.last)["state"])


def watched(rows: list[Row]) -> list[Watched]:
    """Rows of `results_monitoring` of one experiment by metric and pair, the worst state first."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["look"]):
        found.setdefault(tuple(row[name] for name in KEY), []).append(row)
    return sorted((Watched(looks) for looks in found.values()), key=lambda each: list(SAID).index(each.state))


def worst_states(tables: Tables) -> dict[str, Watched]:
    """By shipped experiment, the metric whose state is the worst."""
    of: dict[str, list[Row]] = {}
    for row in tables.rows("results_monitoring"):
        of.setdefault(row["experiment_id"], []).append(row)
    return {experiment: watched(rows)[0] for experiment, rows in of.items()}


def in_words(scope: Scope) -> list[str]:
    """A sentence on each watched metric, for the decision; none where nothing was shipped."""
    return [_sentence(scope, each) for each in watched(scope.rows("results_monitoring"))]


def _sentence(scope: Scope, each: Watched) -> str:
    said = SAID[each.state].format(metric=f"“{scope.metric(each.last['metric_id'])}”")
    text = f"After shipping, {said}: {words.lift(each.last)} against {_baseline(scope, each.last)}"
    if each.alarm:
        text += f"; the alarm came at look {each.alarm['look']}, {words.moment(each.alarm['look_at'])}"
    return text + ("." if each.last["is_causal"] else ". Not causal: nobody was held back.")


def _baseline(scope: Scope, row: Row) -> str:
    name = f"“{scope.variant(row['baseline_variant_id'])}”"
    return f"{name} in the holdback" if row["is_causal"] else f"{name} before shipping"


def monitoring(scope: Scope) -> Section:
    """The lift since shipping over the looks, beside the one that was shipped."""
    section = Section("monitoring", "After shipping", term="monitoring")
    shipped = scope.experiment.get("shipped_at")
    if shipped is None:
        section.missing = "Nothing of this experiment is declared as shipped, so there is no gain to follow."
        return section
    rows = scope.rows("results_monitoring")
    variant = scope.variant(scope.experiment.get("shipped_variant_id"))
    if not rows:
        section.missing = (
            f"“{variant}” was shipped on {words.moment(shipped)}, but no look since then has anything to compare."
            if "results_monitoring" in scope.tables
            else scope.why_empty("results_monitoring")
        )
        return section
    pairs = watched(rows)
    section.lead = f"“{variant}” was shipped on {words.moment(shipped)}. " + " ".join(
        _sentence(scope, each) for each in pairs
    )
    section.figures += [_figure(scope, each) for each in pairs[:MOST_FIGURES] if _is_drawn(each)]
    section.tables.append(_states(scope, pairs))
    section.tables += [_looks(scope, each) for each in pairs]
    section.notes.append(
        "The intervals since shipping hold at all looks at once, so an alarm may be acted on whenever it comes; those of "
        "the shipped gain are of one reading."
    )
    said = {note for row in rows for note in (row["note"] or "").split("; ")}
    section.notes += sorted(note for note in said if note and not note.startswith("no first_alarm_look"))
    return section


def _is_drawn(each: Watched) -> bool:
    return any(words.is_known(row["relative_lift"]) for row in each.looks)


def _figure(scope: Scope, each: Watched) -> Any:
    known = [row for row in each.looks if words.is_known(row["relative_lift"])]
    since = f"Since shipping{'' if each.last['is_causal'] else ' (not causal)'}"
    points = [_point(row, since, "relative_lift") for row in known]
    if words.is_known(each.last["shipped_relative_lift"]):
        points += [_point(row, "When it was shipped", "shipped_relative_lift") for row in known]
    metric = scope.metric(each.last["metric_id"])
    told = f"Lift of {metric} since shipping. {_sentence(scope, each)} {_shipped(each.last)}"
    caption = f"{metric}, against {_baseline(scope, each.last)}: relative lift with its interval. Ends of wide intervals are cut."
    return charts.bands(points, "Relative lift", "+.0%", told, caption)


def _point(row: Row, series: str, name: str) -> Row:
    ends = {
        end: row[f"{name}_{end}"] if words.is_known(row[f"{name}_{end}"]) else None for end in ("low", "high")
    }
    return {"x": row["look_at"].isoformat(), "y": row[name], "series": series, **ends}


def _shipped(row: Row) -> str:
    return f"When it was shipped, the lift was {words.lift(row, 'shipped_relative_lift')}."


def _states(scope: Scope, pairs: list[Watched]) -> Any:
    cells: list[list[Any]] = [
        [
            scope.metric(each.last["metric_id"]),
            _baseline(scope, each.last),
            Badge(each.state),
            words.lift(each.last),
            words.lift(each.last, "shipped_relative_lift"),
            words.p_value(each.last["p_value"]),
            f"{words.count(each.last['units'])} / {words.count(each.last['baseline_units'])}",
            f"look {each.alarm['look']}, {words.moment(each.alarm['look_at'])}" if each.alarm else "none",
            "yes" if each.last["is_causal"] else "no",
        ]
        for each in pairs
    ]
    columns = [
        "Metric",
        "Against",
        "State",
        "Lift since (interval)",
        "Lift when shipped (interval)",
        "p",
        "Units",
    ]
    table = facts_of(cells, "State at the last look", [*columns, "First alarm", "Causal"], 3)
    return replace(table, numeric=table.numeric - {"First alarm"})


def _looks(scope: Scope, each: Watched) -> Any:
    cells: list[list[Any]] = [
        [
            f"{row['look']}, {words.moment(row['look_at'])}",
            Badge(row["state"]),
            words.lift(row),
            words.p_value(row["p_value"]),
            words.value_of(scope.metrics.get(row["metric_id"], {}).get("kind"), row["estimate"]),
            words.value_of(scope.metrics.get(row["metric_id"], {}).get("kind"), row["baseline_estimate"]),
            f"{words.count(row['units'])} / {words.count(row['baseline_units'])}",
        ]
        for row in each.looks
    ]
    columns = ["Look", "State", "Lift (interval)", "p", "Shipped variant", "Baseline", "Units"]
    caption = f"Look by look: {scope.metric(each.last['metric_id'])} against {_baseline(scope, each.last)}"
    return replace(facts_of(cells, caption, columns, 2), folded=True)
