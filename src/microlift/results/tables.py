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

LARGEST_RANK = 2**62
"""Numbers of keys stay below, lest they overflow."""

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


def coded(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The frame with some columns as categories in sorted order, so that keys are texts once and numbers from then on."""
    return frame.assign(**{name: frame[name].astype("category") for name in columns})


def codes(frame: pd.DataFrame, by: Sequence[str]) -> tuple[IntArray, pd.DataFrame]:
    """Number the distinct keys of a frame in sorted order, missing values last: (number of each row, table of keys)."""
    number, first = _numbered(frame, by)
    return number, frame[list(by)].iloc[first].reset_index(drop=True)


def places(frame: pd.DataFrame, group: Sequence[str], by: Sequence[str]) -> IntArray:
    """Place of each row's `by` among the distinct ones of its `group`, from 0 and in sorted order."""
    number, first = _numbered(frame, [*group, *by])
    groups = _ranks(frame, group)[0][first]
    return (np.arange(len(first)) - np.searchsorted(groups, groups))[number]


def firsts(frame: pd.DataFrame, by: Sequence[str]) -> IntArray:
    """The first row of each distinct key, in the order of the keys."""
    return _numbered(frame, by)[1]


def find(wanted: pd.DataFrame, known: pd.DataFrame, by: Sequence[str]) -> IntArray:
    """A row of `known` that has each wanted key; len(known) where there is none, or a part is missing."""
    mine, yours = np.zeros(len(known), dtype=np.int64), np.zeros(len(wanted), dtype=np.int64)
    there, size = np.full(len(wanted), len(known) > 0), 1
    for name in by:
        have, ask = _category(known[name]), _category(wanted[name])
        code = ask.codes
        if ask.categories is not have.categories:
            code = np.append(have.categories.get_indexer(ask.categories), -1)[code]
        there &= code >= 0
        count = len(have.categories) + 1
        if size * count > LARGEST_RANK:
            distinct = np.unique(mine)
            there &= np.isin(yours, distinct)
            mine, yours, size = (
                np.searchsorted(distinct, mine),
                np.searchsorted(distinct, yours),
                len(distinct),
            )
        mine, yours, size = mine * count + have.codes, yours * count + code, size * count
    if not there.any():
        return np.full(len(wanted), len(known))
    order = np.argsort(mine, kind="stable")
    at = np.minimum(np.searchsorted(mine, yours, sorter=order), len(known) - 1)
    return np.where(there & (mine[order[at]] == yours), order[at], len(known))


def _numbered(frame: pd.DataFrame, by: Sequence[str]) -> tuple[IntArray, IntArray]:
    """Number of each row among the distinct keys, and the first row of each key."""
    ranks, size = _ranks(frame, by)
    if size > 8 * len(ranks) + 64:
        _, first, number = np.unique(ranks, return_index=True, return_inverse=True)
        return number, first
    # Ranks without large gaps need no sorting.
    row = np.full(size, -1)
    row[ranks[::-1]] = np.arange(len(ranks))[::-1]
    present = row >= 0
    return (np.cumsum(present) - 1)[ranks], row[present]


def _ranks(frame: pd.DataFrame, by: Sequence[str]) -> tuple[IntArray, int]:
    """A number a row that orders the rows by `by`, missing values last, and one above the largest possible."""
    ranks, size = np.zeros(len(frame), dtype=np.int64), 1
    for name in by:
        column = _category(frame[name])
        code, count = column.codes.astype(np.int64), len(column.categories)
        if (code < 0).any():
            code, count = np.where(code < 0, count, code), count + 1
        if size * count > LARGEST_RANK:
            ranks = np.unique(ranks, return_inverse=True)[1]
            size = int(ranks.max(initial=0)) + 1
        ranks, size = ranks * count + code, size * count
    return ranks, size


def _category(column: pd.Series) -> pd.Categorical:
    """A column as numbered values in sorted order."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return pd.Categorical(column)
    values: pd.Categorical = column.array
    return values if values.categories.is_monotonic_increasing else pd.Categorical(np.asarray(values))


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
    said = np.zeros(len(reasons[0][0]), dtype=np.int64)
    for place, (holds, _) in enumerate(reasons):
        said |= np.asarray(holds, dtype=np.int64) << place
    patterns, row = np.unique(said, return_inverse=True)
    texts = [
        "; ".join(text for place, (_, text) in enumerate(reasons) if pattern >> place & 1) or None
        for pattern in patterns.tolist()
    ]
    return np.array(texts, dtype=object)[row]


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
        if pa.types.is_floating(field.type):
            values = np.asarray(columns[field.name], dtype=np.float64)
            arrays.append(pa.array(values, type=field.type, mask=~np.isfinite(values)))
        elif len(columns[field.name]) == 0:
            arrays.append(pa.array([], type=field.type))  # an empty column says nothing of its type
        else:
            arrays.append(pa.array(columns[field.name], from_pandas=True).cast(field.type))
    return pa.Table.from_arrays(arrays, schema=schema)
