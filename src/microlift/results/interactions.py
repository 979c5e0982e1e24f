"""`results_interactions`: does the effect of a variant depend on the segment?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from microlift.results.moments import cell_moments
from microlift.results.tables import arrow, codes, notes, numbers, pad, places
from microlift.stats.checks import FloatArray
from microlift.stats.interactions import Interaction, conversion_interaction, mean_interaction

TABLE = ["experiment_id", "segment_dimension", "metric_id"]

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in TABLE),
        ("kind", pa.string()),
        ("term", pa.string()),
        ("variant_id", pa.string()),
        ("baseline_variant_id", pa.string()),
        ("segment", pa.string()),
        ("baseline_segment", pa.string()),
        ("scale", pa.string()),
        ("estimate", pa.float64()),
        ("interval_low", pa.float64()),
        ("interval_high", pa.float64()),
        ("statistic", pa.float64()),
        ("degrees_of_freedom", pa.float64()),
        ("p_value", pa.float64()),
        ("method", pa.string()),
        ("note", pa.string()),
        ("segments", pa.int64()),
        ("confidence", pa.float64()),
    ]
)


@dataclass(frozen=True)
class _Batch:
    """Tables of one shape, tested together: their keys, the names of their rows and columns, the test."""

    tables: pd.DataFrame
    variants: NDArray[np.object_]
    segments: NDArray[np.object_]
    result: Interaction


def build(
    strata: pd.DataFrame, segments: pd.DataFrame, experiments: pd.DataFrame, confidence: float = 0.95
) -> pa.Table:
    """Test variant × segment for every experiment, metric and dimension (`SCHEMA`).

    `strata` is `int_variant_strata`, `segments` is `dim_segments`, `experiments` is `dim_experiments`. Only
    segments that are large enough, and known at or before exposure, take part; a dimension with fewer than
    two of them has no row. The row with `term = 'interaction'` is the test of the whole; each `coefficient`
    row is the effect of a variant in a segment, minus that in the largest segment (`baseline_segment`).

    Conversions: likelihood ratio of the logistic interaction, coefficients in log odds. Other kinds, and
    conversions over several allocation epochs: heterogeneity of differences, coefficients as differences of
    differences, its F with the denominator's degrees of freedom in `note`. What cannot be tested has no p and
    a `note`. Raises ValueError for impossible statistics or a confidence outside (0, 1).
    """
    moments = _table_moments(strata, segments, experiments)
    parts = []
    for (_, _, logistic), same in moments.groupby(["variants", "segments", "logistic"]):
        batch = _test(same, bool(logistic), confidence)
        parts += [_whole(batch), _coefficients(batch)]
    if not parts:
        return SCHEMA.empty_table()
    order = [*TABLE, "term", "variant_id", "segment"]
    rows = pd.concat(parts, ignore_index=True).sort_values(order, na_position="first", kind="stable")
    return arrow(rows.assign(confidence=confidence), SCHEMA)


def _table_moments(strata: pd.DataFrame, segments: pd.DataFrame, experiments: pd.DataFrame) -> pd.DataFrame:
    """Moments of the cells that take part, with what shapes their table."""
    usable = segments[
        segments["is_large_enough"].astype(bool)
        & segments["basis"].isin(["at_exposure", "pre_exposure"])
        & (segments["segment_dimension"] != "all")
    ]
    keys = ["experiment_id", "segment_dimension", "segment"]
    sizes = usable[[*keys, "units"]].rename(columns={"units": "segment_units"})
    moments = cell_moments(strata.merge(sizes[keys], on=keys)).merge(sizes, on=keys)
    moments = moments.merge(experiments[["experiment_id", "control_variant_id"]], on="experiment_id")
    by_table = moments.groupby(TABLE)
    moments["variants"] = by_table["variant_id"].transform("nunique")
    moments["segments"] = by_table["segment"].transform("nunique")
    moments["logistic"] = (moments["kind"] == "conversion") & (by_table["epochs"].transform("max") == 1)
    return moments[moments["segments"] > 1]


def _test(moments: pd.DataFrame, logistic: bool, confidence: float) -> _Batch:
    """Cubes of (tables, variants, segments), the control and the largest segment first, and their test."""
    moments = moments.assign(
        _other=moments["variant_id"] != moments["control_variant_id"], _smaller=-moments["segment_units"]
    )
    table, _ = codes(moments, TABLE)
    variant = places(moments, TABLE, ["_other", "variant_id"])
    segment = places(moments, TABLE, ["_smaller", "segment"])

    def cube(column: str) -> FloatArray:
        return pad((table, variant, segment), numbers(moments[column]))

    if logistic:
        result = conversion_interaction(cube("successes"), cube("units"), confidence)
        scale, method = "logit", "likelihood_ratio_of_logistic_interaction"
    else:
        result = mean_interaction(cube("n"), cube("mean"), cube("m2"), confidence)
        scale, method = "difference", "heterogeneity_of_differences"
    first = np.unique(table, return_index=True)[1]
    tables = moments.iloc[first][[*TABLE, "kind", "segments"]].assign(scale=scale, method=method)
    variants = np.empty((len(first), variant.max() + 1), dtype=object)
    variants[table, variant] = moments["variant_id"]
    names = np.empty((len(first), segment.max() + 1), dtype=object)
    names[table, segment] = moments["segment"]
    return _Batch(tables.reset_index(drop=True), variants, names, result)


def _whole(batch: _Batch) -> pd.DataFrame:
    result = batch.result
    tested = result.df > 0
    note = notes(
        (~tested, "not testable: too few units, or nothing varies"),
        (tested, "tests all coefficients together, so it has no one estimate"),
        (tested & result.sparse, "p is rough: an expected count is below 5"),
    )
    return batch.tables.assign(
        term="interaction",
        variant_id=None,
        baseline_variant_id=None,
        segment=None,
        baseline_segment=None,
        estimate=np.nan,
        interval_low=np.nan,
        interval_high=np.nan,
        statistic=np.where(tested, result.statistic, np.nan),
        degrees_of_freedom=result.df,
        p_value=np.where(tested, result.p_value, np.nan),
        note=list(_with_residual_df(note, result)),
    )


def _with_residual_df(note: NDArray[np.object_], result: Interaction) -> Iterator[str]:
    for text, df, residual in zip(note, result.df, result.df_residual, strict=True):
        f_test = df > 0 and np.isfinite(residual)
        yield f"{text}; F with {df:g} and {residual:.4g} degrees of freedom" if f_test else text


def _coefficients(batch: _Batch) -> pd.DataFrame:
    result = batch.result
    row, variant, segment = (index.ravel() for index in np.indices(result.coefficient.shape))
    known = np.isfinite(result.coefficient_low).ravel()
    return batch.tables.iloc[row].assign(
        term="coefficient",
        variant_id=batch.variants[row, variant + 1],
        baseline_variant_id=batch.variants[row, 0],
        segment=batch.segments[row, segment + 1],
        baseline_segment=batch.segments[row, 0],
        estimate=np.where(known, result.coefficient.ravel(), np.nan),
        interval_low=result.coefficient_low.ravel(),
        interval_high=result.coefficient_high.ravel(),
        statistic=np.nan,
        degrees_of_freedom=np.nan,
        p_value=np.where(known, result.coefficient_p_value.ravel(), np.nan),
        note=notes(
            (~known, "not estimable: too few units, or no spread, in one of its four cells"),
            (
                known & result.corrected.ravel(),
                "Haldane–Anscombe correction: a cell has no success or no failure",
            ),
        ),
    )
