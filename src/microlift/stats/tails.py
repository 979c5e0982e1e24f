"""The probability of a region of outcomes of two binomial arms, at the rates that make it largest."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from microlift.stats.checks import FloatArray
from microlift.stats.tables import Tables

REACH = 7.0  # standard deviations of an arm's count that are summed, with as many more successes
STEP = 0.45  # standard deviations between the rates at which the probability is tried
REFINED = 7  # rates tried between the neighbours of the best one,
REFINEMENTS = 2  # and how often

Counts = NDArray[np.int64]
Reached = Callable[[Tables, FloatArray, bool, Counts, int, tuple[Counts, Counts] | None], Counts]


@dataclass(frozen=True)
class Region:
    """For each count of the treatment from `first` on, (cells, width), the largest control count inside; or −1."""

    tables: Tables
    first: NDArray[np.int64]
    reached: NDArray[np.int64]

    @classmethod
    def of(
        cls, tables: Tables, parameter: FloatArray, is_ratio: bool, gamma: float, reached: Reached
    ) -> "Region":
        """The region over the treatment counts that are likely at any of the rates searched."""
        low, high = nuisance_range(tables, parameter, is_ratio, gamma)
        rate_low, rate_high = (treated(rate, parameter, is_ratio) for rate in (low, high))
        first, last = likely_counts(tables.n_t[:, 0], rate_low, rate_high)
        width = int((last - first).max()) + 1
        first = np.minimum(first, np.maximum(tables.n_t[:, 0].astype(np.int64) + 1 - width, 0))[:, None]
        return cls(tables, first, reached(tables, parameter, is_ratio, first, width, None))


def treated(rate: FloatArray, parameter: FloatArray, is_ratio: bool) -> FloatArray:
    """The treatment's rate beside the control's, by their difference or their log ratio."""
    return np.clip(rate * np.exp(parameter) if is_ratio else rate + parameter, 0, 1)


def nuisance_range(
    tables: Tables, parameter: FloatArray, is_ratio: bool, gamma: float
) -> tuple[FloatArray, FloatArray]:
    """Rates of the control that are searched, (cells,) each; empty (low above high) where none is possible."""
    if is_ratio:
        low, high = np.zeros(len(parameter)), np.exp(np.minimum(-parameter, 0))
    else:
        low, high = np.maximum(-parameter, 0), np.minimum(1 - parameter, 1)
    if gamma == 0:
        return low, high
    # The larger arm knows its rate better.
    of_t = tables.n_t[:, 0] > tables.n_c[:, 0]
    x = np.where(of_t, tables.x_t[:, 0], tables.x_c[:, 0])
    n = np.where(of_t, tables.n_t[:, 0], tables.n_c[:, 0])
    least = np.where(x > 0, special.betaincinv(np.maximum(x, 1), n - x + 1, gamma / 2), 0.0)
    most = np.where(x < n, special.betainccinv(x + 1, np.maximum(n - x, 1), gamma / 2), 1.0)
    if is_ratio:
        scale = np.where(of_t, np.exp(-parameter), 1.0)
        least, most = least * scale, most * scale
    else:
        shift = np.where(of_t, parameter, 0.0)
        least, most = least - shift, most - shift
    return np.maximum(low, least), np.minimum(high, most)


def likely_counts(
    n: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last count whose probability matters at some rate within [low, high]."""
    spread_low, spread_high = (REACH * np.sqrt(n * rate * (1 - rate)) + REACH for rate in (low, high))
    first = np.clip(np.floor(n * low - spread_low), 0, n)
    last = np.clip(np.ceil(n * high + spread_high), 0, n)
    return first.astype(np.int64), np.maximum(first, last).astype(np.int64)


def largest_tail(region: Region, parameter: FloatArray, is_ratio: bool, gamma: float) -> FloatArray:
    """Largest probability of each region over the rates searched, (cells,); 0 where none is possible."""
    about, around = rough_tail(region, parameter, is_ratio, gamma)
    return np.where(about > 0, refined_tail(region, parameter, is_ratio, around), 0.0)


def rough_tail(
    region: Region, parameter: FloatArray, is_ratio: bool, gamma: float
) -> tuple[FloatArray, FloatArray]:
    """About that probability, and the angles between which it is, (cells, 2): those beside the best of a grid.

    The parabola through them and the best one tells it within half a percent.
    """
    tables = region.tables
    low, high = nuisance_range(tables, parameter, is_ratio, gamma)
    possible = low <= high
    low, high = np.where(possible, low, 0.0), np.where(possible, high, 0.0)
    # Even steps on the arcsine scale, where a count's standard deviation is 1/(2√n) whatever its rate.
    start, end = np.arcsin(np.sqrt(np.clip(low, 0, 1))), np.arcsin(np.sqrt(np.clip(high, 0, 1)))
    count = np.ceil((end - start) * 2 * np.sqrt(tables.total[:, 0]) / STEP).astype(np.int64) + 2
    top, around = np.zeros(len(count)), np.zeros((len(count), 2))
    # Cells in need of about as many rates go together.
    similar = np.floor(np.log(count) / np.log(1.3))
    for group in np.unique(similar[possible]):
        cells = np.flatnonzero(possible & (similar == group))
        angles = np.linspace(start[cells], end[cells], int(count[cells].max()), axis=-1)
        part = Region(tables.take(cells), region.first[cells], region.reached[cells])
        found = _probability(part, angles, parameter[cells], is_ratio)
        left, best, right = _beside(found)
        rows = np.arange(len(cells))
        before, at, after = (found[rows, place] for place in (left, best, right))
        bend = np.maximum(2 * at - before - after, 1e-300)
        inside = (left < best) & (best < right)
        top[cells] = at + np.where(inside, np.minimum((before - after) ** 2 / bend / 8, 0.01 * at), 0.0)
        around[cells] = np.stack([angles[rows, left], angles[rows, right]], axis=1)
    return top, around


