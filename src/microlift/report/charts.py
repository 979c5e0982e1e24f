"""Charts by Altair, drawn to SVG while the report is written, so that a reader needs no JavaScript.

Colours are the style sheet's variables: one drawing serves light, dark and print.
"""

import html
import re
from typing import Any

import altair as alt
import vl_convert
from altair.utils import schemapi

from microlift.report.parts import Figure

# Every chart is drawn in tests; to check its words against the schema again and again took a third of the time.
schemapi.DEBUG_MODE = False

WIDTH = 700
SERIES = [f"var(--series-{number})" for number in range(1, 7)]
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [10, 4]]
SHAPES = ["circle", "square", "diamond", "triangle-up", "cross", "triangle-down"]
TEXT = (
    "Arial, Helvetica, 'Liberation Sans', sans-serif"  # as wide as what the drawing measures its labels with
)

LEGEND: dict[str, Any] = {
    "symbolOpacity": 1,
    "symbolType": "stroke",
    "symbolStrokeWidth": 3,
    "symbolSize": 260,
    "title": None,
}

CONFIG: dict[str, Any] = {
    "background": None,
    "padding": {"left": 12, "right": 12, "top": 5, "bottom": 5},
    "autosize": {"type": "fit-x", "contains": "padding"},
    "font": TEXT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--muted)",
        "titleColor": "var(--muted)",
        "titleFontWeight": "normal",
        "gridColor": "var(--line)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelLimit": 260,
        "labelPadding": 6,
    },
    "legend": {
        "labelColor": "var(--ink)",
        "titleColor": "var(--muted)",
        "labelFontSize": 12,
        "orient": "top",
        "title": None,
        "symbolStrokeWidth": 2,
        "columns": 3,
        "labelLimit": 240,
    },
}


def forest(rows: list[dict[str, Any]], axis: str, percent: bool, words: str, caption: str) -> Figure:
    """Estimates with intervals, one a line, against no effect.

    Each row has `name`, `estimate`, `low`, `high` and `shown` (outcome in words); ends that are not known
    are drawn to the edge.
    """
    known = [
        value for row in rows for value in (row["low"], row["estimate"], row["high"]) if value is not None
    ]
    left, right = _robust_limits(known)
    drawn = [
        row | {"low": _clip(row["low"], left, right, left), "high": _clip(row["high"], left, right, right)}
        for row in rows
        if left <= row["estimate"] <= right
    ]
    outcomes = ["better", "worse", "no difference shown", "associated"]
    tones = ["var(--good)", "var(--bad)", "var(--muted)", "var(--accent)"]
    base = alt.Chart(alt.Data(values=drawn)).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(grid=False, domain=False, ticks=False)),
        color=alt.Color("shown:N", scale=alt.Scale(domain=outcomes, range=tones), legend=None),
    )
    axis_of_x = alt.Axis(format="+.0%" if percent else "~g", tickCount=6)
    x = alt.X("low:Q", title=axis, scale=alt.Scale(domain=[left, right], nice=False), axis=axis_of_x)
    bars = base.mark_rule(strokeWidth=3, strokeCap="round").encode(x=x, x2="high:Q")
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        x="estimate:Q",
        shape=alt.Shape("shown:N", scale=alt.Scale(domain=outcomes, range=SHAPES[:4]), legend=None),
    )
    return _drawn((_zero() + bars + points).properties(height=max(60, 24 * len(drawn))), words, caption)


def compared(rows: list[dict[str, Any]], axis: str, form: str, words: str, caption: str) -> Figure:
    """Estimates with intervals, one a line for each `series` of a `name`, told apart by colour, dash and shape."""
    names = list(dict.fromkeys(row["series"] for row in rows))
    known = [
        value for row in rows for value in (row["low"], row["estimate"], row["high"]) if value is not None
    ]
    left, right = _robust_limits(known)
    estimates = [row["estimate"] for row in rows]
    left, right = min(left, *estimates), max(right, *estimates)
    drawn = [
        row | {"low": _clip(row["low"], left, right, left), "high": _clip(row["high"], left, right, right)}
        for row in rows
    ]
    base = alt.Chart(alt.Data(values=drawn)).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False)),
        yOffset=alt.YOffset("series:N", sort=names),
        color=_series(names),
    )
    x_axis = alt.Axis(format=form, tickCount=6, grid=False)
    x = alt.X("low:Q", title=axis, scale=alt.Scale(domain=[left, right], nice=False), axis=x_axis)
    dash = alt.StrokeDash("series:N", scale=alt.Scale(domain=names, range=DASHES[: len(names)]))
    shape = alt.Shape("series:N", scale=alt.Scale(domain=names, range=SHAPES[: len(names)]), legend=None)
    bars = base.mark_rule(strokeWidth=2.5).encode(x=x, x2="high:Q", strokeDash=dash)
    points = base.mark_point(filled=True, size=60, opacity=1).encode(x="estimate:Q", shape=shape)
    lines_of_names = len({row["name"] for row in drawn})
    height = max(70, lines_of_names * (12 + 13 * len(names)))
    return _drawn((_zero() + bars + points).properties(height=height), words, caption)


