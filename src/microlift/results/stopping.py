"""The stopping rules, each over the looks of one pair of variants: boundary, crossing, and the error it has."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from microlift.results.looks import fractions, planned
from microlift.results.odds import odds_looks
from microlift.results.tables import BoolArray, IntArray
from microlift.stats.always_valid import mixture_boundary, mixture_p_value, mixture_weight
from microlift.stats.checks import FloatArray
from microlift.stats.group_sequential import (
    FAR,
    constant_boundary,
    crossing_probabilities,
    error_by_look,
    spending_boundaries,
)
from microlift.stats.spending import SPENDING_RULES, spent

NAIVE_P, NAIVE_PROBABILITY = "naive_p_value", "naive_probability_better"
NAIVE_THRESHOLD = 0.95
DEFAULT_INFORMATION = 2500.0
"""Information n_t·n_c / (n_t + n_c) at which an always-valid test of means is sharpest, where no units are planned."""


class Series(NamedTuple):
    """The looks of one pair of variants, in order, and the plan of its metric."""

    looks: pd.DataFrame
    """Rows of `Looks.compare`, with look and look_at."""
    plan: pd.Series
    """Its row of `int_sequential_plan`."""
    higher: bool
    """Whether more is better."""
    arms: tuple[pd.DataFrame, pd.DataFrame]
    """What `int_look_strata` has of the variant and of its baseline."""

    @property
    def side(self) -> int:
        """0 for a two-sided test, 1 for one of an increase, -1 of a decrease."""
        return {"two_sided": 0, "increase": 1, "decrease": -1}[str(self.plan["direction"])]

    @property
    def alpha(self) -> float:
        return float(self.plan["alpha"])

    @property
    def information(self) -> FloatArray:
        return np.maximum.accumulate(self.looks["information"].to_numpy(dtype=np.float64))

    @property
    def z(self) -> FloatArray:
        """The p-value of the comparison as a normal quantile, with the sign of the difference."""
        p = np.clip(self.looks["p_value"].to_numpy(dtype=np.float64), 1e-300, 1.0)
        return np.sign(self.looks["difference"].to_numpy(dtype=np.float64)) * -special.ndtri(p / 2)

    @property
    def p(self) -> FloatArray:
        """The p-value of the planned direction: that of both, or of the one tail."""
        p = self.looks["p_value"].to_numpy(dtype=np.float64)
        if not self.side:
            return p
        return np.where(self.z * self.side > 0, p / 2, 1 - p / 2)

    @property
    def up(self) -> FloatArray:
        """Posterior probability that the variant's value is the higher one."""
        better = self.looks["probability_better"].to_numpy(dtype=np.float64)
        return better if self.higher else 1 - better

    def take(self, positions: IntArray) -> "Series":
        return self._replace(looks=self.looks.iloc[positions])


def rules(series: Series) -> list[pd.DataFrame]:
    """The looks of a pair under the naive rules and under the declared one, a frame a rule.

    Columns beside those of the looks: rule, is_declared, look (of the plan, where the rule has planned looks),
    planned_looks, is_last_look, information_fraction, statistic, boundary, p_value, p_boundary,
    probability_boundary, crossed (1 up, -1 down, 0 no), error_if_used, level (two-sided confidence of the
    limits; NaN where the rule has its own, or none yet), rule_note.
    """
    rule = str(series.plan["stopping_rule"])
    fraction = fractions(series.looks, series.plan)
    found = [_naive_p(series, fraction), _naive_probability(series, fraction)]
    if rule == "always_valid":
        found.append(always_valid(series, fraction))
    elif rule != "fixed_horizon":
        looks = int(series.plan["looks"])
        positions, numbers = planned(fraction, looks)
        if len(positions):
            reached = np.where(numbers == looks, 1.0, np.minimum(fraction[positions], 1.0))
            tell = _spending if rule in SPENDING_RULES else _bayesian
            frame = tell(series.take(positions), reached)
            found.append(frame.assign(look=numbers, planned_looks=looks, is_last_look=numbers == looks))
    return found


def _frame(
    series: Series, fraction: FloatArray, z: FloatArray, error: FloatArray, **columns: Any
) -> pd.DataFrame:
    """Columns that the rules share; `z` is the boundary, whose tail is the level of p that stops."""
    side = series.side
    tail = special.ndtr(-z)
    defaults: dict[str, Any] = {
        "is_declared": True,
        "planned_looks": None,
        "is_last_look": False,
        "information_fraction": np.minimum(fraction, 1.0),
        "statistic": series.z,
        "boundary": z,
        "p_value": series.p,
        "p_boundary": tail if side else 2 * tail,
        "probability_boundary": np.nan,
        "crossed": _crossed(series.p < (tail if side else 2 * tail), series.z),
        "error_if_used": error,
        "level": np.where(z < FAR - 0.5, 1 - 2 * tail, np.nan),
        "rule_note": None,
    }
    return series.looks.drop(columns="p_value").assign(**(defaults | columns))


