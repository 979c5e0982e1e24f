"""What the alert hook was last told, kept beside the warehouse: what did not arrive is told again by the next refresh."""

import json
import os
from pathlib import Path

from microlift.compare.alerts import State


def path_of(database: Path) -> Path:
    return database.with_name(database.name + ".told.json")


def read(database: Path) -> State:
    """The state that was told last; empty before the first, and where the file cannot be read."""
    try:
        content: State = json.loads(path_of(database).read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write(database: Path, state: State) -> None:
    """Keep the state, in one step."""
    aside = path_of(database).with_suffix(f".{os.getpid()}.partial")
    aside.write_text(json.dumps(state, default=str, ensure_ascii=False))
    aside.replace(path_of(database))
