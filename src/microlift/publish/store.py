"""The folder of published versions: one writer at a time, a pointer that moves in one step, old versions removed.

published/
  versions/20260201T101500.000001Z/   published.duckdb, parquet/TABLE.parquet, manifest.json
  current -> versions/20260201T…      moved by rename, so it is never absent and never between two
  .lock                               held while a version is written
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DATABASE = "published.duckdb"
MANIFEST = "manifest.json"
PARTIAL = ".partial-"


class LockedError(RuntimeError):
    """Somebody else holds the lock; the message says who."""


@contextmanager
def lock(path: Path, holder: str) -> Iterator[str]:
    """Hold a lock file, and yield what a holder that died left in it (blank after a clean end).

    The kernel lets go of the lock when its process ends, however it ends, so a dead process never blocks the next.

    Raises LockedError while another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        file.seek(0)
        text = file.read().strip()
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(f"{path} is held by {text or 'another process'}: wait until it ends") from error
        os.set_inheritable(file.fileno(), True)  # a child that outlives us still holds it
        file.truncate(0)
        file.write(holder + "\n")
        file.flush()
        yield text
        file.truncate(0)


def current_version(folder: Path) -> Path | None:
    """The folder of the version that `current` points to, by its own name; None before the first.

    A reader of several Parquet files asks once, and reads them all from there: so they are of one version.
    """
    pointer = folder / "current"
    return pointer.resolve() if pointer.is_symlink() and pointer.exists() else None


def versions(folder: Path) -> list[Path]:
    """All whole versions, oldest first."""
    return sorted(path for path in (folder / "versions").glob("*") if not path.name.startswith(PARTIAL))


def finish(folder: Path, partial: Path, name: str) -> Path:
    """Make a version that is whole on disk the current one."""
    for path in [*partial.rglob("*"), partial]:
        _flush(path)
        if path.is_file():
            path.chmod(0o444)
    whole = folder / "versions" / name
    partial.rename(whole)
    _flush(whole.parent)
    pointer = folder / f"{PARTIAL}current"
    pointer.unlink(missing_ok=True)
    pointer.symlink_to(Path("versions") / name)
    pointer.replace(folder / "current")
    _flush(folder)
    return whole


def tidy(folder: Path, keep: int) -> None:
    """Remove what broke off, and all versions but the newest `keep`; never the current one."""
    for path in (folder / "versions").glob(f"{PARTIAL}*"):
        shutil.rmtree(path)
    current = current_version(folder)
    for path in versions(folder)[:-keep]:
        if path != current:
            # Renamed first, so that a removal that breaks off leaves no half of a version behind.
            doomed = path.rename(path.with_name(PARTIAL + path.name))
            shutil.rmtree(doomed)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
