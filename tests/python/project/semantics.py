"""The semantic layer as its manifest declares it: metrics as SQL, without the tool that usually writes that."""

from collections.abc import Sequence
from pathlib import Path

from dbt_semantic_interfaces.implementations.semantic_manifest import PydanticSemanticManifest
from harness import Warehouse

AGGREGATES = {"sum": "sum({})", "count": "count({})", "count_distinct": "count(distinct {})"}


class Semantics:
    """What a build's `target/semantic_manifest.json` says, asked of its warehouse."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        path = Path(warehouse.folder, "target", "semantic_manifest.json")
        self.manifest = PydanticSemanticManifest.parse_raw(path.read_text())
        self.metrics = {metric.name: metric for metric in self.manifest.metrics}
        self.measures = {
            measure.name: (model, measure)
            for model in self.manifest.semantic_models
            for measure in model.measures
        }

    def query(self, metric: str, by: Sequence[str] = ()) -> dict[tuple[object, ...], float]:
        """A metric by dimensions of its own semantic model, over all time: a cumulative one says where it ended."""
        declared = self.metrics[metric]
        parameters = declared.type_params
        if declared.type.value == "ratio":
            assert parameters.numerator
            assert parameters.denominator
            above, below = (
                self.query(part.name, by) for part in (parameters.numerator, parameters.denominator)
            )
            return {key: above.get(key, 0) / count for key, count in below.items()}
        assert parameters.measure
        model, measure = self.measures[parameters.measure.name]
        names = {part.name: part.expr or part.name for part in (*model.dimensions, *model.entities)}
        grouped = "".join(f"{names[each]}, " for each in by)
        aggregate = AGGREGATES[measure.agg.value].format(measure.expr)
        rows = self.warehouse.execute(
            f"select {grouped}{aggregate} from {model.node_relation.relation_name} group by all"
        )
        return {row[:-1]: row[-1] for row in rows}
