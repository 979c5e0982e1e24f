"""`results_decisions`: one verdict an experiment, with its scope and the evidence in words.

The order of the questions is the order of `_decide`: can the data be trusted, has the experiment run its course,
does the effect depend on a segment, does a guardrail object, and only then: is there an effect.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.tables import arrow

SHIP, STOP, KEEP, UNTRUSTED = "ship", "stop", "keep running", "cannot be trusted"

SCHEMA = pa.schema(
    [
        ("experiment_id", pa.string()),
        ("experiment_name", pa.string()),
        ("verdict", pa.string()),
        ("variant_id", pa.string()),
        ("scope", pa.string()),
        ("metric_id", pa.string()),
        ("relative_lift", pa.float64()),
        ("relative_lift_low", pa.float64()),
        ("relative_lift_high", pa.float64()),
        ("difference", pa.float64()),
        ("difference_low", pa.float64()),
        ("difference_high", pa.float64()),
        ("p_adjusted", pa.float64()),
        ("evidence", pa.string()),
    ]
)


@dataclass
class Decision:
    """What is decided; `row` is the comparison that the lift is read from."""

    verdict: str
    reasons: list[str] = field(default_factory=list)
    scope: str = "everyone"
    row: pd.Series | None = None


@dataclass(frozen=True)
class Evidence:
    """Everything known of one experiment."""

    experiment: pd.Series
    health: pd.DataFrame
    comparisons: pd.DataFrame
    interactions: pd.DataFrame
    effects: pd.DataFrame
    progress: pd.Series


def build(
    experiments: pd.DataFrame,
    metrics: pd.DataFrame,
    health: pd.DataFrame,
    comparisons: pd.DataFrame,
    interactions: pd.DataFrame,
    effects: pd.DataFrame,
    progress: pd.DataFrame,
) -> pa.Table:
    """Decide every experiment of `dim_experiments` from the other result tables (`SCHEMA`)."""
    names = dict(zip(metrics["metric_id"], metrics["metric_name"], strict=True))
    tables = {
        "health": health,
        "comparisons": comparisons[comparisons["role"].isin(["primary", "guardrail"])],
        "interactions": interactions[interactions["term"] == "interaction"],
        "effects": effects,
    }
    grouped = {name: dict(iter(table.groupby("experiment_id"))) for name, table in tables.items()}
    states = progress.set_index("experiment_id")
    rows = []
    for _, experiment in experiments.sort_values("experiment_id").iterrows():
        key = experiment["experiment_id"]
        found = {name: groups.get(key, tables[name].iloc[:0]) for name, groups in grouped.items()}
        decision = _decide(Evidence(experiment, progress=states.loc[key], **found), names)
        rows.append(_row(experiment, decision))
    return arrow(pd.DataFrame(rows, columns=[f.name for f in SCHEMA]), SCHEMA)


def _decide(found: Evidence, names: dict[str, str]) -> Decision:
    broken = found.health[found.health["status"] == "fail"]
    if len(broken):
        return Decision(UNTRUSTED, [_health_words(check) for _, check in broken.iterrows()], scope="no one")
    primary = found.comparisons[found.comparisons["role"] == "primary"]
    whole = primary[primary["segment_dimension"] == "all"]
    if whole.empty:
        return Decision(KEEP, ["no unit's metric window has closed yet"], scope="no one")

    best = _best(whole)
    decision = _by_segment(found, primary) or _overall(best, whole, names)
    objections = _guardrails(found, decision)
    if decision.verdict == SHIP and objections:
        decision = Decision(STOP, objections + decision.reasons, scope="no one", row=decision.row)
    decision.reasons += _factor_words(found.effects)
    return _in_time(decision, found)


def _best(whole: pd.DataFrame) -> pd.Series:
    """The comparison to speak of: the most probable improvement among the significant ones, else among all."""
    significant = whole[whole["verdict"] == "better"]
    pool = significant if len(significant) else whole
    order = pool.sort_values(["probability_better", "p_value", "variant_id"], ascending=[False, True, True])
    return order.iloc[0]


def _overall(best: pd.Series, whole: pd.DataFrame, names: dict[str, str]) -> Decision:
    name = names.get(best["metric_id"], best["metric_id"])
    if best["verdict"] == "better":
        return Decision(SHIP, [f"{name}: {_effect_words(best)}"], row=best)
    worse = whole[whole["verdict"] == "worse"]
    if len(worse) == len(whole):
        row = worse.sort_values("p_value").iloc[0]
        return Decision(STOP, [f"{name} gets worse: {_effect_words(row)}"], scope="no one", row=row)
    return Decision(KEEP, [f"{name}: no difference shown, {_effect_words(best)}"], scope="no one", row=best)


def _by_segment(found: Evidence, primary: pd.DataFrame) -> Decision | None:
    """A verdict on some segments only, where the effect is shown to depend on the segment."""
    shown = found.interactions[
        found.interactions["is_significant"].fillna(False).astype(bool)
        & found.interactions["metric_id"].isin(primary["metric_id"])
    ].sort_values("p_adjusted")
    for _, interaction in shown.iterrows():
        dimension = interaction["segment_dimension"]
        cells = primary[
            (primary["segment_dimension"] == dimension) & (primary["metric_id"] == interaction["metric_id"])
        ]
        won = cells[cells["verdict"] == "better"]
        if won.empty:
            continue
        variant = won.sort_values(["probability_better", "p_value"], ascending=[False, True]).iloc[0][
            "variant_id"
        ]
        own = cells[cells["variant_id"] == variant]
        winners = own[own["verdict"] == "better"].sort_values("p_value")
        if len(winners) == own["segment"].nunique():
            continue
        test = f"the effect depends on {dimension} (interaction p = {_p_words(interaction['p_adjusted'])})"
        lines = [
            f"{row['segment']} {_segment_words(row)}" for _, row in own.sort_values("segment").iterrows()
        ]
        scope = f"{dimension}: {', '.join(sorted(winners['segment'].unique()))} only"
        return Decision(SHIP, [f"{test}: {'; '.join(lines)}"], scope=scope, row=winners.iloc[0])
    return None


def _guardrails(found: Evidence, decision: Decision) -> list[str]:
    if decision.row is None:
        return []
    harmed = found.comparisons[
        (found.comparisons["role"] == "guardrail")
        & (found.comparisons["segment_dimension"] == "all")
        & (found.comparisons["variant_id"] == decision.row["variant_id"])
        & (found.comparisons["verdict"] == "worse")
    ]
    return [f"guardrail {row['metric_id']} gets worse: {_effect_words(row)}" for _, row in harmed.iterrows()]


def _in_time(decision: Decision, found: Evidence) -> Decision:
    """Hold a verdict back until the planned end; without one, say that reading early is peeking."""
    ends_at, unripe = found.progress["ends_at"], int(found.progress["unripe_units"])
    if bool(found.progress["has_ended"]) and unripe == 0:
        if decision.verdict == KEEP:
            decision.verdict = STOP
            decision.reasons.append("the planned end has passed")
    elif pd.notna(ends_at):
        wait = (
            "the planned end has not come"
            if not found.progress["has_ended"]
            else f"{unripe:,} windows are still open"
        )
        if decision.verdict in (SHIP, STOP):
            decision.reasons.append(f"would be '{decision.verdict}' if read now")
        decision.verdict, decision.scope = KEEP, "no one"
        decision.reasons.append(f"{wait} ({ends_at:%Y-%m-%d %H:%M})")
    elif decision.verdict == SHIP or decision.verdict == STOP:
        decision.reasons.append(
            "no planned end is declared: p holds for one reading, not for repeated peeking"
        )
    return decision


def _factor_words(effects: pd.DataFrame) -> list[str]:
    crossed = effects[(effects["factors"] > 1) & (effects["p_value"] < 0.05)]
    return [f"{row['effect']} interact (p = {_p_words(row['p_value'])})" for _, row in crossed.iterrows()]


def _health_words(check: pd.Series) -> str:
    if check["check_name"] == "sample_ratio":
        return f"sample ratio mismatch (p = {_p_words(check['p_value'])}): {check['detail']}"
    return str(check["detail"])


def _effect_words(row: pd.Series) -> str:
    """The lift with its interval, or the difference where the lift has none; and p."""
    if pd.notna(row["relative_lift_low"]) and pd.notna(row["relative_lift_high"]):
        size = f"{row['relative_lift']:+.1%} ({row['relative_lift_low']:+.1%} to {row['relative_lift_high']:+.1%})"
    elif pd.notna(row["difference_low"]):
        size = f"difference {row['difference']:+.4g} ({row['difference_low']:+.4g} to {row['difference_high']:+.4g})"
    else:
        size = "effect not estimable"
    return (
        f"{row['variant_id']} against {row['baseline_variant_id']} {size}, p = {_p_words(row['p_adjusted'])}"
    )


def _segment_words(row: pd.Series) -> str:
    verb = {"better": "wins", "worse": "loses", "inconclusive": "shows nothing"}[row["verdict"]]
    return f"{verb} {row['relative_lift']:+.1%}" if pd.notna(row["relative_lift"]) else verb


def _p_words(p: float) -> str:
    if not np.isfinite(p):
        return "unknown"
    return f"{p:.2g}" if p >= 1e-4 else "<.0001"


def _row(experiment: pd.Series, decision: Decision) -> dict[str, object]:
    row = decision.row if decision.row is not None else pd.Series(dtype=object)
    numbers = [
        "relative_lift", "relative_lift_low", "relative_lift_high",
        "difference", "difference_low", "difference_high", "p_adjusted",
    ]  # fmt: skip
    return {
        "experiment_id": experiment["experiment_id"],
        "experiment_name": experiment["experiment_name"],
        "verdict": decision.verdict,
        "variant_id": row.get("variant_id"),
        "scope": decision.scope,
        "metric_id": row.get("metric_id"),
        **{name: row.get(name, np.nan) for name in numbers},
        "evidence": "; ".join(decision.reasons),
    }
