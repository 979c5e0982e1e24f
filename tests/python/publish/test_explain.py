"""`microlift explain`: each SQL that it prints runs, and gives the number again from the units."""

from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from microlift.cli import main
from microlift.explain import explain

TABLES = """
    create schema microlift; use microlift;
    create table int_unit_metrics as
        select 'e''s' as experiment_id, 'u' || i as unit_id, metric_id, if(i % 2 = 0, 'a', 'b') as variant_id,
            timestamp '2026-01-02' as exposed_at, cast(if(i % 5 = 0, 1, 0) as decimal(18, 6)) as value, i != 7 as is_ripe
        from range(40) as r(i), (values ('m'), ('other')) as m(metric_id);
    create table unit_segments as
        select 'e''s' as experiment_id, 'u' || i as unit_id, dimension as segment_dimension,
            case when dimension = 'all' then 'all' when i < 10 then 'tv' else 'web' end as segment
        from range(40) as r(i), (values ('all'), ('device')) as d(dimension);
    create table fct_exposures as
        select distinct experiment_id, 'device' as unit_type, unit_id, variant_id, exposed_at from int_unit_metrics;
    create table fct_events as
        select 'x' || i as event_id, 'u' || i as device_id, 'p' as person_id, 's' as session_id,
            timestamp '2026-01-03' as event_time
        from range(0, 40, 5) as r(i);
    create table agg_variant_metrics as
        select experiment_id, segment_dimension, segment, metric_id, 'conversion' as kind, variant_id, count(*) as units,
            cast(sum(value) as bigint) as successes
        from int_unit_metrics join unit_segments using (experiment_id, unit_id) where is_ripe group by all;
    create table int_variant_strata as select *, 1 as allocation_epoch from agg_variant_metrics;
    create table results_comparisons as
        select b.* exclude (successes), a.variant_id as baseline_variant_id, a.units as baseline_units,
            b.successes / b.units as estimate, a.successes / a.units as baseline_estimate
        from agg_variant_metrics as b join agg_variant_metrics as a using (experiment_id, segment_dimension, segment, metric_id)
        where b.variant_id = 'b' and a.variant_id = 'a';
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "w.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    return path


@pytest.mark.parametrize("segment", [{}, {"segment_dimension": "device", "segment": "tv"}])
def test_the_units_give_the_number_again(database: Path, segment: dict[str, str]) -> None:
    with duckdb.connect(str(database), read_only=True) as connection:
        found = explain(
            connection, "results_comparisons", {"experiment_id": "e's", "metric_id": "m"} | segment
        )
        answers = [connection.execute(step.sql).fetchall() for step in found.steps]
        names = [step.table for step in found.steps]
        recount = connection.execute(found.steps[3].sql).df().set_index("variant_id")
    assert all(answers)
    for variant, prefix in (("a", "baseline_"), ("b", "")):
        assert recount.loc[variant, "units"] == found.row[f"{prefix}units"]
        assert recount.loc[variant, "mean"] == pytest.approx(found.row[f"{prefix}estimate"])
    units = found.row["units"] + found.row["baseline_units"]
    listed = [
        len(answer)
        for answer, name in zip(answers, names, strict=True)
        if name in ("int_unit_metrics", "fct_exposures")
    ]
    assert listed == [2, units, units]
    assert len(answers[names.index("fct_events")]) == recount["value_sum"].sum()


def test_a_row_that_is_not_one_is_asked_for(database: Path) -> None:
    def said(*arguments: str) -> str:
        result = CliRunner().invoke(main, ["explain", *arguments, "--database", str(database)])
        assert result.exit_code != 0
        return result.output

    assert "name also one of metric_id (m, other)" in said("results_comparisons", "experiment_id=e's")
    assert "no row of results_comparisons has" in said(
        "results_comparisons", "--where", "experiment_id=nobody"
    )
    assert "no column colour; it has" in said("results_comparisons", "colour=red")
    assert "COLUMN=VALUE" in said("results_comparisons", "colour")
    assert "'results_comparisons', 'results_intervals'" in said("results_magic")


def test_the_printed_page_is_sql_as_a_whole(database: Path) -> None:
    result = CliRunner().invoke(
        main,
        [
            "explain",
            "results_comparisons",
            "--where",
            "experiment_id=e's",
            "metric_id=m",
            "--database",
            str(database),
        ],
    )
    assert result.exit_code == 0, result.output
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.execute(result.output).fetchall()
