"""`results_experiment_interactions`: does the effect of one experiment depend on the variant of another?"""

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import stats

from microlift.results import interactions
from microlift.results.tables import arrow

PAIR = ["experiment_id", "other_experiment_id"]

RENAMED = {
    "segment_dimension": "other_experiment_id",
    "segment": "other_variant_id",
    "baseline_segment": "baseline_other_variant_id",
    "segments": "other_variants",
}

SCHEMA = pa.schema(
    [
        *(pa.field(RENAMED.get(field.name, field.name), field.type) for field in interactions.SCHEMA),
        ("shared_units", pa.int64()),
        ("other_first_share", pa.float64()),
        ("assignment_p_value", pa.float64()),
    ]
)

DEPENDENT = (
    "the two assignments are not independent (see assignment_p_value): one experiment decides who enters the "
    "other, or both are drawn by one hash"
)


def build(
    strata: pd.DataFrame, units: pd.DataFrame, experiments: pd.DataFrame, confidence: float = 0.95,
    assignment_alpha: float = 0.0005,
) -> pa.Table:  # fmt: skip
    """Test variant × other variant for every pair of experiments on the same units (`SCHEMA`).

    `strata` is `int_experiment_pair_strata`, `units` is `int_experiment_pair_units`, `experiments` is
    `dim_experiments`. The tests and rows are those of `results_interactions`, the other experiment's variants
    in the place of segments, its control first. `assignment_p_value` is Pearson's χ² of independence of the
    two assignments among the shared units; below `assignment_alpha` a note warns. Raises ValueError for
    impossible statistics or a confidence outside (0, 1).
    """
    if strata.empty:
        return SCHEMA.empty_table()
    controls = experiments[["experiment_id", "control_variant_id"]]
    sizes = units.groupby([*PAIR, "other_variant_id"], as_index=False)["units"].sum()
    sizes = sizes.merge(
        controls.set_axis(["other_experiment_id", "_control"], axis=1), on="other_experiment_id", how="left"
    )
    # The first segment is the reference: the largest by rule, here the control.
    sizes["units"] = sizes["units"] + np.where(
        sizes["other_variant_id"] == sizes["_control"], sizes["units"].sum(), 0
    )
    back = {new: old for old, new in RENAMED.items()}
    table = interactions.build(
        strata.rename(columns=back),
        sizes.rename(columns=back).assign(basis="at_exposure", is_large_enough=True),
        experiments,
        confidence,
    )
    rows = table.to_pandas().rename(columns=RENAMED).merge(_pairs(units), on=PAIR, how="left")
    dependent = (rows["assignment_p_value"] < assignment_alpha) & (rows["term"] == "interaction")
    note = rows["note"].fillna("").where(~dependent, rows["note"].fillna("") + "; " + DEPENDENT)
    return arrow(rows.assign(note=note.where(note != "", None)), SCHEMA)


def _pairs(units: pd.DataFrame) -> pd.DataFrame:
    """What is known of each pair of experiments."""
    rows = []
    for pair, cells in units.groupby(PAIR):
        counts = cells.pivot_table("units", "variant_id", "other_variant_id", aggfunc="sum", fill_value=0)
        table = counts.to_numpy(dtype=float)
        independent = (
            stats.chi2_contingency(table, correction=False).pvalue if min(table.shape) > 1 else np.nan
        )
        shared = cells["units"].sum()
        rows.append((*pair, shared, cells["other_first_units"].sum() / shared, independent))
    return pd.DataFrame(rows, columns=[*PAIR, "shared_units", "other_first_share", "assignment_p_value"])
