"""`results_sensitivity`: what the answer on each metric would be under other analyses than the declared one."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results import comparisons
from microlift.results.comparisons import Settings
from microlift.results.declared import declared
from microlift.results.histograms import DEFAULT, Histograms, Resampling, table_of
from microlift.results.moments import COVARIATE
from microlift.results.quantiles import bound_reasons
from microlift.results.tables import ARM_FIELDS, CELL_FIELDS, EFFECT_FIELDS, arrow, notes

SCHEMA = pa.schema(
    [
        *CELL_FIELDS,
        ("kind", pa.string()),
        ("variant_id", pa.string()),
        ("baseline_variant_id", pa.string()),
        ("analysis", pa.string()),
        *ARM_FIELDS,
        *EFFECT_FIELDS,
        ("p_value", pa.float64()),
        ("method", pa.string()),
        ("method_reason", pa.string()),
        ("note", pa.string()),
        ("confidence", pa.float64()),
    ]
)

ANALYSES = (
    "main",
    "without_contaminated_units",
    "without_winsorising",
    "without_cuped",
    "bootstrap_percentile",
    "bootstrap_bca",
)


def build(
    strata: pd.DataFrame,
    others: pd.DataFrame,
    histogram: pd.DataFrame,
    experiments: pd.DataFrame,
    metrics: pd.DataFrame,
    settings: Settings,
    resampling: Resampling = DEFAULT,
) -> pa.Table:
    """The whole experiment under each analysis (`SCHEMA`, a row a comparison and analysis).

    `strata` is `int_tested_strata`, `others` is `int_sensitivity_strata`, `histogram` is `int_tested_histogram`.
    An analysis has rows for the metrics that it changes: those that declare a cap or a covariate, those whose
    units came one by one. Bootstraps are of the plain mean of a count or sum, capped where that is declared.
    Raises ValueError as `comparisons.build` does.
    """
    whole = strata[strata["segment_dimension"] == "all"]
    uncapped = metrics.assign(winsorize_at=np.nan)
    with_covariate = declared(metrics, "covariate_seconds").dropna().index
    plain = whole[whole["metric_id"].isin(with_covariate)].drop(columns=list(COVARIATE), errors="ignore")
    of_means = histogram[(histogram["segment_dimension"] == "all") & (histogram["kind"] != "quantile")]
    parts = [
        _compared("main", whole, experiments, metrics, settings),
        _compared("without_contaminated_units", _analysed(others, "without_contaminated_units"), experiments, metrics, settings),
        _compared("without_winsorising", _analysed(others, "without_winsorising"), experiments, uncapped, settings),
        _compared("without_cuped", plain, experiments, metrics.assign(covariate_seconds=np.nan), settings),
        *_bootstrapped(parts_of(whole, of_means), of_means, experiments, metrics, settings, resampling),
    ]  # fmt: skip
    rows = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    rows["place"] = rows["analysis"].map({name: place for place, name in enumerate(ANALYSES)})
    order = ["experiment_id", "metric_id", "variant_id", "baseline_variant_id", "place"]
    return arrow(rows.sort_values(order, kind="stable"), SCHEMA)


def parts_of(strata: pd.DataFrame, histogram: pd.DataFrame) -> pd.DataFrame:
    """Strata of the metrics that have a histogram."""
    keys = histogram[["experiment_id", "metric_id"]].drop_duplicates()
    return strata.merge(keys, on=["experiment_id", "metric_id"])


def _analysed(others: pd.DataFrame, analysis: str) -> pd.DataFrame:
    return others[others["analysis"] == analysis].drop(columns="analysis")


def _compared(
    analysis: str,
    strata: pd.DataFrame,
    experiments: pd.DataFrame,
    metrics: pd.DataFrame,
    settings: Settings,
) -> pd.DataFrame:
    """Comparisons of some strata, by the methods of `results_comparisons`."""
    table = comparisons.build(
        strata, experiments, metrics, settings.confidence, settings.exact_below, settings.prior_alpha, settings.prior_beta
    )  # fmt: skip
    return table.to_pandas().assign(analysis=analysis)


def _bootstrapped(
    strata: pd.DataFrame,
    histogram: pd.DataFrame,
    experiments: pd.DataFrame,
    metrics: pd.DataFrame,
    settings: Settings,
    resampling: Resampling,
) -> Iterator[pd.DataFrame]:
    plain = strata.drop(columns=list(COVARIATE), errors="ignore")
    rows = _compared("", plain, experiments, metrics.assign(covariate_seconds=np.nan), settings)
    histograms = Histograms(histogram)
    for method, what in (("percentile", "percentile limits"), ("bca", "bias-corrected and accelerated")):
        found = [
            histograms.compare(row, resampling, confidence=settings.confidence, method=method)
            for row in rows.to_dict("records")
        ]
        columns = table_of(found)
        tested = np.isfinite(columns["p_value"])
        no_lift = tested & (method == "bca")
        yield rows.assign(
            **{name: columns[name] for name in columns if name in rows},
            analysis=f"bootstrap_{method}",
            method=f"bootstrap_{method}",
            method_reason=f"{resampling.resamples:,} resamples, {what}",
            note=notes(
                (~np.isfinite(columns["difference"]), "nothing to compare: no allocation epoch has units of both variants"),
                (np.isfinite(columns["difference"]) & ~tested, "no test: fewer than two units in a variant, or no spread"),
                (no_lift, "no limits of the relative lift: these are of the difference"),
                *bound_reasons(columns, tested & ~no_lift, "mean"),
            ),
        )  # fmt: skip
