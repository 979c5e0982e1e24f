"""The stages of a refresh, in order; each is timed and logged, and the first that fails ends it."""

import importlib
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from microlift.compare.alerts import State, news, state
from microlift.compare.builds import open_build
from microlift.publish import gate, public, publish, store
from microlift.refresh import alert, runs, told
from microlift.refresh.log import Log
from microlift.scaffold.link import is_linked, is_listed, link

# Exit codes: which stage failed. 75 is `EX_TEMPFAIL`: try again later.
CODES = {"land": 10, "build": 11, "check": 12, "publish": 13, "report": 14, "alert": 15}
LOCKED = 75

# dbt of this very environment, whatever the PATH says.
DBT = "from dbt.cli.main import cli; cli()"


@dataclass(frozen=True)
class Settings:
    """What to refresh and whom to tell; the fields are the options of `microlift refresh`."""

    database: Path
    folder: Path = Path("published")
    project: Path = Path()
    profiles: Path | None = None
    land: str = ""
    alert: str = ""
    report: Path | None = Path("report")
    keep: int = 5
    minimum_cell: int = 0
    dbt: tuple[str, ...] = ()
    log: Path | None = None


class StageFailedError(Exception):
    """A stage that did not come through; `stage` is its name."""

    def __init__(self, stage: str, message: str) -> None:
        self.stage = stage
        super().__init__(message)


@dataclass
class Refresh:
    """One refresh and what it has done so far."""

    settings: Settings
    log: Log
    started: datetime = field(default_factory=lambda: datetime.now(UTC).replace(tzinfo=None))
    seconds: dict[str, float] = field(default_factory=dict)
    version: str | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    now: State = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time and log a stage; whatever goes wrong in it is its failure."""
        self.log.say("stage_started", stage=name)
        began = time.monotonic()
        try:
            yield
        except (StageFailedError, KeyboardInterrupt, SystemExit):
            raise
        except Exception as error:
            raise StageFailedError(name, f"{type(error).__name__}: {error}") from error
        finally:
            self.seconds[name] = round(time.monotonic() - began, 3)
        self.log.say("stage_ended", stage=name, seconds=self.seconds[name])


def refresh(settings: Settings) -> int:
    """Run a refresh; returns its exit code (`CODES`, 0 for a clean one, 75 where another one runs).

    Safe to run again after any failure: landed files are read once, a broken-off build is caught up by the next, and
    a version is published whole or not at all. The lock is inherited by dbt, so a refresh that was killed does not let
    a second one in while its build still writes.
    """
    log = Log(str(uuid.uuid4()), settings.log)
    lock_path = lock_of(settings.database)
    holder = f"microlift refresh, process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    try:
        with store.lock(lock_path, holder) as left:
            if left:
                log.say(
                    "took_over",
                    message=f"the last refresh did not end by itself ({left}); its work is redone",
                )
            return _run(Refresh(settings, log))
    except store.LockedError as error:
        log.say("locked", message=str(error), exit_code=LOCKED)
        return LOCKED


def lock_of(database: Path) -> Path:
    """What whoever builds a warehouse on a schedule holds."""
    return database.with_name(database.name + ".refresh.lock")


def _run(run: Refresh) -> int:
    code, message = 0, ""
    run.log.say("refresh_started", database=str(run.settings.database))
    try:
        _stages(run)
    except StageFailedError as error:
        code, message = CODES[error.stage], str(error)
        run.log.say("stage_failed", stage=error.stage, message=message)
    if run.settings.alert:
        try:
            if run.changes or code:
                with run.stage("alert"):
                    alert.send(run.settings.alert, _message(run, code, message))
            told.write(run.settings.database, told.read(run.settings.database) | run.now)
        except StageFailedError as error:
            run.log.say("stage_failed", stage="alert", message=str(error))
            code, message = code or CODES["alert"], message or str(error)
    _record(run, code, message)
    run.log.say("refresh_ended", exit_code=code, version=run.version, changes=len(run.changes), **run.seconds)
    return code


def _stages(run: Refresh) -> None:
    settings = run.settings
    if settings.land:
        with run.stage("land"):
            _command(["/bin/sh", "-c", settings.land], settings.project, "land")
    failed = None
    try:
        with run.stage("build"):
            build(settings)
    except StageFailedError as error:
        failed = error
    if failed and not settings.database.is_file():
        raise failed
    try:
        with run.stage("check"):
            _check(settings, run)
    except StageFailedError as error:
        # A failed check is why dbt failed; other reasons are only that it did not get to the end.
        raise error if failed is None or "critical check failed" in str(error) else failed from None
    if failed:
        raise failed
    with run.stage("publish"):
        run.version = publish(
            settings.database, settings.folder, settings.keep, settings.minimum_cell
        ).folder.name
    write_report = report_command()
    if settings.report and write_report:
        with run.stage("report"):
            write_report(settings.database, settings.report)


def build(settings: Settings) -> None:
    """Run `dbt build` in a process of its own; raises StageFailedError where it does not come through."""
    if is_listed(settings.project) and not is_linked(settings.project):
        link(settings.project)  # another Python or another microlift than last time
    command = [sys.executable, "-c", DBT, "build", "--project-dir", str(settings.project)]
    if settings.profiles:
        command += ["--profiles-dir", str(settings.profiles)]
    _command(
        [*command, *settings.dbt],
        settings.project,
        "build",
        {"MICROLIFT_DATABASE": str(settings.database.absolute())},
    )


def _command(command: list[str], folder: Path, stage: str, environment: dict[str, str] | None = None) -> None:
    """Run a command with its output on standard error; a signal to the refresh ends it too."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | (environment or {}),
        stdout=sys.stderr,
        check=False,
        close_fds=False,
    )
    if done.returncode:
        raise StageFailedError(
            stage,
            f"`{' '.join(command[3:] if DBT in command else command)}` ended with {done.returncode}; its output says why",
        )


