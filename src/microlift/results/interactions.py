"""`results_interactions`: does the effect of a variant depend on the segment?"""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from microlift.results.moments import cell_moments
from microlift.results.tables import arrow, codes
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


def build(
    strata: pd.DataFrame, segments: pd.DataFrame, experiments: pd.DataFrame, confidence: float = 0.95
) -> pa.Table:
    """Test variant × segment for every experiment, metric and dimension (`SCHEMA`).

    `strata` is `int_variant_strata`, `segments` is `dim_segments`, `experiments` is `dim_experiments`. Only
    segments that are large enough, and known at or before exposure, take part; a dimension with fewer than
    two of them has no row. The row with `term = 'interaction'` is the test of the whole; each `coefficient` row
    is the effect of a variant in a segment, minus that in the largest segment (`baseline_segment`).

    Conversions: likelihood ratio of the logistic interaction, coefficients in log odds. Other kinds, and
    conversions over several allocation epochs: heterogeneity of differences, coefficients as differences of
    differences.
    """
    usable = segments[
        segments["is_large_enough"]
        & segments["basis"].isin(["at_exposure", "pre_exposure"])
        & (segments["segment_dimension"] != "all")
    ]
    keys = ["experiment_id", "segment_dimension", "segment"]
    kept = strata.merge(usable[[*keys, "units"]].rename(columns={"units": "segment_units"}), on=keys)
    kept = kept[kept.groupby(TABLE)["segment"].transform("nunique") > 1]
    parts = []
    if len(kept):
        sizes = kept[[*keys, "segment_units"]].drop_duplicates()
        moments = cell_moments(kept.drop(columns="segment_units")).merge(sizes, on=keys)
        moments = moments.merge(experiments[["experiment_id", "control_variant_id"]], on="experiment_id")
        moments["several"] = moments.groupby(TABLE)["epochs"].transform("max") > 1
        moments["logistic"] = (moments["kind"] == "conversion") & ~moments["several"]
        moments["variants"] = moments.groupby(TABLE)["variant_id"].transform("nunique")
        moments["segments"] = moments.groupby(TABLE)["segment"].transform("nunique")
        # Tables of one shape are tested together.
        for (logistic, _, _), batch in moments.groupby(["logistic", "variants", "segments"]):
            parts.append(_test(batch, bool(logistic), confidence))
    columns = [field.name for field in SCHEMA]
    rows = pd.concat(parts) if parts else pd.DataFrame(columns=columns)
    order = ["experiment_id", "segment_dimension", "metric_id", "term", "variant_id", "segment"]
    return arrow(
        rows.sort_values(order, na_position="first", kind="stable").assign(confidence=confidence), SCHEMA
    )


def _test(moments: pd.DataFrame, logistic: bool, confidence: float) -> pd.DataFrame:
    """All tables of one shape, (tables, variants, segments); the control and the largest segment come first."""
    ordered = moments.assign(
        _other=moments["variant_id"] != moments["control_variant_id"], _smaller=-moments["segment_units"]
    )
    table, tables = codes(ordered, TABLE)
    variant = _place(ordered, ["_other", "variant_id"])
    segment = _place(ordered, ["_smaller", "segment"])
    shape = (len(tables), int(variant.max()) + 1, int(segment.max()) + 1)

    def cube(column: str) -> NDArray[np.float64]:
        out = np.zeros(shape)
        out[table, variant, segment] = ordered[column].fillna(0).to_numpy(dtype=float)
        return out

    if logistic:
        result = conversion_interaction(cube("successes"), cube("units"), confidence)
    else:
        result = mean_interaction(cube("units"), cube("mean"), cube("m2"), confidence)
    names = {
        "variant": np.empty(shape[:2], dtype=object),
        "segment": np.empty((shape[0], shape[2]), dtype=object),
    }
    names["variant"][table, variant] = ordered["variant_id"]
    names["segment"][table, segment] = ordered["segment"]
    kinds = ordered.groupby(table)["kind"].first().to_numpy()
    return pd.concat(
        [
            _whole(tables, kinds, result, logistic, shape[2]),
            _coefficients(tables, kinds, result, names, logistic),
        ]
    )


def _place(frame: pd.DataFrame, by: list[str]) -> NDArray[np.int64]:
    """Place of each row's variant, or segment, in its table."""
    distinct = frame[[*TABLE, *by]].drop_duplicates().sort_values([*TABLE, *by], kind="stable")
    distinct["_place"] = distinct.groupby(TABLE, sort=False).cumcount()
    return (
        frame[[*TABLE, *by]].merge(distinct, on=[*TABLE, *by], how="left")["_place"].to_numpy(dtype=np.int64)
    )


def _method(logistic: bool) -> dict[str, str]:
    if logistic:
        return {"scale": "logit", "method": "likelihood_ratio_of_logistic_interaction"}
    return {"scale": "difference", "method": "heterogeneity_of_differences"}


def _whole(
    tables: pd.DataFrame, kinds: NDArray[np.object_], result: Interaction, logistic: bool, segments: int
) -> pd.DataFrame:
    return tables.assign(
        kind=kinds,
        term="interaction",
        variant_id=None,
        baseline_variant_id=None,
        segment=None,
        baseline_segment=None,
        estimate=np.nan,
        interval_low=np.nan,
        interval_high=np.nan,
        statistic=result.statistic,
        degrees_of_freedom=result.df,
        p_value=np.where(result.df > 0, result.p_value, np.nan),
        note=np.where(
            result.df > 0, "tests all coefficients together, so it has no one estimate", "not testable"
        ),
        segments=segments,
        **_method(logistic),
    )


def _coefficients(
    tables: pd.DataFrame,
    kinds: NDArray[np.object_],
    result: Interaction,
    names: dict[str, NDArray[np.object_]],
    logistic: bool,
) -> pd.DataFrame:
    rows, variants, segments = result.coefficient.shape
    row, variant, segment = (index.ravel() for index in np.indices((rows, variants, segments)))
    known = np.isfinite(result.coefficient_low).ravel()
    corrected = result.corrected.ravel()
    return tables.iloc[row].assign(
        kind=kinds[row],
        term="coefficient",
        variant_id=names["variant"][row, variant + 1],
        baseline_variant_id=names["variant"][row, 0],
        segment=names["segment"][row, segment + 1],
        baseline_segment=names["segment"][row, 0],
        estimate=result.coefficient.ravel(),
        interval_low=result.coefficient_low.ravel(),
        interval_high=result.coefficient_high.ravel(),
        statistic=np.nan,
        degrees_of_freedom=1.0,
        p_value=np.where(known, result.coefficient_p_value.ravel(), np.nan),
        note=np.where(
            ~known,
            "too few units in one of its four cells",
            np.where(corrected, "Haldane–Anscombe correction: a cell has no success or no failure", None),
        ),
        segments=segments + 1,
        **_method(logistic),
    )
