"""Lift with interval for each metric, posterior, and the table of corrected p-values."""

from typing import Any

import numpy as np
from scipy import optimize, stats

from microlift.report import charts, words
from microlift.report.parts import Badge, Section, Table, facts_of
from microlift.report.read import Row
from microlift.report.sections.scope import Scope, outcome

EFFECT_COLUMNS = [
    "Metric",
    "Compared",
    "Values",
    "Lift (interval)",
    "Corrected p",
    "Shown",
    "P(better)",
    "Difference (interval)",
]
EFFECT_COLUMNS += ["Raw p", "Units", "Method"]
CORRECTIONS = ["bonferroni", "holm", "hochberg", "benjamini_hochberg", "benjamini_yekutieli"]


def metrics(scope: Scope) -> Section:
    """The effect on each metric, over all units."""
    section = Section("metrics", "Effect on each metric", term="lift")
    if not scope.overall:
        section.missing = scope.why_empty("results_comparisons")
        return section
    drawn = [line for row in scope.overall if (line := forest_line(row, _name(scope, row)))]
    confidence = f"{scope.overall[0]['confidence']:.0%}"
    section.lead = (
        f"Relative lift of each variant over its baseline, with {confidence} intervals. An interval that holds 0% "
        "is compatible with no effect."
    )
    if drawn:
        described = "; ".join(f"{line['name']} {line['words']}, {line['shown']}" for line in drawn[:12])
        section.figures.append(
            charts.forest(drawn, "Relative lift", True, f"Lift of each metric with interval. {described}.",
                          "The dashed line is no effect; a circle is better, a square worse, a diamond shows no difference.")
        )  # fmt: skip
    section.tables.append(
        facts_of(
            [_effect_cells(scope, row) for row in scope.overall], "Effects over all units", EFFECT_COLUMNS, 2
        )
    )
    said = {f"{scope.metric(row['metric_id'])}: {row['note']}" for row in scope.overall if row["note"]}
    section.notes += sorted(said)
    return section


def forest_line(row: Row, name: str) -> Row | None:
    """A comparison as a line of a forest plot; None where its lift is not known."""
    if not words.is_known(row["relative_lift"]):
        return None
    return {
        "name": name,
        "estimate": row["relative_lift"],
        "low": row["relative_lift_low"],
        "high": row["relative_lift_high"],
        "shown": outcome(row),
        "words": words.lift(row),
    }


def _name(scope: Scope, row: Row) -> str:
    name = scope.metric(row["metric_id"])
    return name if len(scope.variants) <= 2 else f"{name}: {scope.variant(row['variant_id'])}"


def _effect_cells(scope: Scope, row: Row) -> list[Any]:
    kind = row["kind"]
    low, high = (words.value_of(kind, row[f"difference_{end}"], signed=True) for end in ("low", "high"))
    return [
        f"{scope.metric(row['metric_id'])} ({row['role']})",
        f"{scope.variant(row['variant_id'])} against {scope.variant(row['baseline_variant_id'])}",
        f"{words.value_of(kind, row['estimate'])} against {words.value_of(kind, row['baseline_estimate'])}",
        words.lift(row),
        words.p_value(row["p_adjusted"]),
        Badge(row["verdict"] or "inconclusive"),
        words.probability(row["probability_better"]),
        f"{words.value_of(kind, row['difference'], signed=True)} ({words.interval(low, high)})",
        words.p_value(row["p_value"]),
        f"{words.count(row['units'])} / {words.count(row['baseline_units'])}",
        f"{words.label(row['method'])}: {row['method_reason']}"
        if row["method_reason"]
        else row["method"] or words.NOTHING,
    ]


def posterior(scope: Scope) -> Section:
    """What is believed of the primary metric after the data, under the declared prior."""
    section = Section("posterior", "Posterior of the primary metric", term="posterior")
    rows = [row for row in scope.overall if row["metric_id"] == scope.primary]
    if not rows:
        section.missing = scope.why_empty("results_comparisons")
        return section
    said = [
        f"“{scope.variant(row['variant_id'])}” is better than “{scope.variant(row['baseline_variant_id'])}” with probability "
        f"{words.probability(row['probability_better'])}; shipping it would lose "
        f"{_loss(row)} on average, over the cases in which it is not."
        for row in rows
        if words.is_known(row["probability_better"])
    ]
    section.lead = " ".join(said) or "No posterior is known for this metric."
    is_of_rates = rows[0]["posterior"] == "beta"
    if is_of_rates:
        curves = _beta_curves(scope)
        title, form = scope.metric(scope.primary), ".1%"
    else:
        curves = [point for row in rows for point in _normal_curve(row, scope.variant(row["variant_id"]))]
        in_points = rows[0]["kind"] in words.PERCENT_KINDS
        title = "Difference from the baseline" + (", in percentage points" if in_points else "")
        form = "+.2%" if in_points else "~g"
    if curves:
        section.figures.append(
            charts.densities(curves, title, form, f"Posterior densities of {title}. {section.lead}",
                             f"Posterior: {rows[0]['posterior']}. {_how_to_read(curves)}", first=0 if is_of_rates else 1)
        )  # fmt: skip
    section.tables += _credible(scope)
    section.notes.append(
        "A high probability is not a stopping rule: read it at the planned end, or beside the sequential boundaries."
    )
    return section


