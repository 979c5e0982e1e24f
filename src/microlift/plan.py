"""Sample sizes as text: what `microlift plan` reads from a warehouse and prints."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import duckdb
import numpy as np

from microlift.stats import planning
from microlift.stats.exact_power import exact_power
from microlift.stats.means import ratio_moments

HISTORY_DAYS = 28
MOST_EXACT_UNITS = 300
"""Arms up to this many units have their power enumerated, beside the formula's."""

MEASURED = """
    select a.kind, a.mean, a.centred_sum_squares, a.denominator_centred_sum_squares, a.centred_cross_products,
        a.denominator_sum, a.units, a.experiment_id, t.units_a_day
    from microlift.agg_variant_metrics as a
    inner join microlift.dim_experiments as e on e.experiment_id = a.experiment_id
    left join (
        select experiment_id, segment_dimension, segment, sum(units_a_day) as units_a_day
        from microlift.int_traffic group by all
    ) as t on t.experiment_id = a.experiment_id and t.segment_dimension = a.segment_dimension and t.segment = a.segment
    where a.metric_id = ? and a.segment_dimension = ? and a.segment = ? and a.units > 1
        and a.variant_id = coalesce(e.control_variant_id, a.variant_id)
    order by e.starts_at desc nulls last, a.experiment_id, a.variant_id
    limit 1
"""
HISTORY = """
    with now as (select as_of from microlift.int_as_of),
    arrivals as (
        select e.person_id, min(e.event_time) as arrived_at,
            json_extract_string(arg_min(e.properties, (e.event_time, e.sequence, e.event_id)), ?) as segment
        from microlift.fct_events as e, now
        where e.person_id is not null and e.event_time >= now.as_of - to_days(?) - to_seconds(?)
            and e.event_time <= now.as_of
        group by e.person_id
    ),
    entered as (
        select a.person_id, a.arrived_at from arrivals as a, now
        where a.arrived_at <= now.as_of - to_seconds(?) and (? = 'all' or a.segment = ?)
    ),
    converted as (
        select distinct e.person_id
        from microlift.fct_events as e inner join entered as u on u.person_id = e.person_id
        where e.event_name = ? and e.event_time > u.arrived_at + to_seconds(?)
            and e.event_time < u.arrived_at + to_seconds(?)
    )
    select (select count(*) from entered), (select count(*) from converted)
"""


@dataclass(frozen=True)
class Baseline:
    """What is known before a test: `deviation` is None for a rate, `daily` the units a day, where known."""

    mean: float
    deviation: float | None = None
    daily: float | None = None
    source: str = "as given"


@dataclass(frozen=True)
class Question:
    """What the test is to find; `ratio` is treatment over control units, `margin` a relative loss (0 = none)."""

    alpha: float = 0.05
    power: float = 0.8
    sides: int = 2
    ratio: float = 1.0
    margin: float = 0.0


def read(connection: duckdb.DuckDBPyConnection, metric: str, segment: str | None) -> Baseline:
    """Baseline of a metric in a segment (`dimension=segment`): of the last experiment's control, else of the visitors.

    A metric that no experiment has measured is looked for in the events of the last 28 days: a person enters at their
    first event, and the segment is that event's property. Raises ValueError with what to do where there is nothing.
    """
    dimension, name = _segment(segment)
    found = connection.execute(
        "select measure, event_name, property, window_start_seconds, window_end_seconds "
        "from microlift.dim_metrics where metric_id = ?",
        [metric],
    ).fetchone()
    if found is None:
        known = connection.execute("select metric_id from microlift.dim_metrics order by 1").fetchall()
        raise ValueError(f"there is no metric {metric!r}; known are {', '.join(row[0] for row in known)}")
    row = connection.execute(MEASURED, [metric, dimension, name]).fetchone()
    return _history(connection, metric, dimension, name, found) if row is None else _measured(row)


def _segment(segment: str | None) -> tuple[str, str]:
    if segment is None:
        return "all", "all"
    dimension, found, name = segment.partition("=")
    if not (found and dimension and name):
        raise ValueError(f"segment must be dimension=segment, such as device=mobile, got {segment!r}")
    return dimension, name


def _measured(row: tuple[Any, ...]) -> Baseline:
    kind, mean, squares, below, cross, denominators, units, experiment, daily = row
    if kind == "ratio" and denominators:
        below_mean = denominators / units
        moments = ratio_moments(
            units, mean * below_mean, below_mean, squares or 0.0, below or 0.0, cross or 0.0
        )
        squares = float(moments.m2)
    deviation = None if kind == "conversion" else sqrt((squares or 0.0) / (units - 1))
    source = f"from {units:,} units of the baseline in experiment {experiment}"
    return Baseline(float(mean), deviation, None if daily is None else float(daily), source)


