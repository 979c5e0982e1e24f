"""A warehouse made by hand: the public tables as their contracts say, with the rows of a test."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import yaml
from scipy import stats

ROOT = Path(__file__).parents[3]


def contracts() -> dict[str, list[tuple[str, str]]]:
    """Column names and types of each public table, from its YAML."""
    found = {}
    for file in sorted((ROOT / "models" / "marts").rglob("*.yml")):
        for model in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("models", []):
            if all("data_type" in column for column in model.get("columns", [{}])):
                found[model["name"]] = [(column["name"], column["data_type"]) for column in model["columns"]]
    return found


def warehouse(path: Path, without: tuple[str, ...] = (), **tables: list[dict[str, Any]]) -> Path:
    """A DuckDB file with every public table but those of `without`, empty or with the rows given."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema microlift")
        for name, columns in contracts().items():
            if name in without:
                continue
            declared = ", ".join(f'"{column}" {kind}' for column, kind in columns)
            connection.execute(f"create table microlift.{name} ({declared})")
            for row in tables.get(name, []):
                names = ", ".join(row)
                marks = ", ".join("?" * len(row))
                connection.execute(
                    f"insert into microlift.{name} ({names}) values ({marks})", list(row.values())
                )
        for name in set(tables) - set(contracts()):
            connection.register("rows", pa.Table.from_pylist(tables[name]))
            connection.execute(f"create table microlift.{name} as from rows")
    return path


def credible(successes: int, units: int, prior: tuple[float, float] = (1, 1)) -> tuple[float, float]:
    """The 95% credible limits of a rate."""
    law = stats.beta(prior[0] + successes, prior[1] + units - successes)
    return float(law.ppf(0.025)), float(law.ppf(0.975))


COMPARED = {
    "segment_dimension": "all", "segment": "all", "basis": "at_exposure", "metric_id": "signup", "role": "primary",
    "kind": "conversion", "variant_id": "b", "baseline_variant_id": "a", "units": 400, "baseline_units": 410,
    "estimate": 0.12, "baseline_estimate": 0.1, "difference": 0.02, "difference_low": -0.01, "difference_high": 0.05,
    "relative_lift": 0.2, "relative_lift_low": -0.1, "relative_lift_high": 0.6, "p_value": 0.2, "family": "primary",
    "is_confirmatory": True, "correction": "holm", "tests_in_family": 1, "p_bonferroni": 0.2, "p_holm": 0.2,
    "p_hochberg": 0.2, "p_benjamini_hochberg": 0.2, "p_benjamini_yekutieli": 0.2, "p_adjusted": 0.2, "alpha": 0.05,
    "is_significant": False, "verdict": "inconclusive", "probability_better": 0.88, "expected_loss": 0.001,
    "posterior": "beta", "method": "score", "method_reason": "counts are large", "confidence": 0.95,
    "allocation_epochs": 1,
}  # fmt: skip


def experiment(name: str, title: str = "") -> dict[str, list[dict[str, Any]]]:
    """Rows of one experiment with two variants and one metric."""
    own = {"experiment_id": name}
    arms = [("a", 410, 41, True), ("b", 400, 48, False)]
    where = {
        "segment_dimension": "all",
        "segment": "all",
        "basis": "at_exposure",
        "metric_id": "signup",
        "kind": "conversion",
    }
    titled = own | {"experiment_name": title or name}
    lift = {"relative_lift": 0.2, "relative_lift_low": -0.1, "relative_lift_high": 0.6, "p_adjusted": 0.2}
    decided = {"verdict": "keep running", "variant_id": "b", "scope": "no one", "metric_id": "signup"}
    counted = own | where | {"is_large_enough": True}
    return {
        "dim_experiments": [titled | {"unit_type": "user", "look_interval": "daily", "variants": 2}],
        "dim_variants": [
            own | {"variant_id": arm, "variant_name": arm.upper(), "is_control": control}
            for arm, _, _, control in arms
        ],
        "dim_metrics": [
            {"metric_id": "signup", "metric_name": "Signed up", "kind": "conversion", "better": "higher"}
        ],
        "results_comparisons": [own | COMPARED],
        "results_decisions": [titled | decided | lift | {"evidence": "no difference shown"}],
        "results_intervals": [
            own
            | where
            | {"variant_id": arm, "units": n, "successes": x, "method": "beta_posterior", "confidence": 0.95}
            | dict(zip(("interval_low", "interval_high"), credible(x, n), strict=True))
            for arm, n, x, _ in arms
        ],
        "agg_variant_metrics": [
            counted | {"variant_id": arm, "units": n, "successes": x, "mean": x / n} for arm, n, x, _ in arms
        ],
    }
