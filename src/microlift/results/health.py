"""`results_health`: is the experiment itself sound?"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.tables import arrow, codes, numbers, pad, places
from microlift.stats.health import contamination_by_arm, sample_ratio
from microlift.stats.omnibus import OmnibusTest, omnibus_proportions
from microlift.stats.sequential_ratio import sequential_sample_ratio

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

EXPERIMENT = ["experiment_id"]
Rows = Iterator[dict[str, object]]


def build(
    units: pd.DataFrame,
    looks: pd.DataFrame,
    allocations: pd.DataFrame,
    experiments: pd.DataFrame,
    stability: pd.DataFrame,
    sample_ratio_alpha: float = 0.0005,
    max_contamination_rate: float = 0.01,
) -> pa.Table:
    """A row an experiment and check.

    `units` is `int_variant_units`, `looks` is `int_exposure_looks`, `allocations` is `int_allocations`,
    `experiments` is `dim_experiments`, `stability` is `calc_stability`. Of units: `exposures`, `sample_ratio`,
    `sample_ratio_over_looks`, `contamination`, `contamination_by_arm`, `exposure_duplicates`. Of effects, which
    warn only: `novelty`, `day_of_week`, `calendar`.
    `status` is 'pass', 'warn', 'fail' (the experiment cannot be trusted) or 'unknown' (the door cannot tell).
    An experiment without units has the first check only. `observed` is the number of units, χ² (NULL where it
    is infinite: units in a variant of weight 0), or a rate. Raises ValueError for counts that are not whole,
    or weights below 0.
    """
    whole = units[units["segment_dimension"] == "all"]
    rows = [
        *_exposures(whole, experiments),
        *_sample_ratio(whole, allocations, sample_ratio_alpha),
        *_over_looks(looks, allocations, sample_ratio_alpha),
        *_contamination(whole, sample_ratio_alpha, max_contamination_rate),
        *_duplicates(whole, sample_ratio_alpha),
        *_effects(stability),
    ]
    frame = pd.DataFrame(rows, columns=[field.name for field in SCHEMA])
    return arrow(frame.sort_values(["experiment_id", "check_name"], kind="stable"), SCHEMA)


def _row(experiment: str, check: str, status: str, detail: str, **values: object) -> dict[str, object]:
    return {"experiment_id": experiment, "check_name": check, "status": status, "detail": detail, **values}


def _exposures(units: pd.DataFrame, experiments: pd.DataFrame) -> Rows:
    seen = units[units["units"] > 0].groupby("experiment_id")
    units_of, variants_of = seen["units"].sum().to_dict(), seen["variant_id"].nunique().to_dict()
    for experiment, declared in zip(experiments["experiment_id"], experiments["variants"], strict=True):
        total, exposed = int(units_of.get(experiment, 0)), int(variants_of.get(experiment, 0))
        status = "fail"
        if declared < 2:
            detail = f"{declared} variant(s) declared: nothing to compare; add one to the variants"
        elif total == 0:
            detail = "no unit was exposed: check the exposure rules and the dates"
        elif exposed < declared:
            detail = f"only {exposed} of {declared} variants were seen by any unit"
        else:
            status, detail = "pass", f"{total:,} units in {exposed} variants"
        yield _row(experiment, "exposures", status, detail, observed=float(total))


def _sample_ratio(units: pd.DataFrame, allocations: pd.DataFrame, alpha: float) -> Rows:
    keys = ["experiment_id", "variant_id", "allocation_epoch"]
    # Outer: units in a variant that has no weight in their epoch are the worst mismatch there is.
    both = allocations[[*keys, "weight"]].merge(units[[*keys, "units"]], on=keys, how="outer")
    both = both[both["experiment_id"].isin(units["experiment_id"])].sort_values(keys, kind="stable")
    if both.empty:
        return
    counts, weights = numbers(both["units"]), numbers(both["weight"])
    cell, cells = codes(both, EXPERIMENT)
    index = (cell, places(both, EXPERIMENT, ["allocation_epoch"]), places(both, EXPERIMENT, ["variant_id"]))
    result = sample_ratio(pad(index, counts), pad(index, weights))
    epoch, _ = codes(both, ["experiment_id", "allocation_epoch"])
    expected = np.bincount(epoch, weights=counts)[epoch] * weights
    words = [
        f"{variant} {seen:,.0f} of {share:,.0f} expected"
        for variant, seen, share in zip(both["variant_id"], counts, expected, strict=True)
    ]
    detail = _lines(both, words)
    for experiment, chi, p, method, sparse in zip(
        cells["experiment_id"], result.statistic, result.p_value, result.method, result.sparse, strict=True
    ):
        remark = " (p is rough: fewer than 5 expected of a variant)" if sparse else ""
        status = "fail" if p < alpha else "pass"
        yield _row(experiment, "sample_ratio", status, detail[experiment] + remark,
                   observed=chi, threshold=alpha, p_value=p, method=method)  # fmt: skip


def _lines(frame: pd.DataFrame, words: list[str]) -> dict[str, str]:
    """The words of each experiment's rows in one line: epochs apart, in order."""
    epochs = frame.assign(_words=words).groupby(["experiment_id", "allocation_epoch"])["_words"]
    lines = epochs.agg(", ".join).groupby("experiment_id").agg("; ".join)
    return {str(experiment): line for experiment, line in lines.items()}


