"""Sessions and a windowed funnel by variant: the project's own models against chDB and polars, with the same answers.

Timed are the compiled models that turn checked events into this answer (`MODELS`), each with its table written. What
comes before them (reading, typing and judging raw rows, repeats, identity, gates, the public event table) the peers do
not do at all: it is built once by dbt, and its seconds are told apart. The peers read Parquet and write their tables.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import click

from benchmarks.runner import run_dbt
from benchmarks.shop import FUNNEL, WINDOW_HOURS, definition_tables, shop_variables, write_shop

SESSIONS = ("int_unit_timelines", "int_sessions")
# Who is exposed to what and when, its segments, and the funnel from there.
FUNNELS = (
    "int_tied_events", "int_exposure_events", "int_exposures", "int_given_segments", "int_rule_segments", "int_segment_sizes",
    "unit_segments", "int_funnel_timelines", "int_funnel_attempts", "int_funnel_sessions", "fct_funnel_attempts",
    "agg_funnel_steps",
)  # fmt: skip
PEERS = Path(__file__).parent / "peers"
GAP_SECONDS = 1800


@dataclass(frozen=True)
class Found:
    """One run of one engine: seconds by part, processor seconds, peak memory in MiB, and the answers."""

    parts: dict[str, float]
    processor: float
    mib: float
    answers: dict[str, Any]

    @property
    def seconds(self) -> float:
        return sum(self.parts.values())


def compare(folder: Path, events: int, pythons: dict[str, str], repeat: int) -> bool:
    """Run all engines in turn, print medians and ratios; whether all answers agree."""
    files = folder / "shop"
    if not files.exists():
        write_shop(files, events)
    if not (folder / "target" / "run_results.json").exists():
        run = run_dbt(folder, shop_variables(files), "4GB", definition_tables()[0])
        apart = sum(seconds for name, seconds in run.nodes.items() if name not in (*SESSIONS, *FUNNELS))
        click.echo(
            f"dbt build of the warehouse: {run.seconds:.0f} s, of which {apart:.0f} s in nodes not compared"
        )
    commands = {"microlift": [sys.executable, "behaviour_microlift.py", str(folder / "bench.duckdb"),
                              str(folder / "target" / "compiled"), *SESSIONS, *FUNNELS]}  # fmt: skip
    for name, python in pythons.items():
        commands[name] = [python, f"behaviour_{name}.py", f"{files}/*.parquet", "SCRATCH", str(GAP_SECONDS),
                          str(WINDOW_HOURS * 3600), *FUNNEL]  # fmt: skip
    runs: dict[str, list[Found]] = defaultdict(list)
    for _ in range(repeat):
        for name, command in commands.items():
            runs[name].append(_run(command))
    return _report(runs)


def _run(command: list[str]) -> Found:
    with TemporaryDirectory() as scratch:
        done = subprocess.run(
            [scratch if word == "SCRATCH" else word for word in command],
            cwd=PEERS, env=os.environ | {"POLARS_MAX_THREADS": "2"}, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])
    return Found(told["seconds"], sum(told["processor"].values()), told["mib"], told["answers"])


def _report(runs: dict[str, list[Found]]) -> bool:
    ours = median(run.seconds for run in runs["microlift"])
    for name, own in runs.items():
        seconds, processor = (
            median(run.seconds for run in own),
            median(run.processor for run in own),
        )
        click.echo(
            f"{name:10} {seconds:7.2f} s  ({seconds / ours:.2f} of microlift's)  {processor:7.2f} s of processor"
            f"  {max(run.mib for run in own):7,.0f} MiB"
        )
        for part in own[0].parts:
            click.echo(f"    {median(run.parts[part] for run in own):7.2f} s  {part}")
    answers = [run.answers for own in runs.values() for run in own]
    agree = all(answer == answers[0] for answer in answers)
    click.echo(f"answers {'agree' if agree else 'DIFFER'}: {answers[0] if agree else answers}")
    return agree
