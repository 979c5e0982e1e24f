"""What a decision rests on: rows of the other result tables, and their words."""

from collections.abc import Sequence
from math import isnan
from typing import NamedTuple

import numpy as np
import pandas as pd

BETTER, WORSE, NOT_WORSE, INCONCLUSIVE = "better", "worse", "not worse", "inconclusive"
WHOLE = ("all", "all")
READ_ONCE, STOPPED, OVER = "read once", "stopped", "over"
KEY = ["experiment_id", "metric_id", "variant_id", "baseline_variant_id"]


class Effect(NamedTuple):
    """A row of `results_comparisons`, as the plan reads it (`as_planned`); NaN where a number is NULL."""

    experiment_id: str
    segment_dimension: str
    segment: str
    metric_id: str
    role: str
    variant_id: str
    baseline_variant_id: str
    difference: float
    difference_low: float
    difference_high: float
    relative_lift: float
    relative_lift_low: float
    relative_lift_high: float
    p_adjusted: float
    verdict: str
    probability_better: float
    margin: float
    """Relative lift against it that the plan takes for harmless."""
    rule: str
    state: str
    """`read once`, or what a sequential rule says: `running`, `stopped` or `over`."""
    look: float
    planned_looks: float

    @property
    def rank(self) -> tuple[float, float, str, str, str]:
        """Sorts the most probable improvement first, then the least p."""
        probability, p = (-1.0 if isnan(self.probability_better) else self.probability_better), self.p
        return -probability, p, self.metric_id, self.variant_id, self.baseline_variant_id

    @property
    def p(self) -> float:
        """p_adjusted, 1 where there is none."""
        return 1.0 if isnan(self.p_adjusted) else self.p_adjusted

    @property
    def words(self) -> str:
        """The lift with its interval, or the difference where the lift has none; and p, or the rule that stopped it."""
        # Two limits say more than one, and the lift more than the difference.
        lift = self.relative_lift, self.relative_lift_low, self.relative_lift_high, "+.1%"
        difference = self.difference, self.difference_low, self.difference_high, "+.4g"
        sizes = (difference,) if self._is_turned else (lift, difference)
        known = [(sum(map(isnan, size[1:3])), size) for size in sizes if not isnan(size[0])]
        missing, (value, low, high, form) = min(known, key=lambda pair: pair[0], default=(2, lift))
        if missing == 2:
            return f"{self.variant_id} against {self.baseline_variant_id} could not be tested"
        size = f"{'' if form == '+.1%' else 'difference '}{value:{form}} ({_range(low, high, form)})"
        margin = "" if isnan(self.margin) else f" against a margin of {self.margin:.1%}"
        return f"{self.variant_id} against {self.baseline_variant_id} {size}, {self._certainty}{margin}"

    @property
    def _is_turned(self) -> bool:
        """Whether the baseline is below 0: more is then a lift below 0, which no reader would take for a gain."""
        return self.relative_lift * self.difference < 0

    @property
    def _certainty(self) -> str:
        if self.state == READ_ONCE:
            return p_words(self.p_adjusted)
        if isnan(self.look):
            return f"{self.rule} has had no look yet"
        of = "" if isnan(self.planned_looks) else f" of {self.planned_looks:.0f}"
        said = {STOPPED: "stopped at", OVER: "had not stopped by"}.get(self.state, "goes on after")
        return f"{self.rule} {said} look {self.look:.0f}{of}"

    @property
    def segment_words(self) -> str:
        verb = {BETTER: "wins", WORSE: "loses"}.get(self.verdict, "shows nothing")
        lift = f" {self.relative_lift:+.1%}"
        size = f" {self.difference:+.4g}" if self._is_turned else "" if isnan(self.relative_lift) else lift
        return f"{self.segment} {verb}{size}"


class Interaction(NamedTuple):
    """A significant test of variant × segment, of `results_interactions`."""

    experiment_id: str
    segment_dimension: str
    metric_id: str
    p_adjusted: float
    is_confirmatory: bool


class Crossing(NamedTuple):
    """A significant interaction of factors, of `results_factorial_effects`."""

    experiment_id: str
    metric_id: str
    effect: str
    p_adjusted: float


class Check(NamedTuple):
    """A row of `results_health`."""

    experiment_id: str
    check_name: str
    status: str
    p_value: float
    detail: str

    @property
    def words(self) -> str:
        if self.check_name == "sample_ratio":
            return f"sample ratio mismatch ({p_words(self.p_value)}): {self.detail}"
        return self.detail


class Progress(NamedTuple):
    """A row of `int_progress`."""

    ends_at: pd.Timestamp
    has_ended: bool
    unripe_units: int


class Peeking(NamedTuple):
    """The last look at an experiment, of `results_sequential` under `naive_p_value`."""

    experiment_id: str
    metric_id: str
    look: int
    alpha: float
    error_if_used: float

    @property
    def words(self) -> str:
        return (
            f"read at every look until now ({self.look}), a test at {self.alpha:.2g} errs "
            f"{self.error_if_used:.0%} of the time"
        )


