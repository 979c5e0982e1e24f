"""Behaviour: kinds of visitors, patterns, signals, adjustments; over all experiments, or of one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from microlift.report import charts, words
from microlift.report.parts import Badge, Section, Table, facts_of
from microlift.report.read import Row, Tables

MOST = 40
KNOWN = {
    "pre_exposure": "before",
    "at_exposure": "at exposure",
    "in_funnel": "in the funnel",
    "post_exposure": "after",
}


def clusterings(tables: Tables) -> list[Section]:
    """A section for each clustering: its kinds, how large they are, how they behave and convert."""
    rows = tables.rows(
        "results_clusters",
        tail="order by clustering_id, experiment_id = 'all' desc, experiment_id, members desc",
    )
    if not rows:
        return [
            Section(
                "clusters",
                "Kinds of visitors and sessions",
                missing=tables.why_empty("results_clusters"),
                term="cluster",
            )
        ]
    found = dict.fromkeys(row["clustering_id"] for row in rows)
    return [
        _clustering(
            tables,
            clustering,
            f"clusters-{place}",
            [row for row in rows if row["clustering_id"] == clustering],
        )
        for place, clustering in enumerate(found, start=1)
    ]


def _clustering(tables: Tables, clustering: str, anchor: str, rows: list[Row]) -> Section:
    section = Section(anchor, f"Clusters: {words.label(clustering)}", term="cluster")
    largest = _largest(rows)
    of_one = [row for row in rows if row["experiment_id"] == largest]
    if of_one[0]["basis"] == "session":
        whose = "all sessions"
    else:
        whose = "all units" if largest == "all" else f"the units of {largest}, the largest of its experiments"
    kinds = f"{len(of_one)} kinds" if len(of_one) != 1 else "1 kind"
    section.lead = (
        f"{kinds}, told apart by behaviour ({of_one[0]['basis'].replace('_', ' ')}). Shares are of {whose}."
    )
    drawn = [
        {"name": _kind(row), "series": "share", "value": row["share"], "text": words.percent(row["share"])}
        for row in of_one
    ]
    said = "; ".join(f"{bar['name']} {bar['text']}" for bar in drawn)
    section.figures.append(
        charts.bars(
            drawn, "Share", ".0%", f"Share of each cluster. {said}.", f"Share of each cluster among {whose}."
        )
    )
    signals = tables.rows(
        "results_cluster_signals",
        "clustering_id = ? and experiment_id = ?",
        [clustering, largest],
        "order by cluster, rank_of_mean",
    )
    signals = [row for row in signals if words.is_known(row["standardised_mean"])]
    cells: list[list[Any]] = [
        [
            _kind(row),
            words.count(row["members"]),
            words.percent(row["share"]),
            words.percent(row["share_when_fitted"]),
            _traits(row, signals),
        ]
        for row in of_one
    ]
    columns = [
        "Cluster",
        "Members",
        "Share",
        "Share when fitted",
        "What stands out (standard deviations from the mean)",
    ]
    section.tables.append(Table("The clusters", columns, cells, frozenset(columns[1:4])))
    kinds_by_cluster = {row["cluster"]: _kind(row) for row in of_one}
    names = _names(tables)
    conversions = tables.rows(
        "results_cluster_conversions",
        "clustering_id = ?",
        [clustering],
        f"order by experiment_id, metric_id, rate desc limit {MOST}",
    )
    if conversions:
        cells = [
            [
                kinds_by_cluster.get(row["cluster"], row["cluster"]),
                names(row["experiment_id"]),
                names(row["metric_id"]),
                words.count(row["units"]),
                words.percent(row["rate"]),
                words.interval(words.percent(row["interval_low"]), words.percent(row["interval_high"])),
            ]
            for row in conversions
        ]
        columns = ["Cluster", "Experiment", "Metric", "Units", "Conversion", "Interval"]
        section.tables.append(
            Table("Who converts: an association, not an effect", columns, cells, frozenset(columns[3:]))
        )
    section.tables += _choices(tables, clustering)
    return section


def _largest(rows: list[Row]) -> str:
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row["experiment_id"]] = sizes.get(row["experiment_id"], 0) + row["members"]
    return max(sizes, key=lambda name: (sizes[name], name))


def _kind(row: Row) -> str:
    return f"{row['cluster']}: {row['cluster_name']}" if row["cluster_name"] else str(row["cluster"])


def _traits(row: Row, signals: list[Row]) -> str:
    mine = [signal for signal in signals if signal["cluster"] == row["cluster"]]
    mine.sort(key=lambda signal: (-abs(signal["standardised_mean"]), signal["signal"]))
    said = [
        f"{words.label(signal['signal'])} {words.number(round(signal['standardised_mean'], 2), True)}"
        for signal in mine[:3]
    ]
    return ", ".join(said) or words.NOTHING


def _choices(tables: Tables, clustering: str) -> list[Table]:
    latest = f"fit_number = (select max(fit_number) from {tables.schema}.results_cluster_choices where clustering_id = ?)"
    rows = tables.rows(
        "results_cluster_choices",
        f"clustering_id = ? and {latest}",
        [clustering, clustering],
        "order by number_of_clusters",
    )
    cells: list[list[Any]] = [
        [
            words.count(row["number_of_clusters"]),
            words.number(row["silhouette"]),
            words.percent(row["smallest_share"]),
            words.number(row["stability"]),
            "chosen" if row["is_chosen"] else "no",
            row["reason"] or words.NOTHING,
        ]
        for row in rows
    ]
    columns = ["Number of clusters", "Silhouette", "Smallest share", "Stability", "Chosen", "Why"]
    return [Table("Why so many", columns, cells, frozenset(columns[:4]), folded=True)] if cells else []


def patterns(tables: Tables, experiment: str | None = None) -> Section:
    """What users do in which order, who of them converts, and what a variant changes of it."""
    section = Section("patterns", "Patterns of behaviour", term="pattern")
    where, values = _of(experiment)
    rows = tables.rows(
        "results_patterns",
        f"{where} and variant_id = 'all' and length > 1",
        values,
        f"order by is_significant desc, p_value nulls last, support desc, experiment_id, pattern limit {MOST}",
    )
    if not rows:
        section.missing = tables.why_empty(
            "results_patterns", " of more than one step" + (" of this experiment" if experiment else "")
        )
        return section
    shown = sum(bool(row["is_significant"]) for row in rows)
    section.lead = (
        f"{len(rows)} patterns of more than one step, the clearest first; for {shown or 'none'} of them the conversion of those "
        "who show it differs from that of the others. That is who converts, not what makes them convert."
    )
    names = _names(tables)
    lines = [
        line | {"name": row["pattern"] + ("" if experiment else f", {names(row['experiment_id'])}")}
        for row in rows[:15]
        if (line := _association(row))
    ]
    if lines:
        said = "; ".join(f"{line['name']} {line['words']}" for line in lines)
        section.figures.append(
            charts.forest(lines, "Difference of conversion, with the pattern against without", True,
                          f"Difference of conversion by pattern. {said}.",
                          "The clearest patterns; a triangle is shown after correction.")
        )  # fmt: skip
    cells: list[list[Any]] = [
        [
            row["pattern"],
            names(row["experiment_id"]),
            f"{words.count(row['support'])} ({words.percent(row['support_share'])})",
            words.percent(row["conversion_with"]),
            words.percent(row["conversion_without"]),
            _points(row, "difference"),
            words.p_value(row["p_adjusted"]),
            "yes" if row["is_significant"] else "no",
        ]
        for row in rows
    ]
    columns = [
        "Pattern",
        "Experiment",
        "Units that show it",
        "Convert with it",
        "Convert without",
        "Difference (interval)",
        "Corrected p",
        "Shown",
    ]
    section.tables.append(replace(facts_of(cells, "Patterns", columns, 2), folded=len(cells) > 15))
    changed = tables.rows(
        "results_patterns",
        f"{where} and support_is_significant",
        values,
        f"order by support_p_value, pattern limit {MOST}",
    )
    if changed:
        cells = [
            [
                row["pattern"],
                names(row["experiment_id"]),
                row["variant_id"],
                words.percent(row["support_share"]),
                words.percent(row["baseline_support_share"]),
                _points(row, "support_difference"),
                words.p_value(row["support_p_adjusted"]),
            ]
            for row in changed
        ]
        columns = [
            "Pattern",
            "Experiment",
            "Variant",
            "Show it",
            "Show it in the baseline",
            "Difference (interval)",
            "Corrected p",
        ]
        section.tables.append(facts_of(cells, "What a variant changes (randomised)", columns, 3))
    return section


def _association(row: Row) -> Row | None:
    if not all(words.is_known(row[name]) for name in ("difference", "difference_low", "difference_high")):
        return None
    tone = "associated" if row["is_significant"] else "no difference shown"
    return {"name": row["pattern"], "estimate": row["difference"], "low": row["difference_low"], "high": row["difference_high"],
            "shown": tone, "words": _points(row, "difference")}  # fmt: skip


def _points(row: Row, name: str) -> str:
    low, high = (words.value_of("conversion", row[f"{name}_{end}"], signed=True) for end in ("low", "high"))
    if not words.is_known(row[name]):
        return words.NOTHING
    return f"{words.value_of('conversion', row[name], signed=True)} ({words.interval(low, high)})"


def signals(tables: Tables, experiment: str | None = None) -> Section:
    """Which micro-signals tell who converts."""
    section = Section("signals", "Signals that tell who converts", term="area")
    where, values = _of(experiment)
    rows = tables.rows(
        "results_signals",
        f"{where} and area_low is not null",
        values,
        f"order by is_significant desc, abs(area - 0.5) desc, experiment_id, signal limit {MOST}",
    )
    if not rows:
        section.missing = tables.why_empty(
            "results_signals", " with an interval" + (" of this experiment" if experiment else "")
        )
        return section
    names = _names(tables)
    section.lead = (
        "Area under the curve: the probability that a unit that converts has a higher value of the signal than one that does "
        "not. 50% tells nothing; below 50%, less of it goes with conversion."
    )
    metrics = len({(row["experiment_id"], row["metric_id"]) for row in rows}) if experiment else 1
    lines = [
        {
            "name": _signal(row, experiment, metrics),
            "estimate": row["area"] - 0.5,
            "low": row["area_low"] - 0.5,
            "high": row["area_high"] - 0.5,
            "shown": "associated" if row["is_significant"] else "no difference shown",
        }
        for row in rows[:15]
    ]
    said = "; ".join(f"{_signal(row, experiment, metrics)} {words.percent(row['area'])}" for row in rows[:15])
    section.figures.append(
        charts.forest(lines, "Area minus 50%", True, f"Area under the curve by signal. {said}.",
                      "How far the area is from 50%, with interval; a triangle is shown after correction, a diamond is not.")
    )  # fmt: skip
    cells: list[list[Any]] = [
        [
            _signal(row, experiment, metrics),
            names(row["metric_id"]),
            KNOWN.get(row["basis"], row["basis"]),
            f"{words.percent(row['area'])} ({words.interval(words.percent(row['area_low']), words.percent(row['area_high']))})",
            words.number(row["converted_mean"]),
            words.number(row["other_mean"]),
            words.p_value(row["p_adjusted"]),
            row["strength"] or words.NOTHING,
        ]
        for row in rows
    ]
    columns = [
        "Signal",
        "Metric",
        "Known",
        "Area (interval)",
        "Mean of those who convert",
        "Mean of others",
        "Corrected p",
        "Strength",
    ]
    table = Table("Signals", columns, cells, frozenset(columns[3:7]), folded=len(cells) > 15)
    section.tables.append(table)
    return section


def _signal(row: Row, experiment: str | None, metrics: int = 1) -> str:
    name = words.label(row["signal"]) + (f" = {row['level']}" if row["level"] else "")
    known = KNOWN.get(row["basis"], row["basis"])
    name += f" ({known})" if metrics == 1 else f" ({row['metric_id']}, {known})"
    return name if experiment else f"{name}, {row['experiment_id']}"


def _names(tables: Tables) -> Callable[[str], str]:
    """What an experiment or a metric is called; its identifier where it has no name."""
    known = {row["experiment_id"]: row["experiment_name"] for row in tables.rows("dim_experiments")}
    known |= {row["metric_id"]: row["metric_name"] for row in tables.rows("dim_metrics")}
    return lambda key: str(known.get(key) or key)


def _of(experiment: str | None) -> tuple[str, list[Any]]:
    return ("experiment_id = ?", [experiment]) if experiment else ("true", [])


def adjustments(tables: Tables) -> Section:
    """Whether each rule of real-time adjustment helps against its holdout."""
    section = Section("adjustments", "Real-time adjustments", term="holdout")
    rows = tables.rows("results_adjustments", tail="order by rule_id, content_variant")
    if not rows:
        section.missing = tables.why_empty("results_adjustments")
        return section
    section.lead = words.prose(" ".join(f"{row['rule_name']}: {row['reading']}." for row in rows[:6]))
    cells: list[list[Any]] = [
        [
            row["rule_name"],
            Badge(row["verdict"]),
            f"{words.count(row['units_served'])} / {words.count(row['units_held_out'])}",
            words.percent(row["rate_served"]),
            words.percent(row["rate_held_out"]),
            _points(row, "difference"),
            words.lift(row),
            words.p_value(row["p_adjusted"]),
            "yes" if row["is_causal"] else "no",
        ]
        for row in rows
    ]
    columns = [
        "Rule",
        "Verdict",
        "Served / held out",
        "Converted, served",
        "Converted, held out",
        "Difference (interval)",
        "Lift (interval)",
    ]
    section.tables.append(
        Table("Rules", [*columns, "Corrected p", "Causal"], cells, frozenset([*columns[2:], "Corrected p"]))
    )
    section.notes += [f"{row['rule_name']}: {row['note']}" for row in rows if row["note"]]
    violations = tables.query(
        f"select violation, count(*) as n from {tables.schema}.quality_adjustment_violations group by all order by n desc, 1"
    ) if "quality_adjustment_violations" in tables else []  # fmt: skip
    if violations:
        cells = [[words.label(row["violation"]), words.count(row["n"])] for row in violations]
        section.tables.append(facts_of(cells, "Servings that broke their rule", ["Violation", "Servings"]))
    return section
