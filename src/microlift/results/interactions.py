"""`results_interactions`: does the effect of a variant depend on the segment?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from microlift.results.moments import cell_moments
from microlift.results.tables import IntArray, arrow, codes, notes, numbers, pad, places
from microlift.stats.checks import FloatArray
from microlift.stats.homogeneity import breslow_day, log_odds_ratio, sign_flip
from microlift.stats.interactions import Interaction, conversion_interaction, mean_interaction
from microlift.stats.means import variance_of_mean

TABLE = ["experiment_id", "segment_dimension", "metric_id"]
METHODS = (
    "smaller_of_likelihood_ratio_and_score",
    "likelihood_ratio_of_logistic_interaction",
)
"""Of the logistic interaction in sparse tables, and in others."""

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
    cubes: dict[str, FloatArray]
    logistic: bool

    def rows(self, place: IntArray, term: str, **columns: Any) -> pd.DataFrame:
        """Rows of some of the tables: what a term says nothing of is NULL."""
        empty = dict.fromkeys(("variant_id", "baseline_variant_id", "segment", "baseline_segment"))
        unknown = dict.fromkeys(("estimate", "interval_low", "interval_high"), np.nan)
        return self.tables.iloc[place].assign(**empty, **unknown, term=term).assign(**columns)


def build(
    strata: pd.DataFrame, segments: pd.DataFrame, experiments: pd.DataFrame, confidence: float = 0.95
) -> pa.Table:
    """Test variant × segment for every experiment, metric and dimension (`SCHEMA`).

    `strata` is `int_variant_strata`, `segments` is `dim_segments`, `experiments` is `dim_experiments`. Only
    segments that are large enough, and known at or before exposure, take part; a dimension with fewer than
    two of them has no row. The row with `term = 'interaction'` is the test of the whole; each `coefficient`
    row is the effect of a variant in a segment, minus that in the largest segment (`baseline_segment`).
    Beside the test of the whole stand, uncorrected: `penalised` (Firth's, of sparse logistic tables),
    `common_odds_ratio` (Breslow–Day–Tarone, a row a variant and baseline; `estimate` is the common log odds
    ratio) and `sign_flip` (Gail–Simon, likewise).

    Conversions: likelihood ratio of the logistic interaction, coefficients in log odds. Other kinds, and
    conversions over several allocation epochs: heterogeneity of differences, coefficients as differences of
    differences, its F with the denominator's degrees of freedom in `note`. What cannot be tested has no p and
    a `note`. Raises ValueError for impossible statistics or a confidence outside (0, 1).
    """
    moments = _table_moments(strata, segments, experiments)
    parts = []
    for (_, _, logistic), same in moments.groupby(["variants", "segments", "logistic"]):
        batch = _test(same, bool(logistic), confidence)
        parts += [
            _whole(batch),
            _penalised(batch),
            _common_odds_ratio(batch),
            _sign_flips(batch),
            _coefficients(batch),
        ]
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

    names = ("successes", "units", "n", "mean", "m2")
    cubes = {name: pad((table, variant, segment), numbers(moments[name])) for name in names}
    if logistic:
        result = conversion_interaction(cubes["successes"], cubes["units"], confidence)
        scale, method = "logit", np.where(result.sparse, *METHODS)
    else:
        result = mean_interaction(cubes["n"], cubes["mean"], cubes["m2"], confidence)
        scale, method = "difference", np.full(len(result.df), "heterogeneity_of_differences")
    first = np.unique(table, return_index=True)[1]
    tables = moments.iloc[first][[*TABLE, "kind", "segments"]].assign(scale=scale, method=method)
    variants = np.empty((len(first), variant.max() + 1), dtype=object)
    variants[table, variant] = moments["variant_id"]
    segments = np.empty((len(first), segment.max() + 1), dtype=object)
    segments[table, segment] = moments["segment"]
    return _Batch(tables.reset_index(drop=True), variants, segments, result, cubes, logistic)


def _whole(batch: _Batch) -> pd.DataFrame:
    result = batch.result
    tested = result.df > 0
    note = notes(
        (~tested, "not testable: too few units, or nothing varies"),
        (tested, "tests all coefficients together, so it has no one estimate"),
        (tested & result.sparse, "p is rough: an expected count is below 5"),
    )
    return batch.rows(
        np.arange(len(batch.tables)),
        "interaction",
        statistic=np.where(tested, result.statistic, np.nan),
        degrees_of_freedom=result.df,
        p_value=np.where(tested, result.p_value, np.nan),
        note=list(_with_residual_df(note, result)),
    )


def _penalised(batch: _Batch) -> pd.DataFrame:
    """Firth's test of the same whole, where counts are small enough for it to matter."""
    result = batch.result
    place = np.flatnonzero(result.sparse & (result.df > 0) & np.isfinite(result.penalised_p_value))
    return batch.rows(
        place,
        "penalised",
        statistic=result.penalised_statistic[place],
        degrees_of_freedom=result.df[place],
        p_value=result.penalised_p_value[place],
        method="penalised_likelihood_ratio",
        note="holds under separation; conservative where counts are small, and in no family",
    )


def _against_the_first(batch: _Batch) -> tuple[IntArray, IntArray, dict[str, Any]]:
    """(table, variant) of every comparison with the first variant, and the names of both."""
    row, variant = (index.ravel() for index in np.indices(batch.result.coefficient.shape[:2]))
    names = {"variant_id": batch.variants[row, variant + 1], "baseline_variant_id": batch.variants[row, 0]}
    return row, variant + 1, names


def _common_odds_ratio(batch: _Batch) -> pd.DataFrame:
    row, variant, names = _against_the_first(batch)
    if not batch.logistic:
        row, variant, names = row[:0], variant[:0], {key: value[:0] for key, value in names.items()}
    x, n = batch.cubes["successes"], batch.cubes["units"]
    result = breslow_day(x[row, variant], n[row, variant], x[row, 0], n[row, 0])
    tested = result.df > 0
    return batch.rows(
        row,
        "common_odds_ratio",
        **names,
        estimate=np.log(np.where(tested, result.odds_ratio, np.nan)),
        statistic=np.where(tested, result.statistic, np.nan),
        degrees_of_freedom=result.df,
        p_value=np.where(tested, result.p_value, np.nan),
        method="breslow_day_tarone",
        note=notes(
            (tested, "tests that all segments share this log odds ratio; in no family"),
            (~tested, "not testable: fewer than two segments in which some convert and some do not"),
        ),
    )


def _sign_flips(batch: _Batch) -> pd.DataFrame:
    row, variant, names = _against_the_first(batch)
    cubes = {name: (cube[row, variant], cube[row, 0]) for name, cube in batch.cubes.items()}
    if not batch.logistic:
        known = np.minimum(*cubes["n"]) >= 2
        variance = sum(variance_of_mean(n, m2) for n, m2 in zip(cubes["n"], cubes["m2"], strict=True))
        effect = cubes["mean"][0] - cubes["mean"][1]
    else:
        known = np.minimum(*cubes["units"]) > 0
        effect, variance = log_odds_ratio(cubes["successes"], cubes["units"])
    error = np.sqrt(np.where(known, variance, 0.0))
    result = sign_flip(np.where(error > 0, effect, 0.0), error)
    tested = result.strata > 1
    return batch.rows(
        row,
        "sign_flip",
        **names,
        statistic=np.where(tested, result.statistic, np.nan),
        degrees_of_freedom=np.nan,
        p_value=np.where(tested, result.p_value, np.nan),
        method="gail_simon",
        note=notes(
            (tested, "tests whether the effect changes sign between segments; a weighted χ², in no family"),
            (~tested, "not testable: fewer than two segments with a known effect"),
        ),
    )


def _with_residual_df(note: NDArray[np.object_], result: Interaction) -> Iterator[str]:
    for text, df, residual in zip(note, result.df, result.df_residual, strict=True):
        f_test = df > 0 and np.isfinite(residual)
        yield f"{text}; F with {df:g} and {residual:.4g} degrees of freedom" if f_test else text


def _coefficients(batch: _Batch) -> pd.DataFrame:
    result = batch.result
    row, variant, segment = (index.ravel() for index in np.indices(result.coefficient.shape))
    known = np.isfinite(result.coefficient_low).ravel()
    return batch.rows(
        row,
        "coefficient",
        variant_id=batch.variants[row, variant + 1],
        baseline_variant_id=batch.variants[row, 0],
        segment=batch.segments[row, segment + 1],
        baseline_segment=batch.segments[row, 0],
        # Of one contrast, not the test of them all together.
        method="wald_of_log_odds" if batch.logistic else "welch_of_contrast",
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
