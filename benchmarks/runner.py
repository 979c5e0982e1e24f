"""Run dbt in a process of its own and report seconds a stage and peak memory."""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).parents[1]
CLOSED_DOORS: dict[str, Any] = {
    "events": "",
    "units": "",
    "counts": "",
    "unit_attributes": "",
    "calendar": "",
}


@dataclass(frozen=True)
class Run:
    """One build: wall and processor seconds, seconds by stage and by node, and the peak resident memory in MiB."""

    seconds: float
    processor: float
    stages: dict[str, float]
    nodes: dict[str, float]
    peak_mib: float


def run_dbt(
    folder: Path, variables: dict[str, Any], memory: str, setup: str = "", is_refresh: bool = False
) -> Run:
    """Build into a fresh warehouse in `folder`, after the SQL of `setup` has filled it, or refresh what is there.

    Raises CalledProcessError where the build fails.
    """
    database = folder / "bench.duckdb"
    if not is_refresh:
        for path in (database, Path(f"{database}.wal")):
            path.unlink(missing_ok=True)
        with duckdb.connect(str(database)) as connection:
            connection.execute(setup)
    environment = os.environ | {"MICROLIFT_DATABASE": str(database), "MICROLIFT_MEMORY": memory}
    command = [str(Path(sys.executable).with_name("dbt")), "build", "--target-path", str(folder / "target"),
               "--log-path", str(folder / "logs"), "--quiet", "--vars", json.dumps(variables)]  # fmt: skip
    started, used = time.perf_counter(), _processor_seconds()
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    seconds, processor = time.perf_counter() - started, _processor_seconds() - used
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return Run(seconds, processor, *_timings(folder / "target"), peak)


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _timings(target: Path) -> tuple[dict[str, float], dict[str, float]]:
    results = json.loads((target / "run_results.json").read_text())["results"]
    manifest = json.loads((target / "manifest.json").read_text())
    described = manifest["nodes"]
    stages: dict[str, float] = defaultdict(float)
    nodes: dict[str, float] = {}
    for result in results:
        node = described.get(result["unique_id"])
        if node is None:  # a hook
            continue
        folders = Path(node["original_file_path"]).parts
        stage = {"python_models": "python models"}.get(
            folders[0], folders[1] if folders[0] == "models" else folders[0]
        )
        if node["resource_type"] == "test":
            stage = "tests"
        stages[stage] += result["execution_time"]
        nodes[node["name"]] = result["execution_time"]
    return dict(stages), nodes


def report(title: str, runs: list[Run], slowest: int = 8) -> None:
    """Print medians over the runs; stages overlap where dbt runs threads, so they sum to more than the wall."""
    print(f"\n{title} ({len(runs)} run(s), medians)")
    print(
        f"  wall {statistics.median(run.seconds for run in runs):8.1f} s   processor "
        f"{statistics.median(run.processor for run in runs):,.1f} s   peak {max(run.peak_mib for run in runs):,.0f} MiB"
    )
    for label, pick in (("stage", lambda run: run.stages), ("slowest", lambda run: run.nodes)):
        names = {name for run in runs for name in pick(run)}
        rows = sorted(
            ((statistics.median(pick(run).get(name, 0.0) for run in runs), name) for name in names),
            reverse=True,
        )
        for seconds, name in rows if label == "stage" else rows[:slowest]:
            print(f"  {label:8} {seconds:8.1f} s   {name}")
