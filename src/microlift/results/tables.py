"""What the result tables have in common: keys, padded arrays, and frames with a declared schema."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

CELL = ["experiment_id", "segment_dimension", "segment", "metric_id"]
"""What identifies a cell: the variants of one are compared with each other."""

CELL_FIELDS = [(name, pa.string()) for name in CELL]


def frame_of(relation: Any) -> pd.DataFrame:
    """A dbt relation as pandas, on Spark or DuckDB."""
    frame: pd.DataFrame = relation.toPandas() if hasattr(relation, "toPandas") else relation.df()
    return frame


def pad(
    rows: NDArray[np.int64], columns: NDArray[np.int64], values: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Scatter values into an array of `shape`; what has no value is 0 (an absent stratum or arm has n = 0)."""
    out = np.zeros(shape)
    out[rows, columns] = values
    return out


def codes(frame: pd.DataFrame, by: Sequence[str]) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """Number the distinct keys of a frame in sorted order: (number of each row, table of keys)."""
    keys = frame[list(by)].drop_duplicates().sort_values(list(by), kind="stable").reset_index(drop=True)
    numbered = keys.assign(_code=np.arange(len(keys)))
    merged = frame[list(by)].merge(numbered, on=list(by), how="left")
    return merged["_code"].to_numpy(dtype=np.int64), keys


def arrow(columns: Mapping[str, Any], schema: pa.Schema) -> pa.Table:
    """Columns as an Arrow table of exactly `schema`.

    A value that does not exist (NaN) or has no bound (±inf) becomes NULL: BI tools know no infinity. Callers
    say the reason in a column beside it.
    """
    arrays = []
    for field in schema:
        values = np.asarray(columns[field.name])
        if pa.types.is_floating(field.type):
            values = values.astype(float)
            arrays.append(pa.array(values, type=field.type, mask=~np.isfinite(values)))
        else:
            missing = pd.isna(values)
            arrays.append(
                pa.array(values, type=field.type, from_pandas=True, mask=missing if missing.any() else None)
            )
    return pa.Table.from_arrays(arrays, schema=schema)
