"""Coverage of 95% intervals of a mean difference on skewed values: Welch, bootstrap, winsorised, CUPED.

Both arms draw from one distribution, so the true difference is 0 and a miss below or above it is a false loser or
a false winner.
A method's row shows each tail (nominal 2.5%), their Monte Carlo error, and the interval's mean width relative to
Welch's. An interval counts where it has both limits (`replications`). Bootstraps are of 500 resamples, to keep the
study to minutes; winsorising caps both arms at their pooled 99% quantile, which 30 units hardly reach; CUPED's
covariate has a correlation of .7 with the logarithm of the value.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from microlift.stats.bootstrap import compare_resamples
from microlift.stats.checks import FloatArray
from microlift.stats.cuped import Covariate, adjust
from microlift.stats.histograms import histogram, sample_quantile
from microlift.stats.means import Moments, compare_means

REPLICATIONS = 400
RESAMPLES = 500
SIZES = ((30, 30), (30, 120), (200, 200), (200, 800))
CORRELATION = 0.7

Shape = Callable[[FloatArray, np.random.Generator], FloatArray]

SHAPES: dict[str, Shape] = {
    "exponential": lambda z, rng: np.exp(z / 2) * rng.exponential(1, z.shape),
    "log-normal, sigma 1.5": lambda z, rng: np.exp(1.5 * z),
    "5% buy, log-normal": lambda z, rng: np.where(rng.random(z.shape) < 0.05, np.exp(z), 0.0),
}
"""Values from a standard normal that goes with the covariate."""

METHODS = (
    "welch",
    "bootstrap_percentile",
    "bootstrap_bca",
    "welch_of_winsorised_mean",
    "cuped",
    "bootstrap_of_median",
)

Limits = tuple[float, float]


def run(seed: int, replications: int = REPLICATIONS, sizes: tuple[tuple[int, int], ...] = SIZES) -> pa.Table:
    """A row a distribution, size and method: tails below and above the truth, with their Monte Carlo errors."""
    rows = []
    for place, (name, shape) in enumerate(SHAPES.items()):
        for n_t, n_c in sizes:
            rng = np.random.default_rng((seed, place, n_t, n_c))
            limits = np.array([_limits(shape, n_t, n_c, rng) for _ in range(replications)])
            width = limits[:, :, 1] - limits[:, :, 0]
            for column, method in enumerate(METHODS):
                known = np.isfinite(limits[:, column]).all(axis=1)
                low, high = limits[known, column].T
                count = max(int(known.sum()), 1)
                winner, loser = (
                    (low > 0).mean() if known.any() else 0.0,
                    (high < 0).mean() if known.any() else 0.0,
                )
                both = known & np.isfinite(width[:, 0])
                rows.append({
                    "distribution": name, "units_variant": n_t, "units_control": n_c, "method": method,
                    "replications": count,
                    "false_winners": float(winner), "false_losers": float(loser),
                    "coverage": float(1 - winner - loser),
                    "coverage_error": float(np.sqrt((winner + loser) * (1 - winner - loser) / count)),
                    "mean_width_to_welch": float(width[both, column].mean() / width[both, 0].mean()),
                })  # fmt: skip
    return pa.Table.from_pylist(rows)


def _limits(shape: Shape, n_t: int, n_c: int, rng: np.random.Generator) -> list[Limits]:
    """Limits of each method on one draw of two arms."""
    x = [rng.standard_normal(n) for n in (n_t, n_c)]
    noise = np.sqrt(1 - CORRELATION**2)
    t, c = (shape(CORRELATION * each + noise * rng.standard_normal(len(each)), rng) for each in x)
    arms = [histogram(t)], [histogram(c)]
    cap = sample_quantile(histogram(np.concatenate([t, c])), 0.99)
    found: list[Limits] = [_welch(t, c)]
    for quantile, method in ((None, "percentile"), (None, "bca"), (0.5, "percentile")):
        result = compare_resamples(*arms, rng, quantile, method=method, resamples=RESAMPLES)
        found.append((result.difference_low, result.difference_high))
    found.insert(3, _welch(np.minimum(t, cap), np.minimum(c, cap)))
    found.insert(4, _cuped(t, c, *(np.exp(each) for each in x)))
    return found


def _moments(y: FloatArray) -> Moments:
    return Moments(*(np.array([value]) for value in (len(y), y.mean(), ((y - y.mean()) ** 2).sum())))


def _welch(t: FloatArray, c: FloatArray) -> Limits:
    result = compare_means(*_moments(t), *_moments(c))
    return float(result.difference_low[0]), float(result.difference_high[0])


def _cuped(t: FloatArray, c: FloatArray, x_t: FloatArray, x_c: FloatArray) -> Limits:
    covariates = (
        Covariate([x.mean()], [((x - x.mean()) ** 2).sum()], [((x - x.mean()) * (y - y.mean())).sum()])
        for y, x in ((t, x_t), (c, x_c))
    )
    result = adjust(_moments(t), next(covariates), _moments(c), next(covariates))
    difference = compare_means(*result.t, *result.c)
    return float(difference.difference_low[0]), float(difference.difference_high[0])
