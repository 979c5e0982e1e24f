"""`results_signals`: which signals go with the macro conversion, how strongly, and what that does not mean."""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from microlift.results.tables import arrow, notes, numbers
from microlift.stats.checks import FloatArray
from microlift.stats.multiplicity import adjust
from microlift.stats.ranking import compare_ranks

SCHEMA = pa.schema(
    [
        ("experiment_id", pa.string()),
        ("metric_id", pa.string()),
        ("basis", pa.string()),
        ("signal", pa.string()),
        ("level", pa.string()),
        ("units", pa.int64()),
        ("converted_units", pa.int64()),
        ("converted_mean", pa.float64()),
        ("other_mean", pa.float64()),
        ("area", pa.float64()),
        ("area_low", pa.float64()),
        ("area_high", pa.float64()),
        ("p_value", pa.float64()),
        ("family", pa.string()),
        ("correction", pa.string()),
        ("tests_in_family", pa.int64()),
        ("p_adjusted", pa.float64()),
        ("is_significant", pa.bool_()),
        ("strength", pa.string()),
        ("is_causal", pa.bool_()),
        ("meaning", pa.string()),
        ("note", pa.string()),
        ("confidence", pa.float64()),
    ]
)

# Areas of two normal groups whose means differ by .2, .5 and .8 standard deviations: Φ(d/√2), Cohen's (1988) words.
STRENGTHS = ((0.7141, "strong"), (0.6382, "moderate"), (0.5562, "weak"), (0.0, "none"))

MEANINGS = {
    "pre_exposure": "known before the exposure: it tells who converts, not what would happen if it were changed",
    "in_funnel": "behaviour until the landmark, of those who convert later and those who do not: it may be a step on the way, "
    "a cause, or neither",
}


def build(ranks: pd.DataFrame, confidence: float = 0.95, correction: str = "benjamini_hochberg") -> pa.Table:
    """The strength of every signal of `int_signal_ranks` (`SCHEMA`, a row a signal or level of a text).

    `area` is the share of pairs of a converted and another unit in which the converted one has the higher
    value (1/2: the signal says nothing), `strength` its distance from 1/2 in Cohen's words. Signals were not
    randomised, so none is causal. The tests of one experiment and basis are a family, corrected by
    `correction`. A NULL has its reason in `note`.

    Raises ValueError for counts that are impossible, an unknown correction or a confidence outside (0, 1).
    """
    converted, others = numbers(ranks["converted"]), numbers(ranks["others"])
    found = compare_ranks(
        converted,
        others,
        numbers(ranks["placements"]),
        numbers(ranks["converted_squares"]),
        numbers(ranks["others_squares"]),
        confidence,
    )
    family = (ranks["experiment_id"] + ": signals, " + ranks["period"]).to_numpy(dtype=object)
    adjusted = adjust(found.p_value, family, correction)
    known = np.isfinite(found.p_value)
    one_sided = (converted == 0) | (others == 0)
    return arrow(
        ranks.assign(
            basis=ranks["period"],
            units=converted + others,
            converted_units=converted,
            other_mean=ranks["others_mean"],
            area=found.area,
            area_low=np.where(known, found.area_low, np.nan),
            area_high=np.where(known, found.area_high, np.nan),
            p_value=found.p_value,
            family=family,
            correction=correction,
            tests_in_family=pd.Series(known, ranks.index).groupby(family).transform("sum"),
            p_adjusted=adjusted,
            is_significant=adjusted < 1 - confidence,
            strength=_strength(found.area),
            is_causal=False,
            meaning=ranks["period"].map(MEANINGS),
            note=notes(
                (one_sided, "nobody to compare with: all units with the signal converted, or none did"),
                (
                    ~one_sided & ~known,
                    "no interval: a group of one, values all alike, or groups that do not overlap",
                ),
                (known & (np.minimum(converted, others) < 10), "rough: fewer than 10 units in a group"),
            ),
            confidence=confidence,
        ),
        SCHEMA,
    )


def _strength(area: FloatArray) -> NDArray[np.object_]:
    distance = np.maximum(area, 1 - area)
    words = np.full(np.shape(area), None, dtype=object)
    for least, word in reversed(STRENGTHS):
        words[distance >= least] = word
    return words
