"""Broken files and broken events: named, kept, counted; the rest goes on."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from harness import Build, Warehouse
from tiny import definitions

MARKUP = "<img src=x onerror=alert(1)>"
INJECTION = "'); drop table events; --"
EMOJI = "👩‍🚀 naïve “quotes”"


def call(event_id: str, event: str = "shown", user: str = "u1", **fields: object) -> dict[str, object]:
    """A Segment call that is in order, but for what `fields` says."""
    return {
        "messageId": event_id,
        "type": "track",
        "event": event,
        "userId": user,
        "anonymousId": f"device of {user}",
        "originalTimestamp": "2026-01-02T10:00:00Z",
        "receivedAt": "2026-01-02T10:00:01Z",
        "properties": {"experiment": "e1", "variant": "a"},
    } | fields


def line(*arguments: str, **fields: object) -> bytes:
    return json.dumps(call(*arguments, **fields)).encode()


BROKEN_LINES = {
    b'{"messageId": "cut": "broken_json",
}
