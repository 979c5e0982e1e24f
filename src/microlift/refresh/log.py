"""The log of a refresh: a JSON object a line, for machines to read and people to grep."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO


class Log:
    """Writes lines to standard error, and to a file where one is named; every line carries the refresh's id."""

    def __init__(self, refresh_id: str, path: Path | None = None, stream: TextIO | None = None) -> None:
        self.refresh_id = refresh_id
        self.path = path
        self.stream = stream or sys.stderr

    def say(self, event: str, **fields: Any) -> None:
        """One line: when, which refresh, what happened, and whatever belongs to it."""
        line = json.dumps(
            {
                "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
                "refresh_id": self.refresh_id,
                "event": event,
            }
            | fields,
            default=str,
            ensure_ascii=False,
        )
        print(line, file=self.stream, flush=True)
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
