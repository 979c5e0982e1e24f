"""The schedules in examples/: they parse, and what they call is what there is."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from microlift.cli import main
from microlift.commands.refresh import refresh
from microlift.refresh.run import LOCKED

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize("name", ["airflow_dag.py", "dagster_job.py"])
def test_python_examples_compile_and_know_the_exit_code_of_the_lock(name: str) -> None:
    tree = ast.parse((EXAMPLES / name).read_text())
    compile(tree, name, "exec")
    assert LOCKED in {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def test_the_workflow_is_yaml_with_jobs_that_run_something() -> None:
    content: dict[Any, Any] = yaml.safe_load((EXAMPLES / "github_actions.yml").read_text())
    assert set(content[True]) == {"schedule", "pull_request"}  # YAML reads `on` as true
    for job in content["jobs"].values():
        assert all("run" in step or "uses" in step for step in job["steps"])


def test_the_crontab_has_five_fields_and_a_command() -> None:
    lines = [line for line in (EXAMPLES / "crontab").read_text().splitlines() if not line.startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"(\S+ ){5}cd /", line)


@pytest.mark.parametrize("name", ["crontab", "airflow_dag.py", "dagster_job.py", "github_actions.yml"])
def test_examples_use_commands_and_options_that_exist(name: str) -> None:
    text = (EXAMPLES / name).read_text()
    for command in re.findall(r"\bmicrolift (refresh|publish|diff|report)\b", text):
        assert CliRunner().invoke(main, [command, "--help"]).exit_code == 0
    options = {option for parameter in refresh.params for option in parameter.opts}
    for option in re.findall(r"microlift refresh (--[a-z-]+)", text):
        assert option in options
