"""The bootstrap of a mean difference here and in scipy, on the same values; run with `python -m benchmarks bootstrap`."""

import time
from collections.abc import Callable
from typing import Any

import click
import numpy as np
from scipy import stats

from microlift.stats.bootstrap import compare_resamples
from microlift.stats.histograms import histogram

RESAMPLES = 10_000


def compare(units: int, peer_units: int, peer_resamples: int) -> bool:
    """Seconds of both, and whether their intervals agree within Monte Carlo error where both ran the same.

    scipy's cost is that of drawing units × resamples numbers: it runs on `peer_units` an arm and `peer_resamples`,
    and its seconds are scaled to the whole. Our time includes putting the units into a histogram.
    """
    agrees = True
    click.echo(
        f"percentile, {units:,} units an arm, {RESAMPLES:,} resamples; scipy on {peer_units:,} × {peer_resamples:,}"
    )
    for distinct in (100, 10_000, 1_000_000):
        rng = np.random.default_rng(distinct)
        arms = [_values(rng, units, distinct) * (1 + 0.01 * arm) for arm in range(2)]
        seconds, ours = _time(lambda arms=arms: _ours(arms, "percentile"))
        part = [arm[:peer_units] for arm in arms]
        peer_seconds, peer = _time(lambda part=part: _scipy(part, "percentile", peer_resamples))
        scaled = peer_seconds * units / peer_units * RESAMPLES / peer_resamples
        same = _agree(_ours(part, "percentile"), peer, peer_resamples)
        agrees &= same
        click.echo(
            f"  {len(np.unique(arms[0])):>9,} values  {seconds:7.2f} s   scipy {peer_seconds:7.2f} s, scaled {scaled:9.0f} s   "
            f"{scaled / seconds:8,.0f} ×   {'agree' if same else 'DIFFER'}   [{ours[0]:.5f}, {ours[1]:.5f}]"
        )
    rng = np.random.default_rng(1)
    arms = [_values(rng, 5000, 1_000_000) * (1 + 0.05 * arm) for arm in range(2)]
    seconds, ours = _time(lambda: _ours(arms, "bca"))
    peer_seconds, peer = _time(lambda: _scipy(arms, "BCa", RESAMPLES))
    same = _agree(ours, peer, RESAMPLES)
    click.echo(
        f"BCa, 5,000 units an arm: {seconds:.2f} s, scipy {peer_seconds:.2f} s, {peer_seconds / seconds:,.0f} ×, "
        f"{'agree' if same else 'DIFFER'}"
    )
    return agrees and same


def _values(rng: np.random.Generator, units: int, distinct: int) -> Any:
    """Skewed values, rounded so that about so many are distinct."""
    ranks = np.floor(rng.beta(1, 4, units) * distinct)
    return -np.log1p(-ranks / (distinct + 1))


def _ours(arms: list[Any], method: str) -> tuple[float, float]:
    rng = np.random.default_rng(1)
    t, c = (histogram(arm) for arm in reversed(arms))
    found = compare_resamples([t], [c], rng, method=method, resamples=RESAMPLES)
    return found.difference_low, found.difference_high


def _scipy(arms: list[Any], method: str, resamples: int) -> tuple[float, float]:
    found = stats.bootstrap(
        (arms[1], arms[0]),
        lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis),
        n_resamples=resamples,
        batch=max(1, 2_000_000 // len(arms[0])),
        method=method,
        rng=np.random.default_rng(2),
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def _agree(ours: tuple[float, float], peer: tuple[float, float], resamples: int) -> bool:
    """Within ten Monte Carlo errors of the limits of both."""
    # Of a 2.5% limit of a normal: √(.025 × .975 / R) / φ(1.96). BCa draws its bias, too, and a shift by half an
    # interval is some hundred errors.
    spread = (peer[1] - peer[0]) / (2 * stats.norm.ppf(0.975))
    error = spread * np.sqrt(0.025 * 0.975 * (1 / resamples + 1 / RESAMPLES)) / stats.norm.pdf(1.96)
    return bool(np.abs(np.subtract(ours, peer)).max() < 10 * error)


def _time(run: Callable[[], tuple[float, float]]) -> tuple[float, tuple[float, float]]:
    started = time.perf_counter()
    found = run()
    return time.perf_counter() - started, found
