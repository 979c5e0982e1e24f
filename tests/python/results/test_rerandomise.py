"""A/A on a warehouse of a few tables made by hand."""

from pathlib import Path

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner

from microlift.commands.aa import aa
from microlift.rerandomise import error_rates

TABLES = """
create schema microlift; use microlift;
create table int_unit_metrics as select 'e' as experiment_id, 'u' || i as unit_id, 'm' as metric_id,
    1 + i % 2 as allocation_epoch, cast(i % 5 = 0 as integer)::decimal(18, 6) as value, null::decimal(18, 6) as denominator,
    i < 590 as is_ripe from range(600) r(i);
create table dim_metrics as select 'm' as metric_id, 'conversion' as kind, 'higher' as better;
create table unit_segments as select 'e' as experiment_id, 'u' || i as unit_id,
    unnest(['all', 'device', 'later']) as segment_dimension,
    unnest(['all', case when i % 3 = 0 then 'x' else 'y' end, 'z']) as segment from range(600) r(i);
create table dim_segments as select distinct experiment_id, segment_dimension, segment, 200 as units, true as is_large_enough,
    case segment_dimension when 'later' then 'post_exposure' else 'at_exposure' end as basis from unit_segments;
create table int_allocations as select * from
    (values ('e', 1, 'a', 0.9), ('e', 1, 'b', 0.1), ('e', 2, 'a', 2.0), ('e', 2, 'b', 2.0))
    t(experiment_id, allocation_epoch, variant_id, weight);
create table dim_experiments as select 'e' as experiment_id, 'a' as control_variant_id;
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "w.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    return path


def test_the_error_rate_is_about_alpha_and_repeats(database: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("use microlift")
        table = error_rates(connection, replicates=60, seed=3, alpha=0.2)
    assert set(table["segment_dimension"]) == {"all", "device"}
    rows = table.set_index(["segment_dimension", "test"])
    whole = rows.loc[("all", "effect")]
    assert whole["tests"] == 60
    assert rows.loc[("device", "effect")]["tests"] == 120
    assert rows.loc[("device", "interaction")]["tests"] == 60
    assert abs(whole["error_rate"] - 0.2) < 4 * np.sqrt(0.16 / 60)
    assert whole["false_winners"] + whole["false_losers"] == pytest.approx(whole["error_rate"])
    assert whole["standard_error"] == pytest.approx(
        np.sqrt(whole["error_rate"] * (1 - whole["error_rate"]) / 59), rel=1e-6
    )
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("use microlift")
        assert error_rates(connection, replicates=60, seed=3, alpha=0.2).equals(table)


def test_the_command_writes_what_it_says(database: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke(
        aa, ["--database", str(database), "--replicates", "4", "--output", str(tmp_path / "aa.csv")]
    )
    assert run.exit_code == 0, run.output
    assert "any finding" in run.output
    assert (
        (tmp_path / "aa.csv")
        .read_text()
        .startswith("experiment_id,metric_id,segment_dimension,test,replicates")
    )
    unknown = CliRunner().invoke(aa, ["--database", str(database), "--experiment", "nope"])
    assert unknown.exit_code == 1
    assert "no ripe unit with experiment nope and metric any" in unknown.output
    absent = CliRunner().invoke(aa, ["--database", str(tmp_path / "none.duckdb")])
    assert "run `dbt build` first" in absent.output
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("use microlift")
        with pytest.raises(ValueError, match="correction must be one of"):
            error_rates(connection, correction="sidak")
        with pytest.raises(ValueError, match="replicates must be at least 2"):
            error_rates(connection, replicates=1)
