"""`results_segments_shrunk`: every effect beside what is left of it once it is known that one looked for it."""

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.tables import (
    CELL,
    CELL_FIELDS,
    BoolArray,
    Columns,
    arrow,
    codes,
    divide,
    notes,
    pad,
    where_told,
)
from microlift.stats.checks import FloatArray, check_positive, two_sided_quantile
from microlift.stats.shrinkage import conditional_estimate, shrink

LIMITS = ("", "_low", "_high")
SCHEMA = pa.schema(
    [
        *CELL_FIELDS,
        ("basis", pa.string()),
        ("role", pa.string()),
        ("kind", pa.string()),
        ("variant_id", pa.string()),
        ("baseline_variant_id", pa.string()),
        ("units", pa.int64()),
        ("baseline_units", pa.int64()),
        *((f"difference{end}", pa.float64()) for end in LIMITS),
        ("relative_lift", pa.float64()),
        *((f"shrunk_difference{end}", pa.float64()) for end in LIMITS),
        *((f"shrunk_relative_lift{end}", pa.float64()) for end in LIMITS),
        ("shrinkage", pa.float64()),
        ("centre", pa.float64()),
        ("spread", pa.float64()),
        ("effects", pa.int64()),
        ("conditional_difference", pa.float64()),
        ("conditional_relative_lift", pa.float64()),
        ("method", pa.string()),
        ("method_reason", pa.string()),
        ("note", pa.string()),
        ("confidence", pa.float64()),
    ]
)
GROUP = ["experiment_id", "segment_dimension", "metric_id", "variant_id", "baseline_variant_id"]
ROW = [*CELL, "variant_id", "baseline_variant_id"]


def build(
    comparisons: pd.DataFrame,
    confidence: float = 0.95,
    lift_prior_deviation: float = 0.1,
    minimum_past_experiments: int = 10,
) -> pa.Table:
    """Shrink the effects of `results_comparisons` (`SCHEMA`, a row a comparison, sorted by its key).

    Segments are drawn to what the segments of their dimension have in common. Overall effects are drawn to 0,
    by a normal prior of the relative lift: its deviation is learned from the overall effects on primary metrics
    of this warehouse once at least `minimum_past_experiments` experiments have one, else `lift_prior_deviation`.
    Errors are those that the intervals of the comparison imply. A NULL has its reason in `note`.

    Raises ValueError for a confidence outside (0, 1), or a deviation or number that is not above 0.
    """
    z = two_sided_quantile(confidence)
    declared = check_positive(lift_prior_deviation, "lift_prior_deviation")
    fewest = check_positive(minimum_past_experiments, "minimum_past_experiments")
    if comparisons.empty:
        return SCHEMA.empty_table()
    rows = comparisons.sort_values(ROW, kind="stable", ignore_index=True)
    difference, low, high = (rows[f"difference{end}"].to_numpy(float, na_value=np.nan) for end in LIMITS)
    error = (high - low) / 2 / z
    known = np.isfinite(difference) & np.isfinite(error) & (error > 0)
    baseline = np.abs(rows["baseline_estimate"].to_numpy(float, na_value=np.nan))
    overall = (rows["segment_dimension"] == "all").to_numpy(bool)
    on_lifts = known & (baseline > 0)
    prior, effects = _past(rows, difference, error, baseline, overall & on_lifts)
    learned = effects >= fewest
    prior = prior if learned else declared

    columns: Columns = {name: np.full(len(rows), np.nan) for name in (*SHRUNK, "spread", "effects")}
    _segments(columns, rows, difference, error, known & ~overall, confidence)
    _overall(columns, difference, error, prior * baseline, overall & on_lifts, confidence)
    columns["effects"][overall & on_lifts] = effects if learned else 0
    alone = ~overall & known & (columns["effects"] < 2)
    for name in SHRUNK:
        columns[name][alone] = np.nan
    columns["spread"][alone] = np.nan
    selected = known & (np.abs(difference) > z * np.where(known, error, 1.0))
    conditional = np.full(len(rows), np.nan)
    conditional[selected] = conditional_estimate(difference[selected], error[selected], 1 - confidence)
    _within_range(columns, rows)
    # A lift has the sign that its baseline gives it, as in `results_comparisons`.
    signed = np.nan_to_num(rows["baseline_estimate"].to_numpy(float, na_value=np.nan))
    middle, *ends = (divide(columns[f"shrunk_difference{end}"], signed) for end in LIMITS)
    lifts = dict(
        zip(
            (f"shrunk_relative_lift{end}" for end in LIMITS),
            (middle, np.minimum(*ends), np.maximum(*ends)),
            strict=True,
        )
    )
    shrunk = np.isfinite(columns["shrunk_difference"])
    method = np.where(overall, "past_experiments" if learned else "declared_prior", "segments")
    past = f"prior lifts are around 0 with a deviation of {prior:.3g}"
    reason = np.where(
        overall,
        f"{past}, learned from {effects} experiments"
        if learned
        else f"{past}, as declared: fewer than {fewest:.0f} experiments to learn it from",
        "the segments of a dimension tell how far their effects lie apart",
    )
    return arrow(
        rows.assign(
            **columns,
            **lifts,
            conditional_difference=conditional,
            conditional_relative_lift=divide(conditional, signed),
            method=where_told(method, shrunk),
            method_reason=where_told(reason, shrunk),
            note=notes(
                (~known, "no shrinkage: the difference has no interval"),
                (alone, "no shrinkage: no other segment of the dimension has an interval"),
                (overall & known & ~on_lifts, "no shrinkage: the baseline is 0, so a prior of lifts says nothing"),
                (shrunk & (baseline == 0), "no relative lifts: the baseline is 0"),
                (known & ~selected, "no conditional estimate: not significant, so not selected for it"),
            ),
            confidence=confidence,
        ),
        SCHEMA,
    )  # fmt: skip


