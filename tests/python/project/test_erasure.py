"""A person who is to be forgotten is nowhere afterwards: in no table, in no file, and not when the raw files are read again."""

import csv
import gzip
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result
from harness import Warehouse
from test_incremental import assert_same
from tiny import definitions

from microlift import erase
from microlift.cli import main
from microlift.publish import gate, publish, store
from microlift.refresh import run

MARKER = "forget-me"
"""It stands in every id and text of the person, and nowhere else."""

ANNA, LAPTOP, PHONE, BERT = f"{MARKER}-anna", f"{MARKER}-laptop", f"{MARKER}-phone", "bert"


def call(number: int, name: str, user: str | None, device: str | None, own: bool = True, **extra: Any) -> str:
    """A Segment call; of the person's own, with the marker in its id and its properties."""
    properties = {"experiment": "e1", "variant": "ab"[number % 2], "price": number, "plan": "pro"}
    return json.dumps({
        "messageId": f"{MARKER}-{number}" if own else f"m{number}", "type": "track", "event": name,
        "userId": user, "anonymousId": device,
        "originalTimestamp": f"2026-01-02T{10 + number // 60:02}:{number % 60:02}:00Z",
        "receivedAt": f"2026-01-02T{10 + number // 60:02}:{number % 60:02}:01Z",
        "properties": properties | ({"email": f"{MARKER}@home.example"} if own else {}),
    } | extra)  # fmt: skip


# Before the sign-in and after it, rejected for every kind of reason, served an adjustment; and others beside her.
EARLY = [
    call(1, "shown", None, LAPTOP),
    call(2, "signed_up", ANNA, LAPTOP),
    call(3, "bought", ANNA, LAPTOP),
    call(4, "unheard of", ANNA, LAPTOP),
    call(5, "shown", ANNA, LAPTOP, originalTimestamp="soon"),
    call(6, "shown", ANNA, LAPTOP).replace("}", ""),
    call(7, "shown", ANNA, LAPTOP).replace("7", "\x1f"),
    call(8, "shown", None, None, messageId="m8"),
    call(2, "bought", ANNA, LAPTOP),
    call(9, "bought", ANNA, LAPTOP, properties={"staff": True, "email": MARKER}),
    call(10, "shown", BERT, "berts", own=False),
    call(11, "signed_up", BERT, "berts", own=False),
    call(12, "bought", BERT, LAPTOP, own=False),
]
# Nobody knows yet that the phone is hers.
ANONYMOUS = [
    call(20, "shown", None, PHONE),
    call(21, "bought", None, PHONE),
    call(22, "shown", None, "cesars", own=False),
]
SIGNED_IN = [call(30, "signed_up", ANNA, PHONE), call(31, "signed_up", "cesar", "cesars", own=False)]
UNITS = f"""experiment_id,unit_id,variant_id,exposed_at,metric_id,value,segments
e2,{ANNA},a,2026-01-02 10:00:00,revenue,3,"{{""plan"": ""{MARKER}""}}"
e2,{ANNA},a,2026-01-02 10:00:00,revenue,4,
e2,{LAPTOP},a,2026-01-02 10:00:00,nothing of the sort,4,
e2,,a,2026-01-02 10:00:00,revenue,{MARKER},
e2,bert,b,2026-01-02 10:00:00,revenue,5,
"""
ATTRIBUTES = f"""unit_id,attribute,value,known_at
{ANNA},plan,{MARKER},2026-01-01
{ANNA},plan,other {MARKER},2026-01-01
{LAPTOP},plan,{MARKER},2026-01-01
,plan,{MARKER},2026-01-01
bert,plan,pro,2026-01-01
"""

# Everything that can hold a person; results hold groups.
HOLDS_PERSONS = (
    "+quality_quarantine", "+quality_reconciliation", "+quality_adjustment_violations", "+unit_segments", "+dim_units",
    "+fct_session_signals", "+fct_exposures", "+int_look_changes", "+fct_funnel_attempts", "+fct_adjustments",
    "+fct_adjustment_triggers", "int_rejected_lines", "int_as_of", "definition_sources",
)  # fmt: skip


