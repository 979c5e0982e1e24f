"""The wheel, a project that `microlift init` wrote, and models of the adopter's beside microlift's: one build shows all."""

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))

from installed import Installation, install, wheel

# Events of the adopter's own model, named as one of microlift's: 400 units, of which 40 and 60 convert.
OWN_EVENTS = """
with units as (
    select
        range as unit,
        case when range % 2 = 0 then 'plain' else 'bold' end as variant_id,
        timestamp '2026-03-03' + interval (range) minute as seen
    from range(400)
)

select
    'seen-' || unit as event_id,
    'experiment_viewed' as event_name,
    seen as event_time,
    'unit-' || unit as device_id,
    json_object('experiment_id', 'button', 'variant_id', variant_id) as properties
from units
union all
select 'order-' || unit, 'order_placed', seen + interval 5 minute, 'unit-' || unit, json_object('value', 10)
from units
where unit < case when variant_id = 'plain' then 80 else 120 end
"""
OWN_SESSIONS = "select 1 as session_of_mine"
DASHBOARD = "select experiment_id, verdict from {{ ref('microlift', 'results_decisions') }}"


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("installation")
    return install(wheel(folder), folder / "environment")


@pytest.fixture(scope="session")
def project(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project with the example's events and models of its own, built by the installed package."""
    folder = tmp_path_factory.mktemp("adopter") / "my-shop"
    installation.done("microlift", "init", str(folder), "--example", cwd=folder.parent)
    for name, sql in {"fct_events": OWN_EVENTS, "fct_sessions": OWN_SESSIONS, "dashboard": DASHBOARD}.items():
        (folder / "models" / f"{name}.sql").write_text(sql)
    for table, row in {
        "experiments": "button,Bold button,device,2026-03-02,2026-03-16",
        "variants": "button,plain,Plain,true\nbutton,bold,Bold,false",
        "exposure_rules": "button_seen,button,experiment_viewed,experiment_id,equals,button,variant_id,",
        "experiment_metrics": "button,ordered,primary",
    }.items():
        with (folder / "seeds" / f"{table}.csv").open("a") as file:
            file.write(row + "\n")
    settings = (folder / "dbt_project.yml").read_text()
    (folder / "dbt_project.yml").write_text(
        settings.replace("events: landing/events/*", "events: [landing/events/*, fct_events]")
    )
    installation.done("dbt", "deps", cwd=folder)
    installation.done("dbt", "build", cwd=folder)
    return folder


def query(project: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(project / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_the_installed_command_knows_its_version_and_its_project(
    installation: Installation, tmp_path: Path
) -> None:
    assert installation.done("microlift", "--version", cwd=tmp_path).split()[-1] == version_of_the_project()
    found = installation.done(
        "python", "-c", "from microlift.expectations.suite import find_suite, load_suite\n"
        "names = ('events', 'exposures', 'aggregates', 'results')\n"
        "print(all(load_suite(name).expectations for name in names), find_suite('events'))",
        cwd=tmp_path,
    )  # fmt: skip
    assert found.startswith("True")
    assert str(installation.folder) in found
    assert "tables in reference.md" in installation.done(
        "microlift", "reference", "--output", "reference.md", cwd=tmp_path
    )


def version_of_the_project() -> str:
    return str(yaml.safe_load((Path(__file__).parents[3] / "dbt_project.yml").read_text())["version"])


def test_results_of_both_sources_are_right(project: Path) -> None:
    counts = query(
        project,
        "select experiment_id, variant_id, units, successes from microlift.agg_variant_metrics"
        " where metric_id = 'ordered' and segment_dimension = 'all' order by all",
    )
    lines = (project / "landing" / "events" / "example.ndjson").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    shown = {
        event["device_id"]: event["properties"]["variant_id"]
        for event in events
        if "variant_id" in event["properties"]
    }
    bought = [shown[event["device_id"]] for event in events if event["event_name"] == "order_placed"]
    arms = [
        ("shipping_note", arm, list(shown.values()).count(arm), bought.count(arm))
        for arm in ("no_note", "note")
    ]
    assert counts == [("button", "bold", 200, 60), ("button", "plain", 200, 40), *arms]
    assert query(project, "select experiment_id, verdict from main.dashboard order by all") == query(
        project, "select experiment_id, verdict from microlift.results_decisions order by all"
    )
    assert dict(query(project, "from main.dashboard"))["shipping_note"].startswith("ship")


def test_models_of_one_name_live_side_by_side(project: Path) -> None:
    assert query(project, "from main.fct_sessions") == [(1,)]
    [(sessions,)] = query(project, "select count(distinct session_id) from microlift.fct_sessions")
    assert sessions == 400 + sessions_of(project / "landing" / "events" / "example.ndjson")
    nodes = json.loads((project / "target" / "manifest.json").read_text())["nodes"]
    readers = {
        node["name"]
        for node in nodes.values()
        if node["package_name"] == "microlift"
        and {"model.my_shop.fct_sessions", "model.my_shop.fct_events"}
        & set(node["depends_on"].get("nodes", []))
    }
    assert readers == {"input_events"}


def sessions_of(file: Path) -> int:
    """Sessions by hand: each visitor has one, and another where the order came over half an hour later."""
    times: dict[str, list[datetime]] = {}
    for event in map(json.loads, file.read_text().splitlines()):
        times.setdefault(event["device_id"], []).append(datetime.fromisoformat(event["event_time"]))
    return sum(1 + (max(seen) - min(seen) > timedelta(minutes=30)) for seen in times.values())


def test_microlift_keeps_to_its_schema_and_runs_no_tests_of_itself(project: Path) -> None:
    schemas = query(project, "select table_schema, count(*) from information_schema.tables group by all")
    own = {path.stem for folder in ("models", "seeds") for path in (project / folder).iterdir()} - {
        "README",
        "_seeds",
    }
    assert set(dict(schemas)) == {"main", "microlift"}
    assert dict(schemas)["main"] == len(own)
    results = json.loads((project / "target" / "run_results.json").read_text())["results"]
    assert not [result["unique_id"] for result in results if result["unique_id"].startswith("unit_test.")]


def test_commands_work_in_the_project(installation: Installation, project: Path) -> None:
    assert "microlift link" in (project / ".microlift" / "docs" / "packages.md").read_text()
    assert "Bold button" in installation.done("microlift", "verdicts", cwd=project)
    assert "is a package of `my_shop`" in installation.done("microlift", "doctor", cwd=project)
    installation.done("microlift", "report", cwd=project)
    assert "Bold button" in (project / "report" / "index.html").read_text()
    assert (project / "report" / "report.css").stat().st_size > 0


def test_a_project_that_would_mislead_microlift_is_stopped(installation: Installation, project: Path) -> None:
    given = (project / "dbt_project.yml").read_text()
    bad = given.replace("require_ref_searches_node_package_before_root: true", "partial_parse: true")
    (project / "dbt_project.yml").write_text(bad + "models: {+schema: mine}\ndata_tests: {+severity: warn}\n")
    try:
        # Cheaper than a build, and stopped by the same hook: one seed.
        stopped = installation.run(
            "dbt", "seed", "--select", "metrics", "--target-path", "other", cwd=project
        )
        examined = installation.run("microlift", "doctor", cwd=project)
    finally:
        (project / "dbt_project.yml").write_text(given)
    assert stopped.returncode != 0
    assert "Your project has fct_events, fct_sessions as microlift has" in stopped.stdout
    assert "Write it under your project's name (`models: my_shop:`)" in stopped.stdout
    assert "turns the gates of microlift off" in stopped.stdout
    assert examined.returncode == 1
    assert "your project has fct_events, fct_sessions as microlift has" in examined.stdout
    assert "`+schema` stands right under `models:`" in examined.stdout
    assert "`+severity` stands right under `data_tests:`" in examined.stdout
