"""`results_patterns`: what units do in which order, who of them converts, and whether a variant changes it.

Two questions are asked of every pattern. Do units with it convert more than units without it? That is an association:
who shows a pattern may differ in everything else. And does a variant change how many of its exposed units show it? That
compares randomised groups. Patterns are selected by their units alone, a margin that both tests hold fixed, so the
selection does not spoil p.
"""

import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from microlift.results import corrections
from microlift.results.pattern_search import Mined, PatternSet, mine
from microlift.results.tables import BoolArray, Columns, Reason, arrow, divide, notes
from microlift.stats.checks import FloatArray, check_confidence
from microlift.stats.two_proportions import ProportionComparison, compare_proportions

ARROW = " → "
ALL = "all"
EFFECT = [f"{what}{end}" for what in ("difference", "relative_lift") for end in ("", "_low", "_high")]
CORRECTED = [
    field
    for field in corrections.SCHEMA
    if field.name not in ("test_id", "is_confirmatory", "p_tested", "p_hierarchical")
]
TEST = [
    *((name, pa.float64()) for name in (*EFFECT, "p_value")),
    *((name, pa.string()) for name in ("method", "method_reason")),
    *((field.name, field.type) for field in CORRECTED),
    ("is_causal", pa.bool_()),
]
SCHEMA = pa.schema(
    [
        ("experiment_id", pa.string()),
        ("pattern_set_id", pa.string()),
        ("metric_id", pa.string()),
        ("basis", pa.string()),
        ("pattern", pa.string()),
        ("items", pa.string()),
        ("length", pa.int64()),
        ("variant_id", pa.string()),
        ("units", pa.int64()),
        ("support", pa.int64()),
        ("support_share", pa.float64()),
        ("units_with", pa.int64()),
        ("units_without", pa.int64()),
        ("conversion_with", pa.float64()),
        ("conversion_without", pa.float64()),
        *TEST,
        ("baseline_variant_id", pa.string()),
        ("baseline_units", pa.int64()),
        ("baseline_support", pa.int64()),
        ("baseline_support_share", pa.float64()),
        *((f"support_{name}", kind) for name, kind in TEST),
        ("note", pa.string()),
        ("confidence", pa.float64()),
    ]
)
FAMILIES = {"": "conversion", "support_": "variants"}


def build(
    counts: pd.DataFrame,
    sets: pd.DataFrame,
    experiments: pd.DataFrame,
    confidence: float = 0.95,
    exact_below: float = 10.0,
) -> pa.Table:
    """Find the patterns of `int_pattern_counts` and compare them (`SCHEMA`).

    `sets` is `int_pattern_sets`, `experiments` is `dim_experiments`. Returns a row for each experiment, set, pattern and
    variant, and for all variants together (`all`). Rates, shares and differences are fractions. Conversion is compared
    within variants and allocation epochs, support within epochs. Each of the two questions is one family of tests in an
    experiment × set. What cannot be compared has no p, and its reason in `note`.

    Raises ValueError for a confidence outside (0, 1), a negative `exact_below`, or a correction that is no procedure.
    """
    confidence = check_confidence(confidence)
    chosen = {row["pattern_set_id"]: PatternSet.of(row) for row in sets.to_dict("records")}
    controls = experiments.set_index("experiment_id")["control_variant_id"].dropna().to_dict()
    parts = []
    for (set_id, experiment_id), rows in counts.groupby(["pattern_set_id", "experiment_id"]):
        control = controls.get(experiment_id)
        variants = sorted({*rows["variant_id"], *([control] if control else [])})
        mined = mine(rows, chosen[set_id], variants)
        if mined.patterns:
            part = _compared(mined, _baseline(variants, control), confidence, exact_below)
            parts.append(part.assign(**_facts(chosen[set_id]) | {"experiment_id": experiment_id}))
    if not parts:
        return SCHEMA.empty_table()
    found = pd.concat(parts, ignore_index=True).sort_values(
        ["experiment_id", "pattern_set_id"], kind="stable", ignore_index=True
    )
    for prefix in FAMILIES:
        found = found.join(_corrected(found, prefix))
    return arrow(found.assign(confidence=confidence), SCHEMA)


