"""The reference is what the YAML says, and every public table that results rest on says its grain."""

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from made import contracts

from microlift.cli import main
from microlift.reference import reference

ROOT = Path(__file__).parents[3]


def test_the_reference_is_current() -> None:
    assert (ROOT / "docs" / "reference.md").read_text() == reference(ROOT), "run `microlift reference`"


def test_every_public_table_says_its_grain() -> None:
    tables = re.split(r"\n### ", reference(ROOT))[1:]
    assert len(tables) > 40
    silent = [table.split("\n")[0] for table in tables if "Grain:" not in table.split("| column")[0]]
    assert not silent


def test_public_keys_are_columns_of_their_tables() -> None:
    macro = (ROOT / "macros" / "bi" / "public_keys.sql").read_text()
    cell, pair = ["experiment_id", "segment_dimension", "segment"], ["variant_id", "baseline_variant_id"]
    body = re.search(r"return\((\{.*\})\) \}\}", macro, re.DOTALL)
    assert body
    keys = eval(body.group(1), {"cell": cell, "pair": pair})
    columns = {name: {column for column, _ in found} for name, found in contracts().items()}
    assert {name: set(key) - columns[name] for name, key in keys.items() if set(key) - columns[name]} == {}


def test_a_folder_without_a_project_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no models/marts"):
        reference(tmp_path)
    told = CliRunner().invoke(
        main, ["reference", "--project", str(tmp_path), "--output", str(tmp_path / "x.md")]
    )
    assert told.exit_code == 1
    assert "name the folder" in told.output


def test_every_public_result_has_a_key_and_is_of_the_dashboards() -> None:
    keys = re.findall(r'"(\w+)": ', (ROOT / "macros" / "bi" / "public_keys.sql").read_text())
    results = {name for name in contracts() if name.startswith(("results_", "agg_"))}
    assert results - set(keys) == set()
    exposures = yaml.safe_load((ROOT / "models" / "marts" / "bi" / "_bi.yml").read_text())["exposures"]
    rests = {exposure["name"]: {name[5:-2] for name in exposure["depends_on"]} for exposure in exposures}
    assert results - rests["bi"] == set()
    assert {name for name in results if name.startswith("results_")} - rests["report"] == set()


def test_the_index_leads_to_every_page() -> None:
    docs = ROOT / "docs"
    linked = set(re.findall(r"\]\(([\w/.-]+)\)", (docs / "README.md").read_text()))
    assert {page.name for page in docs.glob("*.md")} - linked == {"README.md"}
    assert [link for link in linked if not (docs / link).exists()] == []
