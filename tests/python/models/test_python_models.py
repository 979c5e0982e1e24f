"""Every result model under python_models/, called as dbt calls it, with a dbt of paper."""

import importlib.util
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

ROOT = Path(__file__).parents[3]
MODELS = sorted(path.stem for path in (ROOT / "python_models").glob("calc_*.py"))

CELL = {"experiment_id": "e", "segment_dimension": "all", "segment": "all", "metric_id": "m"}
SUMS = {"value_sum": 9.0, "centred_sum_squares": 8.19, "denominator_sum": None,
        "denominator_centred_sum_squares": 0.0, "centred_cross_products": None}  # fmt: skip
STRATUM = CELL | {"kind": "conversion", "units": 100, "successes": 9, "allocation_epoch": 1} | SUMS
WHOLE = {name: value for name, value in STRATUM.items() if name not in ("segment_dimension", "segment")}
ARMS = [{"variant_id": "a"}, {"variant_id": "b"}]
SEGMENTS = [{"segment_dimension": "device", "segment": name} for name in ("desktop", "mobile")]
CELLS = [{}, *SEGMENTS]
HISTOGRAM = CELL | {
    "metric_id": "median",
    "kind": "quantile",
    "allocation_epoch": 1,
    "centred_sum_squares": 0.0,
}
VALUES = [{"value": 1.0, "units": 60}, {"value": 2.0, "units": 40}]
EFFECT = {"difference": 0.02, "difference_low": 0.01, "difference_high": 0.03, "relative_lift": 0.2,
          "relative_lift_low": 0.1, "relative_lift_high": 0.3}  # fmt: skip

