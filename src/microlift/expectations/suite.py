"""Suite files: what is expected of which relation, as YAML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from microlift.project import home

SEVERITIES = ("critical", "warning", "info")
ROWS_QUERY = "unexpected_rows_expectation"
_SUITE_KEYS = {"suite", "description", "relations", "expectations"}
_ROW_KEYS = {"relation", "type", "kwargs", "severity", "id", "expected", "advice"}
_SHORTER = (
    "expect_compound_columns_to_be_",
    "expect_column_values_to_be_",
    "expect_column_values_to_",
    "expect_column_pair_values_",
    "expect_column_",
    "expect_table_",
    "expect_",
)


@dataclass(frozen=True)
class Expectation:
    """One row of a suite file; ``expected`` and ``advice`` are its plain words."""

    id: str
    relation: str
    type: str
    severity: str
    kwargs: dict[str, Any]
    expected: str
    advice: str

    @property
    def columns(self) -> list[str]:
        """The columns that the expectation speaks of; none for a whole relation."""
        named = [self.kwargs[key] for key in ("column", "column_A", "column_B") if key in self.kwargs]
        return named + [str(name) for name in self.kwargs.get("column_list", ())]


@dataclass(frozen=True)
class Suite:
    """A suite file: relation keys with the columns that name a row, and the expectations."""

    name: str
    description: str
    file: str
    relations: dict[str, list[str]]
    expectations: list[Expectation] = field(default_factory=list)


def find_suite(suite: str | Path) -> Path:
    """The file of a suite: a path, or a name found in ``expectations/`` of the working directory (so that an
    adopter can replace a suite) or else of microlift's own project.

    Raises:
        ValueError: no such file.
    """
    given = Path(suite)
    if given.suffix in (".yml", ".yaml"):
        candidates = [given]
    else:
        roots = (Path.cwd(), home())
        candidates = [root / "expectations" / f"{given.name}.yml" for root in roots]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise ValueError(
        f"suite {str(suite)!r} not found; give a path to a .yml file, or the name of a file in expectations/"
    )


def load_suite(suite: str | Path) -> Suite:
    """Read and check a suite file, given by path or name.

    Raises:
        ValueError: naming the file, the row and what to change.
    """
    path = find_suite(suite)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name}: not valid YAML: {error}") from error
    _check_keys(content, _SUITE_KEYS, _SUITE_KEYS, path.name)
    relations, rows = content["relations"], content["expectations"]
    if not isinstance(relations, Mapping) or not all(isinstance(keys, list) for keys in relations.values()):
        raise ValueError(f"{path.name}: relations must map each relation key to a list of its key columns")
    if not isinstance(rows, list) or not rows:
        raise ValueError(f"{path.name}: expectations must be a list with at least one row")

    expectations = [_expectation(row, relations, f"{path.name}, row {n}") for n, row in enumerate(rows, 1)]
    ids = [expectation.id for expectation in expectations]
    for n, name in enumerate(ids, 1):
        if name in ids[: n - 1]:
            raise ValueError(f"{path.name}, row {n}: id {name!r} is taken; give the row an id of its own")
    return Suite(str(content["suite"]), str(content["description"]), path.name, dict(relations), expectations)


def _expectation(row: Any, relations: Mapping[str, list[str]], where: str) -> Expectation:
    _check_keys(row, _ROW_KEYS, {"relation", "type", "severity"}, where)
    relation, kind, severity = row["relation"], row["type"], row["severity"]
    kwargs = row.get("kwargs", {})
    if relation not in relations:
        raise ValueError(
            f"{where}: relation {relation!r} is not declared; allowed are {', '.join(relations)}"
        )
    if severity not in SEVERITIES:
        raise ValueError(f"{where}: severity {severity!r} is not one of {', '.join(SEVERITIES)}")
    if not isinstance(kwargs, Mapping):
        raise ValueError(f"{where}: kwargs must be a mapping, not {kwargs!r}")
    if kind == ROWS_QUERY and "id" not in row:
        raise ValueError(f"{where}: {ROWS_QUERY} needs an id, since nothing else in the row can name it")
    draft = Expectation("", relation, str(kind), severity, dict(kwargs), "", "")
    name = str(row.get("id") or ".".join([relation, *draft.columns, _short(draft.type)]))
    return Expectation(
        id=name,
        relation=relation,
        type=draft.type,
        severity=severity,
        kwargs=draft.kwargs,
        expected=str(row.get("expected", f"{name} to hold")),
        advice=str(
            row.get("advice", f"Look at the failing rows of {relation} and at the model that builds it.")
        ),
    )


def _short(kind: str) -> str:
    short = next((kind.removeprefix(prefix) for prefix in _SHORTER if kind.startswith(prefix)), kind)
    return short.replace("not_be_", "not_")


def _check_keys(row: Any, allowed: set[str], required: set[str], where: str) -> None:
    if not isinstance(row, Mapping):
        raise ValueError(
            f"{where}: expected a mapping with the keys {', '.join(sorted(required))}, not {row!r}"
        )
    if unknown := sorted(set(map(str, row)) - allowed):
        raise ValueError(
            f"{where}: unknown key {', '.join(unknown)}; allowed are {', '.join(sorted(allowed))}"
        )
    if missing := sorted(key for key in required if row.get(key) is None):
        raise ValueError(f"{where}: missing {', '.join(missing)}")