def _history(
    connection: duckdb.DuckDBPyConnection, metric: str, dimension: str, name: str, found: tuple[Any, ...]
) -> Baseline:
    measure, event_name, condition, start, end = found
    if measure not in ("conversion", "retention") or event_name is None or condition is not None:
        raise ValueError(
            f"no experiment has measured {metric!r} in {dimension}={name}, and only conversions by an event without a "
            "condition can be read from what visitors do; give --baseline, or --mean and --deviation"
        )
    window = int(end or 0)
    # In a JSON path a name stands in quotes, where a quote would end it.
    path = '$."' + dimension.replace('"', "") + '"'
    units, converted = connection.execute(
        HISTORY, [path, HISTORY_DAYS, window, window, dimension, name, event_name, int(start), window]
    ).fetchone() or (0, 0)
    if not units:
        raise ValueError(
            f"there is no visitor with {dimension}={name} in the last {HISTORY_DAYS} days; name a segment that "
            "dim_segments has, or a property of events and its value"
        )
    source = f"from {units:,} visitors of the last {HISTORY_DAYS} days, by their first event"
    return Baseline(converted / units, None, units / HISTORY_DAYS, source)


def sizes(baseline: Baseline, lifts: tuple[float, ...], question: Question) -> list[list[str]]:
    """Rows of text: lift, what it leads to, units of each arm and of both, days. NaN shows as a dash."""
    rows = []
    for lift in lifts:
        arms = _needed(baseline, lift, question)
        total = float(arms.control) + float(arms.treatment)
        days = total / baseline.daily if baseline.daily else float("nan")
        rows.append(
            [f"{100 * lift:+.3g}%",
             _shown(baseline, baseline.mean + lift * abs(baseline.mean)),
             *(_whole(n) for n in (float(arms.control), float(arms.treatment), total, np.ceil(days)))]
        )  # fmt: skip
    return rows


def powers(
    baseline: Baseline, lifts: tuple[float, ...], units: int, question: Question
) -> tuple[list[list[str]], float]:
    """Rows of text: lift, what it leads to, power, the same by enumeration for small arms; and the smallest lift found."""
    n_c, n_t = units, max(round(units * question.ratio), 1)
    rows = []
    for lift in lifts:
        chance = _power(baseline, lift, n_c, n_t, question)
        exact = "–"
        rates = (baseline.mean, baseline.mean + lift * baseline.mean)
        plain = question.sides == 2 and question.margin == 0 and 0 <= rates[1] <= 1
        if baseline.deviation is None and plain and max(n_c, n_t) <= MOST_EXACT_UNITS:
            exact = f"{exact_power(*rates, n_c, n_t, question.alpha):.1%}"
        rows.append(
            [f"{100 * lift:+.3g}%", _shown(baseline, baseline.mean * (1 + lift)), f"{chance:.1%}", exact]
        )
    ask: dict[str, Any] = {"alpha": question.alpha, "power": question.power, "sides": question.sides}
    if baseline.deviation is None:
        found = float(planning.detectable_proportion(baseline.mean, n_c, n_t, **ask)) - baseline.mean
    else:
        found = float(planning.detectable_difference(baseline.deviation, n_c, n_t, **ask))
    return rows, found / abs(baseline.mean)


def curve(baseline: Baseline, lift: float, question: Question, width: int = 40) -> list[str]:
    """Power over units as lines of text, with a mark at the power wanted; none where no number suffices."""
    needed = float(_needed(baseline, lift, question).control)
    if not np.isfinite(needed):
        return []
    lines = []
    for share in (0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0):
        n = max(int(np.ceil(share * needed)), 2)
        chance = _power(baseline, lift, n, max(int(np.ceil(n * question.ratio)), 2), question)
        bar = "█" * round(chance * width)
        mark = round(question.power * width)
        line = bar.ljust(width)
        line = line[:mark] + ("│" if len(bar) <= mark else "█") + line[mark + 1 :]
        lines.append(f"{n:>14,}  {chance:>4.0%} {line.rstrip()}")
    return lines


def _needed(baseline: Baseline, lift: float, question: Question) -> planning.SampleSize:
    gap, margin = lift * abs(baseline.mean), question.margin * abs(baseline.mean)
    ask: dict[str, Any] = {
        "alpha": question.alpha,
        "power": question.power,
        "sides": question.sides,
        "ratio": question.ratio,
    }
    if baseline.deviation is not None:
        return planning.mean_sample_size(gap, baseline.deviation, margin=margin, **ask)
    rate = _rate(baseline, lift)
    return planning.proportion_sample_size(baseline.mean, rate, margin=margin, **ask)


def _power(baseline: Baseline, lift: float, n_c: int, n_t: int, question: Question) -> float:
    gap, margin = lift * abs(baseline.mean), question.margin * abs(baseline.mean)
    ask: dict[str, Any] = {"alpha": question.alpha, "sides": question.sides}
    if baseline.deviation is not None:
        return float(planning.mean_power(gap, baseline.deviation, n_c, n_t, margin=margin, **ask))
    rate = _rate(baseline, lift)
    return float(planning.proportion_power(baseline.mean, rate, n_c, n_t, margin=margin, **ask))


def _rate(baseline: Baseline, lift: float) -> float:
    rate = baseline.mean * (1 + lift)
    if not 0 <= rate <= 1:
        raise ValueError(
            f"a lift of {lift:+.3g} leads from a rate of {baseline.mean:.3g} to {rate:.3g}; give a smaller one"
        )
    return rate


def _shown(baseline: Baseline, value: float) -> str:
    return f"{100 * value:.3g}%" if baseline.deviation is None else f"{value:.4g}"


def _whole(value: float) -> str:
    return f"{value:,.0f}" if np.isfinite(value) else "–"