def _contamination(units: pd.DataFrame, alpha: float, limit: float) -> Rows:
    blind = units.loc[units["contaminated_units"].isna(), "experiment_id"].unique()
    for experiment in blind:
        for name in ("contamination", "contamination_by_arm"):
            yield _row(experiment, name, "unknown", "totals cannot tell which units saw two variants")
    seen = units[~units["experiment_id"].isin(blind) & (units["units"] > 0)]
    if seen.empty:
        return
    arms = seen.groupby(["experiment_id", "variant_id"], as_index=False)[
        ["units", "contaminated_units"]
    ].sum()
    cell, cells = codes(arms, EXPERIMENT)
    index = (cell, places(arms, EXPERIMENT, ["variant_id"]))
    found = contamination_by_arm(
        *(pad(index, numbers(arms[name])) for name in ("contaminated_units", "units"))
    )
    words = [f"{v} {rate:.2%}" for v, rate in zip(arms["variant_id"], found.rate_by_arm[index], strict=True)]
    detail = _lines(arms.assign(allocation_epoch=1), words)
    # Who came in a later epoch had less time to see another variant.
    test = _within_epochs(seen, "contaminated_units")
    for experiment, rate, chi, p, sparse in zip(
        cells["experiment_id"], found.rate, test.statistic, test.p_value, test.sparse, strict=True
    ):
        yield _row(
            experiment,
            "contamination",
            "warn" if rate > limit else "pass",
            f"{rate:.2%} of units saw more than one variant",
            observed=rate,
            threshold=limit,
        )
        remark = " (p is rough: an expected count is below 5)" if sparse else ""
        yield _row(experiment, "contamination_by_arm", "warn" if p < alpha else "pass",
                   f"by first variant: {detail[experiment]}{remark}",
                   observed=chi, p_value=p, threshold=alpha, method="chi_squared")  # fmt: skip


def _within_epochs(units: pd.DataFrame, part: str) -> OmnibusTest:
    """Equal rates of `part` among the units of all variants, by experiment, compared within epochs."""
    index = (
        codes(units, EXPERIMENT)[0],
        *(places(units, EXPERIMENT, [name]) for name in ("allocation_epoch", "variant_id")),
    )
    return omnibus_proportions(*(pad(index, numbers(units[name])) for name in (part, "units")))


