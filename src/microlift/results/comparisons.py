"""`results_comparisons`: each variant against its baseline, stratified by allocation epoch."""

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.declared import declared, methods
from microlift.results.effects import Settings, effects, shared_epochs
from microlift.results.histograms import DEFAULT, Histograms, Resampling
from microlift.results.omnibus import omnibus
from microlift.results.pairs import ARM, pair, side_by_side
from microlift.results.quantiles import quantile_effects
from microlift.results.tables import (
    ARM_FIELDS,
    CELL,
    CELL_FIELDS,
    EFFECT_FIELDS,
    arrow,
    coded,
    find,
    notes,
)
from microlift.stats.checks import check_confidence, check_positive

KEYS = [*CELL, "kind", "variant_id", "baseline_variant_id"]

SCHEMA = pa.schema(
    [
        *CELL_FIELDS,
        ("kind", pa.string()),
        ("variant_id", pa.string()),
        ("baseline_variant_id", pa.string()),
        *ARM_FIELDS,
        *EFFECT_FIELDS,
        ("odds_ratio", pa.float64()),
        ("odds_ratio_low", pa.float64()),
        ("odds_ratio_high", pa.float64()),
        ("effect_size", pa.float64()),
        ("effect_size_name", pa.string()),
        ("p_value", pa.float64()),
        ("omnibus_p_value", pa.float64()),
        ("probability_better", pa.float64()),
        ("expected_loss", pa.float64()),
        ("posterior", pa.string()),
        ("variance_reduction", pa.float64()),
        ("method", pa.string()),
        ("method_reason", pa.string()),
        ("note", pa.string()),
        ("confidence", pa.float64()),
        ("allocation_epochs", pa.int64()),
    ]
)


def build(
    strata: pd.DataFrame,
    experiments: pd.DataFrame,
    metrics: pd.DataFrame,
    confidence: float = 0.95,
    exact_below: float = 10.0,
    prior_alpha: float = 1.0,
    prior_beta: float = 1.0,
    histogram: pd.DataFrame | None = None,
    resampling: Resampling = DEFAULT,
) -> pa.Table:
    """Compare the variants of every cell of `int_variant_strata` (`SCHEMA`, a row a comparison).

    `experiments` is `dim_experiments`, `metrics` is `dim_metrics` (for the direction that is better, and what
    it declares beyond the mean), `histogram` is `int_tested_histogram`, for quantiles.
    Conversions go through `compare_proportions`, counts and sums through Welch's comparison (of what a
    covariate does not explain, where there is one), ratios through the same on the linearised ratio, quantiles
    through the bootstrap; `estimate` and `baseline_estimate` are the plain ones over all epochs.
    P(better) and expected loss are of the beta posteriors where conversions share one allocation epoch, else
    of the normal posterior of the (stratified) difference, or the resamples. A NULL has its reason in `note`;
    only odds ratios of other kinds than conversions have none.

    Raises ValueError for impossible statistics, an unknown kind, a confidence outside (0, 1), a prior that is
    not proper, or a negative `exact_below`.
    """
    settings = Settings(
        check_confidence(confidence),
        exact_below,
        check_positive(prior_alpha, "prior_alpha"),
        check_positive(prior_beta, "prior_beta"),
    )
    histograms = Histograms(histogram)
    tested = coded(strata, ARM)
    whole = omnibus(tested)
    if len(histograms.strata):
        quantiles = histograms.strata
        tested = coded(pd.concat([strata, quantiles]) if len(strata) else quantiles, ARM)
    keys = pair(tested, experiments)
    levels = declared(metrics, "quantile")
    lower = metrics.loc[metrics["better"] == "lower", "metric_id"]
    parts, order = [], []
    for batch in side_by_side(tested, keys):
        higher = ~batch.keys["metric_id"].isin(lower).to_numpy(dtype=bool)
        if batch.kind == "quantile":
            columns, reasons = quantile_effects(batch, histograms, levels, higher, confidence, resampling)
        else:
            columns, reasons = effects(batch, higher, settings)
        columns |= methods(columns, metrics, batch.keys["metric_id"])
        cell = find(batch.keys, whole, CELL)
        omnibus_p, sparse = (
            np.append(whole["omnibus_p_value"], np.nan)[cell],
            np.append(whole["sparse"], False)[cell],
        )
        unknown = np.isnan(omnibus_p) & (batch.kind != "quantile")
        note = notes(
            *reasons,
            (unknown, "no omnibus p: nothing tells the variants apart"),
            (sparse, "the omnibus p is rough: an expected count is below 5"),
        )
        rows = {
            **{name: batch.keys[name] for name in KEYS},
            **columns,
            "omnibus_p_value": omnibus_p,
            "note": note,
            "units": batch.variant["units"].sum(axis=1),
            "baseline_units": batch.baseline["units"].sum(axis=1),
            "confidence": np.full(len(cell), confidence),
            "allocation_epochs": shared_epochs(batch).sum(axis=1),
        }
        parts.append(arrow(rows, SCHEMA))
        order.append(batch.keys.index.to_numpy())
    if not parts:
        return SCHEMA.empty_table()
    table = pa.concat_tables(parts)
    return table if len(parts) == 1 else table.take(np.argsort(np.concatenate(order)))