SHRUNK = ("shrunk_difference", "shrunk_difference_low", "shrunk_difference_high", "shrinkage", "centre")


def _within_range(columns: Columns, rows: pd.DataFrame) -> None:
    """Limits of a conversion's difference leave a rate between 0 and 1, the baseline being taken as known."""
    rates = (rows["kind"] == "conversion").to_numpy(bool)
    baseline = rows["baseline_estimate"].to_numpy(float, na_value=np.nan)
    for end in LIMITS[1:]:
        limit = columns[f"shrunk_difference{end}"]
        columns[f"shrunk_difference{end}"] = np.where(rates, np.clip(limit, -baseline, 1 - baseline), limit)


def _past(
    rows: pd.DataFrame, difference: FloatArray, error: FloatArray, baseline: FloatArray, usable: BoolArray
) -> tuple[float, int]:
    """Deviation of the true lifts of primary metrics around 0, and the number of experiments it is learned from."""
    chosen = usable & (rows["role"] == "primary").to_numpy(bool)
    experiments = rows.loc[chosen, "experiment_id"].nunique()
    if experiments == 0:
        return 0.0, 0
    scale = baseline[chosen]
    learned = shrink((difference[chosen] / scale)[None], (error[chosen] / scale)[None], centre=0.0)
    return float(learned.spread[0]), int(experiments)


def _segments(
    columns: Columns,
    rows: pd.DataFrame,
    difference: FloatArray,
    error: FloatArray,
    chosen: BoolArray,
    confidence: float,
) -> None:
    """Write the posteriors of the segments into `columns`: each group by what its members have in common."""
    if not chosen.any():
        return
    batch = rows[chosen]
    group, _ = codes(batch, GROUP)
    place = batch.groupby(GROUP, sort=False).cumcount().to_numpy(np.int64)
    there = pad((group, place), np.ones(len(batch))) > 0
    padded = pad((group, place), error[chosen])
    result = shrink(pad((group, place), difference[chosen]), np.where(there, padded, np.nan), confidence)
    for name, values in zip(
        SHRUNK, (result.estimate, result.low, result.high, result.shrinkage), strict=False
    ):
        columns[name][chosen] = values[group, place]
    columns["centre"][chosen] = result.centre[group]
    columns["spread"][chosen] = result.spread[group]
    columns["effects"][chosen] = result.members[group]


def _overall(
    columns: Columns,
    difference: FloatArray,
    error: FloatArray,
    spread: FloatArray,
    chosen: BoolArray,
    confidence: float,
) -> None:
    """The same for overall effects: each drawn to 0 by a prior of its own spread."""
    if not chosen.any():
        return
    result = shrink(
        difference[chosen, None], error[chosen, None], confidence, centre=0.0, spread=spread[chosen]
    )
    for name, values in zip(
        SHRUNK, (result.estimate, result.low, result.high, result.shrinkage), strict=False
    ):
        columns[name][chosen] = values[:, 0]
    columns["centre"][chosen] = 0.0
    columns["spread"][chosen] = spread[chosen]
