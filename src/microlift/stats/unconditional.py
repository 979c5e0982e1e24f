"""Exact unconditional tests and intervals of two conversion rates: Barnard, Boschloo, Chan–Zhang.

Arguments are those of `score.py` without strata: scalars or (cells,), broadcast together. Outcomes are ordered
by a statistic that grows with the treatment's successes and falls with the control's; a one-sided p is the
probability of what is at least as extreme, at the rates that make it largest. Two-sided p are central, twice
the smaller side (at most 1), and an interval excludes what its side rejects: p < 1 − confidence exactly when
the interval from the same ordering excludes no effect.

The search over the unknown rate may be confined to its Clopper–Pearson interval at level 1 − `gamma`, `gamma`
then being added to p (Berger & Boos 1994, JASA 89:1012–1016): still exact, and faster. Outcomes whose
probability is below about 1e-12 are left out of sums. The maximum is taken over a grid in arcsine steps of less
than half a standard deviation, refined around its best point.

Sources: Barnard (1947), Biometrika 34:123–138; Boschloo (1970), Statistica Neerlandica 24:1–35; Chan & Zhang
(1999), Biometrics 55:1202–1209; Agresti & Min (2001), Biometrics 57:963–971; Suissa & Shuster (1985), JRSS A
148:317–327.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from microlift.stats.checks import FloatArray, check_confidence, two_sided_quantile
from microlift.stats.interval import Interval
from microlift.stats.score import difference_statistic, ratio_statistic, score_difference, score_ratio
from microlift.stats.tables import Tables, as_tables
from microlift.stats.tails import Region, largest_tail
from microlift.stats.unconditional_limits import Scale, least_kept

GAMMA = 1e-6
TIE = 1e-9  # statistics that differ by less, relatively, are one
CELLS_AT_ONCE = 500_000  # outcomes of a batch
LIMIT_TOLERANCE = 1e-5  # of a limit, on the scales of the difference and the log ratio
LOG_RATIO_END = 60.0  # where the search for a log ratio ends


def barnard_p_value(
    successes_t: ArrayLike, n_t: ArrayLike, successes_c: ArrayLike, n_c: ArrayLike, gamma: float = 0.0
) -> FloatArray:
    """Two-sided p of equal rates, outcomes ordered by the score statistic (Barnard's test as in Suissa & Shuster).

    1 where no unit, or every unit, converted, and where an arm is empty. Raises ValueError as `as_tables` does,
    for strata, and for a gamma outside [0, 1).
    """
    tables = _plain(successes_t, n_t, successes_c, n_c)
    _check_gamma(gamma)
    turned, sign = _leaning(tables)
    p = np.ones(len(sign))
    for cells in _batches(turned, np.flatnonzero(sign != 0)):
        part = turned.take(cells)
        p[cells] = 2 * _upper(part, np.zeros(len(cells)), False, gamma)
    return np.minimum(p, 1.0).reshape(tables.shape)


def boschloo_p_value(
    successes_t: ArrayLike, n_t: ArrayLike, successes_c: ArrayLike, n_c: ArrayLike, gamma: float = 0.0
) -> FloatArray:
    """Two-sided p of equal rates, outcomes ordered by the one-sided p of Fisher's exact test.

    It is never above Fisher's. Degenerate cells and errors as in `barnard_p_value`.
    """
    tables = _plain(successes_t, n_t, successes_c, n_c)
    _check_gamma(gamma)
    turned, sign = _leaning(tables)
    p = np.ones(len(sign))
    fisher: dict[tuple[int, int], FloatArray] = {}
    for cell in np.flatnonzero(sign != 0):
        part = turned.take(np.array([cell]))
        sizes = int(part.n_t[0, 0]), int(part.n_c[0, 0])
        if sizes not in fisher:
            fisher = {sizes: _fisher_tails(*sizes)}
        tails = fisher[sizes]
        observed = tails[int(part.x_t[0, 0]), int(part.x_c[0, 0])]
        reached = (tails <= observed * (1 + TIE)).sum(axis=1) - 1
        region = Region(part, np.zeros((1, 1), dtype=np.int64), reached[None, :])
        p[cell] = 2 * (largest_tail(region, np.zeros(1), False, gamma)[0] + gamma)
    return np.minimum(p, 1.0).reshape(tables.shape)


def unconditional_difference(
    successes_t: ArrayLike,
    n_t: ArrayLike,
    successes_c: ArrayLike,
    n_c: ArrayLike,
    confidence: float = 0.95,
    gamma: float = GAMMA,
) -> Interval:
    """Exact interval of p_t − p_c: at most (1 − confidence)/2 non-coverage in each tail, whatever the rates.

    Its p is `barnard_p_value` with the same gamma. (−1, 1) where an arm is empty.
    """
    return _interval(_plain(successes_t, n_t, successes_c, n_c), confidence, gamma, is_ratio=False)


def unconditional_ratio(
    successes_t: ArrayLike,
    n_t: ArrayLike,
    successes_c: ArrayLike,
    n_c: ArrayLike,
    confidence: float = 0.95,
    gamma: float = GAMMA,
) -> Interval:
    """Exact interval of p_t / p_c (the relative lift is 1 less). `low` is 0 and `high` infinite as in
    `score_ratio`; (0, ∞) where an arm is empty."""
    return _interval(_plain(successes_t, n_t, successes_c, n_c), confidence, gamma, is_ratio=True)


def _interval(tables: Tables, confidence: float, gamma: float, is_ratio: bool) -> Interval:
    tail = (1 - check_confidence(confidence)) / 2
    _check_gamma(gamma)
    if not gamma < tail:
        raise ValueError(f"gamma must be below (1 − confidence)/2 = {tail:g}, got {gamma}")
    ends = []
    for side in (tables, _swapped(tables)):
        low = np.empty(len(side.weight))
        for cells in _batches(side, np.arange(len(low))):
            low[cells] = _lower(side.take(cells), confidence, gamma, is_ratio)
        ends.append(low.reshape(tables.shape))
    if not is_ratio:
        return Interval(ends[0], -ends[1])
    with np.errstate(divide="ignore"):
        return Interval(np.exp(ends[0]), np.exp(-ends[1]))


def _lower(part: Tables, confidence: float, gamma: float, is_ratio: bool) -> FloatArray:
    """Lower limits of the difference or the log ratio, (cells,): the least value that the upper-sided p keeps.

    The search stays on the side of no effect on which the test places the limit, between its bounds
    (`unconditional_limits.py`). The end of the last bracket that lies outside the interval is returned, so that rounding
    never narrows it.
    """
    edge, start, error = _start(part, confidence, is_ratio)
    limit = np.full(len(start), -np.inf if is_ratio else -1.0)
    # Without units nothing, without successes of the treatment no ratio is excluded.
    rows = np.flatnonzero(part.comparable & ~(is_ratio & (part.x_t[:, 0] == 0)))
    if not rows.size:
        return limit
    part, level = part.take(rows), (1 - confidence) / 2
    above = _upper(part, np.zeros(rows.size), is_ratio, gamma) <= level
    ends = np.where(above, 0.0, -edge), np.where(above, edge, 0.0)
    scale = Scale(is_ratio, gamma, float(special.ndtri(level)), _reached)
    limit[rows] = least_kept(part, scale, ends, start[rows], error[rows], LIMIT_TOLERANCE)
    return limit


def _start(part: Tables, confidence: float, is_ratio: bool) -> tuple[float, FloatArray, FloatArray]:
    """End of the search, and for each cell the score limit and about the standard error, on the scale searched."""
    x_t, n_t, x_c, n_c = (array[:, 0] for array in part.arms)
    z = two_sided_quantile(confidence)
    if not is_ratio:
        low = score_difference(x_t, n_t, x_c, n_c, confidence).low
        estimate = (part.x_t / part.n_t - part.x_c / part.n_c)[:, 0]
        return 1.0, low, np.maximum(estimate - low, 1e-4) / z
    with np.errstate(divide="ignore"):
        low = np.maximum(np.log(score_ratio(x_t, n_t, x_c, n_c, confidence).low), -LOG_RATIO_END)
    estimate = np.log(((part.x_t + 0.5) / part.n_t * part.n_c / (part.x_c + 0.5))[:, 0])
    return LOG_RATIO_END, low, np.maximum(estimate - low, 1e-2) / z


def _upper(part: Tables, parameter: FloatArray, is_ratio: bool, gamma: float) -> FloatArray:
    """One-sided p against smaller values of the parameter (difference, or log ratio), plus gamma, (cells,)."""
    region = Region.of(part, parameter, is_ratio, gamma, _reached)
    return largest_tail(region, parameter, is_ratio, gamma) + gamma


def _reached(
    part: Tables,
    parameter: FloatArray,
    is_ratio: bool,
    first: NDArray[np.int64],
    width: int,
    between: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None,
) -> NDArray[np.int64]:
    """For each count of the treatment, the largest count of the control that is as extreme as the data; or −1.

    `between` has counts that it is known to lie between, (cells, width).
    """
    statistic = ratio_statistic if is_ratio else difference_statistic
    value = np.exp(parameter) if is_ratio else parameter
    observed = statistic(part, value[:, None], False)
    cells = np.repeat(np.arange(len(value)), width)
    x_t = (first + np.arange(width)).ravel().astype(np.float64)
    n_t, n_c = part.n_t[cells], part.n_c[cells]
    x_t = np.minimum(x_t, n_t[:, 0])
    bar = observed[cells] - TIE * np.maximum(1, np.abs(observed[cells]))
    low, high = np.full(cells.size, -1.0), n_c[:, 0].copy()
    if between is not None:
        low, high = (bound.ravel().astype(np.float64) for bound in between)
    going = np.flatnonzero(low < high)
    while going.size:
        middle = np.ceil((low[going] + high[going]) / 2)
        rows = cells[going]
        tables = Tables(
            x_t[going, None],
            n_t[going],
            np.maximum(middle, 0)[:, None],
            n_c[going],
            part.weight[rows],
            rows.shape,
        )
        fits = (statistic(tables, value[rows][:, None], False) >= bar[going]) | (middle < 0)
        low[going], high[going] = np.where(fits, middle, low[going]), np.where(fits, high[going], middle - 1)
        going = going[low[going] < high[going]]
    return low.reshape(len(value), width).astype(np.int64)


def _fisher_tails(n_t: int, n_c: int) -> FloatArray:
    """One-sided p of Fisher's exact test for more successes in the treatment, of all outcomes, (n_t + 1, n_c + 1)."""
    ways_t, ways_c, ways = (
        special.gammaln(n + 1)
        - special.gammaln(np.arange(n + 1) + 1)
        - special.gammaln(n - np.arange(n + 1) + 1)
        for n in (n_t, n_c, n_t + n_c)
    )
    total = np.add.outer(np.arange(n_t + 1), np.arange(n_c + 1))
    tails = np.exp(ways_t[:, None] + ways_c - ways[total])
    # One more success in the treatment is one fewer in the control: a sum along the diagonal.
    for x_t in range(n_t - 1, -1, -1):
        tails[x_t, 1:] += tails[x_t + 1, :-1]
    return tails


def _leaning(tables: Tables) -> tuple[Tables, FloatArray]:
    """The tables with the arm of the higher rate as treatment, and the sign of their difference."""
    sign = np.sign(tables.x_t * tables.n_c - tables.x_c * tables.n_t)[:, 0]
    flip = (sign < 0)[:, None]
    x_t, n_t = np.where(flip, tables.x_c, tables.x_t), np.where(flip, tables.n_c, tables.n_t)
    x_c, n_c = np.where(flip, tables.x_t, tables.x_c), np.where(flip, tables.n_t, tables.n_c)
    return Tables(x_t, n_t, x_c, n_c, tables.weight, tables.shape), np.where(tables.comparable, sign, 0.0)


def _swapped(tables: Tables) -> Tables:
    return Tables(tables.x_c, tables.n_c, tables.x_t, tables.n_t, tables.weight, tables.shape)


def _batches(tables: Tables, cells: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Cells of similar size, a few at a time."""
    size = (tables.n_t + tables.n_c)[cells, 0]
    order, start = cells[np.argsort(size, kind="stable")], 0
    sizes = np.sort(size)
    while start < order.size:
        stop = int(np.searchsorted(np.cumsum(sizes[start:]), CELLS_AT_ONCE / 20)) + start
        stop = max(start + 1, min(stop, int(np.searchsorted(sizes, 1.3 * sizes[start], side="right"))))
        yield order[start:stop]
        start = stop


def _plain(successes_t: ArrayLike, n_t: ArrayLike, successes_c: ArrayLike, n_c: ArrayLike) -> Tables:
    tables = as_tables(successes_t, n_t, successes_c, n_c)
    if tables.weight.shape[1] > 1:
        raise ValueError("exact unconditional methods take no strata: counts must have at most 1 dimension")
    return tables


def _check_gamma(gamma: float) -> None:
    if not 0 <= gamma < 1:
        raise ValueError(f"gamma must lie in [0, 1), got {gamma}")
