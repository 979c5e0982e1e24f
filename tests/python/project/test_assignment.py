"""Assignment by salted hash: the macro and the Python function agree, and both do what an assignment must."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from harness import ROOT
from jinja2 import Environment
from scipy import stats

from microlift.assignment import HOLDBACK, assign_variant, unit_share

ALPHA = 1e-4  # of each statistical test; the ids are fixed, so a test that passes passes always
IDS = [f"u-{number:08d}" for number in range(20_000)]
STRANGE = [
    "",
    " ",
    "   ",
    None,
    "ä",
    "a\u0308",
    "用户-1",
    "🛒",
    "o'brien",
    'say "hi"',
    "a\nb",
    "\t",
    " padded ",
    "-0",
    "\u00a0",
]
CASES: list[tuple[Any, float]] = [
    (["a", "b"], 0),
    ({"a": 1, "b": 1, "c": 1}, 0.1),
    ({"a": 0.1, "b": 0.2, "c": 0.7}, 0.3),
    ({"never": 0, "a": 3, "b": 1, "nor this": 0}, 0),
    ({"only": 5}, 1),
]


class Stop(Exception):
    pass


class Macros:
    """The two macros, rendered as dbt renders them."""

    def __init__(self) -> None:
        environment = Environment(extensions=["jinja2.ext.do"])
        files = ("assignment/unit_share", "assignment/assign_variant", "engine/string_literal")
        source = "".join((ROOT / "macros" / f"{name}.sql").read_text() for name in files)

        class Dispatch:
            def dispatch(self, name: str, _package: str) -> Any:
                return self.module[f"default__{name}"]

        def stop(message: str) -> None:
            raise Stop(message)

        # `return` is dbt's own; in plain Jinja the macro's text is what it gives.
        source = re.sub(r"\{\{ return\((.*)\) \}\}", r"{{ \1 }}", source)
        dispatch = Dispatch()
        self.module: dict[str, Any] = {}
        template = environment.from_string(
            source, globals={"adapter": dispatch, "microlift": self.module, "dict": dict,
                             "exceptions": type("E", (), {"raise_compiler_error": staticmethod(stop)})}
        )  # fmt: skip
        self.module.update(vars(template.module))
        dispatch.module = self.module  # type: ignore[attr-defined]

    def assign(self, *arguments: Any) -> str:
        return str(self.module["assign_variant"](*arguments)).strip()


@pytest.fixture(scope="module")
def macros() -> Macros:
    return Macros()


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create table ids (place integer, id varchar)")
        connection.executemany("insert into ids values (?, ?)", list(enumerate([*STRANGE, *IDS[:5000]])))
        yield connection


@pytest.mark.parametrize(("variants", "holdback"), CASES)
@pytest.mark.parametrize("salt", ["checkout copy", "it's 50 % – ü", ""])
def test_sql_and_python_agree(
    macros: Macros, database: duckdb.DuckDBPyConnection, salt: str, variants: Any, holdback: float
) -> None:
    rows = database.execute(
        f"select id, {macros.assign('id', salt, variants, holdback)} from ids order by place"
    ).fetchall()
    assert rows == [(unit, assign_variant(unit, salt, variants, holdback)) for unit, _ in rows]
    assert len({found for _, found in rows} - {None}) == (
        (1 if holdback == 1 else sum(weight > 0 for weight in dict(variants).values()) + (holdback > 0))
        if isinstance(variants, dict)
        else len(variants)
    )


def test_numbers_are_the_texts_they_are_written_as(
    macros: Macros, database: duckdb.DuckDBPyConnection
) -> None:
    query = f"select i, {macros.assign('i', 's', ['a', 'b', 'c'])} from range(-500, 500) as t(i)"
    for number, variant in database.execute(query).fetchall():
        assert (
            variant
            == assign_variant(number, "s", ["a", "b", "c"])
            == assign_variant(str(number), "s", ["a", "b", "c"])
        )


@pytest.mark.parametrize("unit", ["", "  ", None])
def test_nobody_is_assigned_to_nothing(unit: str | None) -> None:
    assert unit_share(unit, "s") is None
    assert assign_variant(unit, "s", ["a", "b"], holdback=1) is None


def test_spaces_around_an_id_do_not_count_and_letters_are_not_normalised() -> None:
    assert unit_share(" x ", "s") == unit_share("x", "s")
    assert unit_share("ä", "s") != unit_share("a\u0308", "s")


def test_uniform() -> None:
    """χ² over a hundred equal parts of [0, 1), and of the shares of each case's variants."""
    parts = Counter(
        int(100 * share) for share in (unit_share(unit, "salt") for unit in IDS) if share is not None
    )
    assert stats.chisquare([parts[part] for part in range(100)]).pvalue > ALPHA
    found = Counter(assign_variant(unit, "salt", {"a": 2, "b": 3, "c": 5}, 0.1) for unit in IDS)
    expected = {HOLDBACK: 0.1, "a": 0.18, "b": 0.27, "c": 0.45}
    chi = stats.chisquare([found[v] for v in expected], [len(IDS) * share for share in expected.values()])
    assert chi.pvalue > ALPHA


@pytest.mark.parametrize("other", ["salu", "salt 2", "salt: holdback"])
def test_salts_are_independent(other: str) -> None:
    cells = Counter(
        (int(4 * (unit_share(u, "salt") or 0)), int(4 * (unit_share(u, other) or 0))) for u in IDS
    )
    table = [[cells[i, j] for j in range(4)] for i in range(4)]
    assert stats.chi2_contingency(table).pvalue > ALPHA


def test_a_larger_share_only_takes_units_in() -> None:
    before = {unit: assign_variant(unit, "s", {"a": 9, "b": 1}, 0.1) for unit in IDS}
    after = {unit: assign_variant(unit, "s", {"a": 1, "b": 1}, 0.1) for unit in IDS}
    moves = Counter((before[unit], after[unit]) for unit in IDS if before[unit] != after[unit])
    assert set(moves) == {("a", "b")}
    assert moves["a", "b"] / len(IDS) == pytest.approx(0.9 * 0.4, abs=0.02)


def test_the_holdback_moves_nobody_between_variants() -> None:
    small = {unit: assign_variant(unit, "s", ["a", "b"], 0.05) for unit in IDS}
    large = {unit: assign_variant(unit, "s", ["a", "b"], 0.2) for unit in IDS}
    assert {unit for unit in IDS if small[unit] == HOLDBACK} < {
        unit for unit in IDS if large[unit] == HOLDBACK
    }
    assert all(large[unit] in (small[unit], HOLDBACK) for unit in IDS)


WRONG: list[tuple[Any, float, str]] = [
    ({}, 0, "one of them above 0"),
    ({"a": 0}, 0, "one of them above 0"),
    ({"a": 2, "b": -1}, 0, "at least 0"),
    (["a"], 1.5, "holdback must lie in"),
]


@pytest.mark.parametrize(("variants", "holdback", "words"), WRONG)
def test_wrong_arguments_are_named(macros: Macros, variants: Any, holdback: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        assign_variant("u", "s", variants, holdback)
    with pytest.raises(Stop, match=words):
        macros.assign("id", "s", variants, holdback)


@pytest.mark.parametrize("unit", [1.0, True, b"u"])
def test_units_without_one_spelling_are_refused(unit: Any) -> None:
    with pytest.raises(TypeError, match="unit must be a text or a whole number"):
        unit_share(unit, "s")
