"""Evidence in small, and the decision that it leads to."""

from typing import Any

import numpy as np
import pandas as pd
from result_inputs import experiments, metrics, one

from microlift.results.decisions import SCHEMA, build

LIFT = {"better": 0.2, "worse": -0.2, "inconclusive": 0.01}
METRICS = metrics(n="higher", g="lower")


def effect(verdict: str, variant: str = "b", **changed: Any) -> dict[str, Any]:
    """A row of `results_comparisons` that reads in the words of the verdict."""
    lift = LIFT[verdict]
    return {
        "experiment_id": "e",
        "segment_dimension": "all",
        "segment": "all",
        "metric_id": "m",
        "role": "primary",
        "variant_id": variant,
        "baseline_variant_id": "a",
        "difference": lift / 10,
        "difference_low": lift / 10 - 0.01,
        "difference_high": lift / 10 + 0.01,
        "relative_lift": lift,
        "relative_lift_low": lift - 0.1,
        "relative_lift_high": lift + 0.1,
        "p_adjusted": 0.4 if verdict == "inconclusive" else 0.001,
        "verdict": verdict,
        "probability_better": {"better": 0.999, "worse": 0.001, "inconclusive": 0.6}[verdict],
    } | changed


def mobile(verdict: str, **changed: Any) -> dict[str, Any]:
    return effect(verdict, segment_dimension="device", segment="mobile", **changed)


def desktop(verdict: str, **changed: Any) -> dict[str, Any]:
    return effect(verdict, segment_dimension="device", segment="desktop", **changed)


def interacting(is_significant: bool | None = True, **changed: Any) -> pd.DataFrame:
    row = {
        "experiment_id": "e", "segment_dimension": "device", "metric_id": "m", "term": "interaction",
        "p_adjusted": 0.002, "is_significant": is_significant, "is_confirmatory": True,
    } | changed  # fmt: skip
    coefficient = row | {"term": "coefficient", "p_adjusted": np.nan, "is_significant": None}
    return pd.DataFrame([row, coefficient]).astype({"is_significant": "boolean"})


def checked(
    name: str = "exposures", status: str = "pass", p: float = np.nan, detail: str = "fine"
) -> pd.DataFrame:
    row = {"experiment_id": "e", "check_name": name, "status": status, "p_value": p, "detail": detail}
    return pd.DataFrame([row])


def crossing(p: float, metric: str = "m", factors: int = 2) -> pd.DataFrame:
    row = {
        "experiment_id": "e", "metric_id": metric, "effect": "headline × image", "factors": factors,
        "p_adjusted": p, "is_significant": p < 0.05,
    }  # fmt: skip
    return pd.DataFrame([row])


def progress(planned: bool = True, ended: bool = True, unripe: int = 0) -> pd.DataFrame:
    ends_at = pd.Timestamp("2026-01-30") if planned else pd.NaT
    return pd.DataFrame(
        {
            "experiment_id": ["e"],
            "ends_at": [ends_at],
            "has_ended": [ended and planned],
            "unripe_units": [unripe],
        }
    )


HYPOTHESIS = {
    "hypothesis_id": "h", "experiment_id": "e", "metric_id": "m", "variant_id": "b", "baseline_variant_id": "a",
    "direction": "two_sided", "non_inferiority_lift": np.nan, "stopping_rule": "fixed_horizon", "state": "read once",
    "look": np.nan, "planned_looks": np.nan,
}  # fmt: skip


def planned(verdict: str, **changed: Any) -> pd.DataFrame:
    """A row of `results_hypotheses` on the overall effect on m."""
    numbers = {
        name: value
        for name, value in effect(verdict if verdict in LIFT else "inconclusive").items()
        if name not in ("role", "segment_dimension", "segment")
    }
    return pd.DataFrame([numbers | HYPOTHESIS | {"verdict": verdict} | changed])


def peeked(look: int = 26, error: float = 0.25, **changed: Any) -> pd.DataFrame:
    """A row of `results_sequential` under the rule that reads p at every look."""
    row = {"experiment_id": "e", "metric_id": "m", "rule": "naive_p_value", "look": look, "alpha": 0.05,
           "error_if_used": error}  # fmt: skip
    return pd.DataFrame([row | changed])


def replanned(**changed: Any) -> pd.DataFrame:
    """A row of `quality_plan_changes`."""
    row = {"experiment_id": "e", "hypothesis_id": "h", "field": "alpha", "value_before": "0.05", "value": "0.1",
           "changed_at": pd.Timestamp("2026-01-20")}  # fmt: skip
    return pd.DataFrame([row | changed])


def decide(
    *effects: dict[str, Any],
    health: pd.DataFrame | None = None,
    interactions: pd.DataFrame | None = None,
    crossings: pd.DataFrame | None = None,
    state: pd.DataFrame | None = None,
    control: str | None = "a",
    hypotheses: pd.DataFrame | None = None,
    looks: pd.DataFrame | None = None,
    changes: pd.DataFrame | None = None,
) -> dict[str, Any]:
    table = build(
        experiments(control),
        METRICS,
        checked() if health is None else health,
        pd.DataFrame(effects, columns=list(effect("better"))),
        interacting().iloc[:0] if interactions is None else interactions,
        crossing(1.0).iloc[:0] if crossings is None else crossings,
        progress() if state is None else state,
        planned("better").iloc[:0] if hypotheses is None else hypotheses,
        peeked().iloc[:0] if looks is None else looks,
        replanned().iloc[:0] if changes is None else changes,
    )
    assert table.schema == SCHEMA
    return one(table)


def verdict(row: dict[str, Any]) -> tuple[str, str, str | None]:
    return row["verdict"], row["scope"], row["variant_id"]
