"""The least value of a contrast that an exact unconditional test keeps.

p of a contrast need not be monotone: it jumps where an outcome enters the region of what is at least as extreme as
the data. But between two values of the contrast that region lies, row by row, between the regions of the two (its
boundary turns around the data; only rows that are as good as impossible may differ, by an outcome), and the
probability of a fixed region grows with the contrast. So from one rejected value to the next all are rejected where
even the *union* of the two regions stays below the level at the latter.
The search goes up by such steps, and down to values that are kept, until both are close together.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from microlift.stats.checks import FloatArray
from microlift.stats.tables import Tables
from microlift.stats.tails import (
    Counts,
    Reached,
    Region,
    likely_counts,
    nuisance_range,
    refined_tail,
    rough_tail,
    treated,
)

COARSE = 0.008  # by how much the probit of a maximum over the plain grid may be off, with room to spare
TURNS = 100  # a limit that is not found by then is left at its rejected end
START = (0.3, 0.1)  # standard errors below and above the first guess at which the search begins


@dataclass(frozen=True)
class Scale:
    """Difference or log ratio, the level of Berger & Boos, the probit of the level, and the order of outcomes."""

    is_ratio: bool
    gamma: float
    target: float
    reached: Reached

    def gap(self, part: Tables, first: Counts, reached: Counts, value: FloatArray) -> FloatArray:
        """Probit of the largest probability of a region, with gamma, less that of the level, (cells,)."""

        def probit(p: FloatArray) -> FloatArray:
            return np.asarray(special.ndtri(np.clip(p + self.gamma, 1e-300, 1 - 1e-16)) - self.target)

        about, around = rough_tail(Region(part, first, reached), value, self.is_ratio, self.gamma)
        gap = probit(about)
        close = np.flatnonzero(np.abs(gap) < COARSE)
        if close.size:
            region = Region(part.take(close), first[close], reached[close])
            gap[close] = probit(refined_tail(region, value[close], self.is_ratio, around[close]))
        return gap


@dataclass
class _End:
    """A value of each cell, its region, and the gap of p there (infinite where not known)."""

    value: FloatArray
    reached: Counts
    gap: FloatArray

    def set(self, cells: NDArray[np.intp], value: FloatArray, reached: Counts, gap: FloatArray) -> None:
        self.value[cells], self.reached[cells], self.gap[cells] = value, reached, gap


def least_kept(
    part: Tables,
    scale: Scale,
    ends: tuple[FloatArray, FloatArray],
    start: FloatArray,
    error: FloatArray,
    tolerance: float,
) -> FloatArray:
    """The largest value known to be rejected with what is below it, (cells,), within `tolerance` of one that is kept.

    `ends` are rejected and kept in any case; `start` is about the limit, `error` about the standard error.
    """
    first, outer, inner = _bracket(part, scale, ends, start, error)
    width = outer.reached.shape[1]
    trial = np.clip(start, outer.value, inner.value)
    open_ = np.flatnonzero(inner.value - outer.value > tolerance)
    for turn in range(TURNS):
        if not open_.size:
            break
        at, here, rows = trial[open_], part.take(open_), first[open_]
        below, above = outer.reached[open_], inner.reached[open_]
        between = np.minimum(below, above), np.maximum(below, above)
        reached = scale.reached(here, at, scale.is_ratio, rows, width, between)
        gap = scale.gap(here, rows, reached, at)
        kept = gap > 0
        # What is rejected itself stands for all below it only if the union of the regions is.
        union = np.maximum(below, reached)
        sure, asked = ~kept, np.flatnonzero(~kept & (union != reached).any(axis=1))
        of_union = gap.copy()
        if asked.size:
            of_union[asked] = scale.gap(here.take(asked), rows[asked], union[asked], at[asked])
            sure[asked] = of_union[asked] <= 0
        inner.set(open_[kept], at[kept], reached[kept], gap[kept])
        outer.set(open_[sure], at[sure], reached[sure], gap[sure])
        trial[open_] = _next(outer, inner, open_, np.where(kept | sure, np.nan, at), of_union, turn)
        open_ = open_[inner.value[open_] - outer.value[open_] > tolerance]
    return outer.value


def _bracket(
    part: Tables, scale: Scale, ends: tuple[FloatArray, FloatArray], start: FloatArray, error: FloatArray
) -> tuple[Counts, _End, _End]:
    """First count of the treatment in the regions, and a rejected and a kept value of each cell."""
    least, most = ends
    low, high = (
        np.clip(start + sign * by * error, least, most) for sign, by in zip((-1, 1), START, strict=True)
    )
    for turn in range(1, TURNS):
        first, width = _rows(part, scale, low, high)
        outer, inner = (_end(part, scale, first, width, value) for value in (low, high))
        down, up = (outer.gap > 0) & (low > least), (inner.gap <= 0) & (high < most)
        if not (down | up).any():
            break
        low = np.where(down, np.maximum(low - 0.5 * turn**2 * error, least), low)
        high = np.where(up, np.minimum(high + 0.5 * turn**2 * error, most), high)
    outer.gap, inner.gap = (
        np.where(outer.gap > 0, -np.inf, outer.gap),
        np.where(inner.gap <= 0, np.inf, inner.gap),
    )
    return first, outer, inner


def _end(part: Tables, scale: Scale, first: Counts, width: int, value: FloatArray) -> _End:
    reached = scale.reached(part, value, scale.is_ratio, first, width, None)
    return _End(value, reached, scale.gap(part, first, reached, value))


def _next(
    outer: _End, inner: _End, cells: NDArray[np.intp], unsure: FloatArray, of_union: FloatArray, turn: int
) -> FloatArray:
    """The next trial in each bracket: regula falsi, interrupted by halving, since p jumps.

    Below a value that is `unsure` (rejected, but not with all below it) it is tried where the union, whose gap is
    given, would about reach the level.
    """
    low, high = outer.value[cells], inner.value[cells]
    f_low, f_high = np.maximum(outer.gap[cells], -10.0), np.minimum(inner.gap[cells], 10.0)
    share = np.clip(-f_low / np.maximum(f_high - f_low, 1e-12), 0.01, 0.99)
    if turn % 3 == 2:
        share = np.full(len(cells), 0.5)
    # Just beside the crossing, on either side in turn, so that both ends come in.
    nudge = 0.2 * (1 if turn % 2 == 0 else -1) * np.minimum(share, 1 - share)
    below = np.clip(0.9 * -f_low / np.maximum(of_union - f_low, 1e-12), 0.05, 0.9)
    return np.where(np.isnan(unsure), low + (high - low) * (share + nudge), low + (unsure - low) * below)


def _rows(part: Tables, scale: Scale, low: FloatArray, high: FloatArray) -> tuple[Counts, int]:
    """First count of the treatment, and how many counts, that are likely at any rate between two values."""
    ends = []
    for value in (low, high):
        rates = nuisance_range(part, value, scale.is_ratio, scale.gamma)
        ends.append([treated(rate, value, scale.is_ratio) for rate in rates])
    lowest, highest = np.minimum(ends[0][0], ends[1][0]), np.maximum(ends[0][1], ends[1][1])
    first, last = likely_counts(part.n_t[:, 0], lowest, np.maximum(lowest, highest))
    width = int((last - first).max()) + 1
    return np.minimum(first, np.maximum(part.n_t[:, 0].astype(np.int64) + 1 - width, 0))[:, None], width
