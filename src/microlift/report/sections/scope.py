"""What the sections of one experiment share: its names, variants and metrics."""

from dataclasses import dataclass
from typing import Any

from microlift.report.read import Row, Tables

WHOLE = "segment_dimension = 'all'"


@dataclass
class Scope:
    """One experiment and where its rows are."""

    tables: Tables
    experiment: Row
    metrics: dict[str, Row]
    variants: list[Row]
    comparisons: list[Row]

    @classmethod
    def of(cls, tables: Tables, experiment: Row, metrics: dict[str, Row]) -> "Scope":
        key = [experiment["experiment_id"]]
        variants = tables.rows(
            "dim_variants", "experiment_id = ?", key, "order by is_control desc, variant_id"
        )
        comparisons = tables.rows(
            "results_comparisons",
            "experiment_id = ?",
            key,
            "order by case role when 'primary' then 0 when 'secondary' then 1 else 2 end, metric_id,"
            " variant_id, segment_dimension, segment",
        )
        return cls(tables, experiment, metrics, variants, comparisons)

    @property
    def id(self) -> str:
        return str(self.experiment["experiment_id"])

    def rows(
        self, table: str, where: str = "true", values: list[Any] | None = None, tail: str = ""
    ) -> list[Row]:
        """Rows of a table that belong to the experiment."""
        return self.tables.rows(table, f"experiment_id = ? and {where}", [self.id, *(values or [])], tail)

    def why_empty(self, table: str) -> str:
        return self.tables.why_empty(table, " of this experiment")

    def metric(self, metric_id: str | None) -> str:
        return str(self.metrics.get(metric_id or "", {}).get("metric_name") or metric_id or "")

    def variant(self, variant_id: str | None) -> str:
        names = {row["variant_id"]: row["variant_name"] for row in self.variants}
        return str(names.get(variant_id) or variant_id or "")

    def place(self, row: Row) -> int:
        """Where a row's variant stands, the control first: so that a variant has one colour in every chart."""
        order = [variant["variant_id"] for variant in self.variants]
        return order.index(row["variant_id"]) if row["variant_id"] in order else len(order)

    @property
    def overall(self) -> list[Row]:
        """Comparisons of the whole experiment, primary metric first."""
        return [row for row in self.comparisons if row["segment_dimension"] == "all"]

    @property
    def primary(self) -> str | None:
        """The metric that the decision rests on."""
        return self.overall[0]["metric_id"] if self.overall else None


def outcome(row: Row) -> str:
    """What a comparison shows, corrected for multiplicity, in the words of the charts' legend."""
    verdict = row.get("verdict")
    return verdict if verdict in ("better", "worse") else "no difference shown"