TABLES: dict[str, list[dict[str, Any]]] = {
    "int_tested_strata": [STRATUM | cell | arm for cell in CELLS for arm in ARMS],
    "agg_variant_metrics": [STRATUM | arm | {"basis": "at_exposure", "is_large_enough": True} for arm in ARMS],
    "int_sensitivity_strata": [
        STRATUM | arm | {"analysis": "without_contaminated_units"} for arm in ARMS
    ],
    "int_tested_histogram": [HISTOGRAM | arm | value for arm in ARMS for value in VALUES],
    "int_quantile_histogram": [HISTOGRAM | arm | value for arm in ARMS for value in VALUES],
    "int_variant_units": [
        CELL | arm | {"allocation_epoch": 1, "units": 100, "contaminated_units": 1, "repeated_units": 2}
        for arm in ARMS
    ],
    "int_exposure_looks": [
        {"experiment_id": "e", "allocation_epoch": 1, "look_at": pd.Timestamp("2026-01-06"), "units": 100} | arm for arm in ARMS
    ],
    "agg_variant_metrics_by_day": [
        WHOLE | arm | {"stratification": cut, "stratum": str(place), "place": place}
        for cut in ("day_of_week", "exposure_day") for place in (1, 2, 3) for arm in ARMS
    ],
    "calc_stability": [
        {"experiment_id": "e", "metric_id": "m", "variant_id": "b", "check_name": "calendar", "change_p_adjusted": 0.001,
         "status": "warn"}
    ],
    "int_experiment_pair_strata": [
        WHOLE | arm | {"other_experiment_id": "f", "other_variant_id": other} for arm in ARMS for other in "xy"
    ],
    "int_experiment_pair_units": [
        {"experiment_id": "e", "other_experiment_id": "f", "other_variant_id": other, "units": 100, "other_first_units": 50} | arm
        for arm in ARMS for other in "xy"
    ],
    "int_funnel_strata": [STRATUM | arm for arm in ARMS],
    "int_signal_ranks": [
        {"experiment_id": "e", "metric_id": "m", "period": period, "signal": "clicks", "level": None, "converted": 2, "others": 3,
         "converted_mean": 2.0, "others_mean": 1.0, "placements": 9.0, "converted_squares": 41.0, "others_squares": 33.0}
        for period in ("pre_exposure", "in_funnel")
    ],
    "int_allocations": [{"experiment_id": "e", "allocation_epoch": 1, "weight": 0.5} | arm for arm in ARMS],
    "int_tests": [
        {"test_id": "t", "p_value": 0.03, "family": "f", "is_confirmatory": True, "correction": "holm",
         "alpha": 0.05}
    ],
    "int_progress": [
        {"experiment_id": "e", "ends_at": pd.Timestamp("2026-01-30"), "has_ended": True, "unripe_units": 0}
    ],
    "dim_experiments": [
        {"experiment_id": "e", "experiment_name": "E", "variants": 2, "control_variant_id": "a",
         "shipped_at": pd.Timestamp("2026-01-06"), "shipped_variant_id": "b"}
    ],
    "dim_metrics": [
        {"metric_id": "m", "metric_name": "M", "better": "higher", "winsorize_at": None, "covariate_seconds": None,
         "quantile": None},
        {"metric_id": "median", "metric_name": "Median", "better": "higher", "winsorize_at": None,
         "covariate_seconds": None, "quantile": 0.5},
    ],
    "dim_segments": [
        {"experiment_id": "e", "basis": "at_exposure", "units": 200, "is_large_enough": True} | segment
        for segment in SEGMENTS
    ],
    "dim_variants": [
        {"experiment_id": "e", "variant_id": name, "is_control": name == "a", "factors": f"copy={name}"}
        for name in "ab"
    ],
    "int_pattern_counts": [
        {"pattern_set_id": "s", "experiment_id": "e", "allocation_epoch": 1, "converted": "no", "items": ["x"],
         "units": 60, "units_of_set": 120} | arm for arm in ARMS
    ],
    "int_pattern_sets": [
        {"pattern_set_id": "s", "period": "pre_exposure", "metric_id": "m", "landmark_seconds": None,
         "min_support_share": 0.1, "min_units": 1, "max_length": 3, "max_gap": 3, "max_span": None,
         "max_patterns": 9, "correction": "holm", "alpha": 0.05}
    ],
    "results_health": [
        {"experiment_id": "e", "check_name": "exposures", "status": "pass", "p_value": None, "detail": "fine"}
    ],
    "results_comparisons": [
        CELL | EFFECT | {"role": "primary", "variant_id": "b", "baseline_variant_id": "a", "p_adjusted": 0.01,
                         "verdict": "better", "probability_better": 0.99, "basis": "at_exposure", "kind": "conversion",
                         "units": 100, "baseline_units": 100, "baseline_estimate": 0.1}
    ],
    "calc_comparisons": [
        CELL | EFFECT | {"variant_id": "b", "baseline_variant_id": "a", "p_value": 0.9, "kind": "conversion", "units": 100,
                         "baseline_units": 100, "baseline_estimate": 0.1, "posterior": "beta", "probability_better": 0.6}
    ],
    "int_repeats": [{"hypothesis_group": "e", "experiment_id": "e", "metric_id": "m", "variant_id": "b"}],
    "int_replication_strata": [
        STRATUM | cell | arm | {"half": half} for cell in CELLS for arm in ARMS for half in ("exploration", "confirmation")
    ],
    "int_hypotheses": [
        {"hypothesis_id": "h", "experiment_id": "e", "metric_id": "m", "segment_dimension": "all", "direction": "increase",
         "smallest_lift": 0.2, "non_inferiority_lift": None, "alpha": 0.05, "power": 0.9}
    ],
    "int_traffic": [
        {"experiment_id": "e", "segment_dimension": "all", "segment": "all", "units_a_day": 10.0} | arm for arm in ARMS
    ],
    "results_interactions": [
        {"experiment_id": "e", "segment_dimension": "device", "metric_id": "m", "term": "interaction",
         "p_adjusted": 0.5, "is_significant": False, "is_confirmatory": True}
    ],
    "int_rate_days": [
        {"rate": "e", "section": "all", "day": pd.Timestamp("2026-01-05"), "confidence": 0.9, "sessions": 9,
         "counted_sessions": 2}
    ],
    "int_adjustment_rules": [{"rule_id": "e", "holdout_share": 0.5, "metric_id": "m"}],
    "int_adjustment_arms": [
        {"rule_id": "e", "is_holdout": held, "units": 90, "ripe_units": 80, "conversions": 8, "value_sum": 8.0}
        for held in (True, False)
    ],
    "results_factorial_effects": [
        {"experiment_id": "e", "metric_id": "m", "effect": "copy", "factors": 1, "p_adjusted": 0.3,
         "is_significant": False}
    ],
    "int_look_strata": [
        {name: STRATUM[name] for name in STRATUM if not name.startswith("segment")} | arm
        | {"look": 1, "look_at": pd.Timestamp("2026-01-06"), "new_units": 100, "new_successes": 9} for arm in ARMS
    ],
    "int_monitoring_strata": [
        {name: STRATUM[name] for name in STRATUM if not name.startswith("segment")} | arm
        | {"look": 2, "look_at": pd.Timestamp("2026-01-07"), "new_units": 100, "new_successes": 9} for arm in ARMS
    ],
    "int_sequential_plan": [
        {"experiment_id": "e", "metric_id": "m", "hypothesis_id": "h", "direction": "two_sided", "stopping_rule": "pocock",
         "looks": 2, "spending_gamma": None, "planned_units": 200, "smallest_lift": None, "alpha": 0.05,
         "starts_at": pd.Timestamp("2026-01-05"), "last_look_at": pd.Timestamp("2026-01-30"), "plan_id": "p"}
    ],
    "results_hypotheses": [
        {"experiment_id": "e", "metric_id": "m"} | EFFECT | {"hypothesis_id": "h", "variant_id": "b", "baseline_variant_id": "a",
                         "p_adjusted": 0.01,
                         "verdict": "better", "probability_better": 0.99, "non_inferiority_lift": None,
                         "stopping_rule": "fixed_horizon",
                         "state": "read once", "look": None, "planned_looks": None}
    ],
    "results_sequential": [
        {"experiment_id": "e", "metric_id": "m", "rule": "naive_p_value", "look": 3, "alpha": 0.05, "error_if_used": 0.1}
    ],
    "quality_plan_changes": [
        {"experiment_id": "e", "hypothesis_id": "h", "field": "alpha", "value_before": "0.1", "value": "0.05",
         "changed_at": pd.Timestamp("2026-01-09")}
    ],
    "int_cluster_fits_due": [
        {"clustering_id": "t", "basis": "session", "method": "kmeans", "minimum_clusters": 2, "maximum_clusters": 2,
         "sample_size": 2000, "seed": 1, "signature": "s", "is_due": True, "stored_fit": 0}
    ],
    "int_cluster_spaces": [
        {"clustering_id": "t", "signals": ["clicks"], "transforms": ["none"], "weights": [1.0], "means": [5.0],
         "deviations": [5.0], "scales": [0.2], "known": [40]}
    ],
    "int_cluster_sample": [
        {"clustering_id": "t", "place": place, "experiment_id": "all", "point_id": str(place), "point": [place % 2 * 2.0 - 1]}
        for place in range(40)
    ],
    "cluster_fits": [{"clustering_id": "gone", "fit_number": 1, "is_chosen": False}],
    "int_cluster_outcomes": [
        {"experiment_id": "e", "clustering_id": "t", "cluster": "c1", "metric_id": "m", "basis": "pre_exposure",
         "units": 50, "successes": 3}
    ],
}  # fmt: skip

