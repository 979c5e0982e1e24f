"""Results beyond the plain mean: CUPED, caps, quantiles, and the analyses that stand beside them."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from result_inputs import Row, assert_sound, counted, divided, experiments, measured, metrics, one, strata
from scipy import stats

from microlift.results import comparisons, intervals, sensitivity
from microlift.results.effects import Settings
from microlift.results.histograms import Resampling
from microlift.results.moments import STATISTICS

ODDS = ("odds_ratio", "odds_ratio_low", "odds_ratio_high")
SETTINGS = Settings(0.95, 10.0, 1.0, 1.0)
FEW = Resampling(2000)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


BEFORE = {name: rng(place).exponential(1, 80) for place, name in enumerate("ab")}
AFTER = {name: 2 * BEFORE[name] + rng(5 + place).exponential(1, 80) for place, name in enumerate("ab")}


def with_covariate(variant: str, y: NDArray[np.float64], x: NDArray[np.float64], **keys: Any) -> Row:
    off = x - x.mean()
    return measured(
        variant, y, covariate_sum=x.sum(), covariate_centred_sum_squares=(off**2).sum(),
        covariate_cross_products=(off * (y - y.mean())).sum(), **keys,
    )  # fmt: skip


def declared(**options: float) -> pd.DataFrame:
    """`dim_metrics` of m with these options."""
    return metrics().assign(
        **{"winsorize_at": np.nan, "covariate_seconds": np.nan, "quantile": np.nan} | options
    )


def values(variant: str, data: Iterable[float], kind: str = "quantile", **keys: Any) -> list[Row]:
    """Rows of `int_tested_histogram`."""
    found, units = np.unique(list(data), return_counts=True)
    cell = {"experiment_id": "e", "segment_dimension": "all", "segment": "all", "metric_id": "m", "kind": kind,
            "variant_id": variant, "allocation_epoch": 1, "centred_sum_squares": 0.0} | keys  # fmt: skip
    return [cell | {"value": float(v), "units": int(n)} for v, n in zip(found, units, strict=True)]


NOTHING = strata(measured("a", [1.0, 2.0])).iloc[:0]


def test_cuped_is_the_row_and_says_what_it_gained() -> None:
    data = strata(*(with_covariate(name, AFTER[name], BEFORE[name]) for name in "ab"))
    table = comparisons.build(data, experiments(), declared(covariate_seconds=604800.0))
    row = one(table)
    assert_sound(table, without=ODDS)
    assert row["method"] == "cuped"
    assert 0.5 < row["variance_reduction"] < 1
    assert "adjusted by the covariate" in row["note"]
    plain = one(comparisons.build(data[[c for c in data if "covariate" not in c]], experiments(), declared()))
    assert row["estimate"] == plain["estimate"]
    assert plain["method"] == "welch"
    assert plain["variance_reduction"] == 0
    width, plain_width = (each["difference_high"] - each["difference_low"] for each in (row, plain))
    assert width / plain_width == pytest.approx(np.sqrt(1 - row["variance_reduction"]), rel=0.01)
    # Cohen's d is of the spread of units, not of what the covariate leaves of it.
    assert row["effect_size"] / plain["effect_size"] == pytest.approx(
        row["difference"] / plain["difference"], rel=1e-6
    )


def test_a_covariate_that_is_not_there_is_said() -> None:
    data = strata(*(measured(name, AFTER[name]) for name in "ab"))
    row = one(comparisons.build(data, experiments(), declared(covariate_seconds=604800.0)))
    assert row["method"] == "welch"
    assert row["method_reason"].endswith("whose covariate is missing or has no spread")


def test_a_cap_is_named() -> None:
    data = strata(*(with_covariate(name, AFTER[name], BEFORE[name]) for name in "ab"))
    row = one(comparisons.build(data, experiments(), declared(covariate_seconds=1.0, winsorize_at=0.99)))
    assert row["method"] == "cuped_of_winsorised_mean"
    assert "capped at the 0.99 quantile of all arms" in row["method_reason"]


def test_a_quantile_is_compared_by_its_histogram() -> None:
    t, c = np.round(rng(1).lognormal(1.0, 1, 400), 1), np.round(rng(2).lognormal(0.6, 1, 300), 1)
    histogram = pd.DataFrame(values("a", c) + values("b", t))
    table = comparisons.build(NOTHING, experiments(), declared(quantile=0.5), histogram=histogram)
    row = one(table)
    assert_sound(table, without=ODDS)
    medians = [np.quantile(each, 0.5, method="inverted_cdf") for each in (t, c)]
    assert (row["estimate"], row["baseline_estimate"]) == tuple(medians)
    assert row["difference"] == pytest.approx(medians[0] - medians[1])
    assert (row["units"], row["baseline_units"]) == (400, 300)
    assert row["method"] == "bootstrap_of_quantile"
    assert row["p_value"] < 0.01
    assert row["difference_low"] > 0
    assert row["relative_lift_low"] > 0
    assert row["probability_better"] > 0.99
    lower = one(comparisons.build(
        NOTHING, experiments(), declared(quantile=0.5).assign(better="lower"), histogram=histogram
    ))  # fmt: skip
    assert lower["probability_better"] == pytest.approx(1 - row["probability_better"])
    assert lower["p_value"] == row["p_value"]


def test_a_comparison_draws_the_same_whatever_stands_beside_it() -> None:
    mine = values("a", [1, 2, 3, 4, 9]) + values("b", [2, 3, 5, 7, 8])
    others = [row | {"experiment_id": "d"} for row in values("a", [1, 5, 6]) + values("b", [1, 2, 9])]
    alone, beside = (
        one(
            comparisons.build(
                NOTHING, experiments(names=("d", "e")), declared(quantile=0.9), histogram=pd.DataFrame(rows)
            ),
            experiment_id="e",
        )
        for rows in (mine, list(reversed(others + mine)))
    )
    assert alone == beside


def test_degenerate_quantiles_have_a_reason() -> None:
    histogram = pd.DataFrame(values("a", [2.0]) + values("b", [1.0, 3.0]) + values("c", []))
    table = comparisons.build(NOTHING, experiments(variants=3), declared(quantile=0.5), histogram=histogram)
    assert_sound(table, without=ODDS)
    assert "fewer than two units" in one(table, variant_id="b")["note"]


def test_quantiles_have_exact_intervals_of_their_own() -> None:
    histogram = pd.DataFrame(values("a", range(1, 21)) + values("b", [1, 2, 3]))
    aggregates = strata(measured("a", range(1, 21), "quantile"), measured("b", [1, 2, 3], "quantile")).assign(
        basis="at_exposure"
    )
    table = intervals.build(aggregates, histogram=histogram, metrics=declared(quantile=0.5))
    first, second = one(table, variant_id="a"), one(table, variant_id="b")
    assert (first["estimate"], first["interval_low"], first["interval_high"]) == (10, 6, 15)
    assert first["method"] == "order_statistics"
    assert second["interval_low"] is None
    assert second["note"] == "a limit is missing: too few units lie beyond the quantile"


def test_every_analysis_has_its_row() -> None:
    t, c = rng(3).exponential(2, 200), rng(4).exponential(1.5, 150)
    cap = float(np.quantile(np.r_[t, c], 0.9, method="inverted_cdf"))
    capped = {"a": np.minimum(c, cap), "b": np.minimum(t, cap)}
    main = strata(
        *(with_covariate(name, y, y + rng(6).normal(0, 1, len(y))) for name, y in capped.items()),
        counted("a", 20, 150, metric_id="m2"),
        counted("b", 40, 200, metric_id="m2"),
    )
    others = strata(
        measured("a", c, analysis="without_winsorising"), measured("b", t, analysis="without_winsorising"),
        measured("a", capped["a"][1:], analysis="without_contaminated_units"),
        measured("b", capped["b"][:-2], analysis="without_contaminated_units"),
        counted("a", 19, 149, metric_id="m2", analysis="without_contaminated_units"),
        counted("b", 40, 198, metric_id="m2", analysis="without_contaminated_units"),
    )  # fmt: skip
    histogram = pd.DataFrame([row for name, y in capped.items() for row in values(name, y, "sum")])
    options = pd.concat(
        [declared(winsorize_at=0.9, covariate_seconds=60.0), declared().assign(metric_id="m2")]
    )
    table = sensitivity.build(main, others, histogram, experiments(), options, SETTINGS, FEW)
    assert_sound(table)
    assert [row["analysis"] for row in table.to_pylist() if row["metric_id"] == "m"] == list(
        sensitivity.ANALYSES
    )
    assert [row["analysis"] for row in table.to_pylist() if row["metric_id"] == "m2"] == [
        "main",
        "without_contaminated_units",
    ]
    rows = {row["analysis"]: row for row in table.to_pylist() if row["metric_id"] == "m"}
    assert rows["main"]["method"] == "cuped_of_winsorised_mean"
    assert rows["without_cuped"]["method"] == "welch_of_winsorised_mean"
    assert rows["without_winsorising"]["difference"] == pytest.approx(t.mean() - c.mean())
    assert rows["without_contaminated_units"]["units"] == 198
    welch = stats.ttest_ind(capped["b"], capped["a"], equal_var=False)
    assert rows["without_cuped"]["p_value"] == pytest.approx(welch.pvalue)
    for analysis in ("bootstrap_percentile", "bootstrap_bca"):
        assert rows[analysis]["difference"] == pytest.approx(rows["without_cuped"]["difference"])
        for end in ("low", "high"):
            assert rows[analysis][f"difference_{end}"] == pytest.approx(
                rows["without_cuped"][f"difference_{end}"], abs=0.06
            )


def test_ratios_and_conversions_have_no_bootstrap() -> None:
    data = strata(divided("a", [1, 2, 3], [1, 1, 2]), divided("b", [2, 2, 5], [1, 1, 3]))
    none = data.assign(analysis="").iloc[:0]
    histogram = pd.DataFrame(values("a", [1.0], "sum")).iloc[:0]
    table = sensitivity.build(data, none, histogram, experiments(), declared(), SETTINGS)
    assert table["analysis"].to_pylist() == ["main"]
    assert set(STATISTICS) & set(sensitivity.SCHEMA.names) == {"units"}
