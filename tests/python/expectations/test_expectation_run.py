"""What a run promises beyond its verdicts: the schema, the borrowed connection, push-down, clear refusals."""

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from microlift.expectations import VALIDATION_SCHEMA, narrate, run_suite

RUN_AT = dt.datetime(2024, 3, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))
UNIQUE = """
- relation: events
  type: expect_column_values_to_be_unique
  kwargs: {column: event_id}
  severity: %s
"""

Validate = Callable[..., pa.Table]
WriteSuite = Callable[[str], Path]


def _run(session: Any, suite: Path, relation: str = "events", **parameters: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = run_suite(
        session, suite, {"events": relation}, "run-1", RUN_AT, parameters
    ).to_pylist()
    return rows


class CountingSession:
    """A DuckDB connection that counts the rows it hands to Python."""

    def __init__(self, session: duckdb.DuckDBPyConnection) -> None:
        self.session = session
        self.rows = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)

    def execute(self, *arguments: Any) -> "CountingSession":
        self.session.execute(*arguments)
        return self

    def _counted(self, rows: list[Any]) -> list[Any]:
        self.rows += len(rows)
        return rows

    def fetchall(self) -> list[Any]:
        return self._counted(self.session.fetchall())

    def fetchmany(self, size: int) -> list[Any]:
        return self._counted(self.session.fetchmany(size))

    def fetchone(self) -> Any:
        self.rows += 1
        return self.session.fetchone()


def test_schema_and_stamp(validate: Validate) -> None:
    table = validate("aggregates")
    assert table.schema == VALIDATION_SCHEMA
    row = table.to_pylist()[0]
    assert (row["run_id"], row["suite"], row["run_at"]) == (
        "run-1",
        "aggregates",
        dt.datetime(2024, 3, 1, 10),
    )
    assert row["relation"] == '"memory"."main"."aggregates"'
    assert row["column_name"] == "experiment_id, segment_dimension, segment, metric_id, variant_id"
    assert row["expectation_type"] == "expect_compound_columns_to_be_unique"
    assert row["message"] == "As expected: one row for each experiment, segment, metric and variant."


@pytest.mark.parametrize("severity", ["critical", "warning", "info"])
def test_severity_passes_through(
    severity: str, session: duckdb.DuckDBPyConnection, write_suite: WriteSuite
) -> None:
    session.execute("update events set event_id = 'e1' where event_id = 'e2'")
    (row,) = _run(session, write_suite(UNIQUE % severity))
    assert (row["severity"], row["success"], row["failing_count"], row["element_count"]) == (
        severity,
        False,
        2,
        10,
    )


def test_aggregates_have_an_observed_value_and_no_failing_count(
    session: duckdb.DuckDBPyConnection, write_suite: WriteSuite
) -> None:
    suite = write_suite(
        "- relation: events\n  type: expect_column_mean_to_be_between\n  severity: info\n"
        "  kwargs: {column: sequence, max_value: $ceiling}\n"
    )
    (row,) = _run(session, suite, ceiling=5)
    assert (row["success"], row["observed_value"], row["failing_count"], row["failing_sample"]) == (
        False,
        "5.5",
        None,
        "[]",
    )
    assert row["expectation_id"] == "events.sequence.mean_to_be_between"
    assert _run(session, suite, ceiling=5.5)[0]["success"]


@pytest.mark.parametrize(
    ("kind", "pattern", "column_row"),
    [
        ("expect_column_values_to_match_regex", "regex: '^e[0-9]$'", "e10"),
        ("expect_column_values_to_match_like_pattern", "like_pattern: 'e_'", "e10"),
        ("expect_column_values_to_not_match_regex", "regex: '^e1{1}0$'", "e10"),
    ],
)
def test_patterns_are_matched_by_duckdb(
    kind: str, pattern: str, column_row: str, session: duckdb.DuckDBPyConnection, write_suite: WriteSuite
) -> None:
    kwargs = f"{{column: event_id, {pattern}}}"
    suite = write_suite(f"- {{relation: events, type: {kind}, kwargs: {kwargs}, severity: info}}\n")
    (row,) = _run(session, suite)
    assert json.loads(row["failing_sample"]) == [{"event_id": column_row}]


@pytest.mark.parametrize(
    "plausible_from",
    ["2024-01-01 00:00:03", "2024-01-01T02:00:03+02:00", dt.datetime(2024, 1, 1, 0, 0, 3)],
)
def test_a_time_may_come_as_text(plausible_from: Any, validate: Validate) -> None:
    rows = {
        row["expectation_id"]: row for row in validate("events", plausible_from=plausible_from).to_pylist()
    }
    sample = json.loads(rows["events.event_time.plausible"]["failing_sample"])
    assert [row["event_id"] for row in sample] == ["e1", "e2"]