class Change(NamedTuple):
    """A row of `quality_plan_changes`."""

    experiment_id: str
    hypothesis_id: str
    field: str
    value_before: str | None
    value: str | None
    changed_at: pd.Timestamp

    @property
    def words(self) -> str:
        before, after = ("blank" if pd.isna(value) else value for value in (self.value_before, self.value))
        return f"{self.hypothesis_id} {self.field} {before} → {after} ({self.changed_at:%Y-%m-%d})"


def _range(low: float, high: float, form: str) -> str:
    """An interval in words, of one limit or two."""
    if isnan(high):
        return f"at least {low:{form}}"
    return f"at most {high:{form}}" if isnan(low) else f"{low:{form}} to {high:{form}}"


def as_planned(comparisons: pd.DataFrame, hypotheses: pd.DataFrame) -> pd.DataFrame:
    """Comparisons with what `results_hypotheses` says of those that the plan names.

    Their verdict is that of the plan: of its direction, its margin and its stopping rule. A sequential one has
    the numbers of the look that it is read at, and no corrected p, which is not what stops it.
    """
    told = [name for name in Effect._fields if name in hypotheses.columns and name not in {*KEY, "role"}]
    plan = hypotheses[[*KEY, *told, "non_inferiority_lift", "stopping_rule"]].rename(
        columns={"non_inferiority_lift": "margin", "stopping_rule": "rule"}
    )
    plan = plan.assign(segment_dimension="all", segment="all")
    plan.loc[plan["state"] != READ_ONCE, "p_adjusted"] = np.nan
    place = [*KEY, "segment_dimension", "segment"]
    unplanned = comparisons.merge(plan[place], on=place, how="left", indicator=True)
    alone = unplanned[unplanned["_merge"] == "left_only"].drop(columns="_merge")
    alone = alone.assign(margin=np.nan, rule="", state=READ_ONCE, look=np.nan, planned_looks=np.nan)
    named = comparisons[[*place, "role"]].merge(plan, on=place)
    return pd.concat([alone, named]) if len(named) else alone


def p_words(p: float) -> str:
    if isnan(p):
        return "p unknown"
    return f"p = {p:.2g}" if p >= 1e-4 else "p < .0001"


def both_ways(comparisons: pd.DataFrame, experiments: pd.DataFrame) -> pd.DataFrame:
    """Comparisons, those of experiments without a control also the other way round.

    Without a control no variant is the baseline by right: "b is worse than a" is said as "a is better than
    b", too, so that a verdict does not hang on which of the two names comes first in the alphabet.
    """
    free = experiments.loc[experiments["control_variant_id"].isna(), "experiment_id"]
    rows = comparisons[comparisons["experiment_id"].isin(free)]
    swapped = {"variant_id": "baseline_variant_id", "baseline_variant_id": "variant_id",
               "difference_low": "difference_high", "difference_high": "difference_low",
               "relative_lift_low": "relative_lift_high",
               "relative_lift_high": "relative_lift_low"}  # fmt: skip
    turned = rows.rename(columns=swapped)
    for name in ("difference", "difference_low", "difference_high"):
        turned[name] = -turned[name]
    # The reciprocal of a ratio that may be negative has no limits, that of 0 no value.
    bounded = rows["relative_lift_low"].to_numpy(dtype=float) >= -1
    for name, exists in (
        ("relative_lift", True),
        ("relative_lift_low", bounded),
        ("relative_lift_high", bounded),
    ):
        ratio = 1 + turned[name].to_numpy(dtype=float)
        turned[name] = np.where(exists & (ratio != 0), 1 / np.where(ratio != 0, ratio, 1.0) - 1, np.nan)
    turned["probability_better"] = 1 - turned["probability_better"]
    turned["verdict"] = turned["verdict"].map({BETTER: WORSE, WORSE: BETTER}).fillna(INCONCLUSIVE)
    turned["margin"] = np.nan
    return pd.concat([comparisons, turned])


def hints(interactions: Sequence[Interaction], primary: Sequence[Effect]) -> list[str]:
    """Significant interactions that nobody planned: with many segments some turn up by chance, so they are told
    and do not narrow the scope."""
    metrics = {effect.metric_id for effect in primary}
    return [
        f"exploratory: the effect may depend on {test.segment_dimension} (interaction "
        f"{p_words(test.p_adjusted)}); plan it and test it on new units before acting on it"
        for test in interactions
        if not test.is_confirmatory and test.metric_id in metrics
    ]


def harm_words(effect: Effect, name: str) -> str:
    guardrail = "guardrail " if effect.role == "guardrail" else ""
    cell = (effect.segment_dimension, effect.segment)
    where = "" if cell == WHOLE else f" ({effect.segment_dimension}: {effect.segment})"
    return f"{guardrail}{name} gets worse{where}: {effect.words}"


def crossing_words(
    crossings: Sequence[Crossing], primary: Sequence[Effect], names: dict[str, str]
) -> list[str]:
    """Which factors of a factorial experiment interact in a primary metric."""
    metrics = {effect.metric_id for effect in primary}
    return [
        f"{crossing.effect} interact in {names[crossing.metric_id]} ({p_words(crossing.p_adjusted)})"
        for crossing in crossings
        if crossing.metric_id in metrics
    ]


def change_words(changes: Sequence[Change]) -> list[str]:
    told = ", ".join(change.words for change in changes)
    return [f"the plan was changed after the first look: {told}"] if changes else []
