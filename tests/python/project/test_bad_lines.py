"""The SQL reader of lines and the probe agree on what a line is, whatever bytes a file holds."""

from pathlib import Path

import duckdb
import pytest
from harness import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from microlift.landing import MAX_LINE_BYTES, probe

MACRO = (ROOT / "macros" / "doors" / "read_lines.sql").read_text()

ENDS = [b"\n", b"\n", b"\r", b"\r\n"]
CONTROLS = [b"\x00", b"\t", b"\x0b", b"\x0c", b"\x1a", b"\x1c", b"\x1e", b"\x1f", b"\x85", b"\xff"]
TEXTS = [
    each.encode() for each in ("a", '{"x": 1}', '"', "'", "\\", "\\x1f", ",", ";", "#", " ", "é", "\u2028")
]


def read(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    module = Environment(trim_blocks=False).from_string(MACRO).module
    query = module.read_lines(f"['{path}']")  # type: ignore[attr-defined]
    return [text for (text,) in connection.execute(f"select line from ({query})").fetchall()]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lines") / "file.ndjson"


@settings(max_examples=150, deadline=None)
@given(pieces=st.lists(st.sampled_from(ENDS + CONTROLS + TEXTS), min_size=1, max_size=30))
def test_every_line_is_read_or_set_aside(file: Path, pieces: list[bytes]) -> None:
    content = b"".join(pieces)
    file.write_bytes(content)
    with duckdb.connect() as connection:
        (found,) = probe(connection, {"segment": str(file)}).to_pylist()
        lines = read(connection, file)
    assert found["status"] == "readable"
    assert found["row_count"] == len(lines) + len(found["rejected_lines"])
    whole = [line for line in content.replace(b"\r", b"\n").split(b"\n") if line.strip(b" \t")]
    rejected = {each["line_number"] for each in found["rejected_lines"]}
    assert len(whole) == found["row_count"]
    assert len(rejected) == len(found["rejected_lines"])
    kept = [line for line in whole if b"\x1f" not in line and line.decode("utf-8", "ignore").encode() == line]
    assert sorted(lines) == sorted(line.decode() for line in kept)


def test_a_line_over_the_limit_is_set_aside(file: Path) -> None:
    long, longest = b"y" * (MAX_LINE_BYTES + 1), b"z" * (MAX_LINE_BYTES - 1024)
    file.write_bytes(b"\n".join([b"first", long, longest, b"last"]))
    with duckdb.connect() as connection:
        (found,) = probe(connection, {"segment": str(file)}).to_pylist()
        lengths = [len(line) for line in read(connection, file)]
    assert sorted(lengths) == [4, 5, len(longest)]
    assert [(each["line_number"], each["reason"]) for each in found["rejected_lines"]] == [
        (2, "line_too_long")
    ]
