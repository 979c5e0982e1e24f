"""Small cells in what is published: they cannot be read, and not be worked out from what is left."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from builds import warehouse

from microlift.publish import publish


def read(folder: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "published.duckdb"), read_only=True) as connection:
        connection.execute("use published.microlift")
        return connection.execute(query).fetchall()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One experiment; `tv` has 4 units a variant, `ios` 3 conversions of 500, `web` and `app` are large."""
    sizes = {
        ("all", "all"): (2000, 300),
        ("device", "tv"): (4, 0),
        ("device", "web"): (900, 100),
        ("device", "app"): (700, 90),
    }
    sizes |= {("system", "ios"): (500, 3), ("system", "linux"): (600, 100), ("system", "windows"): (900, 197)}
    database = warehouse(
        tmp_path / "w.duckdb",
        dim_segments=[("e", d, s, "at_exposure", 2 * n, n) for (d, s), (n, _) in sizes.items()],
        agg_variant_metrics=[
            ("e", d, s, "m", "conversion", v, n, k) for (d, s), (n, k) in sizes.items() for v in "ab"
        ],
        results_comparisons=[
            ("e", d, s, "m", "b", "a", n, n, 0.1, 0.2, "better", "koopman")
            for (d, s), (n, _) in sizes.items()
        ],
        agg_funnel_steps=[
            ("f", "e", "all", "all", "a", step, 2000, reached, dropped)
            for step, reached, dropped in ((1, 1800, 200), (2, 1795, 5))
        ],
        results_clusters=[("e", "c", "1", 1990), ("e", "c", "2", 6), ("e", "c", "3", 2004)],
        results_decisions=[("e", "ship", "b", "device: tv only", "m", 0.1, 0.2, "tv +10%")],
    )
    return publish(database, tmp_path / "out", minimum_cell=10).folder


def test_people_are_left_out(folder: Path) -> None:
    tables = {name for (name,) in read(folder, "select table_name from duckdb_tables()")}
    assert not tables & {"fct_exposures", "quality_validations"}
    assert not (folder / "parquet" / "fct_exposures.parquet").exists()
    assert {"results_comparisons", "agg_variant_metrics"} <= tables


@pytest.mark.parametrize("table", ["agg_variant_metrics", "results_comparisons"])
def test_a_small_cell_and_the_smallest_sibling_are_blank_in_every_table(folder: Path, table: str) -> None:
    hidden = read(folder, f"select distinct segment from {table} where is_suppressed order by 1")
    assert hidden == [("app",), ("ios",), ("linux",), ("tv",)]
    blank = read(folder, f"select distinct units, metric_id from {table} where is_suppressed")
    assert blank == [(None, "m")]
    assert read(folder, f"select count(*) from {table} where not is_suppressed and units is null") == [(0,)]


def test_a_segment_small_only_in_a_metric_keeps_its_size(folder: Path) -> None:
    hidden = read(folder, "select segment from dim_segments where is_suppressed order by 1")
    assert hidden == [("app",), ("tv",)]


def test_a_funnel_is_blank_as_a_whole_since_neighbouring_steps_tell(folder: Path) -> None:
    assert read(folder, "select units_reached, dropped_off from agg_funnel_steps") == [
        (None, None),
        (None, None),
    ]


def test_clusters_and_words_are_blank_too(folder: Path) -> None:
    assert read(folder, "select cluster, members from results_clusters order by 1") == [
        ("1", None),
        ("2", None),
        ("3", 2004),
    ]
    assert read(folder, "select verdict, evidence from results_decisions") == [(None, None)]


def test_without_a_minimum_all_is_there(tmp_path: Path) -> None:
    published = publish(warehouse(tmp_path / "w.duckdb"), tmp_path / "out", minimum_cell=0)
    assert "fct_exposures" in published.manifest["rows"]
    assert (
        read(published.folder, "select column_name from duckdb_columns() where column_name = 'is_suppressed'")
        == []
    )
