"""Monitoring of shipped gains: how often it raises an alarm over many looks, and how late a due one comes.

An experiment of 10,000 units an arm, 10% against 12%, is shipped if it is significant. Then 300 units a look
keep the control and 700 get the variant. Where the gain lasts, alarms are false; where it is gone or has
turned, they are due, and `median_look` is the look of the first one. Beside the confidence sequence stands
the plain 95% interval of a single reading, read at every look; and the sequence against the time before
shipping, without a holdback, while the base rate stays or falls with the season to nine tenths.
"""

from typing import Any

import numpy as np
import pyarrow as pa

from microlift.stats.always_valid import mixture_boundary, mixture_weight
from microlift.stats.checks import FloatArray
from microlift.stats.monitoring import watch_gain
from microlift.stats.odds_sequence import odds_sequence

BASE, SHIPPED, SIZE, NEW, HELD = 0.10, 0.12, 10_000, 700, 300
TRUTHS = {"gain lasts": 0.12, "gain is gone": 0.10, "gain has turned": 0.08}


def run(seed: int, runs: int = 400, looks: int = 40) -> pa.Table:
    """A row a truth and detector: `alarm_rate` over all looks with its Monte Carlo `standard_error`.

    All detectors read the log odds ratio, whose shipped limit is that of the experiment.
    """
    draw = np.random.default_rng(seed)
    rows = []
    for truth, rate in TRUTHS.items():
        firsts: dict[str, list[int]] = {}
        for _ in range(runs):
            old, shipped_low = _experiment(draw)
            t, c = draw.binomial(NEW, rate, looks), draw.binomial(HELD, BASE, looks)
            season = draw.binomial(NEW, 0.9 * rate, looks)
            detectors = {
                "sequence against a holdback": _sequence(t, c),
                "interval of one reading, at every look": _plain(t, c),
                "before and after, same season": _before_after(t, old),
                "before and after, base rate falls by a tenth": _before_after(season, old),
            }
            for name, (low, high) in detectors.items():
                firsts.setdefault(name, []).append(watch_gain(low, high, high, shipped_low).first_alarm)
        rows += [_row(truth, name, np.array(first), looks) for name, first in firsts.items()]
    return pa.Table.from_pylist(rows)


def _row(truth: str, detector: str, first: Any, looks: int) -> dict[str, Any]:
    rate = float((first >= 0).mean())
    late = float(np.median(first[first >= 0]) + 1) if rate > 0.5 else None
    return {"truth": truth, "detector": detector, "alarm_rate": rate,
            "standard_error": float(np.sqrt(rate * (1 - rate) / len(first))), "median_look": late,
            "looks": looks, "runs": len(first)}  # fmt: skip


def _experiment(draw: np.random.Generator) -> tuple[int, float]:
    """Successes of its control, and the lower limit of the log odds ratio; of one that was significant."""
    while True:
        t, c = int(draw.binomial(SIZE, SHIPPED)), int(draw.binomial(SIZE, BASE))
        low, _ = _limits(np.array([t]), SIZE, np.array([c]), SIZE, 1.959964)
        if low[0] > 0:
            return c, float(low[0])


def _limits(t: Any, n_t: Any, c: Any, n_c: Any, z: Any) -> tuple[FloatArray, FloatArray]:
    """Log odds ratio ± z standard errors."""
    log_odds = np.log(t / (n_t - t)) - np.log(c / (n_c - c))
    error = np.sqrt(1 / t + 1 / (n_t - t) + 1 / c + 1 / (n_c - c))
    return log_odds - z * error, log_odds + z * error


def _sequence(t: Any, c: Any) -> tuple[FloatArray, FloatArray]:
    found = odds_sequence(t, NEW, c, HELD, np.arange(len(t)))
    with np.errstate(divide="ignore"):
        return np.log(found.low), np.log(found.high)


def _plain(t: Any, c: Any) -> tuple[FloatArray, FloatArray]:
    look = np.arange(1, len(t) + 1)
    return _limits(np.cumsum(t), NEW * look, np.cumsum(c), HELD * look, 1.959964)


def _before_after(t: Any, old: int) -> tuple[FloatArray, FloatArray]:
    n = NEW * np.arange(1, len(t) + 1)
    z = mixture_boundary(n * SIZE / (n + SIZE), 0.05, mixture_weight(SIZE / 2, 0.05))
    return _limits(np.cumsum(t), n, old, SIZE, z)
