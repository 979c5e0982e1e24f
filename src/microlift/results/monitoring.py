"""`results_monitoring`: does the gain of a shipped variant last?"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.effects import Settings
from microlift.results.looks import PAIR, Looks
from microlift.results.sequential import LIMITS, is_exact, limited
from microlift.results.stopping import Series, always_valid
from microlift.results.tables import ARM_FIELDS, EFFECT_FIELDS, arrow, notes
from microlift.stats.checks import FloatArray, check_confidence
from microlift.stats.monitoring import oriented, watch_gain

SHIPPED = [
    f"shipped_{name}{end}" for name in ("difference", "relative_lift") for end in ("", "_low", "_high")
]

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in PAIR),
        ("look", pa.int64()),
        ("look_at", pa.timestamp("us")),
        ("shipped_at", pa.timestamp("us")),
        ("baseline_period", pa.string()),
        ("is_causal", pa.bool_()),
        *ARM_FIELDS,
        *EFFECT_FIELDS,
        ("p_value", pa.float64()),
        *((name, pa.float64()) for name in SHIPPED),
        ("scale", pa.string()),
        ("state", pa.string()),
        ("is_alarm", pa.bool_()),
        ("first_alarm_look", pa.int64()),
        ("first_alarm_at", pa.timestamp("us")),
        ("method", pa.string()),
        ("method_reason", pa.string()),
        ("note", pa.string()),
        ("confidence", pa.float64()),
    ]
)


def build(
    since: pd.DataFrame,
    whole: pd.DataFrame,
    experiments: pd.DataFrame,
    plan: pd.DataFrame,
    metrics: pd.DataFrame,
    confidence: float = 0.95,
    exact_below: float = 10.0,
) -> pa.Table:
    """A row a shipped experiment, metric, baseline and look since shipping (`SCHEMA`).

    `since` is `int_monitoring_strata`, `whole` is `int_look_strata`, `experiments` is `dim_experiments`, `plan` is
    `int_sequential_plan`, `metrics` is `dim_metrics`. The baseline is the control, or without one each other
    variant. Units of it that came since shipping are the holdback; without any, its units at the last look
    before shipping stand in, and the row is not causal. The shipped gain is that of this look. Raises
    ValueError for impossible statistics or settings.
    """
    settings = Settings(check_confidence(confidence), exact_below, 1.0, 1.0)
    lower = set(metrics.loc[metrics["better"] == "lower", "metric_id"])
    plans = {(row["experiment_id"], row["metric_id"]): row for _, row in plan.iterrows()}
    parts = [
        _watched(arms, shipped, plans[arms.key], arms.metric not in lower, settings)
        for shipped in _shipped(experiments)
        for arms in _arms(since, whole, shipped)
        if arms.key in plans
    ]
    parts = [part for part in parts if len(part)]
    return arrow(pd.concat(parts, ignore_index=True), SCHEMA) if parts else SCHEMA.empty_table()


def _shipped(experiments: pd.DataFrame) -> list[dict[str, Any]]:
    if "shipped_at" not in experiments:
        return []
    return [
        {str(name): value for name, value in row.items()}
        for row in experiments[experiments["shipped_at"].notna()]
        .sort_values("experiment_id")
        .to_dict("records")
    ]


class _Arms:
    """The shipped variant of one experiment and metric, and what it is compared with."""

    def __init__(self, since: pd.DataFrame, at_shipping: pd.DataFrame, key: tuple[str, str]) -> None:
        self.key, (self.experiment, self.metric) = key, key
        self.since, self.at_shipping = since, at_shipping

    def has_holdback(self, baseline: str) -> bool:
        return bool((self.since["variant_id"] == baseline).any())


def _arms(since: pd.DataFrame, whole: pd.DataFrame, shipped: dict[str, Any]) -> Iterator[_Arms]:
    """By metric: what the looks since shipping know of new units, and what the last look before it knew."""
    own, when = shipped["experiment_id"], shipped["shipped_at"]
    new = since[(since["experiment_id"] == own) & (since["look_at"] > when)]
    old = whole[(whole["experiment_id"] == own) & (whole["look_at"] <= when)]
    old = old[old["look"] == old["look"].max()]
    for metric, cells in new.groupby("metric_id"):
        yield _Arms(cells, old[old["metric_id"] == metric], (own, str(metric)))


def _watched(
    arms: _Arms, shipped: dict[str, Any], plan: pd.Series, higher: bool, settings: Settings
) -> pd.DataFrame:
    """The rows of one metric, against each of its baselines."""
    variant, control = shipped["shipped_variant_id"], shipped["control_variant_id"]
    others = pd.concat([arms.since["variant_id"], arms.at_shipping["variant_id"]]).unique()
    baselines = sorted(set(others) - {variant}) if pd.isna(control) else [control]
    parts = [_against(arms, variant, name, shipped, plan, higher, settings) for name in baselines]
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _against(
    arms: _Arms,
    variant: str,
    baseline: str,
    shipped: dict[str, Any],
    plan: pd.Series,
    higher: bool,
    settings: Settings,
) -> pd.DataFrame:
    causal = arms.has_holdback(baseline)
    cells = arms.since[arms.since["variant_id"].isin([variant, baseline] if causal else [variant])]
    before = arms.at_shipping[arms.at_shipping["variant_id"].isin([variant, baseline])]
    if not causal:
        cells = _stand_in(cells, before[before["variant_id"] == baseline])
    looks = _looks(cells, baseline, higher, settings)
    known = looks.comparable() if looks else pd.DataFrame()
    if known.empty:
        return known
    known = known.sort_values("look", kind="stable").assign(
        successes_known=known["successes_known"].to_numpy() & causal
    )
    alpha = 1 - settings.confidence
    own = pd.Series(
        {**plan.to_dict(), "direction": "two_sided", "alpha": alpha,
         "planned_units": int(before["units"].sum()) or None}
    )  # fmt: skip
    each = tuple(cells[cells["variant_id"] == name] for name in (variant, baseline))
    rows = always_valid(Series(known, own, higher, (each[0], each[1])), np.full(len(known), np.nan))
    assert looks is not None
    rows = limited(rows.assign(direction="two_sided").reset_index(drop=True), looks)
    exact = is_exact(rows)
    rows = rows.assign(
        shipped_at=shipped["shipped_at"], is_causal=causal, confidence=settings.confidence,
        baseline_period="since shipping" if causal else "before shipping",
        method=np.where(exact, "odds_mixture", "normal_mixture"),
        method_reason=np.where(
            exact, "the mixture over odds ratios holds at any count and any number of looks",
            "asymptotic mixture, for large samples; z is that of " + rows["method"],
        ),
        **_shipped_gain(_looks(before, baseline, higher, settings)),
    )  # fmt: skip
    return _told(rows, higher)


def _looks(cells: pd.DataFrame, baseline: str, higher: bool, settings: Settings) -> Looks | None:
    if cells["variant_id"].nunique() < 2:
        return None
    experiments = pd.DataFrame(
        {"experiment_id": cells["experiment_id"].unique(), "control_variant_id": baseline}
    )
    return Looks(cells, experiments, [] if higher else list(cells["metric_id"].unique()), settings)


def _stand_in(cells: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """The variant since shipping beside the baseline before it, the same at each look, epochs pooled."""
    if cells.empty or before.empty:
        return cells
    after, fixed = _pooled(cells), _pooled(before).drop(columns=["look", "look_at"])
    return pd.concat([after, after[["look", "look_at"]].merge(fixed, how="cross")], ignore_index=True)


def _pooled(cells: pd.DataFrame) -> pd.DataFrame:
    """The sums of an arm over epochs; squares and products around the common mean."""
    n = cells["units"].astype(float)
    at = cells["look"]

    def total(values: pd.Series) -> pd.Series:
        return values.astype(float).groupby(at).transform("sum")

    size = total(n)
    names = {"value_sum": "centred_sum_squares", "denominator_sum": "denominator_centred_sum_squares"}
    off = {name: cells[name].astype(float) / n - total(cells[name]) / size for name in names}
    found = {name: total(cells[name]) for name in names}
    found |= {
        squares: total(cells[squares].astype(float) + n * off[name] ** 2) for name, squares in names.items()
    }
    both = n * off["value_sum"] * off["denominator_sum"]
    found["centred_cross_products"] = total(cells["centred_cross_products"].astype(float) + both)
    counts = {
        name: cells[name].groupby(at).transform("sum")
        for name in ("units", "new_units", "successes", "new_successes")
    }
    pooled = cells.assign(allocation_epoch=1, **counts, **found)
    absent = cells["denominator_sum"].isna()
    pooled.loc[absent, ["denominator_sum", "denominator_centred_sum_squares", "centred_cross_products"]] = (
        None
    )
    return pooled.drop_duplicates("look")


def _shipped_gain(looks: Looks | None) -> dict[str, float]:
    """Difference and relative lift at the last look before shipping, with limits of a single reading."""
    known = looks.comparable() if looks else pd.DataFrame()
    if known.empty:
        return dict.fromkeys(SHIPPED, np.nan)
    return {name: float(known[name.removeprefix("shipped_")].iloc[0]) for name in SHIPPED}


def _told(rows: pd.DataFrame, higher: bool) -> pd.DataFrame:
    """State, alarms and notes."""

    def limits(name: str) -> tuple[FloatArray, FloatArray]:
        low, high = (rows[f"{name}_{end}"].to_numpy(dtype=np.float64) for end in ("low", "high"))
        return oriented(low, high, higher)

    on_lift = np.isfinite(limits("shipped_relative_lift")[0][0])
    scale = "relative_lift" if on_lift else "difference"
    shipped_low = float(limits(f"shipped_{scale}")[0][0])
    watch = watch_gain(*limits("difference"), limits(scale)[1], shipped_low)
    first = watch.first_alarm
    everywhere = np.ones(len(rows), dtype=bool)
    causal = rows["is_causal"].to_numpy(dtype=bool)
    said = notes(
        (~causal, "not causal: nobody was held back, and units from before shipping stand in"),
        (everywhere & np.isnan(shipped_low), "no shipped gain: nobody to compare was known before shipping"),
        (
            rows[LIMITS].isna().any(axis=1).to_numpy(),
            "a limit is missing: it is not bounded yet",
        ),
        (everywhere & (first < 0), "no first_alarm_look: there is no alarm"),
    )
    return rows.assign(
        scale=scale,
        state=watch.state,
        is_alarm=watch.is_alarm,
        first_alarm_look=pd.array(
            [None if first < 0 else int(rows["look"].iloc[first])] * len(rows), "Int64"
        ),
        first_alarm_at=pd.Series(
            pd.NaT if first < 0 else rows["look_at"].iloc[first], rows.index, dtype=rows["look_at"].dtype
        ),
        note=pd.Series(
            [
                "; ".join(part for part in (of, more) if isinstance(part, str) and part) or None
                for of, more in zip(rows["note"], said, strict=True)
            ],
            rows.index,
            dtype=object,
        ),
    )
