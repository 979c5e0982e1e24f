"""Corrected significance: every test of the project in its declared family."""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from microlift.results.tables import arrow, numbers
from microlift.stats.checks import FloatArray
from microlift.stats.multiplicity import HIERARCHICAL, adjust_all, hierarchical

NAMES = ("bonferroni", "holm", "hochberg", HIERARCHICAL, "benjamini_hochberg", "benjamini_yekutieli")
OPENERS = ("effect_test_id", "interaction_test_id")
"""The tests that open one on a segment: the overall effect, and the interaction with the dimension."""

SCHEMA = pa.schema(
    [
        ("test_id", pa.string()),
        ("family", pa.string()),
        ("is_confirmatory", pa.bool_()),
        ("correction", pa.string()),
        ("alpha", pa.float64()),
        ("tests_in_family", pa.int64()),
        ("p_tested", pa.float64()),
        *((f"p_{name}", pa.float64()) for name in NAMES),
        ("p_adjusted", pa.float64()),
        ("is_significant", pa.bool_()),
    ]
)


def build(tests: pd.DataFrame) -> pa.Table:
    """Adjust the p-values of `int_tests` (test_id, p_value, family, is_confirmatory, correction, alpha, openers).

    Returns `SCHEMA`, a row a test: the p that was corrected (`p_tested`), each procedure's adjusted p, the one of
    the family's own procedure (`p_adjusted`) and its verdict at the family's alpha. A test without p stays
    without, is not significant and counts for nothing in its family. Raises ValueError for a correction that is
    no procedure.
    """
    unknown = tests.loc[~tests["correction"].isin(NAMES), "correction"]
    if len(unknown):
        raise ValueError(f"correction must be one of {', '.join(NAMES)}, got {unknown.iloc[0]!r}")
    p = numbers(tests["p_value"], missing=np.nan)
    families = tests["family"].to_numpy(dtype=object)
    adjusted = adjust_all(p, families)
    adjusted[HIERARCHICAL] = _hierarchical(p, families, tests)
    own = np.full(len(p), np.nan)
    for name, values in adjusted.items():
        chosen = (tests["correction"] == name).to_numpy(dtype=bool)
        own[chosen] = values[chosen]
    return arrow(
        tests.assign(
            **{f"p_{name}": values for name, values in adjusted.items()},
            p_tested=p,
            p_adjusted=own,
            is_significant=own < numbers(tests["alpha"]),
            tests_in_family=pd.Series(np.isfinite(p), tests.index).groupby(families).transform("sum"),
        ),
        SCHEMA,
    )


def _hierarchical(p: FloatArray, families: NDArray[np.object_], tests: pd.DataFrame) -> FloatArray:
    place = pd.Series(np.arange(len(tests)), tests["test_id"])
    known = [name for name in OPENERS if name in tests]
    if not known:
        return hierarchical(p, families, np.full((len(tests), 1), -1))
    openers = [tests[name].map(place).fillna(-1).to_numpy(dtype=np.int64) for name in known]
    return hierarchical(p, families, np.stack(openers, axis=1))
