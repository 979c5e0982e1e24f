"""`results_replication`: what one half of the units shows, retested on the other."""

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results import comparisons
from microlift.results.tables import CELL, CELL_FIELDS, Columns, arrow, notes, where_told
from microlift.stats.checks import FloatArray, check_confidence
from microlift.stats.multiplicity import adjust

HALVES = ("exploration", "confirmation")
TOLD = ("units", "baseline_units", "difference", "difference_low", "difference_high", "relative_lift")
SCHEMA = pa.schema(
    [
        *CELL_FIELDS,
        ("kind", pa.string()),
        ("variant_id", pa.string()),
        ("baseline_variant_id", pa.string()),
        *(
            (f"{half}_{name}", pa.int64() if name.endswith("units") else pa.float64())
            for half in HALVES
            for name in (*TOLD, "p_value", "p_adjusted")
        ),
        ("is_selected", pa.bool_()),
        ("is_replicated", pa.bool_()),
        ("agreement", pa.string()),
        ("correction", pa.string()),
        ("alpha", pa.float64()),
        ("method", pa.string()),
        ("method_reason", pa.string()),
        ("note", pa.string()),
    ]
)
ROW = [*CELL, "variant_id", "baseline_variant_id"]


def build(
    strata: pd.DataFrame,
    experiments: pd.DataFrame,
    metrics: pd.DataFrame,
    confidence: float = 0.95,
    exact_below: float = 10.0,
    correction: str = "benjamini_hochberg",
) -> pa.Table:
    """Explore every comparison on one half of the units, and retest on the other half what it finds (`SCHEMA`).

    `strata` is `int_replication_strata` (rows of `int_variant_strata` with their `half`). The exploration corrects all
    comparisons of an experiment together by `correction`; those with p below 1 − confidence are selected. The
    confirmation tests these alone, one-sided in the direction found, corrected by Holm within the experiment, since its
    units had no part in the selection. A row for each comparison, found or not.

    Raises ValueError as `comparisons.build` does, or for an unknown correction.
    """
    alpha = 1 - check_confidence(confidence)
    halves = [
        comparisons.build(strata[strata["half"] == half], experiments, metrics, confidence, exact_below)
        .to_pandas()
        .pipe(lambda frame: frame.set_index(ROW))
        for half in HALVES
    ]
    explored, confirmed = halves[0], halves[1].reindex(halves[0].index)
    if explored.empty:
        return SCHEMA.empty_table()
    family = explored.index.get_level_values("experiment_id").to_numpy()
    p = explored["p_value"].to_numpy(float)
    p_adjusted = adjust(p, family, correction)
    with np.errstate(invalid="ignore"):
        selected = p_adjusted < alpha
    found, again = (half["difference"].to_numpy(float, na_value=np.nan) for half in (explored, confirmed))
    same = np.sign(found) == np.sign(again)
    retest = _one_sided(confirmed["p_value"].to_numpy(float, na_value=np.nan), same & (again != 0))
    retest = np.where(selected, retest, np.nan)
    retest_adjusted = adjust(retest, family, "holm")
    with np.errstate(invalid="ignore"):
        replicated = retest_adjusted < alpha
    testable = np.isfinite(retest)
    columns: Columns = {
        f"{half}_{name}": frame[name].to_numpy(float, na_value=np.nan)
        for half, frame in zip(HALVES, (explored, confirmed), strict=True)
        for name in TOLD
    }
    agreement = np.select(
        [~selected, ~testable, replicated, same],
        ["nothing found", "cannot be retested", "replicated", "same direction only"],
        "opposite direction",
    )
    return arrow(
        explored.reset_index()[[*ROW, "kind"]].assign(
            **columns,
            exploration_p_value=p,
            exploration_p_adjusted=p_adjusted,
            confirmation_p_value=retest,
            confirmation_p_adjusted=retest_adjusted,
            is_selected=selected,
            is_replicated=where_told(replicated, selected & testable),
            agreement=agreement,
            correction=correction,
            alpha=alpha,
            method=explored["method"].to_numpy(),
            method_reason=explored["method_reason"].to_numpy(),
            note=notes(
                (np.isnan(p), "not explored: no test in the exploration half"),
                (~np.isnan(p) & ~selected, "not retested: the exploration found nothing here"),
                (selected & ~testable, "not retested: no test in the confirmation half"),
            ),
        ),
        SCHEMA,
    )


def _one_sided(p: FloatArray, in_direction: FloatArray) -> FloatArray:
    """One-sided p of a two-sided one whose tails weigh alike."""
    return np.where(in_direction, p / 2, 1 - p / 2)
