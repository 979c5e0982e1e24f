"""`results_posteriors`: what the data say of each effect as a distribution, one reading, no correction."""

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.tables import CELL, CELL_FIELDS, BoolArray, Columns, arrow, codes, divide, notes, pad
from microlift.stats.bayes import beta_probability_best, normal_probability_within
from microlift.stats.beta_contrasts import beta_contrast_interval, beta_probability_within
from microlift.stats.checks import FloatArray, check_positive, two_sided_quantile

ENDS = ("_low", "_high")
ROW = [*CELL, "variant_id", "baseline_variant_id"]
SCHEMA = pa.schema(
    [
        *CELL_FIELDS,
        ("kind", pa.string()),
        ("variant_id", pa.string()),
        ("baseline_variant_id", pa.string()),
        ("units", pa.int64()),
        ("baseline_units", pa.int64()),
        ("posterior", pa.string()),
        ("difference", pa.float64()),
        *((f"credible_difference{end}", pa.float64()) for end in ENDS),
        *((f"credible_lift{end}", pa.float64()) for end in ENDS),
        ("probability_better", pa.float64()),
        ("probability_best", pa.float64()),
        ("equivalence_lift", pa.float64()),
        ("probability_equivalent", pa.float64()),
        ("note", pa.string()),
        ("confidence", pa.float64()),
    ]
)


def build(
    comparisons: pd.DataFrame,
    strata: pd.DataFrame,
    metrics: pd.DataFrame,
    power: pd.DataFrame,
    confidence: float = 0.95,
    prior_alpha: float = 1.0,
    prior_beta: float = 1.0,
    smallest_lift: float = 0.1,
) -> pa.Table:
    """Credible limits, the region of practical equivalence and P(best) of `calc_comparisons` (`SCHEMA`, a row each).

    `strata` is `int_tested_strata`, for the counts; `metrics` is `dim_metrics`, for what is better; `power` is
    `calc_power`, for the lift of interest that the plan names, else `smallest_lift`. Smaller lifts, of either sign,
    are practically no effect. Conversions of one shared epoch have beta posteriors, whose contrasts are exact; other
    rows the normal posterior that the interval of the comparison implies, with the baseline of a lift taken as known;
    a quantile has none. A NULL has its reason in `note`.

    Raises ValueError for a confidence outside (0, 1), a prior or a smallest lift that is not above 0.
    """
    z = two_sided_quantile(confidence)
    prior = check_positive(prior_alpha, "prior_alpha"), check_positive(prior_beta, "prior_beta")
    default = check_positive(smallest_lift, "smallest_lift")
    if comparisons.empty:
        return SCHEMA.empty_table()
    rows = comparisons.sort_values(ROW, kind="stable", ignore_index=True)
    lift = _lift_of_interest(rows, power, default)
    columns: Columns = {
        f"credible_{name}{end}": np.full(len(rows), np.nan) for name in ("difference", "lift") for end in ENDS
    }
    columns["probability_equivalent"] = np.full(len(rows), np.nan)
    columns["probability_best"] = np.full(len(rows), np.nan)

    counts = _counts(rows, strata)
    beta = rows["posterior"].eq("beta").to_numpy(bool) & np.isfinite(counts[:, 1]) & np.isfinite(counts[:, 3])
    _betas(columns, counts, lift, beta, prior, confidence)
    low, high, difference, baseline = (
        rows[name].to_numpy(float, na_value=np.nan)
        for name in ("difference_low", "difference_high", "difference", "baseline_estimate")
    )
    error = (high - low) / 2 / z
    normal = rows["posterior"].str.startswith("normal").fillna(False).to_numpy(bool) & np.isfinite(
        difference + error
    )
    _normals(columns, difference, error, baseline, lift, normal, z)
    lower = rows["metric_id"].isin(metrics.loc[metrics["better"] == "lower", "metric_id"]).to_numpy(bool)
    _best(columns, rows, strata, lower, beta, prior)
    better = rows["probability_better"].to_numpy(float, na_value=np.nan)
    known = beta | normal
    alone = rows.assign(_known=known).groupby(CELL)["_known"].transform("sum").to_numpy() == 1
    columns["probability_best"] = np.where(
        np.isnan(columns["probability_best"]) & known & alone, better, columns["probability_best"]
    )
    return arrow(
        rows.assign(
            **columns,
            equivalence_lift=lift,
            note=notes(
                (~known, "no posterior: nothing to compare, or a quantile, whose resamples have no density"),
                (known & np.isnan(columns["credible_lift_low"]), "no lift: the baseline is 0"),
                (beta & np.isinf(columns["credible_lift_high"]), "the lift has no upper limit"),
                (np.isnan(columns["probability_best"]), "no P(best): of means and epochs only pairs are known"),
                (normal, "normal, around the estimate; the baseline of the lift is taken as known"),
            ),
            confidence=confidence,
        ),
        SCHEMA,
    )  # fmt: skip


