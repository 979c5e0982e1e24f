"""Publishing: what readers see while versions come and go, what is refused, and what a crash leaves."""

import json
import multiprocessing
import os
import time
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import duckdb
import pytest
from builds import warehouse
from click.testing import CliRunner

from microlift.cli import main
from microlift.publish import current_version, publish, store
from microlift.publish.version import RefusedError


def test_version_holds_public_tables_and_a_manifest(tmp_path: Path) -> None:
    published = publish(warehouse(tmp_path / "w.duckdb", 3), tmp_path / "out")
    assert current_version(tmp_path / "out") == published.folder.resolve()
    manifest = json.loads((tmp_path / "out" / "current" / "manifest.json").read_text())
    assert manifest == published.manifest
    assert (manifest["build_id"], manifest["data_until"]) == ("r3", "2026-01-31T00:00:00Z")
    assert manifest["checks"] == {"critical": {"passed": 4, "failed": 0}}
    assert manifest["rows"]["fct_exposures"] == 1
    assert "int_secret" not in manifest["rows"]
    database = published.folder / "published.duckdb"
    assert not database.stat().st_mode & 0o222
    with duckdb.connect(str(database), read_only=True) as connection:
        for table, rows in manifest["rows"].items():
            parquet = published.folder / "parquet" / f"{table}.parquet"
            assert connection.execute(f"select count(*) from microlift.{table}").fetchall() == [(rows,)]
            assert connection.execute(f"select count(*) from '{parquet}'").fetchall() == [(rows,)]
        assert connection.execute("from microlift.published_definitions").fetchall() == [
            ("metrics", '{"metric_id":"signed_up","kind":"conversion"}')
        ]


@pytest.mark.parametrize(
    ("build", "said"),
    [
        ({"failed": "critical"}, "critical check failed: results.grain: two rows of one cell"),
        ({"checked": 0}, "suite events did not run in this build"),
    ],
)
def test_a_bad_build_is_refused_and_the_last_good_one_stays(
    tmp_path: Path, build: dict[str, Any], said: str
) -> None:
    good = publish(warehouse(tmp_path / "w.duckdb", 1), tmp_path / "out")
    result = CliRunner().invoke(
        main,
        [
            "publish",
            "--database",
            str(warehouse(tmp_path / "w.duckdb", 2, **build)),
            "--to",
            str(tmp_path / "out"),
        ],
    )
    assert result.exit_code == 1
    assert said in result.output
    assert current_version(tmp_path / "out") == good.folder.resolve()
    assert store.versions(tmp_path / "out") == [good.folder]


def test_warnings_do_not_hold_a_build_back(tmp_path: Path) -> None:
    published = publish(warehouse(tmp_path / "w.duckdb", failed="warning"), tmp_path / "out")
    assert published.manifest["checks"]["warning"] == {"passed": 0, "failed": 1}


@pytest.mark.parametrize(("run", "refused"), [("r1", True), ("another", False)])
def test_a_model_that_broke_in_this_run_is_a_reason(tmp_path: Path, run: str, refused: bool) -> None:
    results = tmp_path / "run_results.json"
    node = {"unique_id": "model.microlift.results_decisions", "status": "error", "message": "out of memory"}
    results.write_text(json.dumps({"metadata": {"invocation_id": run}, "results": [node]}))
    database = warehouse(tmp_path / "w.duckdb", 1)
    if refused:
        with pytest.raises(RefusedError, match="results_decisions error: out of memory"):
            publish(database, tmp_path / "out", run_results=results)
    else:
        publish(database, tmp_path / "out", run_results=results)


def test_old_versions_go_and_what_broke_off_too(tmp_path: Path) -> None:
    database = warehouse(tmp_path / "w.duckdb")
    broken = tmp_path / "out" / "versions" / f"{store.PARTIAL}20200101T000000.000000Z"
    broken.mkdir(parents=True)
    (broken / "published.duckdb").write_text("half")
    names = [publish(database, tmp_path / "out", keep=2).folder.name for _ in range(4)]
    assert [path.name for path in store.versions(tmp_path / "out")] == names[-2:]
    assert not broken.exists()


