"""What stopping rules do under repeated looks: how often they stop without an effect, and how often with one.

Two arms of 2% that reach 5,000 units each, looked at 5, 20 or 100 times; and the same with 3% in the variant.
The rules that hold stay at their level; the naive ones beside them do not: 20 looks with "P(B better) > 95%"
declare the variant the winner about 20% of the time. `recursion` is what numerical integration says of the
same boundaries for normal statistics, without any simulation.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import special

from microlift.stats.always_valid import mixture_boundary, mixture_weight
from microlift.stats.bayes import beta_probability_better
from microlift.stats.checks import FloatArray
from microlift.stats.group_sequential import constant_boundary, crossing_probabilities, spending_boundaries
from microlift.stats.odds_sequence import odds_sequence
from microlift.stats.spending import SPENDING_RULES, spent
from microlift.stats.two_proportions import compare_proportions

Signs = NDArray[np.floating[Any]]
Counts = NDArray[np.int64]
ALPHA, UNITS, BASE = 0.05, 5000, 0.02
SCENARIOS = {"no effect": BASE, "2% to 3%": 0.03}

SCHEMA = pa.schema(
    [
        ("rule", pa.string()),
        ("looks", pa.int64()),
        ("scenario", pa.string()),
        ("nominal", pa.float64()),
        ("runs", pa.int64()),
        ("called_better", pa.float64()),
        ("called_worse", pa.float64()),
        ("stopped", pa.float64()),
        ("monte_carlo_error", pa.float64()),
        ("recursion", pa.float64()),
        ("mean_share_of_units", pa.float64()),
    ]
)


def run(
    seed: int, runs: int = 4000, mixture_runs: int = 500, looks: tuple[int, ...] = (5, 20, 100)
) -> pa.Table:
    """A row a rule, number of looks and scenario: shares of runs, with the standard error of `stopped`.

    `mean_share_of_units` is the share of the 5,000 units that a run takes on average. `mixture_runs` are the
    runs of the exact always-valid rule, which is the slow one.
    """
    rows = []
    for number in looks:
        for place, (scenario, rate) in enumerate(SCENARIOS.items()):
            draw = np.random.default_rng([seed, number, place])
            sizes = np.diff(np.floor(UNITS * np.arange(number + 1) / number)).astype(int)
            new_t, new_c = (
                draw.binomial(sizes, rate, (runs, number)),
                draw.binomial(sizes, BASE, (runs, number)),
            )
            for rule, (signs, recursion, nominal) in _rules(new_t, new_c, sizes, mixture_runs).items():
                rows.append(
                    {"rule": rule, "looks": number, "scenario": scenario, "nominal": nominal}
                    | _shares(signs)
                    | {"recursion": recursion if scenario == "no effect" else None}
                )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _shares(signs: Signs) -> dict[str, float]:
    stops = signs != 0
    stopped = stops.any(axis=1)
    first = np.where(stopped, stops.argmax(axis=1), signs.shape[1] - 1)
    called = signs[np.arange(len(signs)), first]
    share = float(stopped.mean())
    return {
        "runs": len(signs),
        "called_better": float((called > 0).mean()),
        "called_worse": float((called < 0).mean()),
        "stopped": share,
        "monte_carlo_error": float(np.sqrt(max(share * (1 - share), 1 / len(signs)) / len(signs))),
        "mean_share_of_units": float(((first + 1) / signs.shape[1]).mean()),
    }


def _rules(
    new_t: Counts, new_c: Counts, sizes: Counts, mixture_runs: int
) -> dict[str, tuple[Signs, float | None, float]]:
    """By rule: +1, -1 or 0 at each look of each run; the error by recursion; the nominal error."""
    looks, n = len(sizes), np.cumsum(sizes)
    x_t, x_c = np.cumsum(new_t, axis=1), np.cumsum(new_c, axis=1)
    z, better = _z(x_t, x_c, n), _better(x_t, x_c, n)
    fraction = n / n[-1]
    least = float(special.ndtri(1 - ALPHA / 2))
    weight = mixture_weight(n[-1] / 2, ALPHA)
    boundaries = {
        **{rule: spending_boundaries(fraction, spent(rule, fraction, ALPHA / 2)) for rule in SPENDING_RULES},
        "asymptotic sequence": mixture_boundary(n / 2, ALPHA, weight),
        "naive_p_value": np.full(looks, least),
    }
    found: dict[str, tuple[Signs, float | None, float]] = {}
    for rule, boundary in boundaries.items():
        error = float(sum(part.sum() for part in crossing_probabilities(fraction, -boundary, boundary)))
        found[rule] = (np.sign(z) * (np.abs(z) > boundary), error, ALPHA)
    threshold = float(special.ndtr(constant_boundary(looks, ALPHA)))
    found["bayesian"] = ((better > threshold) * 1.0 - (better < 1 - threshold), ALPHA, ALPHA)
    _, up = crossing_probabilities(fraction, -np.inf, special.ndtri(0.95))
    found["naive_probability_better"] = ((better > 0.95) * 1.0, float(up.sum()), ALPHA)
    found["always_valid"] = (_mixture(new_t[:mixture_runs], new_c[:mixture_runs], sizes), None, ALPHA)
    return found


def _z(x_t: Counts, x_c: Counts, n: Counts) -> FloatArray:
    """The two-sided p of the comparison as shipped, as a signed normal quantile."""
    size = np.broadcast_to(n, x_t.shape)
    cells, back = np.unique(
        np.stack([x_t.ravel(), x_c.ravel(), size.ravel()]).astype(float), axis=1, return_inverse=True
    )
    t, c, m = cells
    p = compare_proportions(t, m, c, m).p_value
    z = np.sign(t - c) * -special.ndtri(np.clip(p, 1e-300, 1) / 2)
    return z[back].reshape(x_t.shape)


def _better(x_t: Counts, x_c: Counts, n: Counts) -> FloatArray:
    """P(variant better) under uniform priors."""
    size = np.broadcast_to(n, x_t.shape)
    cells, back = np.unique(np.stack([x_t.ravel(), x_c.ravel(), size.ravel()]), axis=1, return_inverse=True)
    t, c, m = cells
    return beta_probability_better(1 + t, 1 + m - t, 1 + c, 1 + m - c)[back].reshape(x_t.shape)


def _mixture(new_t: Counts, new_c: Counts, sizes: Counts) -> FloatArray:
    """The exact always-valid rule, a run after the other."""
    signs = np.zeros(new_t.shape)
    look = np.arange(len(sizes))
    for run_number, (t, c) in enumerate(zip(new_t, new_c, strict=True)):
        p = odds_sequence(t, sizes, c, sizes, look, ALPHA).p_value
        signs[run_number] = np.where(p < ALPHA, np.sign(np.cumsum(t) - np.cumsum(c)), 0)
    return signs
