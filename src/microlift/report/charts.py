"""Charts as Vega-Lite, drawn to SVG by vl-convert while the report is written, so that a reader needs no JavaScript.

Colours are the style sheet's variables: one drawing serves light, dark and print. Specifications are plain dicts, since
objects that check each word of them took as long as the drawing.
"""

import html
import os
import re
from importlib.resources import as_file, files
from typing import Any

import vl_convert

from microlift.report.parts import Figure

Spec = dict[str, Any]

WIDTH = 700
BARS = 500  # pixels that are left for bars beside their names
SERIES = [f"var(--series-{number})" for number in range(1, 7)]
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [10, 4]]
SHAPES = ["circle", "square", "diamond", "triangle-up", "cross", "triangle-down"]
TEXT = "Liberation Sans"  # as wide as Arial and Helvetica, which the style sheet asks for

LEGEND: dict[str, Any] = {
    "symbolOpacity": 1,
    "symbolType": "stroke",
    "symbolStrokeWidth": 3,
    "symbolSize": 260,
    "title": None,
}
POINTS: dict[str, Any] = {"symbolOpacity": 1, "symbolStrokeWidth": 0, "symbolSize": 80, "title": None}

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
        "labelLimit": 330,
        "labelPadding": 6,
        "labelExpr": "datum.value === 0 ? replace(datum.label, /[+k]/, '') : datum.label",
    },
    "legend": {
        "labelFontSize": 12,
        "orient": "top",
        "title": None,
        "symbolStrokeWidth": 2,
        "columns": 3,
        "labelLimit": 240,
    },
}


def forest(rows: list[Spec], axis: str, percent: bool, words: str, caption: str) -> Figure:
    """Estimates with intervals, one a line, against no effect.

    Each row has `name`, `estimate`, `low`, `high` and `shown` (outcome in words); ends that are not known
    are drawn to the edge.
    """
    left, right = _robust_limits(_known(rows))
    drawn = [_cut(row, left, right) for row in rows if left <= row["estimate"] <= right]
    outcomes = ["better", "worse", "no difference shown", "associated"]
    tones = ["var(--good)", "var(--bad)", "var(--muted)", "var(--accent)"]
    both: Spec = {
        "y": _nominal("name", {"grid": False, "domain": False, "ticks": False}),
        "color": _by("shown", outcomes, tones, None),
    }
    form = {"format": "+.0%" if percent else "~g", "tickCount": 6}
    bars = both | {"x": _ends(axis, left, right, form), "x2": {"field": "high"}}
    points = both | {"x": _number("estimate"), "shape": _by("shown", outcomes, SHAPES[:4], None)}
    spec = {
        "data": {"values": drawn},
        "height": max(60, 24 * len(drawn)),
        "layer": [_zero(), _interval(3, bars), _point(70, points)],
    }
    return _drawn(spec, words, caption)


def compared(rows: list[Spec], axis: str, form: str, words: str, caption: str) -> Figure:
    """Estimates with intervals, one a line for each `series` of a `name`, told apart by colour, dash and shape."""
    names = _names(rows)
    left, right = _robust_limits(_known(rows))
    drawn = [_cut(row, left, right) for row in rows if left <= row["estimate"] <= right]
    both: Spec = {
        "y": _nominal("name", {"domain": False, "ticks": False}),
        "yOffset": {"field": "series", "type": "nominal", "sort": names},
        "color": _series(names, POINTS),
    }
    x = _ends(axis, left, right, {"format": form, "tickCount": 6, "grid": False})
    bars = both | {"x": x, "x2": {"field": "high"}, "strokeDash": _dashes(names) | {"legend": None}}
    points = both | {"x": _number("estimate"), "shape": _by("series", names, SHAPES, POINTS)}
    lines_of_names = len({row["name"] for row in drawn})
    spec = {
        "data": {"values": drawn},
        "height": max(70, lines_of_names * (12 + 13 * len(names))),
        "layer": [_zero(), _interval(2.5, bars), _point(60, points)],
    }
    return _drawn(spec, words, caption)


