"""Small line charts of a study's table, as SVG text: no library draws so little for so few bytes."""

from dataclasses import dataclass
from html import escape
from math import log10

import pandas as pd

COLOURS = ("#1b6ca8", "#d1495b", "#3a7d44", "#8a5a9e", "#c77d0a", "#4a4a4a", "#2aa6a1", "#9c2f2f")
WIDTH, HEIGHT, LEFT, TOP, BOTTOM, COLUMNS = 330, 230, 52, 30, 34, 3


@dataclass(frozen=True)
class Plot:
    """Which columns are drawn: `y` over `x`, a line a value of `series`, a panel a value of `panel`.

    Rows that share panel, series and x are drawn as their `worst` ('max' or 'min'). `reference` is a level
    that is drawn dashed, such as the nominal one. `log_x` spreads small values of x.
    """

    x: str
    y: str
    series: str
    panel: str = ""
    worst: str = "max"
    reference: float | None = None
    log_x: bool = False
    title: str = ""


def draw(table: pd.DataFrame, plot: Plot) -> str:
    """The chart as a complete SVG document, the same text for the same table."""
    panels = sorted(table[plot.panel].unique()) if plot.panel else [""]
    names = sorted(table[plot.series].unique())
    data = table.dropna(subset=[plot.y])
    # One scale for all panels, else they could not be compared.
    x_scale = _scale([float(value) for value in data[plot.x]], plot.log_x)
    levels = [float(value) for value in data[plot.y]] + ([] if plot.reference is None else [plot.reference])
    y_scale = _scale(levels, False)
    columns = min(COLUMNS, len(panels))
    legend = TOP + 16 * -(-len(names) // (2 * columns))
    width, height = columns * WIDTH, legend + -(-len(panels) // columns) * HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
        _text(8, 16, plot.title or f"{plot.y} by {plot.x}", 'font-size="13" font-weight="bold"'),
    ]
    for index, name in enumerate(names):
        x, y = 8 + (index % (2 * columns)) * WIDTH // 2, TOP + 4 + 16 * (index // (2 * columns))
        parts.append(f'<rect x="{x}" y="{y - 8}" width="14" height="4" fill="{_colour(index)}"/>')
        parts.append(_text(x + 20, y - 2, str(name)))
    for index, panel in enumerate(panels):
        rows = data[data[plot.panel] == panel] if plot.panel else data
        origin = (index % columns) * WIDTH, legend + (index // columns) * HEIGHT
        parts.append(_panel(rows, plot, names, panel, origin, x_scale, y_scale))
    return "\n".join([*parts, "</svg>\n"])


def _panel(
    rows: pd.DataFrame,
    plot: Plot,
    names: list[object],
    panel: object,
    origin: tuple[int, int],
    x_scale: tuple[float, float],
    y_scale: tuple[float, float],
) -> str:
    x0, y0, x1, y1 = origin[0] + LEFT, origin[1] + HEIGHT - BOTTOM, origin[0] + WIDTH - 12, origin[1] + 22

    def across(value: float) -> float:
        at = log10(value) if plot.log_x else value
        return x0 + (x1 - x0) * (at - x_scale[0]) / (x_scale[1] - x_scale[0])

    def up(value: float) -> float:
        return y0 - (y0 - y1) * (value - y_scale[0]) / (y_scale[1] - y_scale[0])

    parts = [
        f'<path d="M{x0} {y1}V{y0}H{x1}" fill="none" stroke="#888"/>',
        _text(x0, y1 - 8, f"{plot.panel} = {panel}" if plot.panel else ""),
        _text(
            (x0 + x1) / 2, y0 + 28, plot.x + (" (log scale)" if plot.log_x else ""), 'text-anchor="middle"'
        ),
    ]
    for share in (0.0, 0.5, 1.0):
        level = y_scale[0] + share * (y_scale[1] - y_scale[0])
        parts.append(_text(x0 - 4, up(level) + 4, f"{level:.4g}", 'text-anchor="end"'))
        place = x_scale[0] + share * (x_scale[1] - x_scale[0])
        value = 10**place if plot.log_x else place
        parts.append(_text(across(value), y0 + 14, f"{value:.3g}", 'text-anchor="middle"'))
    if plot.reference is not None:
        parts.append(f'<path d="M{x0} {up(plot.reference):.1f}H{x1}" stroke="#888" stroke-dasharray="4 3"/>')
    for index, name in enumerate(names):
        line = rows[rows[plot.series] == name].groupby(plot.x)[plot.y].agg(plot.worst)
        points = [f"{across(float(x)):.1f} {up(float(y)):.1f}" for x, y in line.items()]  # type: ignore[arg-type]
        if len(points) == 1:
            points *= 2  # a point shows as a dot: a line of no length with round ends
        path = "L".join(points)
        parts.append(
            f'<path d="M{path}" fill="none" stroke="{_colour(index)}" stroke-width="1.5" stroke-linecap="round"/>'
            if points
            else ""
        )
    return "\n".join(parts)


def _scale(values: list[float], is_log: bool) -> tuple[float, float]:
    """First and last value of an axis; of a log axis, their exponents."""
    ends = sorted(log10(value) if is_log else value for value in values) or [0.0]
    low, high = ends[0], ends[-1]
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _colour(index: int) -> str:
    return COLOURS[index % len(COLOURS)]


def _text(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" {more}>{escape(words)}</text>'
