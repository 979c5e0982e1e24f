"""`results_sequential`: each planned or primary effect, look by look, under its stopping rule and two naive ones."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.effects import Settings
from microlift.results.looks import PAIR, Looks
from microlift.results.stopping import NAIVE_PROBABILITY, Series, rules
from microlift.results.tables import EFFECT_FIELDS, BoolArray, arrow, notes
from microlift.stats.checks import check_confidence, check_positive

LIMITS = [f"{name}_{end}" for name in ("difference", "relative_lift") for end in ("low", "high")]

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in (*PAIR, "rule")),
        ("is_declared", pa.bool_()),
        ("hypothesis_id", pa.string()),
        ("plan_id", pa.string()),
        ("look", pa.int64()),
        ("look_at", pa.timestamp("us")),
        ("planned_looks", pa.int64()),
        ("is_last_look", pa.bool_()),
        ("information_fraction", pa.float64()),
        ("units", pa.int64()),
        ("baseline_units", pa.int64()),
        ("direction", pa.string()),
        ("alpha", pa.float64()),
        ("estimate", pa.float64()),
        ("baseline_estimate", pa.float64()),
        *EFFECT_FIELDS,
        ("statistic", pa.float64()),
        ("boundary", pa.float64()),
        ("p_value", pa.float64()),
        ("p_boundary", pa.float64()),
        ("probability_better", pa.float64()),
        ("probability_boundary", pa.float64()),
        ("is_crossed", pa.bool_()),
        ("verdict", pa.string()),
        ("error_if_used", pa.float64()),
        ("method", pa.string()),
        ("method_reason", pa.string()),
        ("note", pa.string()),
        ("confidence", pa.float64()),
    ]
)


def build(
    strata: pd.DataFrame,
    plan: pd.DataFrame,
    experiments: pd.DataFrame,
    metrics: pd.DataFrame,
    confidence: float = 0.95,
    exact_below: float = 10.0,
    prior_alpha: float = 1.0,
    prior_beta: float = 1.0,
) -> pa.Table:
    """Read every look of `int_look_strata` by the rules of `int_sequential_plan` (`SCHEMA`, a row a rule and look).

    `experiments` is `dim_experiments`, `metrics` is `dim_metrics`. The statistics are those of
    `results_comparisons`, of what each look knew. A look at which two variants cannot be compared yet has no
    row. Limits are at the `confidence` of the row: they exclude no effect exactly where p_value < p_boundary.
    A NULL has its reason in `note`. Raises ValueError for impossible statistics or settings.
    """
    settings = Settings(
        check_confidence(confidence),
        exact_below,
        check_positive(prior_alpha, "prior_alpha"),
        check_positive(prior_beta, "prior_beta"),
    )
    lower = set(metrics.loc[metrics["better"] == "lower", "metric_id"])
    looks = Looks(strata, experiments, lower, settings) if len(strata) else None
    parts = list(_by_rule(looks, strata, plan, lower)) if looks else []
    if not looks or not parts:
        return SCHEMA.empty_table()
    rows = pd.concat(parts, ignore_index=True)
    return arrow(_told(limited(rows, looks), lower), SCHEMA)


def _by_rule(
    looks: Looks, strata: pd.DataFrame, plan: pd.DataFrame, lower: set[str]
) -> Iterator[pd.DataFrame]:
    """The looks of each pair of variants under each of its rules."""
    plans = {(row["experiment_id"], row["metric_id"]): row for _, row in plan.iterrows()}
    arms = dict(list(strata.groupby(["experiment_id", "metric_id", "variant_id"])))
    for (experiment, metric, variant, baseline), group in looks.comparable().groupby(PAIR, sort=True):
        if (experiment, metric) in plans:
            own = plans[experiment, metric]
            pair = arms[experiment, metric, variant], arms[experiment, metric, baseline]
            series = Series(group.sort_values("look", kind="stable"), own, metric not in lower, pair)
            for frame in rules(series):
                yield frame.assign(
                    direction=own["direction"],
                    alpha=own["alpha"],
                    hypothesis_id=own["hypothesis_id"],
                    plan_id=own["plan_id"],
                )


def is_exact(rows: pd.DataFrame) -> BoolArray:
    """Rows of the mixture over odds ratios, which has limits of its own and no boundary of z."""
    return np.asarray((rows["rule"] == "always_valid") & rows["boundary"].isna(), dtype=bool)


def limited(rows: pd.DataFrame, looks: Looks) -> pd.DataFrame:
    """Limits at the level of each row; one-sided tests have one limit, and a level of one tail less."""
    rows = rows.copy()
    rows.loc[~is_exact(rows), LIMITS] = np.nan
    for _, mine in rows[rows["level"].notna()].groupby(["rule", "level"], sort=True):
        at = looks.compare(pd.Series(mine["level"].to_numpy(), index=mine["key"]))
        rows.loc[mine.index, LIMITS] = at.loc[mine["key"], LIMITS].to_numpy()
    for direction, end in (("increase", "high"), ("decrease", "low")):
        one_sided = rows["direction"].eq(direction) & rows["rule"].ne(NAIVE_PROBABILITY)
        rows.loc[one_sided, [f"difference_{end}", f"relative_lift_{end}"]] = np.nan
    return rows


def _told(rows: pd.DataFrame, lower: set[str]) -> pd.DataFrame:
    """Crossing, verdict, confidence and notes."""
    gain = rows["crossed"].to_numpy() * np.where(rows["metric_id"].isin(lower), -1, 1)
    last = rows["is_last_look"].to_numpy(dtype=bool)
    verdict = np.where(
        gain > 0, "better", np.where(gain < 0, "worse", np.where(last, "not shown", "continue"))
    )
    one_sided = np.asarray(rows["direction"].ne("two_sided") & rows["rule"].ne(NAIVE_PROBABILITY), dtype=bool)
    level = rows["level"].to_numpy(dtype=np.float64)
    exact = is_exact(rows)
    none_yet = np.isnan(level) & ~exact
    confidence = np.where(exact, 1 - rows["alpha"], np.where(one_sided, (1 + level) / 2, level))
    said = notes(
        (
            np.isnan(rows["information_fraction"].to_numpy(dtype=np.float64)),
            "no fraction: neither units nor an end are planned",
        ),
        (rows["planned_looks"].isna().to_numpy(), "no planned_looks: the rule reads every look"),
        (rows["probability_boundary"].isna().to_numpy(), "no probability_boundary: the rule reads p"),
        (exact, "no boundary of z: the mixture over odds ratios is read"),
        (none_yet, "no limits: no error is to be spent yet"),
        (one_sided, "one limit: the test is one-sided"),
        (
            ~none_yet & ~one_sided & rows[LIMITS].isna().any(axis=1).to_numpy(),
            "a limit is missing: it is not bounded yet",
        ),
        (rows["hypothesis_id"].isna().to_numpy(), "no hypothesis plans it"),
    )
    note = [
        "; ".join(part for part in parts if isinstance(part, str))
        for parts in zip(rows["rule_note"], rows["note"], said, strict=True)
    ]
    exact_words = "the mixture over odds ratios holds at any count (docs/sequential.md)"
    return rows.assign(
        is_crossed=rows["crossed"] != 0,
        verdict=verdict,
        confidence=confidence,
        boundary=rows["boundary"].where(np.isfinite(rows["boundary"].astype(float))),
        method=np.where(exact, "odds_mixture", rows["method"]),
        method_reason=np.where(exact, exact_words, rows["method_reason"]),
        note=pd.Series([text or None for text in note], rows.index, dtype=object),
    )
