"""The pair of limits that every interval method returns."""

from dataclasses import dataclass

from microlift.stats.checks import FloatArray


@dataclass(frozen=True)
class Interval:
    """Lower and upper limits, arrays of one shape (a value a cell), in the unit of the parameter."""

    low: FloatArray
    high: FloatArray


@dataclass(frozen=True)
class ContrastIntervals:
    """Intervals of one comparison on three scales: p_t − p_c, p_t / p_c and the odds ratio."""

    difference: Interval
    ratio: Interval
    odds_ratio: Interval
