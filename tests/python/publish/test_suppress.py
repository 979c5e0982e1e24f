"""Small cells in what is published: they cannot be read, and not be worked out from what is left."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from builds import warehouse

from microlift.publish import publish, suppress
from microlift.publish.public import PUBLIC

ROOT = Path(__file__).parents[3]


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
        results_cluster_conversions=[
            ("e", "c", "2", "m", 6, 1, 1 / 6),
            ("e", "c", "3", "m", 2004, 900, 0.45),
        ],
        int_variant_units=[("e", "all", "a", 3, 0), ("e", "all", "b", 40, 0)],
        results_health=[
            ("e", "contamination_by_arm", "pass", 9.0, 0.1, "a 0.15%, b 2.00%"),
            ("e", "sample_ratio", "pass", 0.0, 1.0, "a 2,000, b 2,000"),
        ],
        int_repeats=[("words", "e", "m", "b"), ("colours", "f", "m", "b")],
        results_repeats=[("words", 0.1), ("colours", 0.2)],
        results_sensitivity=[
            ("e", "all", "all", "m", "conversion", "b", "a", analysis, units, 2000, 300 / units, 0.15)
            for analysis, units in (
                ("main", 2000),
                ("without_cuped", 2000),
                ("without_contaminated_units", 1997),
            )
        ],
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


def test_numbers_of_a_blank_row_are_blank_whatever_their_name(folder: Path) -> None:
    assert read(folder, "select cluster, rate from results_cluster_conversions order by 1") == [
        ("2", None),
        ("3", None),
    ]


def test_what_two_rows_differ_by_is_a_count_too(folder: Path) -> None:
    hidden = read(folder, "select analysis from results_sensitivity where is_suppressed")
    assert hidden == [("without_contaminated_units",)]
    assert read(folder, "select check_name, detail from results_health order by 1") == [
        ("contamination_by_arm", None),
        ("sample_ratio", "a 2,000, b 2,000"),
    ]


def test_what_is_pooled_from_a_small_experiment_is_blank(tmp_path: Path) -> None:
    database = warehouse(
        tmp_path / "w.duckdb",
        agg_variant_metrics=[("e", "all", "all", "m", "conversion", v, 500, 4) for v in "ab"],
        int_repeats=[("words", "e", "m", "b"), ("colours", "f", "m", "b")],
        results_repeats=[("words", 0.1), ("colours", 0.2)],
    )
    folder = publish(database, tmp_path / "out", minimum_cell=10).folder
    assert read(folder, "from results_repeats order by 1") == [("colours", 0.2, False), ("words", None, True)]


def public_models() -> dict[str, dict[str, str]]:
    """The columns of every public model, by its YAML."""
    files = [*ROOT.glob("models/**/*.yml"), *ROOT.glob("python_models/*.yml")]
    models = [model for file in files for model in (yaml.safe_load(file.read_text()) or {}).get("models", [])]
    return {
        model["name"]: {column["name"]: column.get("data_type", "") for column in model.get("columns", [])}
        for model in models
        if PUBLIC.fullmatch(model["name"])
    }


def test_every_public_table_is_in_one_class() -> None:
    classes = [suppress.LEFT_OUT, suppress.WHOLE, suppress.BLANKED]
    assert sum(map(len, classes)) == len(set.union(*classes))
    assert set.union(*classes) == set(public_models()) | {"refresh_runs"}


def test_a_table_of_no_class_is_left_out(folder: Path) -> None:
    tables = {name for (name,) in read(folder, "select table_name from duckdb_tables()")}
    assert not tables & {"results_of_tomorrow", "agg_value_histogram"}


NOT_PEOPLE = {
    "tests_in_family", "support_tests_in_family", "allocation_epochs", "segments", "factors", "strata", "effects",
    "experiments", "pooled_experiments", "other_variants", "rank_of_mean", "place", "sample_size", "units_needed",
    "units_missing",
}  # fmt: skip


def test_every_whole_number_of_a_blanked_table_is_known_to_count_people_or_not() -> None:
    known = NOT_PEOPLE | suppress.NAMING | set(suppress.COUNTS)
    numbers = {
        f"{table}.{column}"
        for table, columns in public_models().items()
        if table in suppress.BLANKED
        for column, data_type in columns.items()
        if data_type in ("bigint", "integer") and column not in known
    }
    assert numbers == set()


def test_no_table_that_names_people_is_published() -> None:
    named = {table for table, columns in public_models().items() if suppress.TELLING & columns.keys()}
    assert named <= suppress.LEFT_OUT


def test_without_a_minimum_all_is_there(tmp_path: Path) -> None:
    published = publish(warehouse(tmp_path / "w.duckdb"), tmp_path / "out", minimum_cell=0)
    assert "fct_exposures" in published.manifest["rows"]
    assert (
        read(published.folder, "select column_name from duckdb_columns() where column_name = 'is_suppressed'")
        == []
    )
