"""A real access log through the project's own models: its entries, and its sessions by each of the two units."""

from pathlib import Path

import pytest
from harness import Warehouse
from real import shared_file

LOG = "logs/apache_access.log.gz"


def build(folder: Path, unit: str) -> Warehouse:
    warehouse = Warehouse(folder)
    done = warehouse.build(
        "--select",
        "+fct_sessions",
        "+fct_events",
        "+quality_reconciliation",
        "+quality_quarantine",
        variables={
            "events": "stg_access_log",
            "access_log_files": str(shared_file(LOG)),
            "access_log_unit": unit,
            "definitions": warehouse.define(events=[{"event_name": "request"}]),
        },
    )
    assert done.success, done.output[-3000:]
    return warehouse


@pytest.fixture(scope="module")
def by_ip(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return build(tmp_path_factory.mktemp("ip"), "ip")


def test_every_line_is_accounted_for(by_ip: Warehouse) -> None:
    """10,000 lines, one of them cut off; 19 are equal to another line of the same second and are requests too."""
    (load,) = by_ip.table("from quality_reconciliation where door = 'events'")
    assert (load["raw_rows"], load["valid_rows"], load["quarantined_rows"]) == (10000, 9999, 1)
    ((reason, payload),) = by_ip.execute("select reason, raw_payload from quality_quarantine")
    assert reason == "unparseable_line"
    assert payload.startswith("46.118.127.106 - - [20/May/2015:12:05:17 +0000]")


def test_an_entry(by_ip: Warehouse) -> None:
    ((first, last, people),) = by_ip.execute(
        "select min(event_time)::varchar, max(event_time)::date::varchar, count(distinct person_id) from fct_events"
    )
    assert (first, last, people) == ("2015-05-17 10:05:00", "2015-05-20", 1753)
    names = ("method", "page_path", "query", "protocol", "status", "bytes", "referrer")
    listed = ", ".join(f"json_extract_string(properties, '{name}')" for name in names)
    entry = by_ip.execute(
        f"select {listed} from fct_events where device_id = '83.149.9.216'"
        " and event_time = '2015-05-17 10:05:03'"
    )
    assert entry == [
        (
            "GET",
            "/presentations/logstash-monitorama-2013/images/kibana-search.png",
            None,
            "HTTP/1.1",
            "200",
            "203023",
            "http://semicomplete.com/presentations/logstash-monitorama-2013/",
        )
    ]


def test_sessions_by_address(by_ip: Warehouse) -> None:
    assert by_ip.execute("select count(*), sum(events) from fct_sessions") == [(3052, 9999)]


def test_sessions_by_address_and_user_agent(tmp_path: Path) -> None:
    warehouse = build(tmp_path, "ip_and_user_agent")
    assert warehouse.execute("select count(*), sum(events) from fct_sessions") == [(3223, 9999)]