def refined_tail(region: Region, parameter: FloatArray, is_ratio: bool, around: FloatArray) -> FloatArray:
    """The largest probability of each region at a control's rate sin²(angle) between two angles, (cells, 2)."""
    highest, rows = np.zeros(len(around)), np.arange(len(around))
    angles = np.linspace(around[:, 0], around[:, 1], REFINED, axis=-1)
    for _ in range(REFINEMENTS):
        found = _probability(region, angles, parameter, is_ratio)
        highest = np.maximum(highest, found.max(axis=1))
        left, best, right = _beside(found)
        top = _vertex(angles, found, left, best, right)
        angles = np.linspace(angles[rows, left], angles[rows, right], REFINED, axis=-1)
    return np.maximum(highest, _probability(region, top[:, None], parameter, is_ratio)[:, 0])


def _beside(found: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Places of the best of each row and of its neighbours."""
    best = found.argmax(axis=1)
    return np.maximum(best - 1, 0), best, np.minimum(best + 1, found.shape[1] - 1)


def _vertex(
    angles: FloatArray,
    found: FloatArray,
    left: NDArray[np.intp],
    best: NDArray[np.intp],
    right: NDArray[np.intp],
) -> FloatArray:
    """Where the parabola through the best point and its even neighbours is highest; the best point itself at an end."""
    rows = np.arange(len(best))
    before, at, after = (found[rows, place] for place in (left, best, right))
    bend = before - 2 * at + after
    inside = (left < best) & (best < right) & (bend < 0)
    shift = np.where(inside, (before - after) / np.where(inside, 2 * bend, 1.0), 0.0)
    return angles[rows, best] + shift * (angles[rows, right] - angles[rows, best])


def _probability(region: Region, angles: FloatArray, parameter: FloatArray, is_ratio: bool) -> FloatArray:
    """Probability of each region at the control's rates sin²(angles), (cells, rates)."""
    tables = region.tables
    rate_c = np.sin(angles) ** 2
    rate_t = treated(rate_c, parameter[:, None], is_ratio)
    n_t, n_c = tables.n_t[:, 0].astype(np.int64), tables.n_c[:, 0].astype(np.int64)
    start, reached = region.first, region.reached
    # Near one rate fewer counts are likely than over all of them.
    first, last = likely_counts(tables.n_t[:, 0], rate_t.min(axis=1), rate_t.max(axis=1))
    span = int((last - first).max()) + 1
    if span < reached.shape[1]:
        place = np.clip(first[:, None] - start, 0, reached.shape[1] - span)
        start = start + place
        reached = np.take_along_axis(reached, place + np.arange(span), axis=1)
    mass_t = binomial(n_t, rate_t, start[:, 0], reached.shape[1])
    first, last = likely_counts(tables.n_c[:, 0], rate_c.min(axis=1), rate_c.max(axis=1))
    span = int((last - first).max()) + 1
    first = np.minimum(first, np.maximum(n_c + 1 - span, 0))
    below = np.cumsum(binomial(n_c, rate_c, first, span), axis=2)
    place = reached - first[:, None]
    inside = np.take_along_axis(below, np.clip(place, 0, span - 1)[:, None, :], axis=2)
    inside = np.where((place < 0)[:, None, :], 0.0, inside)
    return np.vecdot(mass_t, inside)


def binomial(n: NDArray[np.int64], rate: FloatArray, first: NDArray[np.int64], width: int) -> FloatArray:
    """Probabilities of `width` counts from `first` on, (cells, rates, width); 0 beyond n."""
    count = first[:, None] + np.arange(width)
    valid = count <= n[:, None]
    count = np.minimum(count, n[:, None]).astype(np.float64)
    size = n[:, None].astype(np.float64)
    ways = special.gammaln(size + 1) - special.gammaln(count + 1) - special.gammaln(size - count + 1)
    ways = np.where(valid, ways, -np.inf)
    # A rate of 0 or 1 is taken a hair inside: the logarithms stay finite, the probabilities the same.
    inner = np.clip(rate, 1e-300, 1 - 1e-16)
    log_odds, log_rest = np.log(inner) - np.log1p(-inner), np.log1p(-inner)
    mass = count[:, None, :] * log_odds[:, :, None]
    mass += ways[:, None, :] + (size * log_rest)[:, :, None]
    return np.exp(mass, out=mass)