@dataclass
class Story:
    """A warehouse before and after `microlift erase`."""

    warehouse: Warehouse
    tables_before: dict[str, int]
    old_version: Path
    told: Result

    def build(self, *arguments: str, warehouse: Warehouse | None = None) -> None:
        landing = self.warehouse.folder / "landing"
        target = warehouse or self.warehouse
        requests = self.warehouse.folder / "erasures.csv"
        asked = list(csv.DictReader(requests.open())) if requests.is_file() else []
        build = target.build(
            "--select", *HOLDS_PERSONS, *arguments,
            variables={
                "events": "stg_segment", "segment_files": f"{landing}/*.ndjson", "units": f"{landing}/units.csv",
                "unit_attributes": f"{landing}/attributes.csv", "max_quarantine_rate": 1,
                "definitions": target.define(
                    **definitions("e1", "e2"), **({"erasures": asked} if asked else {}),
                    segments=[{"segment_dimension": "plan", "segment": "*", "priority": "1", "source": "unit",
                               "attribute": "plan", "operator": "is_known"}],
                    exclusions=[{"exclusion_id": "staff", "property": "staff", "operator": "is_known", "reason": "internal",
                                 "scope": "from_then_on"}],
                    funnels=[{"funnel_id": "buying", "step_order": "loose", "window_hours": "3"}],
                    funnel_steps=[{"funnel_id": "buying", "step_number": str(number), "event_name": name}
                                  for number, name in enumerate(("shown", "bought"), start=1)],
                ),
            },
        )  # fmt: skip
        assert build.success, build.output[-3000:]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Built, published, and then erased on request, as new rows tell of her phone."""
    folder = tmp_path_factory.mktemp("erasure")
    landing = folder / "landing"
    landing.mkdir()
    (landing / "early.ndjson").write_text("\n".join(EARLY) + "\n")
    (landing / "anonymous.ndjson").write_text("\n".join(ANONYMOUS) + "\n")
    (landing / "units.csv").write_text(UNITS)
    (landing / "attributes.csv").write_text(ATTRIBUTES)
    story = Story(Warehouse(folder), {}, Path(), Result(*[None] * 7))  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MICROLIFT_SALT", raising=False)
        patch.setattr(gate, "refusals", lambda *_: [])
        patch.setattr(run, "build", lambda settings: story.build())
        story.build()
        database = story.warehouse.database
        sample = json.dumps([{"event_id": MARKER}])
        story.warehouse.execute(
            "insert into quality_validations by name select run_id, run_at - interval 1 day as run_at, suite, expectation_id,"
            f" severity, false as success, '{sample}' as failing_sample, 'for example {MARKER}' as message"
            " from quality_validations limit 1"
        )
        story.tables_before = erase.tables_with(database, [MARKER])
        story.old_version = publish(database, folder / "published").folder
        assert erase.files_with([story.old_version], [MARKER])
        (landing / "signed_in.ndjson").write_text("\n".join(SIGNED_IN) + "\n")
        story.told = CliRunner().invoke(
            main,
            ["erase", "--id", ANNA, "--database", str(database), "--to", str(folder / "published"),
             "--requests", str(folder / "erasures.csv"), "--project-dir", str(folder)],
        )  # fmt: skip
    return story


def test_before_it_she_was_everywhere(story: Story) -> None:
    places = {name.removeprefix("microlift.") for name in story.tables_before}
    assert places >= {
        "int_event_store", "int_event_repeats", "int_person_events", "int_person_changes", "int_unit_door_changes",
        "int_unit_attribute_changes", "int_unit_timelines", "int_sessions", "int_exposures", "int_look_changes",
        "int_units_checked", "int_unit_attributes_checked", "landing_files", "quality_quarantine", "quality_validations",
        "dim_units", "int_session_facts", "fct_exposures", "unit_segments",
    }  # fmt: skip


def test_no_table_holds_anything_of_her(story: Story) -> None:
    assert story.told.exit_code == 0, (story.told.output, story.told.exception)
    assert erase.tables_with(story.warehouse.database, [MARKER]) == {}


def test_no_file_holds_anything_of_her(story: Story) -> None:
    folder = story.warehouse.folder
    written = [path for path in folder.iterdir() if path.name not in ("landing", "target", "logs")]
    assert story.warehouse.database in written
    assert folder / "published" in written
    assert erase.files_with(written, [MARKER]) == []
    assert not story.old_version.exists()
    assert len(store.versions(folder / "published")) == 1


def test_raw_files_are_named_and_left_alone(story: Story) -> None:
    for name in ("early.ndjson", "anonymous.ndjson", "signed_in.ndjson", "units.csv", "attributes.csv"):
        held = f"{name} still holds an id" in story.told.output
        # The name is looked for, and these rows do not carry it.
        assert held == (name != "anonymous.ndjson"), story.told.output


def test_every_row_is_accounted_for(story: Story) -> None:
    rows = story.warehouse.execute(
        "select split_part(load_id, '/', -1), raw_rows, valid_rows, quarantined_rows, excluded_rows, conflicting_rows"
        " from quality_reconciliation order by 1"
    )
    assert rows == [
        ("anonymous.ndjson", 3, 1, 0, 2, 0),
        ("attributes.csv", 5, 1, 1, 3, 0),
        ("early.ndjson", 13, 3, 3, 7, 0),
        ("signed_in.ndjson", 2, 1, 0, 1, 0),
        ("units.csv", 5, 1, 1, 3, 0),
    ]
    erased = story.warehouse.execute("from quality_quarantine where reason = 'erased'")
    assert len(erased) == 16
    assert {row[-1] for row in erased} == {None}


def test_others_stay(story: Story) -> None:
    """Bert signed in on her laptop once: the event is his, and the laptop is not in it."""
    assert story.warehouse.execute(
        "select person_id, device_id, event_name from int_person_events order by event_time"
    ) == [
        ("bert", "berts", "shown"),
        ("bert", "berts", "signed_up"),
        ("bert", None, "bought"),
        ("cesar", "cesars", "shown"),
        ("cesar", "cesars", "signed_up"),
    ]


def test_she_stays_out_when_the_raw_files_are_read_again(story: Story) -> None:
    """A full refresh, and a build from nothing with her devices known from the rows alone, equal the refreshed warehouse."""
    folder = story.warehouse.folder / "again"
    folder.mkdir()
    copied = Warehouse(folder)
    shutil.copy(story.warehouse.database, copied.database)
    story.build("--full-refresh", warehouse=copied)
    assert_same(story.warehouse, copied)
    assert erase.tables_with(copied.database, [MARKER]) == {}
    copied.database.unlink()
    story.build(warehouse=copied)
    story.warehouse.execute("drop table def_erasures")  # a list took the place of the empty seed
    assert_same(story.warehouse, copied)
    assert erase.tables_with(copied.database, [MARKER]) == {}


def test_requests_are_appended_once(tmp_path: Path) -> None:
    path = tmp_path / "erasures.csv"
    assert erase.request(["anna", " anna "], path, "salt") == 1
    path.write_text(path.read_text().rstrip())
    assert erase.request(["anna", "bert"], path, "salt") == 1
    lines = path.read_text().splitlines()
    assert lines[0] == "erased_id,requested_at,description"
    assert [line.split(",")[0] for line in lines[1:]] == [
        erase.tombstone(name, "salt") for name in ("anna", "bert")
    ]
    assert "anna" not in path.read_text()
    with pytest.raises(ValueError, match="an id is blank"):
        erase.request([" "], path, "salt")
    path.write_text("user_id\n1\n")
    with pytest.raises(ValueError, match=r"has the columns \['user_id'\]"):
        erase.request(["anna"], path, "salt")


def test_files_are_searched_as_what_they_are(tmp_path: Path) -> None:
    duckdb.execute(f"copy (select '{MARKER}' as id) to '{tmp_path}/a.parquet' (compression zstd)")
    (tmp_path / "b.ndjson.gz").write_bytes(gzip.compress(MARKER.encode()))
    (tmp_path / "c.txt").write_bytes(b"x" * ((1 << 22) - 3) + MARKER.encode())
    (tmp_path / "d.txt").write_text("nobody")
    assert [file.name for file in erase.files_with([tmp_path], [MARKER])] == [
        "a.parquet",
        "b.ndjson.gz",
        "c.txt",
    ]


def test_a_request_needs_a_name(tmp_path: Path) -> None:
    for arguments, words in (
        (["--id", " "], "every id is blank"),
        (["--id", "x", "--database", str(tmp_path / "none.duckdb")], "nobody can be forgotten in it"),
    ):
        told = CliRunner().invoke(main, ["erase", *arguments])
        assert told.exit_code == 1
        assert words in told.output
