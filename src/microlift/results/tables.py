"""What the result tables have in common: keys, padded arrays, notes, and frames with a declared schema."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from microlift.stats.checks import FloatArray

IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]
Columns = dict[str, NDArray[Any]]
Reason = tuple[BoolArray, str]
"""A text for a note, and the rows in which it holds."""

CELL = ["experiment_id", "segment_dimension", "segment", "metric_id"]
"""What identifies a cell: the variants of one are compared with each other."""

CELL_FIELDS = [(name, pa.string()) for name in CELL]

ARM_FIELDS = [
    ("units", pa.int64()),
    ("baseline_units", pa.int64()),
    ("estimate", pa.float64()),
    ("baseline_estimate", pa.float64()),
]
"""The two variants of a comparison."""

EFFECT_FIELDS = [
    (f"{name}{end}", pa.float64())
    for name in ("difference", "relative_lift")
    for end in ("", "_low", "_high")
]
"""An effect on both of its scales, with limits."""


def frame_of(relation: Any) -> pd.DataFrame:
    """A dbt relation as pandas, on Spark or DuckDB."""
    frame: pd.DataFrame = relation.toPandas() if hasattr(relation, "toPandas") else relation.df()
    return frame


def numbers(column: pd.Series, missing: float = 0.0) -> FloatArray:
    """A column as floats, with `missing` for what has no value."""
    values = pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isnan(values), missing, values)


def codes(frame: pd.DataFrame, by: Sequence[str]) -> tuple[IntArray, pd.DataFrame]:
    """Number the distinct keys of a frame in sorted order: (number of each row, table of keys)."""
    number = frame.groupby(list(by), sort=True, dropna=False).ngroup().to_numpy(dtype=np.int64)
    _, first = np.unique(number, return_index=True)
    return number, frame[list(by)].iloc[first].reset_index(drop=True)


def places(frame: pd.DataFrame, group: Sequence[str], by: Sequence[str]) -> IntArray:
    """Place of each row's `by` among the distinct ones of its `group`, from 0 and in sorted order."""
    number, keys = codes(frame, [*group, *by])
    place = keys.groupby(list(group), dropna=False).cumcount().to_numpy(dtype=np.int64)
    return place[number]


def pad(index: tuple[IntArray, ...], values: FloatArray, shape: tuple[int, ...] | None = None) -> FloatArray:
    """Scatter values into an array, 0 where there is none (an absent arm has n = 0).

    Without a shape it is just large enough.
    """
    out = np.zeros(shape or [int(axis.max(initial=-1)) + 1 for axis in index])
    out[index] = values
    return out


def divide(top: FloatArray, bottom: FloatArray) -> FloatArray:
    """top / bottom, NaN where bottom is 0."""
    return np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom != 0)


def notes(*reasons: Reason) -> NDArray[np.object_]:
    """The texts that hold for each row, joined by '; ', in the order given; None where none does."""
    texts = np.full(len(reasons[0][0]), "", dtype=object)
    for holds, text in reasons:
        said = texts != ""
        texts[holds & said] += "; " + text
        texts[holds & ~said] = text
    texts[texts == ""] = None
    return texts


def where_told(values: NDArray[Any], holds: BoolArray) -> NDArray[np.object_]:
    """Texts or truths where they hold, None elsewhere."""
    out = values.astype(object)
    out[~holds] = None
    return out


def arrow(columns: Mapping[str, Any] | pd.DataFrame, schema: pa.Schema) -> pa.Table:
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
            missing = np.asarray(pd.isna(values))
            arrays.append(pa.array(values.astype(object), type=field.type, mask=missing))
    return pa.Table.from_arrays(arrays, schema=schema)
