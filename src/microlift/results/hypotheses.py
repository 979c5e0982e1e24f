"""`results_hypotheses`: each planned effect, tested in its own direction and against its own margin."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import optimize

from microlift.results.effects import Settings, effects
from microlift.results.pairs import Pairs, pair, side_by_side
from microlift.results.tables import ARM_FIELDS, EFFECT_FIELDS, arrow, notes
from microlift.stats.checks import check_alpha, check_positive

KEY = ["hypothesis_id", "experiment_id", "metric_id", "variant_id", "baseline_variant_id"]
COPIED = ["estimate", "baseline_estimate", "difference", "relative_lift", "probability_better"]
SMALLEST = 1e-12
"""A tail below which p is not followed: it is told as this."""

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in KEY),
        ("direction", pa.string()),
        ("non_inferiority_lift", pa.float64()),
        *ARM_FIELDS,
        *EFFECT_FIELDS,
        ("p_value", pa.float64()),
        ("probability_better", pa.float64()),
        ("method", pa.string()),
        ("method_reason", pa.string()),
        ("note", pa.string()),
        ("confidence", pa.float64()),
    ]
)


def build(
    strata: pd.DataFrame,
    hypotheses: pd.DataFrame,
    experiments: pd.DataFrame,
    metrics: pd.DataFrame,
    exact_below: float = 10.0,
    prior_alpha: float = 1.0,
    prior_beta: float = 1.0,
) -> pa.Table:
    """Test the overall effects of `int_hypotheses` on `int_tested_strata` (`SCHEMA`, a row a pair of variants).

    Limits are at the hypothesis' own level 1 − alpha: two of them for a two-sided test, else the one that can
    decide. p is the alpha at which that limit (of the lift, where there is a margin) would just reach no
    effect, or the margin: it inverts the interval beside it. A NULL has its reason in `note`.
    """
    plan = hypotheses[hypotheses["segment_dimension"] == "all"].drop(columns="segment_dimension")
    cells = strata[strata["segment_dimension"] == "all"].merge(
        plan[["experiment_id", "metric_id"]].drop_duplicates(), on=["experiment_id", "metric_id"]
    )
    # Of quantiles `results_comparisons` has the one test that there is.
    cells = cells[cells["kind"] != "quantile"]
    if cells.empty:
        return SCHEMA.empty_table()
    priors = check_positive(prior_alpha, "prior_alpha"), check_positive(prior_beta, "prior_beta")
    lower = metrics.loc[metrics["better"] == "lower", "metric_id"]
    parts = []
    for batch in side_by_side(cells, pair(cells, experiments)):
        planned = (
            batch.keys.reset_index(drop=True)
            .reset_index(names="_row")
            .merge(plan, on=["experiment_id", "metric_id"])
        )
        for place, row in planned.iterrows():
            one = _only(batch, int(row["_row"]))
            test = _Test(one, not lower.eq(row["metric_id"]).any(), exact_below, priors)
            parts.append(
                planned.loc[[place], [*KEY, "direction", "non_inferiority_lift"]].assign(**test.tell(row))
            )
    if not parts:
        return SCHEMA.empty_table()
    return arrow(pd.concat(parts, ignore_index=True).sort_values(KEY, ignore_index=True), SCHEMA)


def _only(batch: Pairs, row: int) -> Pairs:
    variant, baseline = (
        {name: array[[row]] for name, array in side.items()} for side in (batch.variant, batch.baseline)
    )
    return Pairs(batch.kind, batch.keys.iloc[[row]], variant, baseline)


class _Test:
    """One pair of variants, compared at any level."""

    def __init__(self, pair: Pairs, higher: bool, exact_below: float, priors: tuple[float, float]) -> None:
        self.pair, self.higher, self.exact_below, self.priors = pair, np.array([higher]), exact_below, priors

    def at(self, confidence: float) -> tuple[dict[str, Any], list[str]]:
        """Columns of `results_comparisons`, and what is said of them."""
        columns, reasons = effects(
            self.pair, self.higher, Settings(confidence, self.exact_below, *self.priors)
        )
        said = notes(*reasons)[0]
        return {name: values[0] for name, values in columns.items()}, [said] if said else []

    def tell(self, plan: pd.Series) -> dict[str, Any]:
        alpha = check_alpha(plan["alpha"])
        side = {"two_sided": 0, "increase": 1, "decrease": -1}[plan["direction"]]
        found, said = self.at(1 - 2 * alpha if side and alpha < 0.5 else 1 - alpha)
        p, margin = _number(found["p_value"]), _number(plan["non_inferiority_lift"])
        if side:
            for name in ("difference", "relative_lift"):
                found[f"{name}_{'high' if side > 0 else 'low'}"] = np.nan
            said.append("one limit: the test is one-sided")
            if np.isnan(margin):
                p = p / 2 if _number(found["difference"]) * side > 0 else 1 - p / 2
            else:
                p = self._p_of_margin(side, -side * margin)
                said += (
                    [] if np.isfinite(p) else ["no p: the relative lift that the margin is of does not exist"]
                )
        return {
            **{name: found[name] for name in COPIED},
            **{f"{name}_{end}": found[f"{name}_{end}"] for name in ("difference", "relative_lift") for end in ("low", "high")},
            "units": int(self.pair.variant["units"].sum()),
            "baseline_units": int(self.pair.baseline["units"].sum()),
            "p_value": p,
            "method": found["method"],
            "method_reason": found["method_reason"],
            "note": "; ".join([*said, *(["no margin: the test is of no effect"] if np.isnan(margin) else [])]),
            "confidence": 1 - alpha,
        }  # fmt: skip

    def _p_of_margin(self, side: int, lift: float) -> float:
        """One-sided p of a relative lift that is no better than `lift`, by inversion of the interval's limit."""
        found, _ = self.at(0.5)
        estimate = _number(found["relative_lift"])
        if np.isnan(estimate) or np.isnan(_number(found["p_value"])):
            return np.nan
        shown = (estimate - lift) * side > 0
        end = "relative_lift_low" if (side > 0) == shown else "relative_lift_high"

        def reach(log_tail: float) -> float:
            """How far the limit excludes `lift`: it grows with the tail."""
            limit = _number(self.at(1 - 2 * float(np.exp(log_tail)))[0][end])
            gap = (limit - lift) * (1 if end.endswith("low") else -1)
            return float(np.clip(np.nan_to_num(gap, nan=-1.0), -1.0, 1.0))

        least, most = float(np.log(SMALLEST)), float(np.log(0.499999))
        if reach(most) <= 0:
            return 0.5
        tail = SMALLEST if reach(least) > 0 else float(np.exp(optimize.brentq(reach, least, most, xtol=1e-7)))
        return tail if shown else 1 - tail


def _number(value: object) -> float:
    return np.nan if value is None or value is pd.NA else float(value)  # type: ignore[arg-type]