def _crossed(stops: BoolArray, z: FloatArray) -> IntArray:
    return np.where(stops, np.sign(z), 0).astype(np.int64)


def _naive_p(series: Series, fraction: FloatArray) -> pd.DataFrame:
    two = series.side == 0
    z = float(-special.ndtri(series.alpha / (2 if two else 1)))
    error = error_by_look(series.information, z, two)
    note = "the p of a single reading, read at every look"
    return _frame(
        series, fraction, np.full(len(error), z), error, rule=NAIVE_P, is_declared=False, rule_note=note
    )


def _naive_probability(series: Series, fraction: FloatArray) -> pd.DataFrame:
    z = float(special.ndtri(NAIVE_THRESHOLD))
    better = series.looks["probability_better"].to_numpy(dtype=np.float64)
    return _frame(
        series,
        fraction,
        np.full(len(better), z),
        error_by_look(series.information, z, two_sided=False),
        rule=NAIVE_PROBABILITY,
        is_declared=False,
        p_value=np.nan,
        p_boundary=np.nan,
        probability_boundary=NAIVE_THRESHOLD,
        crossed=np.where(better > NAIVE_THRESHOLD, 1 if series.higher else -1, 0),
        rule_note="no p: the rule reads the probability, and calls winners only",
    )


def _spending(series: Series, fraction: FloatArray) -> pd.DataFrame:
    rule, two = str(series.plan["stopping_rule"]), series.side == 0
    gamma = series.plan["spending_gamma"]
    tail = series.alpha / 2 if two else series.alpha
    cumulative = spent(rule, fraction, tail, -4.0 if pd.isna(gamma) else float(gamma))
    z = spending_boundaries(series.information, np.maximum.accumulate(cumulative), two)
    return _frame(series, fraction, z, _error(series, z), rule=rule)


def _bayesian(series: Series, fraction: FloatArray) -> pd.DataFrame:
    looks = int(series.plan["looks"])
    constant = constant_boundary(looks, series.alpha, series.side == 0)
    threshold = float(special.ndtr(constant))
    z = np.full(len(series.looks), constant)
    rises, falls = series.up > threshold, series.up < 1 - threshold
    return _frame(
        series,
        fraction,
        z,
        _error(series, z),
        rule="bayesian",
        p_value=np.nan,
        p_boundary=np.nan,
        probability_boundary=threshold,
        crossed=(rises & (series.side >= 0)).astype(np.int64) - (falls & (series.side <= 0)),
        rule_note=f"no p: the rule reads the probability, whose boundary is calibrated to {looks} looks",
    )


def _error(series: Series, z: FloatArray) -> FloatArray:
    """False-positive probability by each look, of boundaries at the information that there really was."""
    never = np.full(len(z), np.inf)
    lower, upper = never if series.side > 0 else z, never if series.side < 0 else z
    down, up = crossing_probabilities(series.information, -lower, upper)
    return np.cumsum(down + up)


def always_valid(series: Series, fraction: FloatArray) -> pd.DataFrame:
    """Every look by the mixture over odds ratios (where `successes_known`), or by the asymptotic one."""
    promise = np.full(len(series.looks), series.alpha)
    words = "error_if_used is the bound that holds however often one looks"
    if series.looks["successes_known"].iloc[0]:
        odds = odds_looks(series.looks, *series.arms, series.alpha, series.side, series.plan["smallest_lift"])
        return _frame(
            series,
            fraction,
            np.full(len(promise), np.nan),
            promise,
            rule="always_valid",
            p_boundary=series.alpha,
            level=np.nan,
            rule_note=words,
            crossed=_crossed(odds["p_value"] < series.alpha, series.z),
            **odds,
        )
    units = series.plan["planned_units"]
    arms = max(int(series.looks["arms"].iloc[0]), 2)
    expected = DEFAULT_INFORMATION if pd.isna(units) else float(units) / arms / 2
    two = series.side == 0
    weight = mixture_weight(expected, series.alpha, two)
    z = mixture_boundary(series.information, series.alpha, weight, two)
    score = series.z if two else series.z * series.side
    p = mixture_p_value(score, series.information, weight, two)
    return _frame(
        series,
        fraction,
        z,
        promise,
        rule="always_valid",
        p_value=p,
        p_boundary=series.alpha,
        crossed=_crossed(p < series.alpha, series.z),
        rule_note=words + "; asymptotic, for large samples",
    )