# What names the rows of a model, where it is not the experiment.
KEYS = {
    "calc_corrections": "test_id",
    "calc_adjustments": "rule_id",
    "calc_rates": "rate",
    "calc_repeats": "hypothesis_group",
    "calc_cluster_fits": "clustering_id",
}

SETTINGS = {
    "confidence": 0.95,
    "exact_below": 10,
    "prior_alpha": 1,
    "prior_beta": 1,
    "sample_ratio_alpha": 0.0005,
    "stability_alpha": 0.01,
    "max_contamination_rate": 0.01,
    "exploratory_correction": "holm",
    "lift_prior_deviation": 0.1,
    "minimum_past_experiments": 10,
    "smallest_lift": 0.1,
    "power": 0.8,
    "bootstrap_resamples": 1000,
    "bootstrap_seed": 1,
}


@dataclass
class Relation:
    """What `dbt.ref` returns on DuckDB: something with `df()`."""

    frame: pd.DataFrame

    def df(self) -> pd.DataFrame:
        return self.frame


@dataclass
class SparkRelation:
    """What it returns on Spark."""

    frame: pd.DataFrame

    def toPandas(self) -> pd.DataFrame:
        return self.frame


@dataclass
class Config:
    asked: set[str] = field(default_factory=set)

    def meta_get(self, name: str) -> Any:
        self.asked.add(name)
        return SETTINGS[name]


