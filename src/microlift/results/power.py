"""`results_power`: what each comparison can find with the units it has, and how many more it needs."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.moments import statistics_of, stratum_moments
from microlift.results.pairs import pair
from microlift.results.tables import CELL, CELL_FIELDS, Columns, arrow, divide, notes, numbers, where_told
from microlift.stats import planning
from microlift.stats.checks import check_confidence, check_open_unit, check_positive

SCHEMA = pa.schema(
    [
        *CELL_FIELDS,
        ("basis", pa.string()),
        ("is_large_enough", pa.bool_()),
        ("kind", pa.string()),
        ("variant_id", pa.string()),
        ("baseline_variant_id", pa.string()),
        ("hypothesis_id", pa.string()),
        ("units", pa.int64()),
        ("baseline_units", pa.int64()),
        ("baseline_estimate", pa.float64()),
        ("deviation", pa.float64()),
        ("direction", pa.string()),
        ("smallest_lift", pa.float64()),
        ("non_inferiority_lift", pa.float64()),
        ("alpha", pa.float64()),
        ("power", pa.float64()),
        ("power_now", pa.float64()),
        ("detectable_difference", pa.float64()),
        ("detectable_lift", pa.float64()),
        ("units_needed", pa.int64()),
        ("units_missing", pa.int64()),
        ("is_powered", pa.bool_()),
        ("units_a_day", pa.float64()),
        ("days_left", pa.float64()),
        ("statement", pa.string()),
        ("method", pa.string()),
        ("method_reason", pa.string()),
        ("note", pa.string()),
    ]
)
SEGMENT = ["experiment_id", "segment_dimension", "segment"]
QUESTION = ["is_rate", "sign", "sides", "alpha", "power"]


def build(
    aggregates: pd.DataFrame,
    experiments: pd.DataFrame,
    metrics: pd.DataFrame,
    hypotheses: pd.DataFrame,
    traffic: pd.DataFrame,
    progress: pd.DataFrame,
    confidence: float = 0.95,
    smallest_lift: float = 0.1,
    power: float = 0.8,
) -> pa.Table:
    """Plan every comparison of `agg_variant_metrics`, small segments too (`SCHEMA`, a row a variant and baseline).

    The overall hypothesis on a metric (of `int_hypotheses`) says the lift of interest, power, alpha, direction and
    margin, for its segments, too; `smallest_lift`, `power` and `confidence` where none does. Units are of both arms, in
    the ratio of those there are. `traffic` is `int_traffic`, `progress` is `int_progress`. What segments after the
    exposure would need is not told: they are not tested.

    Raises ValueError for impossible statistics, or a lift, power or confidence out of range.
    """
    check_positive(smallest_lift, "smallest_lift")
    check_open_unit(power, "power")
    default_alpha = 1 - check_confidence(confidence)
    cells = aggregates[aggregates["basis"] != "post_exposure"]
    keys = pair(cells.assign(allocation_epoch=1), experiments)
    if keys.empty:
        return SCHEMA.empty_table()
    plan = hypotheses.loc[
        hypotheses["segment_dimension"] == "all",
        ["hypothesis_id", "experiment_id", "metric_id", "direction", "smallest_lift", "non_inferiority_lift",
         "alpha", "power"],
    ]  # fmt: skip
    rows = (
        keys.merge(plan, on=["experiment_id", "metric_id"], how="left")
        .merge(_arms(cells, ""), on=[*CELL, "variant_id"], how="left")
        .merge(_arms(cells, "baseline_"), on=[*CELL, "baseline_variant_id"], how="left")
        .merge(_facts(cells), on=CELL, how="left")
        .merge(progress[["experiment_id", "has_ended"]], on="experiment_id", how="left")
    )
    for side in ("variant_id", "baseline_variant_id"):
        daily = traffic.rename(columns={"variant_id": side, "units_a_day": f"{side}_a_day"})
        rows = rows.merge(daily[[*SEGMENT, side, f"{side}_a_day"]], on=[*SEGMENT, side], how="left")
    margin = numbers(rows["non_inferiority_lift"])
    lift = numbers(rows["smallest_lift"], np.nan)
    rows = rows.assign(
        direction=rows["direction"].fillna("two_sided"),
        smallest_lift=np.where(np.isnan(lift), np.where(margin > 0, 0.0, smallest_lift), lift),
        is_default_lift=np.isnan(lift) & (margin == 0),
        alpha=numbers(rows["alpha"], default_alpha),
        power=numbers(rows["power"], power),
        margin=margin,
    )
    lower = rows["metric_id"].isin(metrics.loc[metrics["better"] == "lower", "metric_id"]).to_numpy(bool)
    down = (rows["direction"] == "decrease") | ((rows["direction"] == "two_sided") & lower)
    n_t, n_c = numbers(rows["units"]), numbers(rows["baseline_units"])
    squares, degrees = rows["m2"].fillna(0) + rows["baseline_m2"].fillna(0), n_t + n_c - 2
    is_rate = (rows["kind"] == "conversion").to_numpy(bool)
    base = numbers(rows["baseline_mean"], np.nan)
    deviation = np.where(is_rate, np.sqrt(base * (1 - np.where(is_rate, base, 0.0))),
                         np.sqrt(divide(squares.to_numpy(float), np.maximum(degrees, 0))))  # fmt: skip
    rows = rows.assign(
        units=n_t, baseline_units=n_c, baseline_estimate=base, deviation=deviation, is_rate=is_rate,
        sign=np.where(down, -1.0, 1.0), sides=np.where(rows["direction"] == "two_sided", 2, 1),
    )  # fmt: skip
    parts = [batch.assign(**_plan(batch)) for _, batch in rows.groupby(QUESTION, sort=False)]
    return arrow(_told(pd.concat(parts).sort_index()), SCHEMA)


def _arms(cells: pd.DataFrame, prefix: str) -> pd.DataFrame:
    """Units, mean and squares of each arm (a ratio linearised), under names of one side."""
    statistics, ratio = statistics_of(cells), (cells["kind"] == "ratio").to_numpy(bool)
    moments = [np.where(ratio, r, plain) for r, plain in zip(
        stratum_moments({name: np.where(ratio, values, 0.0) for name, values in statistics.items()}, True),
        stratum_moments(statistics, False), strict=True)]  # fmt: skip
    return cells[CELL].assign(
        **{f"{prefix}variant_id": cells["variant_id"]},
        **{f"{prefix}{name}": values for name, values in zip(("units", "mean", "m2"), moments, strict=True)},
    )


def _facts(cells: pd.DataFrame) -> pd.DataFrame:
    return cells[[*CELL, "basis", "is_large_enough"]].drop_duplicates(CELL)


def _plan(batch: pd.DataFrame) -> Columns:
    """Power, smallest detectable difference and units needed, of rows that ask one question."""
    first = batch.iloc[0]
    ask: dict[str, Any] = {"alpha": float(first["alpha"]), "sides": int(first["sides"])}
    power, sign = float(first["power"]), float(first["sign"])
    n_t, n_c, base, deviation, lift, margin = (
        batch[name].to_numpy(float)
        for name in ("units", "baseline_units", "baseline_estimate", "deviation", "smallest_lift", "margin")
    )
    out = {
        name: np.full(len(batch), np.nan) for name in ("power_now", "detectable_difference", "units_needed")
    }
    gap, slack = lift * np.abs(base), margin * np.abs(base)
    with np.errstate(invalid="ignore"):
        able = (
            np.isfinite(base) & np.isfinite(deviation) & (deviation > 0) & (gap + slack > 0) & (n_t + n_c > 0)
        )
        # Rates end at 0 and 1; a loss on a rate that should fall is a gain on its complement.
        if first["is_rate"]:
            able &= (base + sign * gap > 0) & (base + sign * gap < 1) & (slack < 1)
    if not able.any():
        return out
    n_t, n_c, base, deviation, gap, slack = (array[able] for array in (n_t, n_c, base, deviation, gap, slack))
    ratio = np.where((n_t > 0) & (n_c > 0), n_t / np.maximum(n_c, 1), 1.0)
    if first["is_rate"]:
        control = base if sign > 0 else 1 - base
        rates = (control, control + gap)
        out["power_now"][able] = planning.proportion_power(*rates, n_c, n_t, **ask, margin=slack)
        needed = planning.proportion_sample_size(*rates, power=power, ratio=ratio, **ask, margin=slack)
        found = planning.detectable_proportion(control, n_c, n_t, power=power, **ask) - control
    else:
        out["power_now"][able] = planning.mean_power(gap, deviation, n_c, n_t, **ask, margin=slack)
        needed = planning.mean_sample_size(gap, deviation, power=power, ratio=ratio, **ask, margin=slack)
        found = planning.detectable_difference(deviation, n_c, n_t, power=power, **ask)
    out["detectable_difference"][able] = sign * found
    out["units_needed"][able] = needed.control + needed.treatment
    return out


def _told(rows: pd.DataFrame) -> pd.DataFrame:
    """Units missing, days left, and the row in words."""
    have = (rows["units"] + rows["baseline_units"]).to_numpy(float)
    needed = rows["units_needed"].to_numpy(float)
    planned = np.isfinite(needed)
    powered = planned & (rows["power_now"].to_numpy(float) >= rows["power"].to_numpy(float))
    missing = np.where(planned, np.where(powered, 0.0, np.maximum(needed - have, 1.0)), np.nan)
    daily = numbers(rows["variant_id_a_day"]) + numbers(rows["baseline_variant_id_a_day"])
    ended = rows["has_ended"].fillna(False).to_numpy(bool)
    flowing = (daily > 0) & ~ended
    days = np.where(flowing & planned, np.ceil(divide(missing, daily)), np.nan)
    is_rate = rows["is_rate"].to_numpy(bool)
    base = np.abs(rows["baseline_estimate"].to_numpy(float))
    found = rows["detectable_difference"].to_numpy(float)
    margin = rows["margin"].to_numpy(float) > 0
    unplanned = rows["hypothesis_id"].isna().to_numpy(bool)
    statements = [
        _statement(*row)
        for row in zip(
            planned, powered, missing, days, rows["smallest_lift"] * rows["sign"], rows["margin"], rows["power"],
            strict=True,
        )
    ]  # fmt: skip
    return rows.assign(
        units_missing=missing,
        is_powered=where_told(powered, planned),
        units_a_day=np.where(flowing, daily, np.nan),
        days_left=days,
        detectable_lift=divide(found, np.nan_to_num(base)),
        statement=statements,
        method=np.where(is_rate, np.where(margin, "unpooled_variance", "pooled_variance"), "noncentral_t"),
        method_reason=np.where(
            is_rate,
            np.where(margin, "rates, held against a margin", "rates, variance under the null at the mean rate"),
            np.where(rows["kind"] == "ratio", "a ratio of sums, linearised (delta method)", "means of one deviation"),
        ),
        note=notes(
            (np.isnan(base), "no plan: the baseline has no units"),
            (~planned & ~np.isnan(base), "no plan: baseline or deviation is 0, or the lift leads past 0% or 100%"),
            (planned & np.isnan(found), "no detectable difference: so few units find no effect for sure"),
            (ended, "no days left: the experiment has ended"),
            (~ended & ~flowing, "no days left: nobody was exposed lately"),
            (unplanned, "no hypothesis plans it: lift, power and alpha are the defaults"),
            (rows["is_default_lift"].to_numpy(bool) & ~unplanned, "the hypothesis names no smallest_lift: it is the default"),
        ),
    )  # fmt: skip


def _statement(
    planned: bool, powered: bool, missing: float, days: float, lift: float, margin: float, power: float
) -> str:
    aim = f"a loss below {100 * margin:.3g}%" if margin > 0 else f"a lift of {100 * lift:+.3g}%"
    if not planned:
        return "cannot be planned"
    if powered:
        return f"has the units to show {aim} with power {power:g}"
    time = f", {days:,.0f} days at today's traffic" if np.isfinite(days) else ""
    return f"needs {missing:,.0f} more units to show {aim} with power {power:g}{time}"
