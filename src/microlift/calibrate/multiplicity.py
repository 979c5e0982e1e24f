"""Errors of the corrections: the chance of any false finding in a family, and the share of false ones among those found.

A family has two overall effects and two interactions (gates), and 24 tests on segments. Its z values are independent,
or all share half of their variance, and are false, or really there with the given mean: for the gates (the overall
effect of one metric), for a quarter of the segments, or for nothing. Two-sided tests at .05.
"""

import numpy as np
import pyarrow as pa
from scipy import special

from microlift.stats.multiplicity import HIERARCHICAL, PROCEDURES, adjust, hierarchical

GATES, SEGMENTS, ALPHA = 4, 24, 0.05
OPENED_BY = np.array([[-1, -1]] * GATES + [[i % 2, 2 + i // 2 % 2] for i in range(SEGMENTS)])
TRUE = {
    "nothing": [],
    "one overall effect": [0],
    "both overall effects": [0, 1],
    "every gate": [0, 1, 2, 3],
    "one overall effect and a quarter of the segments": [0, *range(GATES, GATES + SEGMENTS, 4)],
}


def run(seed: int, runs: int = 20_000) -> pa.Table:
    """A row a truth, correlation and procedure: `family_wise_error`, `false_discovery_rate`, `power` (share of
    true effects found; NULL where there are none), each with its Monte Carlo standard error."""
    random = np.random.default_rng(seed)
    count = GATES + SEGMENTS
    families = np.repeat(np.arange(runs), count)
    openers = np.where(OPENED_BY >= 0, OPENED_BY[None] + np.arange(runs)[:, None, None] * count, -1).reshape(
        -1, 2
    )
    rows = []
    for name, places in TRUE.items():
        there = np.isin(np.arange(count), places)
        for shared in (0.0, 0.5):
            noise = random.normal(size=(runs, count)) * np.sqrt(1 - shared) + random.normal(
                size=(runs, 1)
            ) * np.sqrt(shared)
            p = (2 * special.ndtr(-np.abs(noise + 3.5 * there))).ravel()
            for procedure in ("none", *PROCEDURES, HIERARCHICAL):
                found = _adjusted(p, families, openers, procedure).reshape(runs, count) < ALPHA
                rows.append(
                    {
                        "true_effects": name,
                        "shared_variance": shared,
                        "procedure": procedure,
                        **_rates(found, there),
                        "runs": runs,
                    }
                )
    return pa.Table.from_pylist(rows)


def _adjusted(p: np.ndarray, families: np.ndarray, openers: np.ndarray, procedure: str) -> np.ndarray:
    if procedure == "none":
        return p
    return hierarchical(p, families, openers) if procedure == HIERARCHICAL else adjust(p, families, procedure)


def _rates(found: np.ndarray, there: np.ndarray) -> dict[str, float | None]:
    false, every = found[:, ~there].sum(axis=1), found.sum(axis=1)
    measures = {"family_wise_error": false > 0, "false_discovery_rate": false / np.maximum(every, 1)}
    if there.any():
        measures["power"] = found[:, there].mean(axis=1)
    rates: dict[str, float | None] = {"power": None, "power_standard_error": None}
    for name, values in measures.items():
        rates[name] = float(values.mean())
        rates[f"{name}_standard_error"] = float(values.std() / np.sqrt(len(values)))
    return rates