def _check(settings: Settings, run: Refresh) -> None:
    """The gate of publishing, asked here so that a failed check has an exit code of its own; and what is new."""
    with duckdb.connect() as connection:
        public.attach(connection, settings.database)
        reasons = gate.refusals(connection)
    with open_build(settings.database) as build:
        run.now = state(build)
    if reasons:  # readers do not see this build, so nothing is told of its results
        run.now = {"checks": run.now["checks"]}
    run.changes = news(
        told.read(settings.database), {"verdicts": {}, "mismatches": {}, "boundaries": {}} | run.now
    )
    if reasons:
        raise StageFailedError("check", "nothing is published: " + "; ".join(reasons))


def report_command() -> Callable[[Path, Path], None] | None:
    """What writes the report; None where this installation has no such command."""
    try:
        command = importlib.import_module("microlift.commands.report").report
    except ModuleNotFoundError:
        return None

    def write(database: Path, output: Path) -> None:
        command.main(["--database", str(database), "--output", str(output)], standalone_mode=False)

    return write


def _message(run: Refresh, code: int, message: str) -> dict[str, Any]:
    return {
        "refresh_id": run.log.refresh_id,
        "exit_code": code,
        "failure": message or None,
        "published_version": run.version,
        "changes": run.changes,
    }


def _record(run: Refresh, code: int, message: str) -> None:
    ended = datetime.now(UTC).replace(tzinfo=None)
    outcome = next((f"{stage} failed" for stage, its in CODES.items() if its == code), "done")
    row = {f"{stage}_seconds": seconds for stage, seconds in run.seconds.items()} | {
        "refresh_id": run.log.refresh_id,
        "started_at": run.started,
        "ended_at": ended,
        "exit_code": code,
        "outcome": outcome,
        "total_seconds": round((ended - run.started).total_seconds(), 3),
        "published_version": run.version,
        "message": message or None,
    }
    try:
        runs.record(run.settings.database, row)
    except duckdb.Error as error:
        run.log.say("not_recorded", message=f"refresh_runs could not be written: {error}")