def _facts(chosen: PatternSet) -> dict[str, Any]:
    return {
        "pattern_set_id": chosen.pattern_set_id,
        "metric_id": chosen.metric_id,
        "basis": chosen.period,
        "set_correction": chosen.correction,
        "set_alpha": chosen.alpha,
    }


def _baseline(variants: list[str], control: str | None) -> int | None:
    """Position of the variant that the others are compared with; None: each with all the others together."""
    if control is not None:
        return variants.index(control)
    return 0 if len(variants) == 2 else None


def _compared(mined: Mined, baseline: int | None, confidence: float, exact_below: float) -> pd.DataFrame:
    """A row a pattern and variant, that of all variants first."""
    patterns, variants = len(mined.patterns), [ALL, *mined.variants]
    columns: Columns = {
        "pattern": np.repeat([ARROW.join(items) for items in mined.patterns], len(variants)),
        "items": np.repeat(
            [json.dumps(items, ensure_ascii=False) for items in mined.patterns], len(variants)
        ),
        "length": np.repeat([len(items) for items in mined.patterns], len(variants)),
        "variant_id": np.tile(np.array(variants, dtype=object), patterns),
    }
    conversion, conversion_reasons = _conversion(mined, confidence, exact_below)
    support, support_reasons = _support(mined, baseline, confidence, exact_below)
    always = np.full(patterns * len(variants), mined.note is not None)
    note = notes(*conversion_reasons, *support_reasons, (always, mined.note or ""))
    return pd.DataFrame(columns | conversion | support | {"note": note})


def _conversion(mined: Mined, confidence: float, exact_below: float) -> tuple[Columns, list[Reason]]:
    """Units with the pattern against units without it, of those not converted at the landmark.

    Arrays are (patterns × rows, variants × epochs).
    """
    # Row 0 has the strata of all variants, row i those of one.
    of_row = np.vstack([np.ones(len(mined.variants)), np.eye(len(mined.variants))])[:, :, None]

    def laid_out(values: FloatArray) -> FloatArray:
        rows = np.broadcast_to(values, mined.shown.shape[:3])[:, None] * of_row
        return rows.reshape(rows.shape[0] * rows.shape[1], -1)

    units, shown = laid_out(mined.units.sum(axis=-1)), laid_out(mined.shown.sum(axis=-1))
    n_with, n_all = laid_out(mined.shown[..., :2].sum(axis=-1)), laid_out(mined.units[..., :2].sum(axis=-1))
    x_with, x_all = laid_out(mined.shown[..., 1]), laid_out(mined.units[..., 1])
    n_without, x_without = n_all - n_with, x_all - x_with
    result = compare_proportions(x_with, n_with, x_without, n_without, confidence, exact_below)
    some, others = n_with.sum(axis=1), n_without.sum(axis=1)
    strata = ((n_with > 0) & (n_without > 0)).sum(axis=1)
    columns: Columns = {
        "units": units.sum(axis=1),
        "support": shown.sum(axis=1),
        "support_share": divide(shown.sum(axis=1), units.sum(axis=1)),
        "units_with": some,
        "units_without": others,
        "conversion_with": divide(x_with.sum(axis=1), some),
        "conversion_without": divide(x_without.sum(axis=1), others),
        **_test(result, strata > 0),
        "is_causal": np.zeros(len(some), dtype=bool),
    }
    nowhere = (some > 0) & (others > 0) & (strata == 0)
    return columns, [
        (some == 0, "conversion is not compared: no unit shows the pattern"),
        (others == 0, "conversion is not compared: every unit shows the pattern"),
        (
            nowhere,
            "conversion is not compared: no allocation epoch of a variant has units with and without the pattern",
        ),
        *_lift_reasons(result, strata > 0, "of conversion: without the pattern it"),
        (strata > 1, "the difference of conversion is stratified: it is not that of the two rates"),
    ]