def lines(
    rows: list[Spec], x_title: str, y_title: str, y_format: str, words: str, caption: str, time: bool = True
) -> Figure:
    """One line a `series` over `x` (a time, or a name in the order of the rows), told apart by colour and dash."""
    names = _names(rows)
    x: Spec = (
        {"field": "x", "type": "temporal", "title": x_title,
         "axis": {"format": "%d %b", "grid": False, "tickCount": 6}}
        if time
        else {"field": "x", "type": "nominal", "sort": None, "title": x_title,
              "axis": {"labelAngle": 0, "grid": False, "labelLimit": 90}}
    )  # fmt: skip
    y = _number("y") | {
        "title": y_title,
        "scale": {"zero": False},
        "axis": {"format": y_format, "tickCount": 5},
    }
    mark = {
        "type": "line",
        "strokeWidth": 2.5,
        "point": {"size": 30, "filled": True} if not time or _is_short(rows) else False,
    }
    encoding = {"x": x, "y": y, "color": _series(names), "strokeDash": _dashes(names)}
    spec = {"data": {"values": rows}, "height": 220, "mark": mark, "encoding": encoding}
    return _drawn(spec, words, caption)


def bands(rows: list[Spec], y_title: str, y_format: str, words: str, caption: str) -> Figure:
    """Estimates `y` over time with limits (`low`, `high`), one line and band a `series`, against no effect.

    Limits beyond three times the common size are cut, as in a forest plot; those not known are drawn to the edge.
    """
    names = _names(rows)
    known = [row[end] for row in rows for end in ("low", "y", "high") if row[end] is not None]
    low, high = _robust_limits(known)
    low, high = min(low, *(row["y"] for row in rows)), max(high, *(row["y"] for row in rows))
    drawn = [
        row | {"low": _clip(row["low"], low, high, low), "high": _clip(row["high"], low, high, high)}
        for row in rows
    ]
    x = {"field": "x", "type": "temporal", "title": "Look",
         "axis": {"format": "%d %b", "grid": False, "tickCount": 6}}  # fmt: skip
    scale = {"domain": [low, high], "nice": False, "zero": False}
    y = _number("low") | {"title": y_title, "scale": scale, "axis": {"format": y_format, "tickCount": 5}}
    color = _series(names)
    band = {"x": x, "y": y, "y2": {"field": "high"}, "color": color}
    line = {"x": x, "y": _number("y"), "color": color, "strokeDash": _dashes(names)}
    rule = {"type": "rule", "color": "var(--ink)", "strokeDash": [3, 3], "opacity": 0.7}
    spec = {
        "data": {"values": drawn},
        "height": 220,
        "layer": [
            {"mark": {"type": "area", "opacity": 0.18}, "encoding": band},
            {"data": {"values": [{"zero": 0}]}, "mark": rule, "encoding": {"y": _number("zero")}},
            {"mark": {"type": "line", "strokeWidth": 2.5, "point": {"size": 30, "filled": True}},
             "encoding": line},
        ],
    }  # fmt: skip
    return _drawn(spec, words, caption)


def densities(
    rows: list[Spec], x_title: str, x_format: str, words: str, caption: str, first: int = 0
) -> Figure:
    """Posterior densities, one a `series`: `x`, `y` (density, no unit); `first` is the colour to begin with."""
    names = _names(rows)
    both: Spec = {
        "x": _number("x")
        | {
            "title": x_title,
            "scale": {"nice": False, "zero": False},
            "axis": {"format": x_format, "grid": False, "tickCount": 6},
        },
        "y": _number("y") | {"title": None, "axis": None, "stack": None},
        "color": _by("series", names, SERIES[first:], LEGEND),
    }
    line = {"type": "line", "strokeWidth": 2.5}
    spec = {
        "data": {"values": rows},
        "height": 180,
        "layer": [
            {"mark": {"type": "area", "opacity": 0.15}, "encoding": both},
            {"mark": line, "encoding": both | {"strokeDash": _dashes(names)}},
        ],
    }
    return _drawn(spec, words, caption)


