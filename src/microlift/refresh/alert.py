"""Tell somebody: a command that reads JSON on standard input, or a webhook that is sent it."""

import json
import subprocess
import urllib.error
import urllib.request
from typing import Any

SECONDS = 30


def send(target: str, message: dict[str, Any]) -> None:
    """Hand `message` to `target`: an http(s) address (POST, application/json), or a shell command (standard input).

    Raises RuntimeError where it did not arrive: no answer in 30 seconds, a status of 400 or above, or an exit code
    other than 0.
    """
    body = json.dumps(message, default=str, ensure_ascii=False).encode()
    try:
        if target.startswith(("http://", "https://")):
            request = urllib.request.Request(
                target, body, {"Content-Type": "application/json"}, method="POST"
            )
            with urllib.request.urlopen(request, timeout=SECONDS):
                return
        done = subprocess.run(
            target, shell=True, input=body, timeout=SECONDS, capture_output=True, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeError(f"the alert did not arrive: {error}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise RuntimeError(f"the alert command ended with {done.returncode}: {said[-500:]}")