@pytest.mark.parametrize("text", ["it's", "{batch}", "12:30 :x", "$ceiling", "a\\:b", "%s"])
def test_hostile_text_stays_a_value(
    text: str, session: duckdb.DuckDBPyConnection, write_suite: WriteSuite
) -> None:
    session.execute("update events set event_name = ? where event_id = 'e7'", [text])
    suite = write_suite(
        "- relation: events\n  type: unexpected_rows_expectation\n  severity: info\n  id: events.named\n"
        "  kwargs:\n    unexpected_rows_query: >\n"
        "      select event_id, event_name from {batch} where event_name = $name\n"
    )
    (row,) = _run(session, suite, name=text)
    assert row["failing_count"] == 1
    assert json.loads(row["failing_sample"]) == [{"event_id": "e7", "event_name": text}]


def test_a_failing_sample_is_bounded_and_repeatable(
    session: duckdb.DuckDBPyConnection, write_suite: WriteSuite
) -> None:
    session.execute(
        "create table many as select 'e' || i as event_id, 'nan'::double as v from range(1000) as t(i)"
    )
    query = "'select event_id, v from {batch} where event_id <> ''e0'''"
    suite = write_suite(
        "- relation: events\n  type: unexpected_rows_expectation\n  severity: info\n  id: events.many\n"
        f"  kwargs: {{unexpected_rows_query: {query}}}\n"
    )
    first, second = (_run(session, suite, "many")[0] for _ in range(2))
    sample = json.loads(first["failing_sample"])
    assert first["failing_count"] == 999
    assert len(sample) == 20
    assert sample[:2] == [{"event_id": "e1", "v": "nan"}, {"event_id": "e10", "v": "nan"}]
    assert first == second


def test_rows_stay_in_the_database(session: duckdb.DuckDBPyConnection) -> None:
    session.execute(
        "create table wide as select case when i % 4 = 0 then null else 'e' || (i // 2) end as event_id, "
        "'click' as event_name, timestamp '2024-01-01' as event_time, null::timestamp as received_time, "
        "null::varchar as person_id from range(200000) as t(i)"
    )
    spy = CountingSession(session)
    relations = {"events": "wide", "reconciliation": "reconciliation", "event_vocabulary": "event_vocabulary"}
    parameters = {
        "plausible_from": dt.date(2024, 6, 1),
        "clock_tolerance_seconds": 1,
        "max_quarantine_rate": 0.5,
        "max_load_quarantine_rate": 0.5,
    }
    rows = run_suite(spy, "events", relations, "r", RUN_AT, parameters).to_pylist()  # type: ignore[arg-type]
    failing = {row["expectation_id"]: row["failing_count"] for row in rows if not row["success"]}
    assert failing == {
        "events.event_id.not_null": 50_000,
        "events.event_id.unique": 50_000,
        "events.person_id.not_null": 200_000,
        "events.event_time.plausible": 200_000,
    }
    assert 0 < spy.rows < 1_000


def test_the_transaction_of_the_session_is_left_alone(
    session: duckdb.DuckDBPyConnection, write_suite: WriteSuite
) -> None:
    session.begin()
    session.execute("update events set event_id = 'e1'")
    (row,) = _run(session, write_suite(UNIQUE % "critical"))
    assert row["failing_count"] == 10
    session.rollback()
    assert _run(session, write_suite(UNIQUE % "critical"))[0]["success"]


def test_an_expectation_that_cannot_be_evaluated_fails_with_its_reason(
    session: duckdb.DuckDBPyConnection, validate: Validate, capfd: pytest.CaptureFixture[str]
) -> None:
    session.begin()
    session.execute("alter table events drop column person_id")
    rows = {row["expectation_id"]: row for row in validate("events").to_pylist()}
    broken = rows["events.person_id.not_null"]
    assert (broken["success"], broken["failing_count"], broken["element_count"]) == (False, None, 10)
    assert "could not be evaluated" in broken["message"]
    assert "person_id" in broken["message"]
    assert [name for name, row in rows.items() if not row["success"]] == ["events.person_id.not_null"]
    session.commit()
    assert capfd.readouterr() == ("", "")


