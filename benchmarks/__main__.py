"""`python -m benchmarks demo | events | upworthy | behaviour | refresh | bootstrap | comparisons | exact | report`."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from benchmarks import bootstrap as bootstraps
from benchmarks import comparisons as comparison_work
from benchmarks.behaviour import compare
from benchmarks.refresh import measure
from benchmarks.report import measure as measure_report
from benchmarks.runner import CLOSED_DOORS, report, run_dbt
from microlift.simulate import write_demo


@click.group()
def main() -> None:
    """Seconds a stage and peak memory of dbt builds; run on a quiet machine, and read medians."""


@main.command()
@click.option("--repeat", default=3, show_default=True)
@click.option("--memory", default="4GB", show_default=True, help="DuckDB's memory_limit.")
def demo(repeat: int, memory: str) -> None:
    """The default demo: raw Segment logs to verdicts."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_demo(folder / "landing")
        report(
            "default demo",
            [run_dbt(folder, _demo_variables(folder, "segment"), memory) for _ in range(repeat)],
        )


@main.command()
@click.option("--events", "count", default=20_000_000, show_default=True)
@click.option("--users", type=int, help="Visitors.  [default: a tenth of the events]")
@click.option("--memory", default="4GB", show_default=True, help="DuckDB's memory_limit.")
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where the raw files are kept for the next time."
)
@click.option("--repeat", default=1, show_default=True)
def events(count: int, users: int | None, memory: str, folder: Path | None, repeat: int) -> None:
    """A full refresh of simulated events in Parquet."""
    with TemporaryDirectory() as name:
        home = folder or Path(name)
        if not (home / "landing").exists():
            write_demo(home / "landing", users or count // 10, count, file_format="parquet")
        runs = [run_dbt(home, _demo_variables(home, "parquet"), memory) for _ in range(repeat)]
        report(f"{count:,} events, memory_limit {memory}", runs, slowest=15)


@main.command()
@click.argument("parquet", type=click.Path(exists=True, path_type=Path))
@click.option("--repeat", default=3, show_default=True)
def upworthy(parquet: Path, repeat: int) -> None:
    """All results of the Upworthy archive's exploratory file (4,873 experiments), through the counts door."""
    setup = UPWORTHY.format(parquet=str(parquet.resolve()).replace("'", "''"))
    tables = ("experiments", "variants", "metrics", "experiment_metrics")
    variables = CLOSED_DOORS | {
        "counts": "raw.counts",
        "definitions": {name: f"raw.{name}" for name in tables},
    }
    with TemporaryDirectory() as name:
        report("Upworthy", [run_dbt(Path(name), variables, "2GB", setup) for _ in range(repeat)], slowest=12)


@main.command()
@click.option("--events", "count", default=20_000_000, show_default=True)
@click.option("--chdb", help="Python that has the package `chdb`.")
@click.option("--polars", help="Python that has the package `polars`.")
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where files and warehouse are kept for the next time."
)
@click.option("--repeat", default=5, show_default=True)
def behaviour(count: int, chdb: str | None, polars: str | None, folder: Path | None, repeat: int) -> None:
    """Sessions and a funnel by variant: our models and other engines, in turn, with the same answers."""
    pythons = {name: python for name, python in {"chdb": chdb, "polars": polars}.items() if python}
    with TemporaryDirectory() as name:
        sys.exit(not compare(folder or Path(name), count, pythons, repeat))


@main.command()
@click.option("--events", "count", default=20_000_000, show_default=True)
@click.option("--memory", default="4GB", show_default=True, help="DuckDB's memory_limit.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where files and warehouse are left.")
def refresh(count: int, memory: str, folder: Path | None) -> None:
    """A full build, then refreshes whose arrivals touch none, 2% and 10% of the visitors."""
    with TemporaryDirectory() as name:
        measure(folder or Path(name), count, memory)


@main.command()
@click.option("--units", default=1_000_000, show_default=True, help="Units an arm.")
@click.option("--peer-units", default=1_000_000, show_default=True, help="Units an arm that scipy resamples.")
@click.option("--peer-resamples", default=100, show_default=True, help="Its resamples.")
def bootstrap(units: int, peer_units: int, peer_resamples: int) -> None:
    """The bootstrap of a mean difference from histograms, and scipy's: seconds, and whether they agree."""
    sys.exit(not bootstraps.compare(units, peer_units, peer_resamples))


@main.command()
@click.option("--cells", default=10_000, show_default=True)
@click.option("--gbstats", help="Python that has the package `gbstats` (0.8.0 needs numpy below 2).")
@click.option("--tea", help="Python that has the package `tea-tasting`.")
@click.option("--repeat", default=3, show_default=True)
def comparisons(cells: int, gbstats: str | None, tea: str | None, repeat: int) -> None:
    """Interval, p, P(better), expected loss and corrections of many conversions, beside other engines."""
    pythons = {name: python for name, python in {"gbstats": gbstats, "tea": tea}.items() if python}
    comparison_work.compare(cells, pythons, repeat)


@main.command()
@click.option("--tables", default=1000, show_default=True)
@click.option("--scipy", "of_scipy", default=100, show_default=True, help="Tables given to scipy.")
def exact(tables: int, of_scipy: int) -> None:
    """Boschloo's test and exact unconditional intervals, beside scipy's Boschloo."""
    comparison_work.exact_tests(tables, of_scipy)


@main.command(name="report")
@click.option(
    "--database",
    type=click.Path(exists=True, path_type=Path),
    help="A built warehouse.  [default: a small demo is built]",
)
@click.option("--experiments", multiple=True, default=[10, 500], show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), help="Where warehouses and reports are left.")
def reports(database: Path | None, experiments: tuple[int, ...], folder: Path | None) -> None:
    """`microlift report` of 10 and of 500 experiments: seconds, bytes, how soon a page is shown."""
    with TemporaryDirectory() as name:
        home = folder or Path(name)
        home.mkdir(parents=True, exist_ok=True)
        measure_report(home, database, list(experiments), _demo_variables(home, "segment"))


UPWORTHY = """
    create schema raw;
    create table raw.counts as
    select
        clickability_test_id as experiment_id,
        'arm_' || row_number() over (partition by clickability_test_id order by index) as variant_id,
        'click' as metric_id,
        impressions as units,
        clicks as successes
    from read_parquet('{parquet}');
    create table raw.experiments as select distinct experiment_id, 'user' as unit_type from raw.counts;
    create table raw.variants as select distinct experiment_id, variant_id from raw.counts;
    create table raw.metrics as select 'click' as metric_id, 'conversion' as kind;
    create table raw.experiment_metrics as select '*' as experiment_id, 'click' as metric_id, 'primary' as role;
"""


def _demo_variables(folder: Path, file_format: str) -> dict[str, Any]:
    landing = folder / "landing"
    raw = {
        "segment": {"events": "stg_segment", "segment_files": f"{landing}/segment/*.ndjson"},
        "parquet": {"events": f"{landing}/events/*.parquet"},
    }[file_format]
    return raw | {
        "unit_attributes": f"{landing}/unit_attributes.csv",
        "calendar": f"{landing}/calendar.csv",
    }


if __name__ == "__main__":
    main()