def _lift_of_interest(rows: pd.DataFrame, power: pd.DataFrame, default: float) -> FloatArray:
    """The lift that the plan names, or its margin, else the default; above 0."""
    if power.empty:
        return np.full(len(rows), default)
    planned = power[[*ROW, "smallest_lift", "non_inferiority_lift"]].drop_duplicates(ROW)
    found = rows[ROW].merge(planned, on=ROW, how="left")
    lift, margin = (
        found[name].to_numpy(float, na_value=np.nan) for name in ("smallest_lift", "non_inferiority_lift")
    )
    return np.where(lift > 0, lift, np.where(margin > 0, margin, default))


def _counts(rows: pd.DataFrame, strata: pd.DataFrame) -> FloatArray:
    """Successes and units of variant and baseline in the one epoch that they share, (rows, 4); NaN where none is."""
    counted = strata[(strata["kind"] == "conversion") & (strata["units"] > 0)]
    arm = counted[[*CELL, "variant_id", "allocation_epoch", "successes", "units"]]
    other = arm.rename(
        columns={"variant_id": "baseline_variant_id", "successes": "successes_c", "units": "units_c"}
    )
    keys = rows[ROW].assign(_row=np.arange(len(rows)))
    both = keys.merge(arm, on=[*CELL, "variant_id"]).merge(
        other, on=[*CELL, "baseline_variant_id", "allocation_epoch"]
    )
    out = np.full((len(rows), 4), np.nan)
    names = ["successes", "units", "successes_c", "units_c"]
    out[both["_row"].to_numpy(np.int64)] = both[names].to_numpy(float, na_value=np.nan)
    return out


def _betas(
    columns: Columns, counts: FloatArray, lift: FloatArray, chosen: BoolArray, prior: tuple[float, float], confidence: float
) -> None:  # fmt: skip
    if not chosen.any():
        return
    x_t, n_t, x_c, n_c = counts[chosen].T
    posterior = (prior[0] + x_t, prior[1] + n_t - x_t, prior[0] + x_c, prior[1] + n_c - x_c)
    for name, scale in (("difference", "difference"), ("lift", "relative_lift")):
        found = beta_contrast_interval(*posterior, confidence, scale)
        columns[f"credible_{name}_low"][chosen] = found.low
        columns[f"credible_{name}_high"][chosen] = found.high
    region = lift[chosen]
    columns["probability_equivalent"][chosen] = beta_probability_within(
        *posterior, -region, region, "relative_lift"
    )


def _normals(
    columns: Columns,
    difference: FloatArray,
    error: FloatArray,
    baseline: FloatArray,
    lift: FloatArray,
    chosen: BoolArray,
    z: float,
) -> None:
    base = np.nan_to_num(baseline)
    for end, sign in zip(ENDS, (-1, 1), strict=True):
        reach = sign * z * error
        columns[f"credible_difference{end}"][chosen] = (difference + reach)[chosen]
        # A lift has the sign that its baseline gives it.
        columns[f"credible_lift{end}"][chosen] = (divide(difference, base) + divide(reach, np.abs(base)))[
            chosen
        ]
    able = chosen & (base != 0)
    region = (lift * np.abs(base))[able]
    columns["probability_equivalent"][able] = normal_probability_within(
        difference[able], error[able], -region, region
    )


def _best(
    columns: Columns, rows: pd.DataFrame, strata: pd.DataFrame, lower: BoolArray, beta: BoolArray, prior: tuple[float, float]
) -> None:  # fmt: skip
    """P(best of all variants) of cells whose conversions are of one epoch."""
    counted = strata[(strata["kind"] == "conversion") & (strata["units"] > 0)]
    single = counted.groupby(CELL)["allocation_epoch"].transform("nunique").to_numpy() == 1
    arms = counted[single].sort_values([*CELL, "variant_id"], kind="stable", ignore_index=True)
    if arms.empty:
        return
    cell, _ = codes(arms, CELL)
    place = arms.groupby(CELL, sort=False).cumcount().to_numpy(np.int64)
    x, n = (arms[name].to_numpy(float) for name in ("successes", "units"))
    wins, losses = (pad((cell, place), side) for side in (x + prior[0], n - x + prior[1]))
    there = pad((cell, place), np.ones(len(arms))) > 0
    wins, losses = np.where(there, wins, 1.0), np.where(there, losses, 1.0)
    most = beta_probability_best(wins, losses, there)[cell, place]
    least = beta_probability_best(losses, wins, there)[cell, place]
    keys = [*CELL, "variant_id"]
    found = rows[keys].merge(arms[keys].assign(most=most, least=least), on=keys, how="left")
    best = np.where(lower, found["least"].to_numpy(float), found["most"].to_numpy(float))
    columns["probability_best"] = np.where(beta, best, columns["probability_best"])