def _credible(scope: Scope) -> list[Table]:
    """Credible limits, and the probabilities of being best and of being practically no effect."""
    rows = scope.rows("results_posteriors", "segment_dimension = 'all' and metric_id = ?", [scope.primary])
    cells: list[list[Any]] = [
        [
            f"{scope.variant(row['variant_id'])} against {scope.variant(row['baseline_variant_id'])}",
            words.interval(
                *(words.percent(row[f"credible_lift_{end}"], signed=True) for end in ("low", "high"))
            ),
            words.interval(
                *(
                    words.value_of(row["kind"], row[f"credible_difference_{end}"], signed=True)
                    for end in ("low", "high")
                )
            ),
            words.probability(row["probability_better"]),
            words.probability(row["probability_best"]),
            f"{words.probability(row['probability_equivalent'])} within ±{words.percent(row['equivalence_lift'])}"
            if words.is_known(row["probability_equivalent"])
            else words.NOTHING,
        ]
        for row in sorted(rows, key=scope.place)
    ]
    columns = [
        "Compared",
        "Credible lift",
        "Credible difference",
        "P(better)",
        "P(best)",
        "Practically no effect",
    ]
    confidence = f"{rows[0]['confidence']:.0%}" if rows else ""
    return [facts_of(cells, f"Posterior in numbers: {confidence} credible limits", columns)] if cells else []


def _how_to_read(curves: list[Row]) -> str:
    if len({point["series"] for point in curves}) > 1:
        return "The less two curves overlap, the surer the difference."
    return "The more of the curve lies on one side of zero, the surer the difference."


def _loss(row: Row) -> str:
    loss = row["expected_loss"]
    if row["kind"] in words.PERCENT_KINDS and words.is_known(loss) and loss < 0.0001:
        return "less than 0.01 points"
    return words.value_of(row["kind"], loss, signed=True).lstrip("+")


def _beta_curves(scope: Scope) -> list[Row]:
    """Density of each variant's rate: the beta distribution that has the published credible limits."""
    rows = scope.rows(
        "results_intervals",
        "segment_dimension = 'all' and metric_id = ? and method = 'beta_posterior'",
        [scope.primary],
        "order by variant_id",
    )
    curves = []
    for row in sorted(rows, key=scope.place):
        low, high = row["interval_low"], row["interval_high"]
        if not (words.is_known(low) and words.is_known(high) and low < high):
            continue
        tail = (1 - row["confidence"]) / 2
        start = np.log([row["successes"] + 1, row["units"] - row["successes"] + 1])
        shape = np.exp(optimize.least_squares(_limit_errors, start, args=(low, high, tail)).x)
        law = stats.beta(*shape)
        x = np.linspace(law.ppf(0.0005), law.ppf(0.9995), 64)
        curves += _points(x, law.pdf(x), scope.variant(row["variant_id"]))
    return curves


def _limit_errors(log_shape: Any, low: float, high: float, tail: float) -> Any:
    law = stats.beta(*np.exp(log_shape))
    return [law.cdf(low) - tail, law.cdf(high) - (1 - tail)]


def _normal_curve(row: Row, name: str) -> list[Row]:
    """Density of a difference: the normal distribution whose limits are those of its interval."""
    low, high = row["difference_low"], row["difference_high"]
    if not (words.is_known(low) and words.is_known(high) and low < high):
        return []
    law = stats.norm(row["difference"], (high - low) / (2 * stats.norm.ppf(0.5 + row["confidence"] / 2)))
    x = np.linspace(law.ppf(0.0005), law.ppf(0.9995), 64)
    return _points(x, law.pdf(x), name)


def _points(x: Any, y: Any, name: str) -> list[Row]:
    return [{"x": float(a), "y": float(b), "series": name} for a, b in zip(x, y, strict=True)]


def multiplicity(scope: Scope) -> Section:
    """Raw and every corrected p of the confirmatory tests, and how large each family is."""
    section = Section("multiplicity", "Corrections for many tests", term="family")
    tested = [row for row in scope.comparisons if words.is_known(row["p_value"]) and row["family"]]
    if not tested:
        section.missing = scope.why_empty("results_comparisons")
        return section
    families = sorted(
        {
            (not row["is_confirmatory"], row["family"], row["correction"], row["tests_in_family"])
            for row in tested
        }
    )
    section.lead = " ".join(
        f"Family “{family}”: {tests} {'test' if tests == 1 else 'tests'}, "
        f"{'exploratory' if exploratory else 'confirmatory'}, corrected by {words.label(correction)}."
        for exploratory, family, correction, tests in families
    )
    shown = [row for row in tested if row["is_confirmatory"]] or sorted(
        tested, key=lambda row: row["p_value"]
    )[:10]
    columns = [
        "Test",
        "Family",
        "Raw p",
        *(words.label(name) for name in CORRECTIONS),
        "Declared correction",
        "α",
        "Significant",
    ]
    rows: list[list[Any]] = [
        [
            f"{_name(scope, row)}{_where(row)}",
            row["family"],
            words.p_value(row["p_value"]),
            *(words.p_value(row[f"p_{name}"]) for name in CORRECTIONS),
            words.p_value(row["p_adjusted"]),
            words.number(row["alpha"]),
            "yes" if row["is_significant"] else "no",
        ]
        for row in shown
    ]
    caption = (
        "Confirmatory tests"
        if shown[0]["is_confirmatory"]
        else "The ten smallest p-values; the plan names no test"
    )
    section.tables.append(facts_of(rows, caption, columns, 2))
    return section


def _where(row: Row) -> str:
    return "" if row["segment_dimension"] == "all" else f", {row['segment_dimension']}: {row['segment']}"
