"""What a decision rests on: rows of the other result tables, and their words."""

from math import isnan
from typing import NamedTuple

import numpy as np
import pandas as pd

BETTER, WORSE = "better", "worse"


class Effect(NamedTuple):
    """A row of `results_comparisons`, NaN where a number is NULL."""

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
        """The lift with its interval, or the difference where the lift has none; and p."""
        if not (isnan(self.relative_lift_low) or isnan(self.relative_lift_high)):
            low, high = self.relative_lift_low, self.relative_lift_high
            size = f"{self.relative_lift:+.1%} ({low:+.1%} to {high:+.1%})"
        elif not isnan(self.difference_low):
            low, high = self.difference_low, self.difference_high
            size = f"difference {self.difference:+.4g} ({low:+.4g} to {high:+.4g})"
        else:
            return f"{self.variant_id} against {self.baseline_variant_id} could not be tested"
        return f"{self.variant_id} against {self.baseline_variant_id} {size}, {p_words(self.p_adjusted)}"

    @property
    def segment_words(self) -> str:
        verb = {BETTER: "wins", WORSE: "loses"}.get(self.verdict, "shows nothing")
        lift = "" if isnan(self.relative_lift) else f" {self.relative_lift:+.1%}"
        return f"{self.segment} {verb}{lift}"


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
    turned["verdict"] = turned["verdict"].map({BETTER: WORSE, WORSE: BETTER}).fillna(turned["verdict"])
    return pd.concat([comparisons, turned])
