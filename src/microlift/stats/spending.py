"""Error spending: how much of its error rate a test may have used up by a fraction of its information.

Sources: Lan & DeMets (1983), Biometrika 70:659–663, for the functions that resemble O'Brien and Fleming's and
Pocock's boundaries; Hwang, Shih & DeCani (1990), Statistics in Medicine 9:1439–1445, for the gamma family.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from microlift.stats.checks import FloatArray, as_finite, check_alpha

SPENDING_RULES = ("obrien_fleming", "pocock", "hwang_shih_decani")


def spent(rule: str, fraction: ArrayLike, alpha: float, gamma: float = -4.0) -> FloatArray:
    """Error of one tail spent by each information fraction, an array of its shape.

    `alpha` is what that tail may spend in all (half of it, for a two-sided test). Beyond a fraction of 1
    nothing is left to spend. `gamma` shapes `hwang_shih_decani`: -4 spends late, 1 about as Pocock does.
    Raises ValueError for an unknown rule, a negative fraction, or a gamma outside [-40, 10].
    """
    alpha = check_alpha(alpha)
    t = np.minimum(as_finite(fraction, "fraction"), 1.0)
    if (t < 0).any():
        raise ValueError(f"fraction must be at least 0, got {t.min()}")
    if rule == "obrien_fleming":
        # At t = 0 the argument is infinite, and nothing is spent.
        reach = -special.ndtri(alpha / 2) / np.sqrt(np.maximum(t, 1e-12))
        return 2 * special.ndtr(-reach)
    if rule == "pocock":
        return alpha * np.log1p(np.expm1(1.0) * t)
    if rule == "hwang_shih_decani":
        if not -40 <= gamma <= 10:
            raise ValueError(f"gamma must lie in [-40, 10], got {gamma}")
        return alpha * (t if gamma == 0 else np.expm1(-gamma * t) / np.expm1(-gamma))
    raise ValueError(f"rule must be one of {', '.join(SPENDING_RULES)}, got {rule!r}")
