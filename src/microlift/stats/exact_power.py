"""Power of a test of two rates by enumeration: every table with its probability, no formula between."""

import numpy as np
from scipy import stats

from microlift.stats.checks import as_finite, check_alpha, check_whole
from microlift.stats.two_proportions import compare_proportions

NEGLIGIBLE = 1e-12
"""Tables outside the central 1 − 2e-12 of either arm are left out: they cannot change the power visibly."""

MOST_TABLES = 4_000_000


def exact_power(
    control: float, treatment: float, n_c: int, n_t: int, alpha: float = 0.05, exact_below: float = 10.0
) -> float:
    """Probability that `compare_proportions`, as shipped, gives p < `alpha` (two-sided) at these true rates.

    With equal rates it is the size of the test. For small counts, where formulas are rough: a few hundred units
    an arm take seconds. Raises ValueError for rates outside [0, 1], arms without units, or more than four
    million tables (use `proportion_power`).
    """
    alpha = check_alpha(alpha)
    arms = []
    for rate, n, names in ((treatment, n_t, ("treatment", "n_t")), (control, n_c, ("control", "n_c"))):
        if not 0 <= float(as_finite(rate, names[0])) <= 1:
            raise ValueError(f"{names[0]} must lie in [0, 1], got {rate}")
        if check_whole(n, names[1]) < 1:
            raise ValueError(f"{names[1]} must be at least 1, got {n}")
        low, high = (float(stats.binom.ppf(q, n, rate)) for q in (NEGLIGIBLE, 1 - NEGLIGIBLE))
        x = np.arange(max(low, 0), high + 1)
        arms.append((x, stats.binom.pmf(x, n, rate)))
    (x_t, weight_t), (x_c, weight_c) = arms
    if len(x_t) * len(x_c) > MOST_TABLES:
        raise ValueError(
            f"n_t and n_c must span at most {MOST_TABLES:,} tables, got {len(x_t) * len(x_c):,}; "
            "use proportion_power for arms so large"
        )
    tables_t, tables_c = (grid.ravel() for grid in np.meshgrid(x_t, x_c, indexing="ij"))
    result = compare_proportions(
        tables_t, np.full_like(tables_t, n_t), tables_c, np.full_like(tables_c, n_c), 1 - alpha, exact_below
    )
    return float(np.outer(weight_t, weight_c).ravel() @ (result.p_value < alpha))
