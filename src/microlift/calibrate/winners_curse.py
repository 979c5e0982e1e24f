"""What significant winners say of the truth: raw, given that they are significant, and under a prior.

`truth` and the biases are in standard errors; only estimates with |z| > 1.96 and a positive sign enter. `power` is how
often that happens. `conditional_bias` is of Zhong and Prentice's estimate, `prior_bias` of the posterior mean under a
normal prior around 0 with a deviation of one error; where the truth is drawn from that prior (`truth` is NULL) it is 0,
but for chance. The raw estimate of a rarely significant effect is exaggerated several times over.
"""

import numpy as np
import pyarrow as pa

from microlift.stats.shrinkage import conditional_estimate, shrink

TRUTHS, DRAWS = (0.25, 0.5, 1.0, 2.0, 3.0, 4.0), 200_000


def run(seed: int, draws: int = DRAWS) -> pa.Table:
    """A row a true effect, and one, with a NULL truth, of effects drawn from the prior itself."""
    rng = np.random.default_rng(seed)
    rows = []
    for effect in (*TRUTHS, None):
        truth = rng.standard_normal(draws) if effect is None else np.full(draws, effect)
        raw = truth + rng.standard_normal(draws)
        won = raw > 1.959964
        truth, raw = truth[won], raw[won]
        guesses = (raw, conditional_estimate(raw, 1.0), _posterior_mean(raw))
        biases = [guess - truth for guess in guesses]
        means = [float(bias.mean()) for bias in biases]
        errors = [float(bias.std(ddof=1) / np.sqrt(len(bias))) for bias in biases]
        rows.append((effect, float(won.mean()), *means, max(errors)))
    names = ("truth", "power", "raw_bias", "conditional_bias", "prior_bias", "bias_error")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def _posterior_mean(raw: np.ndarray) -> np.ndarray:
    some = shrink(np.array([[1.0]]), np.array([[1.0]]), centre=0.0, spread=1.0)
    return raw * float(some.estimate[0, 0])
