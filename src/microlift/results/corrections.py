"""Corrected significance: every test of the project in its declared family."""

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.tables import arrow
from microlift.stats.multiplicity import adjust

PROCEDURES = ["bonferroni", "holm", "hochberg", "benjamini_hochberg", "benjamini_yekutieli"]

SCHEMA = pa.schema(
    [
        ("test_id", pa.string()),
        ("family", pa.string()),
        ("is_confirmatory", pa.bool_()),
        ("correction", pa.string()),
        ("alpha", pa.float64()),
        ("tests_in_family", pa.int64()),
        *((f"p_{name}", pa.float64()) for name in PROCEDURES),
        ("p_adjusted", pa.float64()),
        ("is_significant", pa.bool_()),
    ]
)


def build(tests: pd.DataFrame) -> pa.Table:
    """Adjust the p-values of `int_tests` (test_id, p_value, family, is_confirmatory, correction, alpha).

    Returns `SCHEMA`, a row a test: each procedure's adjusted p, the one of the family's own procedure
    (`p_adjusted`) and its verdict at the family's alpha. A test without p stays without, and counts for
    nothing in its family.
    """
    p = tests["p_value"].to_numpy(dtype=float)
    families = tests["family"].to_numpy(dtype=str)
    adjusted = {name: adjust(p, families, name) for name in PROCEDURES}
    correction = tests["correction"].to_numpy(dtype=str)
    own = np.select([correction == name for name in PROCEDURES], list(adjusted.values()), default=np.nan)
    with np.errstate(invalid="ignore"):
        significant = own < tests["alpha"].to_numpy(dtype=float)
    return arrow(
        tests.assign(
            **{f"p_{name}": values for name, values in adjusted.items()},
            p_adjusted=own,
            is_significant=significant,
            tests_in_family=tests.assign(_p=np.isfinite(p)).groupby("family")["_p"].transform("sum"),
        ),
        SCHEMA,
    )
