"""`microlift diff`: what moved between two builds, and the reason it gives."""

from pathlib import Path

import duckdb
import pytest
from builds import warehouse
from click.testing import CliRunner, Result

from microlift.cli import main
from microlift.publish import publish


def comparison(
    segment: str, units: int, lift: float, method: str = "koopman", metric: str = "m"
) -> tuple[object, ...]:
    return ("e", "device", segment, metric, "b", "a", units, 900, lift, 0.2, "better", method)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["diff", *map(str, arguments)])


@pytest.fixture
def before(tmp_path: Path) -> Path:
    rows = [
        comparison("web", 800, 0.1),
        comparison("app", 700, 0.1),
        comparison("tv", 700, 0.1),
        comparison("gone", 5, 0.1),
    ]
    return warehouse(tmp_path / "before.duckdb", results_comparisons=rows)


def test_each_move_has_its_reason(before: Path, tmp_path: Path) -> None:
    rows = [
        comparison("web", 850, 0.2),
        comparison("app", 700, 0.15, "exact"),
        comparison("tv", 700, 0.1),
        comparison("new", 9, 0.3),
    ]
    after = warehouse(tmp_path / "after.duckdb", results_comparisons=rows)
    output = run(before, after).output
    assert "4 results moved, 0 of them decisions" in output
    assert (
        "| e / device / web / m / b / a | relative_lift 0.1 → 0.2 | data changed: units 800 → 850 |" in output
    )
    assert (
        "| e / device / app / m / b / a | relative_lift 0.1 → 0.15 | method changed: method koopman → exact |"
        in output
    )
    assert "/ gone / m / b / a | gone |" in output
    assert "/ new / m / b / a | new |" in output
    assert "/ tv /" not in output


def test_definitions_are_named_where_they_bear_on_the_result(tmp_path: Path) -> None:
    rows = [comparison("web", 800, 0.1), comparison("web", 800, 0.1, metric="signed_up")]
    before = warehouse(tmp_path / "before.duckdb", results_comparisons=rows)
    rows = [comparison("web", 800, 0.2), comparison("web", 800, 0.2, metric="signed_up")]
    after = warehouse(tmp_path / "after.duckdb", results_comparisons=rows)
    with duckdb.connect(str(after)) as connection:
        connection.execute("update microlift.def_metrics set kind = 'count'")
    # A published version keeps the definitions that it was built under.
    published = publish(before, tmp_path / "out").folder
    for one in (before, published):
        output = run(one, after).output
        assert "/ signed_up / b / a | relative_lift 0.1 → 0.2 | definitions changed: metrics |" in output
        assert "/ web / m / b / a | relative_lift 0.1 → 0.2 | neither its counts" in output
        assert '- `metrics`: `{"metric_id":"signed_up","kind":"count"}`' in output


def test_the_same_build_twice_moves_nothing_and_bad_names_are_said(before: Path, tmp_path: Path) -> None:
    result = run(before, before, "--fail-on-move")
    assert (result.exit_code, "Nothing: every result" in result.output) == (0, True)
    other = warehouse(tmp_path / "after.duckdb", results_comparisons=[comparison("web", 1, 0.1)])
    assert run(before, other, "--fail-on-move").exit_code == 1
    assert "is no build: name a DuckDB file" in run(before, tmp_path / "nothing").output
    with duckdb.connect(str(tmp_path / "empty.duckdb")):
        pass
    assert "holds no schema `microlift`" in run(before, tmp_path / "empty.duckdb").output
