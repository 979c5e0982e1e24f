"""`results_stability`: does an effect hold over the days of the week, the calendar, and with time?"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results import comparisons, interactions
from microlift.results.moments import stratum_moments
from microlift.results.pairs import Pairs, pair, side_by_side
from microlift.results.tables import CELL, arrow, notes, numbers, places
from microlift.stats.checks import FloatArray, check_alpha
from microlift.stats.means import variance_of_mean
from microlift.stats.multiplicity import adjust
from microlift.stats.trend import effect_trend

KEY = ["experiment_id", "metric_id"]
PAIR = [*KEY, "variant_id", "baseline_variant_id"]
SAME, DRIFT, SINCE = ("day_of_week", "calendar"), "exposure_day", "day_since_exposure"
SLOPE = "slope_since_exposure"
CHANGE = ["change", "change_low", "change_high", "change_p_value", "method"]

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in (*KEY, "check_name", "variant_id", "baseline_variant_id", "kind")),
        ("strata", pa.int64()),
        *((name, pa.float64()) for name in (
            "difference", "p_value", "stratified_difference", "stratified_low", "stratified_high", "stratified_p_value"
        )),
        ("is_same_verdict", pa.bool_()),
        *((name, pa.float64()) for name in ("change", "change_low", "change_high", "change_p_value", "change_p_adjusted")),
        ("method", pa.string()),
        ("status", pa.string()),
        ("note", pa.string()),
        ("confidence", pa.float64()),
    ]
)  # fmt: skip


def build(
    days: pd.DataFrame,
    compared: pd.DataFrame,
    experiments: pd.DataFrame,
    metrics: pd.DataFrame,
    confidence: float = 0.95,
    exact_below: float = 10.0,
    alpha: float = 0.01,
) -> pa.Table:
    """Ask of every comparison of a whole experiment whether time changes it (`SCHEMA`).

    `days` is `agg_variant_metrics_by_day`, `compared` is `calc_comparisons`, then `dim_experiments` and
    `dim_metrics`. A row a metric, pair of variants and check. `day_of_week` and `calendar`: the effect
    stratified by them (Cochran–Mantel–Haenszel's question) beside the plain one, and whether all strata share
    it. `exposure_day` and `day_since_exposure`: by how much the effect changes a day. p of the change is
    corrected by Holm's procedure over an experiment's rows; below `alpha` the row warns. Strata are held apart
    by allocation epoch. A check with a single stratum has no row. Raises ValueError for impossible statistics,
    or a confidence or alpha outside (0, 1).
    """
    check_alpha(alpha)
    plain = compared[compared["segment_dimension"] == "all"]
    if days.empty or plain.empty:
        return SCHEMA.empty_table()
    strata = _strata(days)
    rows = _stratified(strata, experiments, metrics, confidence, exact_below)
    same = _homogeneity(strata, experiments, confidence)
    drift = pd.concat([*_drifts(strata, experiments, confidence)] or [pd.DataFrame(columns=[*PAIR, *CHANGE])])
    parts = [
        rows[rows["check_name"] != DRIFT].merge(same, on=[*KEY, "check_name"], how="left"),
        rows[rows["check_name"] == DRIFT].merge(drift, on=PAIR, how="left"),
        _since_exposure(days, experiments, metrics, confidence),
    ]
    own = pd.concat([part.dropna(axis=1, how="all") for part in parts], ignore_index=True).reindex(
        columns=[name for name in SCHEMA.names if name not in ("difference", "p_value")]
    )
    own = own.merge(plain[[*PAIR, "difference", "p_value"]], on=PAIR)
    return arrow(_judged(own, confidence, alpha), SCHEMA)


def _strata(days: pd.DataFrame) -> pd.DataFrame:
    """`days` with strata (apart by epoch) in the place of epochs, of the checks that have two or more."""
    chosen = days[days["stratification"].isin([*SAME, DRIFT])]
    frame = chosen.rename(columns={"stratification": "segment_dimension"}).assign(segment="all")
    frame = frame.assign(label=frame["stratum"] + " in epoch " + frame["allocation_epoch"].astype(str))
    number = places(frame, CELL, ["place", "label"]) if len(frame) else np.empty(0, dtype=np.int64)
    frame = frame.assign(allocation_epoch=number)
    frame["strata"] = frame.groupby(CELL)["label"].transform("nunique")
    return frame[frame["strata"] > 1].reset_index(drop=True)


def _stratified(
    strata: pd.DataFrame,
    experiments: pd.DataFrame,
    metrics: pd.DataFrame,
    confidence: float,
    exact_below: float,
) -> pd.DataFrame:
    """Every pair of variants, stratified by each check."""
    table = comparisons.build(strata, experiments, metrics, confidence, exact_below).to_pandas()
    sizes = strata[[*CELL, "strata"]].drop_duplicates()
    renamed = table.merge(sizes, on=CELL).rename(
        columns={
            "segment_dimension": "check_name",
            "difference": "stratified_difference",
            "difference_low": "stratified_low",
            "difference_high": "stratified_high",
            "p_value": "stratified_p_value",
        }
    )
    names = [*PAIR, "check_name", "kind", "strata"]
    return renamed[[*names, *(name for name in SCHEMA.names if name.startswith("stratified_"))]]


def _homogeneity(strata: pd.DataFrame, experiments: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Whether the strata of a check share their effects: the test of an interaction, as for segments."""
    frame = strata[strata["segment_dimension"].isin(SAME)]
    frame = frame.assign(segment=frame["label"], allocation_epoch=1)
    keys = ["experiment_id", "segment_dimension", "segment"]
    sizes = (
        frame.groupby(keys, as_index=False)["units"].sum().assign(basis="at_exposure", is_large_enough=True)
    )
    table = interactions.build(frame, sizes, experiments, confidence).to_pandas()
    whole = table[table["term"] == "interaction"]
    return whole.rename(columns={"segment_dimension": "check_name", "p_value": "change_p_value"})[
        [*KEY, "check_name", "change_p_value", "method"]
    ]


def _drifts(strata: pd.DataFrame, experiments: pd.DataFrame, confidence: float) -> Iterator[pd.DataFrame]:
    """By how much the effect of later exposed units differs, a day."""
    frame = strata[strata["segment_dimension"] == DRIFT]
    place = frame[[*KEY, "allocation_epoch", "place"]].drop_duplicates([*KEY, "allocation_epoch"])
    for batch in side_by_side(frame, pair(frame, experiments)):
        effect, variance = _effects(batch)
        row = batch.keys[KEY].assign(_row=np.arange(len(batch.keys))).merge(place, on=KEY)
        x = np.zeros_like(effect)
        x[row["_row"], row["allocation_epoch"]] = row["place"]
        found = effect_trend(effect, variance, x - x.max(axis=1, keepdims=True), confidence)
        known = np.isfinite(found.low)
        yield batch.keys[PAIR].assign(
            change=found.slope,
            change_low=found.low,
            change_high=found.high,
            change_p_value=np.where(known, found.p_value, np.nan),
            method="weighted_least_squares_of_effects",
        )


def _effects(batch: Pairs) -> tuple[FloatArray, FloatArray]:
    """Difference and its variance in every stratum, 0 where there is none.

    That of a conversion is of the rate of both together, drawn a little towards one half: a stratum in which
    few convert would otherwise weigh the more the fewer they are.
    """
    t, c = batch.variant, batch.baseline
    n, m = np.maximum(t["units"], 1), np.maximum(c["units"], 1)
    usable = np.minimum(t["units"], c["units"]) >= (1 if batch.kind == "conversion" else 2)
    if batch.kind == "conversion":
        rate = (t["successes"] + c["successes"] + 1) / (n + m + 2)
        effect, variance = t["successes"] / n - c["successes"] / m, rate * (1 - rate) * (1 / n + 1 / m)
    else:
        first, second = (stratum_moments(side, batch.kind == "ratio") for side in (t, c))
        usable = usable & (np.minimum(first.n, second.n) >= 2)
        effect = first.mean - second.mean
        variance = sum(variance_of_mean(np.maximum(arm.n, 1), arm.m2) for arm in (first, second))
    return np.where(usable, effect, 0.0), np.where(usable, variance, 0.0)


def _since_exposure(
    days: pd.DataFrame, experiments: pd.DataFrame, metrics: pd.DataFrame, confidence: float
) -> pd.DataFrame:
    """By how much the effect on what a unit does in a day changes from one of its days to the next.

    The days of a unit hang together, so its own straight line is one value, compared between variants.
    """
    frame = days[days["stratification"] == SLOPE].rename(columns={"stratification": "segment_dimension"})
    sizes = frame[[*KEY, "place"]].drop_duplicates(KEY).rename(columns={"place": "strata"})
    table = comparisons.build(frame.assign(segment="all"), experiments, metrics, confidence).to_pandas()
    rows = table.merge(sizes, on=KEY)
    # Twice the covariance with the day, over the squares of the days: the slope.
    scale = 2 * (rows["strata"] ** 3 - rows["strata"]) / 12
    return rows[[*PAIR, "kind", "strata"]].assign(
        check_name=SINCE,
        change=rows["difference"] / scale,
        change_low=rows["difference_low"] / scale,
        change_high=rows["difference_high"] / scale,
        change_p_value=rows["p_value"],
        method="welch_of_slopes",
    )


def _judged(rows: pd.DataFrame, confidence: float, alpha: float) -> pd.DataFrame:
    rows = rows.sort_values([*KEY, "check_name", *PAIR[2:]], kind="stable", ignore_index=True)
    p = numbers(rows["change_p_value"], missing=np.nan)
    adjusted = adjust(p, rows["experiment_id"].to_numpy(dtype=object), "holm")
    stratified = rows["check_name"] != SINCE
    plain, within = rows["p_value"], rows["stratified_p_value"]
    level = 1 - confidence
    shown = (plain < level).to_numpy(), (within < level).to_numpy()
    turned = np.sign(rows["difference"]) != np.sign(rows["stratified_difference"])
    same = (shown[0] == shown[1]) & ~(shown[0] & shown[1] & turned.to_numpy())
    comparable = (stratified & plain.notna() & within.notna()).to_numpy()
    change = rows["check_name"].isin(SAME).to_numpy()
    return rows.assign(
        change_p_adjusted=adjusted,
        is_same_verdict=pd.Series(same).where(comparable).astype(object),
        status=np.select([np.isnan(p), adjusted < alpha], ["unknown", "warn"], "pass"),
        confidence=confidence,
        note=notes(
            (np.isnan(p), "not testable: too few units in its strata, or nothing varies"),
            (change, "the strata are compared as a whole, so the change has no one size"),
            (
                ~stratified.to_numpy(),
                "of what units do on each of their days, so there is no stratified effect",
            ),
            (~comparable & stratified.to_numpy(), "one of the two effects could not be tested"),
            (comparable & ~same, "plain and stratified effect do not agree"),
        ),
    )
