"""Small relations that every suite accepts."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from microlift.expectations import run_suite

RUN_AT = dt.datetime(2024, 3, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))
PARAMETERS = {
    "plausible_from": dt.datetime(2015, 1, 1),
    "clock_tolerance_seconds": 300,
    "max_quarantine_rate": 0.05,
    "max_load_quarantine_rate": 0.5,
    "max_contamination_rate": 0.3,
}
RELATIONS = {
    "events": ["events", "reconciliation", "event_vocabulary"],
    "exposures": ["exposures", "unit_metrics"],
    "aggregates": ["aggregates"],
    "results": ["intervals", "comparisons", "interactions"],
}
GOOD = """
create table events as
select 'e' || i as event_id, 'click' as event_name, timestamp '2024-01-01' + to_seconds(i) as event_time,
  timestamp '2024-01-01' + to_seconds(i + 5) as received_time, 'p' || i % 3 as person_id, 'd' as device_id,
  's' as session_tracker_id, i as sequence, '{}' as properties, 'l1' as load_id
from range(1, 11) as numbers(i);

create table event_vocabulary (event_name varchar);
insert into event_vocabulary values ('click'), ('view'), (null);

create table reconciliation (load_id varchar, door varchar, raw_rows bigint, valid_rows bigint,
  quarantined_rows bigint, excluded_rows bigint, conflicting_rows bigint, duplicate_rows bigint);
insert into reconciliation values ('l1', 'events', 100, 95, 1, 2, 1, 1), ('l2', 'units', 10, 10, 0, 0, 0, 0);

create table exposures as
select 'x1' as experiment_id, 'user' as unit_type, 'u' || i as unit_id, if(i % 2 = 0, 'a', 'b') as variant_id,
  timestamp '2024-01-01' as exposed_at, 1::bigint as exposures, if(i = 1, 2, 1)::bigint as variants_seen,
  i = 1 as is_contaminated, 1::bigint as allocation_epoch, 'events' as source_door
from range(1, 11) as numbers(i)
union all by name
select 'x2' as experiment_id, 'user' as unit_type, 'u1' as unit_id, 'a' as variant_id, null as exposed_at,
  1 as exposures, 1 as variants_seen, false as is_contaminated, 1 as allocation_epoch, 'units' as source_door;

create table unit_metrics as
select 'x1' as experiment_id, 'u' || i as unit_id, 'm1' as metric_id,
  if(i = 3, null, timestamp '2024-01-01' + to_seconds(i - 1)) as first_counted_at,
  if(i = 4, null, timestamp '2024-01-01') as exposed_at
from range(1, 6) as numbers(i);

create table aggregates (experiment_id varchar, segment_dimension varchar, segment varchar, basis varchar,
  metric_id varchar, kind varchar, variant_id varchar, units bigint, successes bigint, value_sum double,
  mean double, centred_sum_squares double);
insert into aggregates values
  ('x1', 'all', 'all', 'at_exposure', 'm1', 'conversion', 'a', 100, 7, 7, .07, 6.51),
  ('x1', 'device', 'phone', 'at_exposure', 'm1', 'conversion', 'a', 60, 4, 4, .0667, 3.7),
  ('x1', 'device', 'desktop', 'at_exposure', 'm1', 'conversion', 'a', 40, 3, 3, .075, 2.8),
  ('x1', 'path', 'quick', 'post_exposure', 'm1', 'conversion', 'a', 40, 3, 3, .075, 2.8),
  ('x1', 'all', 'all', 'pre_exposure', 'm2', 'sum', 'a', 0, null, 0, null, 0);

create table intervals (experiment_id varchar, segment_dimension varchar, segment varchar, metric_id varchar,
  variant_id varchar, method varchar, estimate double, interval_low double, interval_high double);
insert into intervals values
  ('x1', 'all', 'all', 'm1', 'a', 'wilson', .07, .03, .14),
  ('x1', 'all', 'all', 'm1', 'a', 'exact', .07, .02, .15),
  ('x1', 'all', 'all', 'm1', 'a', 'edge', 0, 1e-12, .05),
  ('x1', 'all', 'all', 'm1', 'a', 'unbounded', .5, null, .1);

create table comparisons (
  experiment_id varchar, segment_dimension varchar, segment varchar, metric_id varchar,
  variant_id varchar, baseline_variant_id varchar, difference double, difference_low double,
  difference_high double, relative_lift double, relative_lift_low double, relative_lift_high double,
  p_value double, p_tested double, p_bonferroni double, p_holm double, p_benjamini_hochberg double,
  p_benjamini_yekutieli double, probability_better double, expected_loss double);
insert into comparisons
select 'x1', 'all', 'all', 'm1', 'b' || i, 'a', .02, -.01, .05, .3, -.1, .9, .04, .04, .08, .04, null, 1, .97, .001
from range(1, 3) as numbers(i);

create table interactions (
  experiment_id varchar, segment_dimension varchar, metric_id varchar, p_value double);
insert into interactions values ('x1', 'device', 'm1', .2), ('x1', 'country', 'm1', null);
"""


@pytest.fixture
def session() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    # As the connection of a warehouse is.
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(GOOD)
    return connection


@pytest.fixture
def validate(session: duckdb.DuckDBPyConnection) -> Callable[..., pa.Table]:
    """Run one of the project's suites over the tables of ``session``."""

    def run(suite: str, **parameters: Any) -> pa.Table:
        relations = {key: f'"memory"."main"."{key}"' for key in RELATIONS[suite]}
        return run_suite(session, suite, relations, "run-1", RUN_AT, PARAMETERS | parameters)

    return run


@pytest.fixture
def write_suite(tmp_path: Path) -> Callable[[str], Path]:
    """A suite file with the given text below its head, over the relation ``events``."""

    def write(expectations: str) -> Path:
        path = tmp_path / "custom.yml"
        head = "suite: custom\ndescription: test\nrelations: {events: [event_id]}\nexpectations:\n"
        path.write_text(head + expectations, encoding="utf-8")
        return path

    return write