def bars(rows: list[Spec], x_title: str, x_format: str, words: str, caption: str) -> Figure:
    """Bars of `value` for each `name`, side by side for each `series`, with their value in words (`text`)."""
    names = _names(rows)
    most = max((row["value"] for row in rows), default=0) or 1
    longest = 7 * max((len(row["text"]) for row in rows), default=0)  # pixels, beside the longest bar
    room = max(1.25, BARS / max(BARS - longest, BARS / 3))
    both: Spec = {
        "y": _nominal("name", {"domain": False, "ticks": False}),
        "x": _number("value")
        | {
            "title": x_title,
            "scale": {"domainMax": room * most},
            "axis": {"format": x_format, "tickCount": 5},
        },
    }
    if len(names) > 1:
        both["yOffset"] = {"field": "series", "type": "nominal", "sort": names}
    text = {"type": "text", "align": "left", "dx": 5}
    steps = len({row["name"] for row in rows})
    spec = {
        "data": {"values": rows},
        "height": max(70, steps * (12 + 18 * max(1, len(names)))),
        "layer": [
            {
                "mark": {"type": "bar", "cornerRadiusEnd": 3},
                "encoding": both | {"color": _series(names, None)},
            },
            {"mark": text, "encoding": both | {"text": {"field": "text", "type": "nominal"}}},
        ],
    }
    return _drawn(spec, words, caption)


def _zero() -> Spec:
    """The line of no effect."""
    rule = {"type": "rule", "color": "var(--ink)", "strokeDash": [3, 3], "opacity": 0.7}
    return {"data": {"values": [{"zero": 0}]}, "mark": rule, "encoding": {"x": _number("zero")}}


def _interval(width: float, encoding: Spec) -> Spec:
    return {"mark": {"type": "rule", "strokeWidth": width, "strokeCap": "round"}, "encoding": encoding}


def _point(size: int, encoding: Spec) -> Spec:
    return {"mark": {"type": "point", "filled": True, "size": size, "opacity": 1}, "encoding": encoding}


def _number(field: str) -> Spec:
    return {"field": field, "type": "quantitative"}


def _nominal(field: str, axis: Spec) -> Spec:
    return {"field": field, "type": "nominal", "sort": None, "title": None, "axis": axis}


def _ends(title: str, left: float, right: float, axis: Spec) -> Spec:
    """The lower end of an interval, on the axis that all of a forest plot shares."""
    return _number("low") | {"title": title, "scale": {"domain": [left, right], "nice": False}, "axis": axis}


def _by(field: str, names: list[str], values: list[Any], legend: Spec | None) -> Spec:
    """A look of its own for each name; looks repeat where names are more."""
    range_ = [values[place % len(values)] for place in range(len(names))]
    scale = {"domain": names, "range": range_}
    return {"field": field, "type": "nominal", "scale": scale, "legend": legend}


def _series(names: list[str], legend: Spec | None = LEGEND) -> Spec:
    return _by("series", names, SERIES, legend)


def _dashes(names: list[str]) -> Spec:
    spec = _by("series", names, DASHES, None)
    del spec["legend"]  # it is one with that of the colours
    return spec


def _names(rows: list[Spec]) -> list[str]:
    return list(dict.fromkeys(row["series"] for row in rows))


def _known(rows: list[Spec]) -> list[float]:
    return [row[end] for row in rows for end in ("low", "estimate", "high") if row[end] is not None]


def _is_short(rows: list[Spec]) -> bool:
    """Whether so few moments are drawn that a line alone might be a dot that nobody sees."""
    return len({row["x"] for row in rows}) < 4


def _robust_limits(values: list[float]) -> tuple[float, float]:
    """The axis' ends: all values and zero, but an end that dwarfs the rest is cut at three times the middle ones."""
    ordered = sorted(abs(value) for value in values) or [1.0]
    cap = 3 * ordered[int(0.75 * (len(ordered) - 1))] or ordered[-1] or 1.0
    low, high = max(min([*values, 0.0]), -cap), min(max([*values, 0.0]), cap)
    margin = 0.05 * (high - low) or 0.1
    return low - margin, high + margin


def _cut(row: Spec, left: float, right: float) -> Spec:
    ends = {"low": _clip(row["low"], left, right, left), "high": _clip(row["high"], left, right, right)}
    return row | ends


def _clip(value: float | None, left: float, right: float, edge: float) -> float:
    return edge if value is None else min(max(value, left), right)