def _over_looks(looks: pd.DataFrame, allocations: pd.DataFrame, alpha: float) -> Rows:
    """The sample ratio by a test that may be read at every look."""
    keys = ["experiment_id", "allocation_epoch", "variant_id"]
    for experiment, seen in looks.groupby("experiment_id"):
        weights = allocations[allocations["experiment_id"] == experiment][[*keys, "weight"]]
        both = seen.merge(weights, on=keys, how="outer").sort_values([*keys, "look_at"], kind="stable")
        both = both.assign(look_at=both["look_at"].fillna(seen["look_at"].min()))
        look, epoch, variant = (
            places(both, EXPERIMENT, [name]) for name in ("look_at", "allocation_epoch", "variant_id")
        )
        zero = np.zeros_like(look)
        counts = pad((zero, look, epoch, variant), numbers(both["units"]))
        shares = np.zeros((1, *counts.shape[2:]))
        shares[zero, epoch, variant] = numbers(both["weight"])
        found = sequential_sample_ratio(counts, shares)
        p = float(found.p_value[0, -1])
        moments = np.sort(both["look_at"].unique())
        low = np.flatnonzero(found.p_value[0] < alpha)
        when = (
            f", first below it at look {low[0] + 1} ({pd.Timestamp(moments[low[0]]):%Y-%m-%d %H:%M})"
            if low.size
            else ""
        )
        yield _row(
            str(experiment), "sample_ratio_over_looks", "fail" if p < alpha else "pass",
            f"least p of {len(moments)} looks, which holds however often it is read{when}",
            observed=float(found.log_evidence[0, -1]), threshold=alpha, p_value=p, method="dirichlet_multinomial",
        )  # fmt: skip


def _duplicates(units: pd.DataFrame, alpha: float) -> Rows:
    """Whether one variant is exposed again more often: a loop, a reload, or a tracker that fires twice."""
    known = units[units["repeated_units"].notna() & (units["units"] > 0)]
    blind = units.loc[units["repeated_units"].isna(), "experiment_id"].unique()
    for experiment in blind:
        yield _row(experiment, "exposure_duplicates", "unknown", "totals cannot tell who was exposed twice")
    arms = (
        known[~known["experiment_id"].isin(blind)]
        .groupby(["experiment_id", "variant_id"], as_index=False)[["units", "repeated_units"]]
        .sum()
    )
    if arms.empty:
        return
    cell, cells = codes(arms, EXPERIMENT)
    index = (cell, places(arms, EXPERIMENT, ["variant_id"]))
    found = contamination_by_arm(*(pad(index, numbers(arms[name])) for name in ("repeated_units", "units")))
    # Who came in a later epoch had less time to be exposed again.
    test = _within_epochs(known[known["experiment_id"].isin(cells["experiment_id"])], "repeated_units")
    words = [f"{v} {rate:.2%}" for v, rate in zip(arms["variant_id"], found.rate_by_arm[index], strict=True)]
    detail = _lines(arms.assign(allocation_epoch=1), words)
    for experiment, rate, p in zip(cells["experiment_id"], found.rate, test.p_value, strict=True):
        yield _row(experiment, "exposure_duplicates", "warn" if p < alpha else "pass",
                   f"{rate:.2%} of units were exposed again; by variant: {detail[experiment]}",
                   observed=rate, p_value=p, threshold=alpha, method="chi_squared")  # fmt: skip


CHECKS = {
    "exposure_day": "novelty",
    "day_since_exposure": "novelty",
    "day_of_week": "day_of_week",
    "calendar": "calendar",
}
HOLDS = {
    "novelty": "no effect was seen to change with time",
    "day_of_week": "no effect was seen to depend on the day of the week",
    "calendar": "no effect was seen to depend on events of the calendar",
}


def _effects(stability: pd.DataFrame) -> Rows:
    """What `results_stability` warns of, in a row an experiment and kind of change."""
    named = stability.assign(_check=stability["check_name"].map(CHECKS))
    for (experiment, check), rows in named.groupby(["experiment_id", "_check"]):
        p = numbers(rows["change_p_adjusted"], missing=np.nan)
        changed = rows[rows["status"] == "warn"]
        words = changed["metric_id"] + " (" + changed["variant_id"] + ", " + changed["check_name"] + ")"
        status = "warn" if len(changed) else ("pass" if np.isfinite(p).any() else "unknown")
        detail = (
            f"the effect changes: {', '.join(sorted(set(words)))}; see results_stability"
            if len(changed)
            else HOLDS[str(check)]
        )
        yield _row(
            str(experiment), str(check), status, detail if status != "unknown" else "too few units to tell",
            p_value=np.nanmin(p) if np.isfinite(p).any() else np.nan, method="least_adjusted_p",
        )  # fmt: skip