def test_suites_can_run_in_several_threads(
    session: duckdb.DuckDBPyConnection, write_suite: WriteSuite
) -> None:
    suite = write_suite(UNIQUE % "critical")

    def run(number: int) -> int:
        own = session.cursor()
        own.execute(f"create table t{number} as select 'same' as event_id from range({number})")
        count: int = _run(own, suite, f"t{number}")[0]["failing_count"]
        return count

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(run, range(2, 8))) == [2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("expectations", "message"),
    [
        (
            "- {relation: events, type: expect_magic, severity: info}\n",
            r"custom\.yml, row 1 .*unknown expectation type 'expect_magic'",
        ),
        (
            "- {relation: events, type: expect_column_to_exist, kwargs: {colum: x}, severity: info}\n",
            r"custom\.yml, row 1 .*refuses its kwargs",
        ),
        (UNIQUE % "fatal", r"custom\.yml, row 1: severity 'fatal' is not one of critical, warning, info"),
        ("- {relation: events, severity: info}\n", r"custom\.yml, row 1: missing type"),
        ("- {relation: events, type: x}\n", r"custom\.yml, row 1: missing severity"),
        (
            "- {relation: evnts, type: x, severity: info}\n",
            r"row 1: relation 'evnts' is not declared; allowed are events",
        ),
        (UNIQUE % "info" + UNIQUE % "info", r"custom\.yml, row 2: id 'events.event_id.unique' is taken"),
        (UNIQUE % "info" + "- {typ: x}\n", r"custom\.yml, row 2: unknown key typ; allowed are advice"),
        ("- just text\n", r"custom\.yml, row 1: expected a mapping"),
        ("- {relation: events, type: x, severity: info, kwargs: [1]}\n", r"row 1: kwargs must be a mapping"),
        (
            "- {relation: events, type: unexpected_rows_expectation, severity: info}\n",
            r"row 1: .* needs an id",
        ),
        ("  []\n", r"custom\.yml: expectations must be a list with at least one row"),
        ("surprise: 1\n", r"custom\.yml: unknown key surprise; allowed are description"),
        ("", r"custom\.yml: missing expectations"),
        ("- {\n", r"custom\.yml: not valid YAML"),
        (
            "- {relation: events, type: expect_column_to_exist, kwargs: {column: $n}, severity: info}\n",
            r"row 1 .*\$n is neither a parameter nor a relation of this run \(given: events, odd\)",
        ),
        (
            "- {relation: events, type: x, kwargs: {query: 'where v > $odd'}, severity: info}\n",
            r"row 1 .*parameter odd = None has type NoneType; allowed are bool, int",
        ),
    ],
)
def test_a_wrong_suite_is_refused(
    expectations: str, message: str, session: duckdb.DuckDBPyConnection, write_suite: WriteSuite
) -> None:
    with pytest.raises(ValueError, match=message):
        _run(session, write_suite(expectations), odd=None)


def test_relations_must_be_those_of_the_suite(
    session: duckdb.DuckDBPyConnection, write_suite: WriteSuite
) -> None:
    suite = write_suite(UNIQUE % "info")
    with pytest.raises(ValueError, match=r"suite 'custom' needs events"):
        run_suite(session, suite, {}, "r", RUN_AT, {})
    with pytest.raises(ValueError, match=r"visits is not declared by suite 'custom'; allowed are events"):
        run_suite(session, suite, {"events": "events", "visits": "events"}, "r", RUN_AT, {})


def test_suites_are_found_by_name_in_the_working_directory_first(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    session: duckdb.DuckDBPyConnection,
    write_suite: WriteSuite,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "expectations").mkdir()
    write_suite(UNIQUE % "info").rename(tmp_path / "expectations" / "events.yml")
    assert _run(session, Path("events"))[0]["suite"] == "custom"
    with pytest.raises(ValueError, match=r"suite 'nowhere' not found"):
        _run(session, Path("nowhere"))


def test_narrate_puts_critical_first(session: duckdb.DuckDBPyConnection, validate: Validate) -> None:
    assert narrate(validate("events")) == []
    session.execute("update reconciliation set quarantined_rows = 90")
    session.execute("update events set event_id = 'e1' where event_id = 'e2'")
    lines = narrate(validate("events"))
    assert [line.split(": ")[0] for line in lines] == [
        "CRITICAL events.event_id.unique",
        "CRITICAL reconciliation.raw_is_the_sum_of_its_parts",
        "WARNING reconciliation.quarantine_rate",
        "WARNING reconciliation.load_quarantine_rate",
    ]
    assert lines[0] == (
        "CRITICAL events.event_id.unique: Expected every event_id to be unique. Seen: 1 failing, "
        'for example {"event_id": "e1", "copies": 2}. Check the removal of duplicates; '
        "two loads may carry the same id with different payloads."
    )
    assert "to be at most 0.05. Seen" in lines[2]


def test_a_process_that_validates_is_silent_and_calls_nobody(write_suite: WriteSuite) -> None:
    script = """
import datetime as dt, os, socket, sys
def refuse(*arguments, **keywords):
    raise SystemExit("network")
socket.getaddrinfo = socket.socket.connect = socket.socket.connect_ex = refuse
import duckdb
from microlift.expectations import run_suite
assert "great_expectations" not in sys.modules
session = duckdb.connect()
session.execute("create table events as select 'e' || i as event_id from range(5) as t(i)")
table = run_suite(session, sys.argv[1], {"events": "events"}, "r", dt.datetime(2024, 1, 1), {})
assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
print(table["success"].to_pylist())
"""
    suite = str(write_suite(UNIQUE % "critical"))
    done = subprocess.run([sys.executable, "-c", script, suite], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("[True]\n", "", 0)