def _drawn(spec: Spec, words: str, caption: str) -> Figure:
    """The chart as lean SVG with its words as the accessible name."""
    _measure_with_own_fonts()
    svg = _lean(vl_convert.vegalite_to_svg(spec | {"width": WIDTH, "config": CONFIG}))
    name = html.escape(words, quote=True)
    return Figure(svg.replace("<svg ", f'<svg role="img" aria-label="{name}" ', 1), caption)


# What the style sheet says of every chart, and what says nothing.
IDLE = re.compile(
    r' (?:role|class|pointer-events|aria-[a-z]+|font-(?:family|size|weight)|xmlns:xlink|version)="[^"]*"'
    r'| (?:opacity|stroke-width)="1"'
)
INVISIBLE = re.compile(r'<path d="(?:M0,0h0v0h0Z)?"(?: display="none")?/>')
PLACES = re.compile(r'(?<= )(?:transform|d|x2|y2|width|height)="[^"]*"')
TEXT_PLACE = re.compile(r'<text([^>]*?) transform="translate\((-?[\d.]+),(-?[\d.]+)\)"')
LINE_PLACE = re.compile(
    r'<line transform="translate\((-?[\d.]+),(-?[\d.]+)\)" x2="(-?[\d.]+)" y2="(-?[\d.]+)"'
)
LEVEL = re.compile(r"(L-?[\d.]+,(-?[\d.]+))(?:L-?[\d.]+,\2)+(?=L-?[\d.]+,\2[LZ])")
ALIKE = re.compile(r"<g>((?:<line [^>]*/>|<path [^>]*/>|<text [^>]*>[^<]*</text>)+)</g>")
LOOK = re.compile(r' (?:stroke|stroke-width|stroke-linecap|stroke-dasharray|fill|text-anchor)="[^"]*"')
LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}")


def _lean(svg: str) -> str:
    """The same picture in half of the bytes: places to a tenth of a pixel, nothing said twice."""
    svg = INVISIBLE.sub("", IDLE.sub("", svg))
    svg = re.sub(r'(<text[^>]*) fill="[^"]*"', r"\1", svg)
    svg = PLACES.sub(lambda found: LONG_NUMBER.sub(_tenth, found[0]), svg)
    svg = LEVEL.sub(r"\1", svg)
    svg = TEXT_PLACE.sub(r'<text\1 x="\2" y="\3"', svg)
    svg = LINE_PLACE.sub(_line_between, svg)
    svg = ALIKE.sub(_said_once, svg)
    while "<g></g>" in svg:
        svg = svg.replace("<g></g>", "")
    return svg


def _line_between(found: re.Match[str]) -> str:
    x, y, along, down = (float(number) for number in found.groups())
    return f'<line x1="{x:g}" y1="{y:g}" x2="{round(x + along, 1):g}" y2="{round(y + down, 1):g}"'


def _said_once(found: re.Match[str]) -> str:
    """A group of like elements: what all of them say of their look, the group says for them."""
    looks = [set(LOOK.findall(element)) for element in re.findall(r"<(?:line|text|path) [^>]*>", found[1])]
    common = sorted(set.intersection(*looks)) if len(looks) > 2 else []
    inside = found[1]
    for look in common:
        inside = inside.replace(look, "")
    return f"<g{''.join(common)}>{inside}</g>"


def _tenth(found: re.Match[str]) -> str:
    return f"{round(float(found[0]), 1):g}"


_is_measured = False


def _measure_with_own_fonts() -> None:
    """Have labels measured with the fonts that vl-convert brings, by a first drawing without the machine's fonts.

    Fonts of the machine are opened anew for each letter, which took most of the time; and the same warehouse gives the
    same bytes on every machine.
    """
    global _is_measured
    if _is_measured:
        return
    _is_measured = True
    before = os.environ.get("FONTCONFIG_FILE")
    with as_file(files("microlift.report").joinpath("fonts.conf")) as no_fonts:
        os.environ["FONTCONFIG_FILE"] = str(no_fonts)
        vl_convert.vegalite_to_svg(
            {"data": {"values": [{}]}, "mark": "text", "encoding": {"text": {"value": "a"}}}
        )
    if before is None:
        del os.environ["FONTCONFIG_FILE"]
    else:
        os.environ["FONTCONFIG_FILE"] = before
