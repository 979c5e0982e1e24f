"""`microlift plan`: from numbers, from a warehouse, and when it cannot answer."""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from microlift.cli import main

START = datetime(2026, 1, 1)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse in which `bought` has been measured on mobiles, and 100 visitors tell of what else they do."""
    path = tmp_path_factory.mktemp("plan") / "warehouse.duckdb"

    def event(person: int, name: str, minutes: int) -> tuple[str, datetime, str, str]:
        country = "DE" if person % 2 else "FR"
        moment = START + timedelta(hours=person, minutes=minutes)
        return name, moment, f"p{person}", f'{{"country": "{country}"}}'

    events = [event(person, "seen", 0) for person in range(100)]
    events += [event(person, "signed_up", 30) for person in range(0, 100, 10)]
    events += [event(person, "signed_up", 3 * 24 * 60) for person in range(5, 100, 10)]
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """
            create schema microlift; use microlift;
            create table dim_metrics as from (values
                ('bought', 'conversion', 'bought', null), ('spent', 'sum', 'bought', null),
                ('signed_up', 'conversion', 'signed_up', null), ('pro_plan', 'conversion', 'signed_up', 'plan')
            ) as t (metric_id, measure, event_name, property);
            alter table dim_metrics add column window_start_seconds bigint default 0;
            alter table dim_metrics add column window_end_seconds bigint default 86400;
            create table dim_experiments as
                select 'e' as experiment_id, 'a' as control_variant_id, timestamp '2026-01-01' as starts_at;
            create table agg_variant_metrics as from (values
                ('device', 'mobile', 'bought', 'conversion', 'a', 1000, 0.2, 160.0),
                ('device', 'mobile', 'bought', 'conversion', 'b', 1000, 0.9, 90.0),
                ('all', 'all', 'spent', 'sum', 'a', 1001, 10.0, 400000.0),
                ('all', 'all', 'bought', 'conversion', 'a', 500, 0.0, 0.0)
            ) as t (segment_dimension, segment, metric_id, kind, variant_id, units, mean, centred_sum_squares);
            alter table agg_variant_metrics add column experiment_id varchar default 'e';
            alter table agg_variant_metrics add column denominator_sum double;
            alter table agg_variant_metrics add column denominator_centred_sum_squares double;
            alter table agg_variant_metrics add column centred_cross_products double;
            create table int_traffic as from (values ('e', 'device', 'mobile', 'a', 60.0), ('e', 'device', 'mobile', 'b', 40.0))
                as t (experiment_id, segment_dimension, segment, variant_id, units_a_day);
            create table int_as_of as select timestamp '2026-01-10' as as_of;
            create table fct_events (
                event_name varchar, event_time timestamp, person_id varchar, properties varchar, sequence bigint default 0,
                event_id varchar
            );
            """
        )
        connection.executemany(
            "insert into fct_events (event_name, event_time, person_id, properties) values (?, ?, ?, ?)",
            events,
        )
    return path


def plan(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["plan", *map(str, arguments)], env={"COLUMNS": "150"})


def test_numbers_give_a_table_and_a_curve() -> None:
    result = plan("--baseline", 0.2, "--lift", 0.25, "--lift", 0.05, "--daily", 100)
    assert result.exit_code == 0, result.output
    assert "Two-sided 0.05, power 0.8" in result.output
    assert any(
        line.split() == ["+25%", "25%", "1,094", "1,094", "2,188", "22"]
        for line in result.output.splitlines()
    )
    assert any(line.split()[:3] == ["+5%", "21%", "25,583"] for line in result.output.splitlines())
    [at_needed] = [line for line in result.output.splitlines() if line.strip().startswith("1,094 ")]
    assert "80% ████" in at_needed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--baseline", 0.5, "--lift", 0.5, "--power", 0.9), ["+50%", "75%", "77", "77", "154", "–"]),
        (("--mean", 10, "--deviation", 10, "--lift", 0.5), ["+50%", "15", "64", "64", "128", "–"]),
        (("--baseline", 0.1, "--margin", 0.2), ["+0%", "10%", "2,783", "2,783", "5,566", "–"]),
        (("--baseline", 0.2, "--lift", 0.25, "--units", 1094), ["+25%", "25%", "80.0%", "–"]),
        (("--baseline", 0.2, "--lift", 1.5, "--units", 30), ["+150%", "50%", "69.2%", "59.6%"]),
    ],
)
def test_other_questions(arguments: tuple[object, ...], words: list[str]) -> None:
    result = plan(*arguments)
    assert result.exit_code == 0, result.output
    assert words in [line.split() for line in result.output.splitlines()]


def test_the_warehouse_tells_baseline_and_traffic(database: Path) -> None:
    result = plan("--metric", "bought", "--segment", "device=mobile", "--lift", 0.25, "--database", database)
    assert "rate 0.2, from 1,000 units of the baseline in experiment e" in result.output
    assert ["+25%", "25%", "1,094", "1,094", "2,188", "22"] in [
        line.split() for line in result.output.splitlines()
    ]
    mean = plan("--metric", "spent", "--lift", 1, "--database", database)
    assert "mean 10, deviation 20," in mean.output
    assert ["+100%", "20", "64", "64", "128", "–"] in [line.split() for line in mean.output.splitlines()]


def test_before_any_experiment_visitors_tell_them(database: Path) -> None:
    """Of the 100, ten sign up within a day of their first event; the later ones do not count."""
    result = plan("--metric", "signed_up", "--database", database)
    assert "rate 0.1, from 100 visitors of the last 28 days" in result.output
    german = plan("--metric", "signed_up", "--segment", "country=FR", "--database", database)
    assert "rate 0.2, from 50 visitors" in german.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "give one of --baseline (a rate), --mean with --deviation, or --metric"),
        (("--baseline", 0.1, "--mean", 3), "give one of --baseline"),
        (("--mean", 3), "--mean and --deviation go together"),
        (("--baseline", 0.1, "--segment", "device=mobile"), "--segment needs --metric"),
        (
            ("--baseline", 0.6, "--lift", 1),
            "a lift of +1 leads from a rate of 0.6 to 1.2; give a smaller one",
        ),
        (("--mean", 0, "--deviation", 1), "no relative lift of it can be planned"),
        (("--metric", "gone"), "there is no metric 'gone'; known are bought, pro_plan, signed_up, spent"),
        (
            ("--metric", "bought", "--segment", "mobile"),
            "segment must be dimension=segment, such as device=mobile",
        ),
        (("--metric", "bought"), "the baseline is 0 from 500 units"),
        (("--metric", "signed_up", "--segment", "country=XX"), "there is no visitor with country=XX"),
        (("--metric", "pro_plan"), "give --baseline, or --mean and --deviation"),
    ],
)
def test_what_cannot_be_answered_says_what_to_do(
    database: Path, arguments: tuple[object, ...], says: str
) -> None:
    result = plan(*arguments, "--database", database)
    assert result.exit_code == 1
    assert says in result.output
    assert "Traceback" not in result.output


def test_without_a_warehouse_it_says_what_to_do(tmp_path: Path) -> None:
    result = plan("--metric", "bought", "--database", tmp_path / "none.duckdb")
    assert result.exit_code == 1
    assert "run `dbt build` first" in result.output
