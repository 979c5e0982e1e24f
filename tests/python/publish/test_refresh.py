"""`microlift refresh`: its stages, exit codes, lock, log, alerts and the table of its runs. dbt is played by a script."""

import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import duckdb
import pytest
from builds import warehouse

from microlift.publish import current_version
from microlift.refresh import run as refresh_run
from microlift.refresh.run import LOCKED, Settings, StageFailedError, refresh

DECIDED = ("e", "ship", "b", "everyone", "m", 0.1, 0.01, "b wins")
MISMATCH = ("e", "sample_ratio", "fail", 9.0, 1e-6, "a 1, b 9")
UNDECIDED = ("e", "keep running", None, "no one", "m", 0.1, 0.2, "too early")


@pytest.fixture
def next_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the next build makes: arguments of `warehouse`, and `raises` where dbt fails."""
    plan: dict[str, Any] = {"build": 1, "raises": False}

    def build(settings: Settings) -> None:
        given = {key: value for key, value in plan.items() if key != "raises"}
        fresh = warehouse(tmp_path / "fresh" / settings.database.name, **given)
        with duckdb.connect(str(fresh)) as connection:
            connection.execute(
                "create table microlift.quality_reconciliation as select 100 * ? as raw_rows", [plan["build"]]
            )
            if settings.database.exists():
                connection.execute(f"attach '{settings.database}' as old (read_only)")
                connection.execute("create table microlift.refresh_runs as from old.microlift.refresh_runs")
        shutil.move(fresh, settings.database)
        if plan["raises"]:
            raise StageFailedError("build", "dbt ended with 1")

    (tmp_path / "fresh").mkdir()
    monkeypatch.setattr(refresh_run, "build", build)
    return plan


def settings(tmp_path: Path, **more: Any) -> Settings:
    return Settings(
        tmp_path / "w.duckdb",
        tmp_path / "out",
        project=tmp_path,
        report=None,
        log=tmp_path / "log.jsonl",
        **more,
    )


def lines(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]


def runs(tmp_path: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        return connection.execute(
            "select exit_code, outcome, raw_rows, new_rows, build_id, published_version is not null, lag_seconds > 0,"
            " build_seconds >= 0 and total_seconds >= build_seconds from microlift.refresh_runs order by started_at"
        ).fetchall()


def test_refresh_publishes_logs_records_and_tells_only_what_is_new(
    tmp_path: Path, next_build: dict[str, Any]
) -> None:
    told = tmp_path / "told.json"
    given = settings(tmp_path, land="touch landed", alert=f"cat > {told}")
    next_build["results_decisions"] = [UNDECIDED]
    assert refresh(given) == 0
    assert (tmp_path / "landed").exists()
    assert [change["kind"] for change in json.loads(told.read_text())["changes"]] == ["verdict_changed"]
    told.unlink()
    next_build["build"] = 2
    assert refresh(given) == 0
    assert not told.exists()
    next_build |= {
        "build": 3,
        "results_decisions": [DECIDED],
        "results_health": [MISMATCH],
    }
    assert refresh(given) == 0
    message = json.loads(told.read_text())
    assert message["published_version"] == current_version(given.folder).name  # type: ignore[union-attr]
    assert [(change["kind"], change["experiment_id"]) for change in message["changes"]] == [
        ("new_winner", "e"),
        ("sample_ratio_mismatch", "e"),
    ]
    assert message["changes"][0]["previous_verdict"] == "keep running"
    assert runs(tmp_path) == [
        (0, "done", 100, 100, "r1", True, True, True),
        (0, "done", 200, 100, "r2", True, True, True),
        (0, "done", 300, 100, "r3", True, True, True),
    ]
    events = [line["event"] for line in lines(tmp_path)]
    assert events[0] == "refresh_started"
    assert events[-1] == "refresh_ended"
    assert len({line["refresh_id"] for line in lines(tmp_path)}) == 3


def test_a_failed_check_is_told_once_and_nothing_is_published(
    tmp_path: Path, next_build: dict[str, Any]
) -> None:
    told = tmp_path / "told.json"
    given = settings(tmp_path, alert=f"cat > {told}")
    assert refresh(given) == 0
    good = current_version(given.folder)
    next_build |= {"build": 2, "failed": "critical", "raises": True, "results_decisions": [DECIDED]}
    assert refresh(given) == 12
    message = json.loads(told.read_text())
    assert (message["exit_code"], [change["kind"] for change in message["changes"]]) == (12, ["failed_check"])
    assert "two rows of one cell" in message["failure"]
    assert current_version(given.folder) == good
    assert refresh(given) == 12
    assert json.loads(told.read_text())["changes"] == []
    next_build |= {"build": 4, "failed": "", "raises": False}
    assert refresh(given) == 0
    assert [change["kind"] for change in json.loads(told.read_text())["changes"]] == ["new_winner"]


def test_exit_codes_tell_the_stage(tmp_path: Path, next_build: dict[str, Any]) -> None:
    assert refresh(settings(tmp_path, land="exit 3")) == 10
    next_build["raises"] = True
    assert refresh(settings(tmp_path)) == 11
    next_build["raises"] = False
    (tmp_path / "out").mkdir(exist_ok=True)
    (tmp_path / "out" / "versions").write_text("in the way")
    assert refresh(settings(tmp_path)) == 13
    (tmp_path / "out" / "versions").unlink()
    next_build["results_decisions"] = [DECIDED]
    assert refresh(settings(tmp_path, alert="echo down >&2; exit 1")) == 15
    assert "down" in lines(tmp_path)[-2]["message"]
    # What did not arrive is told by the next.
    assert refresh(settings(tmp_path, alert=f"cat > {tmp_path}/told")) == 0
    assert json.loads((tmp_path / "told").read_text())["changes"][0]["kind"] == "new_winner"


def test_a_webhook_gets_the_json(tmp_path: Path, next_build: dict[str, Any]) -> None:
    got: list[Any] = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200 if len(got) > 1 else 500)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    next_build["results_decisions"] = [DECIDED]
    given = settings(tmp_path, alert=f"http://127.0.0.1:{server.server_port}/")
    assert refresh(given) == 15
    assert refresh(given) == 0
    server.shutdown()
    assert [message["changes"][0]["kind"] for message in got] == ["new_winner", "new_winner"]


def test_a_second_refresh_is_turned_away_and_a_dead_one_is_noticed(
    tmp_path: Path, next_build: dict[str, Any]
) -> None:
    program = (
        "import sys, time; from pathlib import Path; from microlift.publish import store\n"
        "with store.lock(Path(sys.argv[1]), 'the first'):\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    lock = tmp_path / "w.duckdb.refresh.lock"
    first = subprocess.Popen([sys.executable, "-c", program, str(lock)], stdout=subprocess.PIPE)
    assert first.stdout is not None
    first.stdout.readline()
    assert refresh(settings(tmp_path)) == LOCKED
    assert "held by the first" in lines(tmp_path)[-1]["message"]
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert refresh(settings(tmp_path)) == 0
    assert "the first" in next(line for line in lines(tmp_path) if line["event"] == "took_over")["message"]
