"""With hashed identifiers nobody's id is in the warehouse, and everything is counted as before."""

import json
from typing import Any

import pytest
from harness import Build, Warehouse
from tiny import definitions

PRIVATE = (
    "anna@home.example",
    "anna-the-user",
    "annas-laptop",
    "annas-visit",
    "bert-the-user",
    "berts-phone",
)
VARIABLES = {"events": "stg_segment", "max_quarantine_rate": 1, "hash_identifiers": True}


def call(event_id: str, name: str, user: str | None, device: str | None, minute: int, **extra: Any) -> str:
    return json.dumps({
        "messageId": event_id, "type": "track", "event": name, "userId": user, "anonymousId": device,
        "originalTimestamp": f"2026-01-02T10:{minute:02}:00Z", "receivedAt": f"2026-01-02T10:{minute:02}:01Z",
        "properties": {"experiment": "e1", "variant": "a", "email": "anna@home.example"},
    } | extra)  # fmt: skip


LINES = [
    call("1", "shown", None, "annas-laptop", 0),
    call("2", "signed_up", "anna-the-user", "annas-laptop", 1),
    call("3", "shown", "bert-the-user", "berts-phone", 2),
    call("4", "unheard of", "bert-the-user", "berts-phone", 3),
    call("5", "shown", "bert-the-user", "berts-phone", 4, originalTimestamp="soon"),
    call("6", "shown", "bert-the-user", "berts-phone", 5).replace("}", ""),
    call("7", "shown", "bert-the-user", "berts-phone", 6).replace("7", "\x1f"),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, Build]:
    warehouse = Warehouse(tmp_path_factory.mktemp("private"))
    landing = warehouse.folder / "landing"
    landing.mkdir()
    (landing / "calls.ndjson").write_text("\n".join(LINES) + "\n")
    (landing / "attributes.csv").write_text(
        "unit_id,attribute,value,known_at\nanna-the-user,plan,pro,2026-01-01\nanna-the-user,email,anna@home.example,2026-01-01\n,plan,free,2026-01-01\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MICROLIFT_SALT", "a secret of sixteen or more")
        build = warehouse.build(
            "--select", "+unit_segments", "+quality_quarantine", "+quality_reconciliation", "+fct_sessions",
            variables=VARIABLES | {
                "segment_files": str(landing / "*.ndjson"), "unit_attributes": str(landing / "attributes.csv"),
                "definitions": warehouse.define(
                    **definitions(),
                    segments=[{"segment_dimension": "plan", "segment": "*", "priority": "1", "source": "unit",
                               "attribute": "plan", "operator": "is_known"}],
                ),
            },
        )  # fmt: skip
    return warehouse, build


def test_no_table_holds_an_id(built: tuple[Warehouse, Build]) -> None:
    warehouse, build = built
    assert build.success, build.output[-3000:]
    tables = warehouse.execute(
        "select table_name from information_schema.tables where table_schema = 'microlift' and table_type = 'BASE TABLE'"
    )
    assert len(tables) > 30
    for (table,) in tables:
        text = warehouse.execute(
            f"select coalesce(string_agg(t::varchar, ' '), '') from microlift.{table} as t"
        )[0][0]
        assert not [secret for secret in PRIVATE if secret in text], table


def test_equal_ids_stay_equal(built: tuple[Warehouse, Build]) -> None:
    warehouse, _ = built
    # Anna was shown the variant before she signed in, and her plan is known under her user's id.
    assert warehouse.execute("""
        select x.unit_id, s.segment_before_merge
        from int_exposures as x inner join unit_segments as s on s.unit_id = x.unit_id and s.segment_dimension = 'plan'
        where x.unit_id in (select distinct user_id from int_person_events where event_name = 'signed_up')
    """) == [
        (
            warehouse.execute("select left(sha256('a secret of sixteen or more:anna-the-user'), 32)")[0][0],
            "pro",
        )
    ]


def test_every_row_is_accounted_for_without_its_payload(built: tuple[Warehouse, Build]) -> None:
    warehouse, _ = built
    rows = warehouse.execute("select reason, raw_payload from quality_quarantine order by all")
    withheld = "(withheld: it may hold private identifiers)"
    reasons = (
        "broken_json",
        "control_character",
        "missing_unit_id",
        "unknown_event_name",
        "unparseable_event_time",
    )
    assert rows == [(reason, withheld) for reason in reasons]


def test_without_a_salt_nothing_is_built(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROLIFT_SALT", "short")
    build = warehouse.build("--select", "int_run", variables={"hash_identifiers": True})
    assert not build.success
    assert "MICROLIFT_SALT holds fewer than 16 characters" in build.output
