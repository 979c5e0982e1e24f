"""What a door cannot read stops it, naming door, column, what was found and the fix; the others go on."""

import duckdb
import pytest
from harness import Build, Warehouse


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("columns")
    warehouse = Warehouse(folder)
    parquet, csv = str(folder / "events.parquet"), folder / "units.csv"
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select 'e' as event_id, true as event_time, 'u' as user_id, 1767434400 as received_time)"
            f" to '{parquet}'"
        )
    csv.write_text("experiment_id,unit_id,variant,metric_id,value\ne1,u1,a,signed_up,1\n")
    warehouse.execute("create schema if not exists raw")
    warehouse.execute(
        "create table raw.counts as select 'e1' as experiment_id, 'a' as variant_id, 9 as units"
    )
    warehouse.execute(
        "create table raw.calendar as select 'sale' as event_name, 'campaign' as kind, now() as starts_at,"
        " '2026-01-05T10:00:00+02:00' as ends_at"
    )
    return warehouse.build(
        *("--select", "landing_files"),
        *(f"input_{door}" for door in ("events", "units", "counts", "unit_attributes", "calendar")),
        variables={
            "events": parquet,
            "units": str(csv),
            "counts": "raw.counts",
            "unit_attributes": "raw.nothing_here",
            "calendar": "raw.calendar",
        },
    )


@pytest.mark.parametrize(
    ("door", "words"),
    [
        ("events", "column `event_name` (varchar) is missing"),
        (
            "events",
            "column `event_time` is BOOLEAN and cannot be read as timestamp; cast it in the mapping model",
        ),
        ("events", "column `received_time` is INTEGER and cannot be read as timestamp"),
        ("events", "Columns found: event_id, event_time, user_id, received_time"),
        ("events", "set the variable `events` to it"),
        (
            "units",
            "units.csv: column `variant_id` (varchar) is missing. Columns found: experiment_id, unit_id,",
        ),
        ("counts", "cannot read raw.counts: column `metric_id` (varchar) is missing"),
        ("unit_attributes", 'there is no table "warehouse"."raw"."nothing_here"'),
    ],
)
def test_the_message_says_what_was_found_and_what_to_do(build: Build, door: str, words: str) -> None:
    message = build.messages[f"input_{door}"]
    assert f"The `{door}` door" in message
    assert words in message
    assert message in build.output


def test_the_other_doors_open(build: Build) -> None:
    assert not build.success
    assert build.statuses["input_calendar"] == "success"
    assert build.of("error") == {f"input_{door}" for door in ("events", "units", "counts", "unit_attributes")}


def test_variables_that_cannot_be_used_are_named_together(warehouse: Warehouse) -> None:
    wrong = {
        "session_source": ("trackers", '`session_source` is "trackers"; use one of inactivity, tracker'),
        "session_cuts": (["day", "week"], '`session_cuts` is "week"; use one of day, campaign'),
        "exploratory_correction": (
            "none",
            '`exploratory_correction` is "none"; use one of bonferroni, holm,',
        ),
        "confidence": (95, '`confidence` is "95"; give a number between 0 and 1'),
        "session_gap_seconds": (0, '`session_gap_seconds` is "0"; give a number above 0'),
        "minimum_segment_units": ("many", '`minimum_segment_units` is "many"; give a number at least 0'),
        "max_quarantine_rate": (1.5, '`max_quarantine_rate` is "1.5"; give a number from 0 to 1'),
        "as_of": ("yesterday", '`as_of` is "yesterday"; give a time such as 2026-01-05 12:00:00 (UTC)'),
    }
    build = warehouse.build(
        "--select", "landing_files", variables={name: value for name, (value, _) in wrong.items()}
    )
    assert not build.success
    assert [words for _, words in wrong.values() if words not in build.output] == []