def _support(
    mined: Mined, baseline: int | None, confidence: float, exact_below: float
) -> tuple[Columns, list[Reason]]:
    """Each variant's units with the pattern, of all that were exposed, against the baseline's, by epoch."""
    asked = np.ones((len(mined.patterns), 1 + len(mined.variants)), dtype=bool)
    asked[:, [0] if baseline is None else [0, 1 + baseline]] = False  # all variants together have no baseline
    is_asked = asked.ravel()

    def both(values: FloatArray) -> tuple[FloatArray, FloatArray]:
        values = np.broadcast_to(values.sum(axis=-1), mined.shown.shape[:3])
        together = values.sum(axis=1, keepdims=True)
        others = (
            together - values if baseline is None else np.broadcast_to(values[:, [baseline]], values.shape)
        )
        sides = (np.pad(side, ((0, 0), (1, 0), (0, 0))) * asked[..., None] for side in (values, others))
        own, other = (side.reshape(is_asked.size, -1) for side in sides)
        return own, other

    (units, baseline_units), (shown, baseline_shown) = both(mined.units), both(mined.shown)
    result = compare_proportions(shown, units, baseline_shown, baseline_units, confidence, exact_below)
    strata = ((units > 0) & (baseline_units > 0)).sum(axis=1)
    n, x = (np.where(is_asked, array.sum(axis=1), np.nan) for array in (baseline_units, baseline_shown))
    name = None if baseline is None else mined.variants[baseline]
    columns: Columns = {
        "baseline_variant_id": _where(is_asked, np.full(is_asked.size, name, dtype=object)),
        "baseline_units": n,
        "baseline_support": x,
        "baseline_support_share": divide(x, n),
        **{f"support_{column}": values for column, values in _test(result, strata > 0).items()},
        "support_is_causal": _where(is_asked, is_asked),
    }
    return columns, [
        (is_asked & (strata == 0), "support is not compared: no allocation epoch has units of both"),
        *_lift_reasons(result, strata > 0, "of support: the baseline's"),
        (
            strata > 1,
            "the difference of support is stratified by allocation epoch: it is not that of the two shares",
        ),
    ]


def _where(condition: BoolArray, values: NDArray[Any]) -> NDArray[np.object_]:
    """The values where a condition holds, else None."""
    kept = np.full(len(values), None, dtype=object)
    kept[condition] = values[condition]
    return kept


def _test(result: ProportionComparison, tested: BoolArray) -> Columns:
    """Estimates, limits and p; nothing where nothing can be compared."""
    columns: Columns = {
        name: np.where(tested, getattr(result, name), np.nan) for name in (*EFFECT, "p_value")
    }
    return columns | {
        "method": _where(tested, result.method),
        "method_reason": _where(tested, result.reason),
    }


def _lift_reasons(result: ProportionComparison, tested: BoolArray, what: str) -> list[Reason]:
    finite = np.isfinite(result.relative_lift)
    bounded = np.isfinite(result.relative_lift_low) & np.isfinite(result.relative_lift_high)
    return [
        (tested & ~finite, f"no relative lift {what} is 0"),
        (tested & finite & ~bounded, f"no bound of the relative lift {what} may be 0"),
    ]


def _corrected(found: pd.DataFrame, prefix: str) -> pd.DataFrame:
    """Family and adjusted p of the rows in which the question is asked."""
    rows = found[found[f"{prefix}is_causal"].notna()]
    tests = pd.DataFrame(
        {
            "test_id": rows["variant_id"],
            "p_value": rows[f"{prefix}p_value"],
            "family": rows["experiment_id"]
            + ": patterns of "
            + rows["pattern_set_id"]
            + ", "
            + FAMILIES[prefix],
            "is_confirmatory": False,
            "correction": rows["set_correction"],
            "alpha": rows["set_alpha"],
        }
    )
    corrected = corrections.build(tests).to_pandas()[[field.name for field in CORRECTED]]
    corrected = corrected.astype({"tests_in_family": "Int64", "is_significant": "boolean"})
    return corrected.set_axis(rows.index).add_prefix(prefix)