@pytest.mark.parametrize("step", ["rename", "symlink_to", "replace"])
def test_a_crash_at_any_step_leaves_the_version_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    database = warehouse(tmp_path / "w.duckdb")
    good = publish(database, tmp_path / "out").folder

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, step, crash)
        with pytest.raises(KeyboardInterrupt):
            publish(database, tmp_path / "out")
    assert current_version(tmp_path / "out") == good.resolve()
    again = publish(database, tmp_path / "out", keep=1).folder
    assert current_version(tmp_path / "out") == again.resolve()
    assert store.versions(tmp_path / "out") == [again]


def test_two_do_not_publish_at_once_and_a_dead_one_does_not_block(tmp_path: Path) -> None:
    with store.lock(tmp_path / "l", "first"), pytest.raises(store.LockedError, match="held by first"):
        store.lock(tmp_path / "l", "second").__enter__()
    child = multiprocessing.get_context("spawn").Process(target=_die_with_lock, args=(tmp_path / "l",))
    child.start()
    child.join()
    with store.lock(tmp_path / "l", "third") as left:
        assert left == "the dead"
    with store.lock(tmp_path / "l", "fourth") as left:
        assert left == ""


def _die_with_lock(path: Path) -> None:
    with store.lock(path, "the dead"):
        os._exit(1)


def _read(folder: Path, stop: Event, report: Any) -> None:
    """Open, read and close without pause; by the one file, and by Parquet of one version."""
    seen, errors, reads = [], [], 0
    while not stop.is_set():
        try:
            with duckdb.connect(str(folder / "current" / "published.duckdb"), read_only=True) as connection:
                first = connection.execute("select build from microlift.results_numbered").fetchall()
                time.sleep(0.01)
                second = connection.execute("select build from microlift.dim_metrics").fetchall()
            if first != second:
                errors.append(f"mixed: {first} {second}")
            version = current_version(folder)
            builds = duckdb.sql(
                f"select n.build, m.build from '{version}/parquet/results_numbered.parquet' as n,"
                f" '{version}/parquet/dim_metrics.parquet' as m"
            ).fetchall()[0]
            if len(set(builds)) > 1 or builds[0] < first[0][0]:
                errors.append(f"mixed or stale: {builds} after {first}")
            seen.append(first[0][0])
            reads += 1
        except Exception as error:  # whatever a reader sees is the finding
            errors.append(repr(error))
    if seen != sorted(seen):
        errors.append("a reader went back in time")
    report.put((reads, len(set(seen)), errors))


def test_readers_see_no_error_and_no_mixture_through_twenty_publishes(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    database = warehouse(tmp_path / "w.duckdb", 0)
    publish(database, folder)
    context = multiprocessing.get_context("spawn")
    stop, report = context.Event(), context.Queue()
    readers = [context.Process(target=_read, args=(folder, stop, report)) for _ in range(3)]
    for reader in readers:
        reader.start()
    held = duckdb.connect(str(folder / "current" / "published.duckdb"), read_only=True)
    for build in range(1, 21):
        with duckdb.connect(str(database)) as connection:
            connection.execute("update microlift.results_numbered set build = ?", [build])
            connection.execute("update microlift.dim_metrics set build = ?", [build])
        publish(database, folder, keep=3)
    # A connection that stayed open still reads its version, whose folder is long gone; a new one reads the newest.
    assert held.execute("select build from microlift.results_numbered").fetchall() == [(0,)]
    with duckdb.connect(str(folder / "current" / "published.duckdb"), read_only=True) as connection:
        assert connection.execute("select build from microlift.results_numbered").fetchall() == [(20,)]
    held.close()
    time.sleep(0.5)
    stop.set()
    outcomes = [report.get(timeout=20) for _ in readers]
    for reader in readers:
        reader.join()
    for reads, versions, errors in outcomes:
        assert errors == []
        assert reads > 5
        assert versions > 2
