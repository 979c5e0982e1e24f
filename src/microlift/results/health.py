"""`results_health`: is the experiment itself sound?"""

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.tables import arrow, codes, pad
from microlift.stats.health import contamination_by_arm, sample_ratio

SCHEMA = pa.schema(
    [
        ("experiment_id", pa.string()),
        ("check_name", pa.string()),
        ("status", pa.string()),
        ("observed", pa.float64()),
        ("threshold", pa.float64()),
        ("p_value", pa.float64()),
        ("method", pa.string()),
        ("detail", pa.string()),
    ]
)


def build(
    units: pd.DataFrame,
    allocations: pd.DataFrame,
    experiments: pd.DataFrame,
    sample_ratio_alpha: float = 0.0005,
    max_contamination_rate: float = 0.01,
) -> pa.Table:
    """A row an experiment and check: `exposures`, `sample_ratio`, `contamination`, `contamination_by_arm`.

    `units` is `int_variant_units`, `allocations` is `int_allocations`, `experiments` is `dim_experiments`.
    `status` is 'pass', 'warn', 'fail' (the experiment cannot be trusted) or 'unknown' (the door cannot tell).
    """
    whole = units[units["segment_dimension"] == "all"]
    rows = [
        *_exposures(whole, experiments),
        *_sample_ratio(whole, allocations, sample_ratio_alpha),
        *_contamination(whole, sample_ratio_alpha, max_contamination_rate),
    ]
    frame = pd.DataFrame(rows, columns=[field.name for field in SCHEMA])
    return arrow(frame.sort_values(["experiment_id", "check_name"], kind="stable"), SCHEMA)


def _row(experiment: str, check: str, status: str, detail: str, **values: object) -> dict[str, object]:
    empty = {"observed": np.nan, "threshold": np.nan, "p_value": np.nan, "method": None}
    return (
        {"experiment_id": experiment, "check_name": check, "status": status, "detail": detail}
        | empty
        | values
    )


def _exposures(units: pd.DataFrame, experiments: pd.DataFrame) -> list[dict[str, object]]:
    seen = units.groupby("experiment_id").agg(units=("units", "sum"), variants=("variant_id", "nunique"))
    rows = []
    for each in experiments.itertuples():
        total = int(seen["units"].get(each.experiment_id, 0))
        exposed = int(seen["variants"].get(each.experiment_id, 0))
        if each.variants < 2:
            status, detail = (
                "fail",
                f"{each.variants} variant(s) declared: nothing to compare; add one to the variants",
            )
        elif total == 0:
            status, detail = "fail", "no unit was exposed: check the exposure rules and the dates"
        elif exposed < each.variants:
            status, detail = "fail", f"only {exposed} of {each.variants} variants were seen by any unit"
        else:
            status, detail = "pass", f"{total:,} units in {exposed} variants"
        rows.append(_row(each.experiment_id, "exposures", status, detail, observed=float(total)))
    return rows


def _sample_ratio(units: pd.DataFrame, allocations: pd.DataFrame, alpha: float) -> list[dict[str, object]]:
    keys = ["experiment_id", "variant_id", "allocation_epoch"]
    expected = allocations[[*keys, "weight"]].merge(units[[*keys, "units"]], on=keys, how="left")
    expected = expected[expected["experiment_id"].isin(units["experiment_id"])]
    if expected.empty:
        return []
    cell, cells = codes(expected, ["experiment_id"])
    epoch = (expected["allocation_epoch"] - 1).to_numpy(dtype=np.int64)
    ranked = (
        expected[["experiment_id", "variant_id"]]
        .drop_duplicates()
        .sort_values(["experiment_id", "variant_id"])
    )
    ranked["_arm"] = ranked.groupby("experiment_id").cumcount()
    arm = expected.merge(ranked, on=["experiment_id", "variant_id"], how="left")["_arm"].to_numpy(
        dtype=np.int64
    )
    shape = (len(cells), int(epoch.max()) + 1, int(arm.max()) + 1)
    observed, weights = np.zeros(shape), np.zeros(shape)
    observed[cell, epoch, arm] = expected["units"].fillna(0).to_numpy(dtype=float)
    weights[cell, epoch, arm] = expected["weight"].to_numpy(dtype=float)
    result = sample_ratio(observed, weights)
    words = _words(
        expected,
        [
            f"{variant} {0 if np.isnan(units) else units:,.0f} of {share:,.0f} expected"
            for variant, units, share in zip(
                expected["variant_id"], expected["units"], _expected_units(expected), strict=True
            )
        ],
    )
    return [
        _row(experiment, "sample_ratio", "fail" if p < alpha else "pass", detail,
             observed=chi, threshold=alpha, p_value=p, method=method)
        for experiment, detail, chi, p, method in zip(
            cells["experiment_id"], words, result.statistic, result.p_value, result.method, strict=True
        )
    ]  # fmt: skip


def _expected_units(expected: pd.DataFrame) -> pd.Series:
    epoch_units = expected.groupby(["experiment_id", "allocation_epoch"])["units"].transform("sum")
    return epoch_units * expected["weight"]


def _words(frame: pd.DataFrame, words: list[str]) -> list[str]:
    """The words of an experiment's rows in one line, epochs apart, in the order of `experiment_id`."""
    ordered = frame.assign(_words=words, allocation_epoch=frame.get("allocation_epoch", 1))
    ordered = ordered.sort_values(["experiment_id", "allocation_epoch", "variant_id"], kind="stable")
    epochs = ordered.groupby(["experiment_id", "allocation_epoch"])["_words"].agg(", ".join)
    return epochs.groupby("experiment_id").agg("; ".join).tolist()


def _contamination(units: pd.DataFrame, alpha: float, limit: float) -> list[dict[str, object]]:
    arms = units.groupby(["experiment_id", "variant_id"], as_index=False)[
        ["units", "contaminated_units"]
    ].sum(min_count=1)
    blind = arms.loc[arms["contaminated_units"].isna(), "experiment_id"].unique()
    unknown = [
        _row(str(experiment), name, "unknown", "totals cannot tell which units saw two variants")
        for experiment in blind
        for name in ("contamination", "contamination_by_arm")
    ]
    arms = arms[~arms["experiment_id"].isin(blind)]
    if arms.empty:
        return unknown
    cell, cells = codes(arms, ["experiment_id"])
    arm = arms.groupby("experiment_id").cumcount().to_numpy()
    shape = (len(cells), int(arm.max()) + 1)
    seen = contamination_by_arm(
        *(pad(cell, arm, arms[name].to_numpy(dtype=float), shape) for name in ("contaminated_units", "units"))
    )
    rates = [f"{v} {r:.2%}" for v, r in zip(arms["variant_id"], seen.rate_by_arm[cell, arm], strict=True)]
    known = []
    for experiment, words, rate, p in zip(
        cells["experiment_id"], _words(arms, rates), seen.rate, seen.test.p_value, strict=True
    ):
        known += [
            _row(experiment, "contamination", "warn" if rate > limit else "pass",
                 f"{rate:.2%} of units saw more than one variant", observed=rate, threshold=limit),
            _row(experiment, "contamination_by_arm", "warn" if p < alpha else "pass",
                 f"by first variant: {words}", p_value=p, threshold=alpha, method="chi_squared"),
        ]  # fmt: skip
    return unknown + known