def lines(
    rows: list[dict[str, Any]],
    x_title: str,
    y_title: str,
    y_format: str,
    words: str,
    caption: str,
    time: bool = True,
) -> Figure:
    """One line a `series` over `x` (a time, or a name in the order of the rows), told apart by colour and dash."""
    names = list(dict.fromkeys(row["series"] for row in rows))
    x = (
        alt.X("x:T", title=x_title, axis=alt.Axis(format="%d %b", grid=False, tickCount=6))
        if time
        else alt.X("x:N", sort=None, title=x_title, axis=alt.Axis(labelAngle=0, grid=False, labelLimit=90))
    )
    chart = (
        alt.Chart(alt.Data(values=rows))
        .mark_line(strokeWidth=2.5, point={"size": 30, "filled": True} if not time else False)
        .encode(
            x=x,
            y=alt.Y(
                "y:Q", title=y_title, scale=alt.Scale(zero=False), axis=alt.Axis(format=y_format, tickCount=5)
            ),
            color=_series(names),
            strokeDash=alt.StrokeDash("series:N", scale=alt.Scale(domain=names, range=DASHES[: len(names)])),
        )
        .properties(height=220)
    )
    return _drawn(chart, words, caption)


def densities(rows: list[dict[str, Any]], x_title: str, x_format: str, words: str, caption: str) -> Figure:
    """Posterior densities, one a `series`: `x`, `y` (density, no unit)."""
    names = list(dict.fromkeys(row["series"] for row in rows))
    base = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X(
            "x:Q",
            title=x_title,
            scale=alt.Scale(nice=False),
            axis=alt.Axis(format=x_format, grid=False, tickCount=6),
        ),
        y=alt.Y("y:Q", title=None, axis=None, stack=None),
        color=_series(names),
    )
    dash = alt.StrokeDash("series:N", scale=alt.Scale(domain=names, range=DASHES[: len(names)]))
    area = base.mark_area(opacity=0.15)
    return _drawn(
        (area + base.mark_line(strokeWidth=2.5).encode(strokeDash=dash)).properties(height=180),
        words,
        caption,
    )


def bars(rows: list[dict[str, Any]], x_title: str, x_format: str, words: str, caption: str) -> Figure:
    """Bars of `value` for each `name`, side by side for each `series`, with their value in words (`text`)."""
    names = list(dict.fromkeys(row["series"] for row in rows))
    most = max((row["value"] for row in rows), default=0) or 1
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(domain=False, ticks=False)),
        x=alt.X(
            "value:Q",
            title=x_title,
            scale=alt.Scale(domainMax=1.25 * most),
            axis=alt.Axis(format=x_format, tickCount=5),
        ),
    )
    if len(names) > 1:
        base = base.encode(yOffset=alt.YOffset("series:N", sort=names))
    bar = base.mark_bar(cornerRadiusEnd=3).encode(color=_series(names, legend=False))
    text = base.mark_text(align="left", dx=5, fontSize=11, color="var(--ink)").encode(text="text:N")
    steps = len({row["name"] for row in rows})
    return _drawn(
        (bar + text).properties(height=max(70, steps * (12 + 18 * max(1, len(names))))), words, caption
    )


def _zero() -> Any:
    """The line of no effect."""
    rule = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(
        color="var(--ink)", strokeDash=[3, 3], opacity=0.7
    )
    return rule.encode(x="zero:Q")


def _series(names: list[str], legend: bool = True) -> Any:
    scale = alt.Scale(domain=names, range=[SERIES[i % len(SERIES)] for i in range(len(names))])
    return alt.Color("series:N", scale=scale, legend=alt.Legend(**LEGEND) if legend else None)


def _robust_limits(values: list[float]) -> tuple[float, float]:
    """The axis' ends: all values and zero, but an end that dwarfs the rest is cut at three times the middle ones."""
    ordered = sorted(abs(value) for value in values) or [1.0]
    cap = 3 * ordered[int(0.75 * (len(ordered) - 1))] or ordered[-1] or 1.0
    low, high = max(min([*values, 0.0]), -cap), min(max([*values, 0.0]), cap)
    margin = 0.05 * (high - low) or 0.1
    return low - margin, high + margin


def _clip(value: float | None, left: float, right: float, edge: float) -> float:
    return edge if value is None else min(max(value, left), right)


def _drawn(chart: Any, words: str, caption: str) -> Figure:
    """The chart as lean SVG with its words as the accessible name."""
    spec = chart.properties(width=WIDTH).to_dict(validate=False)
    spec["config"] = CONFIG
    svg = vl_convert.vegalite_to_svg(spec)
    svg = re.sub(r' (?:role|class|pointer-events|aria-[a-z]+)="[^"]*"', "", svg)
    name = html.escape(words, quote=True)
    return Figure(svg.replace("<svg ", f'<svg role="img" aria-label="{name}" ', 1), caption)