@dataclass
class Dbt:
    """`dbt` of a Python model; a model that only orders the build has no columns."""

    empty: bool = False
    relation: type = Relation
    config: Config = field(default_factory=Config)

    def ref(self, name: str) -> Any:
        frame = pd.DataFrame(TABLES.get(name, []))
        return self.relation(frame.iloc[:0] if self.empty else frame)


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "python_models" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def schema_of(module: ModuleType) -> pa.Schema:
    return importlib.import_module(module.build.__module__).SCHEMA


def test_all_result_models_are_here() -> None:
    assert {"calc_comparisons", "calc_decisions", "calc_health", "calc_intervals"} <= set(MODELS)


@pytest.mark.filterwarnings("error", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("relation", [Relation, SparkRelation])
@pytest.mark.parametrize("name", MODELS)
def test_the_model_returns_its_schema(name: str, relation: type) -> None:
    module = load(name)
    table = module.model(Dbt(relation=relation), None)
    assert isinstance(table, pa.Table)
    assert table.schema == schema_of(module)
    assert table.num_rows > 0
    assert set(table[KEYS.get(name, "experiment_id")].to_pylist()) <= {"e", "t"}


@pytest.mark.filterwarnings("error", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", MODELS)
def test_no_rows_give_an_empty_table(name: str) -> None:
    module = load(name)
    table = module.model(Dbt(empty=True), None)
    assert table.num_rows == 0
    assert table.schema == schema_of(module)


@pytest.mark.filterwarnings("error", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", MODELS)
def test_definitions_without_any_unit_are_no_crash(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Experiments are declared, and nothing has come in yet."""
    of_units = {
        "int_tested_strata",
        "agg_variant_metrics",
        "int_variant_units",
        "int_exposure_looks",
        "agg_variant_metrics_by_day",
        "calc_comparisons",
        "calc_stability",
        "int_experiment_pair_strata",
        "int_experiment_pair_units",
        "int_tests",
        "dim_segments",
        "int_signal_ranks",
        "int_funnel_strata",
        "int_pattern_counts",
        "int_rate_days",
        "int_adjustment_arms",
        "int_sensitivity_strata",
        "int_tested_histogram",
        "int_quantile_histogram",
    }
    of_units |= {
        "int_monitoring_strata",
        "int_look_strata",
        "results_hypotheses",
        "results_sequential",
        "quality_plan_changes",
    }
    of_units |= {"calc_comparisons", "int_replication_strata", "int_traffic"}
    of_units |= {"int_cluster_spaces", "int_cluster_sample", "int_cluster_outcomes"}
    for table in of_units | {"results_comparisons", "results_interactions", "results_factorial_effects"}:
        monkeypatch.setitem(TABLES, table, pd.DataFrame(TABLES[table]).convert_dtypes().iloc[:0])
    module = load(name)
    table = module.model(Dbt(), None)
    assert table.schema == schema_of(module)
    of_definitions = (
        "calc_health",
        "calc_decisions",
        "calc_adjustments",
        "calc_cluster_fits",
        "calc_repeats",
    )
    assert table.num_rows == (1 if name in of_definitions else 0)


@pytest.mark.parametrize("name", MODELS)
def test_refs_and_settings_are_literal(name: str) -> None:
    """dbt reads them from the source: what it cannot see, it does not build before nor pass on."""
    text = (ROOT / "python_models" / f"{name}.py").read_text(encoding="utf-8")
    dbt = Dbt()
    load(name).model(dbt, None)
    assert len(re.findall(r"dbt\.ref\(", text)) == len(
        re.findall(r"^    .*\bdbt\.ref\(\"\w+\"\)$", text, re.M)
    )
    assert dbt.config.asked == set(re.findall(r"^    \w+ = dbt\.config\.meta_get\(\"(\w+)\"\)$", text, re.M))
