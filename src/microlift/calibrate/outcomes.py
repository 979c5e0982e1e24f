"""All outcomes of two binomial arms that are likely at all, with their probabilities."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from microlift.stats.checks import FloatArray

REACH = 5.5  # standard deviations


def likely(
    n_t: int, rate_t: float, n_c: int, rate_c: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
    """Successes of treatment and control and their probability, one entry an outcome.

    What lies more than 5.5 standard deviations (and 6 successes) from the mean of an arm is left out.
    """
    counts, masses = zip(*(_arm(n, rate) for n, rate in ((n_t, rate_t), (n_c, rate_c))), strict=True)
    x_t, x_c = np.meshgrid(*counts, indexing="ij")
    return x_t.ravel(), x_c.ravel(), np.outer(*masses).ravel()


def _arm(n: int, rate: float) -> tuple[NDArray[np.int64], FloatArray]:
    reach = REACH * np.sqrt(n * rate * (1 - rate)) + 6
    counts = np.arange(max(0, int(n * rate - reach)), min(n, int(n * rate + reach) + 1) + 1)
    return counts, np.asarray(stats.binom.pmf(counts, n, rate))
