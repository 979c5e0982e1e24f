"""Small input tables of the result builders, with the column types that the warehouse gives them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

Row = dict[str, Any]
"""A row of an input table."""


def counted(variant: str, successes: int, units: int, **keys: Any) -> Row:
    """A stratum of a conversion."""
    spread = successes * (units - successes) / units if units else 0.0
    return _stratum(variant, "conversion", units, successes, float(successes), spread, **keys)


def measured(variant: str, values: Iterable[float], kind: str = "sum", **keys: Any) -> Row:
    """A stratum of a count or sum, from the values of its units."""
    y = np.array(list(values), dtype=float)
    return _stratum(variant, kind, len(y), None, y.sum(), ((y - y.mean()) ** 2).sum(), **keys)


def divided(variant: str, tops: Iterable[float], bottoms: Iterable[float], **keys: Any) -> Row:
    """A stratum of a ratio of sums, from both values of its units."""
    y, x = np.array(list(tops), dtype=float), np.array(list(bottoms), dtype=float)
    return _stratum(
        variant, "ratio", len(y), None, y.sum(), ((y - y.mean()) ** 2).sum(),
        denominator_sum=x.sum(),
        denominator_centred_sum_squares=((x - x.mean()) ** 2).sum(),
        centred_cross_products=((x - x.mean()) * (y - y.mean())).sum(),
        **keys,
    )  # fmt: skip


def _stratum(
    variant: str, kind: str, units: int, successes: int | None, total: float, spread: float, **keys: Any
) -> Row:
    return {
        "experiment_id": "e",
        "segment_dimension": "all",
        "segment": "all",
        "metric_id": "m",
        "kind": kind,
        "variant_id": variant,
        "allocation_epoch": 1,
        "units": units,
        "successes": successes,
        "value_sum": total,
        "centred_sum_squares": spread,
        "denominator_sum": np.nan,
        "denominator_centred_sum_squares": 0.0,
        "centred_cross_products": np.nan,
    } | keys


def strata(*rows: Row) -> pd.DataFrame:
    """`int_variant_strata` of some rows."""
    frame = pd.DataFrame(rows)
    return frame.astype({"successes": "Int64", "units": "int64"})


def experiments(control: str | None = "a", variants: int = 2, names: Sequence[str] = ("e",)) -> pd.DataFrame:
    """`dim_experiments`, all alike."""
    rows = [
        {
            "experiment_id": name,
            "experiment_name": f"Experiment {name}",
            "variants": variants,
            "control_variant_id": control,
        }
        for name in names
    ]
    return pd.DataFrame(rows)


def metrics(better: str = "higher", **more: str) -> pd.DataFrame:
    """`dim_metrics`: m, and more metrics as name=direction."""
    directions = {"m": better, **more}
    return pd.DataFrame(
        [{"metric_id": name, "metric_name": name.upper(), "better": way} for name, way in directions.items()]
    )


def one(table: pa.Table, **wanted: Any) -> Row:
    """The only row of a result with these values."""
    rows = [row for row in table.to_pylist() if all(row[name] == value for name, value in wanted.items())]
    assert len(rows) == 1, f"{len(rows)} rows have {wanted}"
    return rows[0]


def assert_sound(table: pa.Table, without: Sequence[str] = ()) -> None:
    """No NaN or infinity in any row; a NULL (but in columns that are so by design) has a note."""
    for row in table.to_pylist():
        for name, value in row.items():
            assert not isinstance(value, float) or np.isfinite(value), (name, row)
            if value is None and name not in {"note", *without}:
                assert row["note"], (name, row)
