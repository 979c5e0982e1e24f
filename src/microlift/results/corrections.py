"""Corrected significance: every test of the project in its declared family."""

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.tables import arrow, numbers
from microlift.stats.multiplicity import PROCEDURES, adjust

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
    (`p_adjusted`) and its verdict at the family's alpha. A test without p stays without, is not significant
    and counts for nothing in its family. Raises ValueError for a correction that is no procedure.
    """
    unknown = tests.loc[~tests["correction"].isin(list(PROCEDURES)), "correction"]
    if len(unknown):
        raise ValueError(f"correction must be one of {', '.join(PROCEDURES)}, got {unknown.iloc[0]!r}")
    p = numbers(tests["p_value"], missing=np.nan)
    families = tests["family"].to_numpy(dtype=object)
    adjusted = {name: adjust(p, families, name) for name in PROCEDURES}
    own = np.full(len(p), np.nan)
    for name, values in adjusted.items():
        chosen = (tests["correction"] == name).to_numpy(dtype=bool)
        own[chosen] = values[chosen]
    return arrow(
        tests.assign(
            **{f"p_{name}": values for name, values in adjusted.items()},
            p_adjusted=own,
            is_significant=own < numbers(tests["alpha"]),
            tests_in_family=pd.Series(np.isfinite(p), tests.index).groupby(families).transform("sum"),
        ),
        SCHEMA,
    )
