"""`results_adjustments`: what each rule's adjustment does, by its holdout."""

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.tables import EFFECT_FIELDS, arrow, divide, notes, numbers, where_told
from microlift.stats.checks import FloatArray, check_confidence
from microlift.stats.health import sample_ratio
from microlift.stats.two_proportions import compare_proportions

SCHEMA = pa.schema(
    [
        ("rule_id", pa.string()),
        ("units_served", pa.int64()),
        ("units_held_out", pa.int64()),
        ("ripe_units_served", pa.int64()),
        ("ripe_units_held_out", pa.int64()),
        ("conversions_served", pa.int64()),
        ("conversions_held_out", pa.int64()),
        ("rate_served", pa.float64()),
        ("rate_held_out", pa.float64()),
        ("value_per_unit_served", pa.float64()),
        ("value_per_unit_held_out", pa.float64()),
        ("declared_holdout_share", pa.float64()),
        ("observed_holdout_share", pa.float64()),
        ("sample_ratio_p_value", pa.float64()),
        ("sample_ratio_method", pa.string()),
        ("is_causal", pa.bool_()),
        *EFFECT_FIELDS,
        ("p_value", pa.float64()),
        ("method", pa.string()),
        ("method_reason", pa.string()),
        ("confidence", pa.float64()),
        ("note", pa.string()),
    ]
)

EFFECTS = (
    "difference",
    "difference_low",
    "difference_high",
    "relative_lift",
    "relative_lift_low",
    "relative_lift_high",
    "p_value",
)


def build(
    rules: pd.DataFrame, arms: pd.DataFrame, confidence: float = 0.95, exact_below: float = 10.0
) -> pa.Table:
    """Compare the units that each rule first served with those that it first withheld from (`SCHEMA`).

    `rules` is `int_adjustment_rules`, `arms` is `int_adjustment_arms`; a row a rule, whatever happened. Units
    count once their window has closed; the sample ratio is of all. A comparison is causal where the rule
    declares a holdout and a metric and both arms have ripe units; elsewhere its columns are NULL and `note`
    says why. Raises ValueError for impossible counts, a share outside [0, 1) or a confidence outside (0, 1).
    """
    confidence = check_confidence(confidence)
    rows = rules.sort_values("rule_id", kind="stable", ignore_index=True)
    served, held = (_arm(rows, arms, is_holdout) for is_holdout in (False, True))
    share = numbers(rows["holdout_share"])
    if ((share < 0) | (share >= 1)).any():
        raise ValueError(f"holdout_share must lie in [0, 1), got {share[(share < 0) | (share >= 1)][0]}")
    units = np.column_stack([served["units"], held["units"]])
    ratio = sample_ratio(units, np.column_stack([1 - share, share]))
    with_metric = rows["metric_id"].notna().to_numpy(dtype=bool)
    seen = (served["ripe_units"] > 0) & (held["ripe_units"] > 0)
    causal = (share > 0) & with_metric & seen
    found = compare_proportions(
        served["conversions"], served["ripe_units"], held["conversions"], held["ripe_units"],
        confidence, exact_below,
    )  # fmt: skip
    drawn = (share > 0) & (units.sum(axis=1) > 0)
    columns = {name: np.where(causal, getattr(found, name), np.nan) for name in EFFECTS}
    for arm, name in ((served, "served"), (held, "held_out")):
        columns |= {
            f"units_{name}": arm["units"],
            f"ripe_units_{name}": arm["ripe_units"],
            f"conversions_{name}": np.where(with_metric, arm["conversions"], np.nan),
            f"rate_{name}": np.where(with_metric, divide(arm["conversions"], arm["ripe_units"]), np.nan),
            f"value_per_unit_{name}": np.where(
                with_metric, divide(arm["value_sum"], arm["ripe_units"]), np.nan
            ),
        }
    return arrow(
        rows[["rule_id"]].assign(
            **columns,
            declared_holdout_share=share,
            observed_holdout_share=divide(held["units"], units.sum(axis=1)),
            sample_ratio_p_value=np.where(drawn, ratio.p_value, np.nan),
            sample_ratio_method=where_told(ratio.method, drawn),
            is_causal=causal,
            method=where_told(found.method, causal),
            method_reason=where_told(found.reason, causal),
            confidence=confidence,
            note=notes(
                (share == 0, "not causal: the rule declares no holdout"),
                (~with_metric, "no outcome: the rule names no metric"),
                ((share > 0) & with_metric & ~seen, "not causal yet: an arm has no unit whose window has closed"),
                (causal & (held["conversions"] == 0), "no relative lift: nobody held out converted"),
                (drawn & ratio.sparse, "the sample ratio's p is rough: an expected count is below 5"),
            ),
        ),
        SCHEMA,
    )  # fmt: skip


def _arm(rules: pd.DataFrame, arms: pd.DataFrame, is_holdout: bool) -> dict[str, FloatArray]:
    """Sums of one arm in the order of the rules, 0 where nobody is in it."""
    mine = arms[arms["is_holdout"].astype(bool) == is_holdout].set_index("rule_id")
    names = ("units", "ripe_units", "conversions", "value_sum")
    return {name: numbers(mine[name].reindex(rules["rule_id"])) for name in names}
