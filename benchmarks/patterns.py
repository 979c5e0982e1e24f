"""PrefixSpan here and in the package `prefixspan`, on the same sequences: seconds, peak memory, and whether they agree.

`python -m benchmarks.patterns FILE --peer PYTHON`: FILE is in SPMF format (items, -1 between, -2 at the end), gzipped or
not; without one, sequences like a web shop's visits are made up. PYTHON is an interpreter that has the package.
"""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np

OURS = """
from microlift.behaviour.prefixspan import Sequences, prefixspan
def mine(sequences, support):
    found = prefixspan(Sequences.of(sequences), support)
    return list(zip(found.total.tolist(), found.items))
"""
PEER = """
from prefixspan import PrefixSpan
def mine(sequences, support):
    return PrefixSpan(sequences).frequent(support)
"""
RUN = """
import hashlib, json, resource, sys, time
sequences = json.load(open(sys.argv[1]))
for _ in range(3):  # the last counts: with code and memory at hand
    started, cpu_started = time.perf_counter(), time.process_time()
    found = mine(sequences, int(sys.argv[2]))
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu_started
text = repr(sorted((tuple(items), int(count)) for count, items in found))
print(json.dumps({"seconds": seconds, "cpu": cpu, "patterns": len(found), "digest": hashlib.sha256(text.encode()).hexdigest(),
                  "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


@click.command()
@click.argument("file", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--peer", default=sys.executable, help="Python that has the package `prefixspan`.")
@click.option("--support", default=60, show_default=True)
@click.option("--repeat", default=5, show_default=True)
def main(file: Path | None, peer: str, support: int, repeat: int) -> None:
    """Medians of alternating runs, each in a process of its own."""
    sequences = _read(file) if file else _made_up()
    with TemporaryDirectory() as name:
        data = Path(name) / "sequences.json"
        data.write_text(json.dumps(sequences))
        runs: dict[str, list[dict[str, Any]]] = {"microlift": [], "prefixspan": []}
        for _ in range(repeat):
            runs["microlift"].append(_run(sys.executable, OURS, data, support))
            runs["prefixspan"].append(_run(peer, PEER, data, support))
    for who, rows in runs.items():
        seconds, cpu = (median(row[name] for row in rows) for name in ("seconds", "cpu"))
        click.echo(
            f"{who:12} {seconds:8.3f} s  {cpu:8.3f} s of a core  {max(row['mib'] for row in rows):6.0f} MiB  "
            f"{rows[0]['patterns']:,} patterns"
        )
    wall, core = (
        median(row[name] for row in runs["prefixspan"]) / median(row[name] for row in runs["microlift"])
        for name in ("seconds", "cpu")
    )
    same = len({row["digest"] for rows in runs.values() for row in rows}) == 1
    click.echo(
        f"{wall:.1f} times as fast ({core:.1f} by time on a core); patterns and counts {'agree' if same else 'DIFFER'}"
    )
    sys.exit(not same)


def _run(python: str, mine: str, data: Path, support: int) -> dict[str, Any]:
    done = subprocess.run(
        [python, "-c", mine + RUN, data, str(support)], stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _read(file: Path) -> list[list[int]]:
    with gzip.open(file, "rt") if file.suffix == ".gz" else file.open() as lines:
        rows = (line.split() for line in lines if line.strip() and line[0] not in "#%@")
        return [[int(token) for token in row if not token.startswith("-")] for row in rows]


def _made_up(count: int = 60_000, items: int = 500) -> list[list[int]]:
    draw = np.random.default_rng(1)
    lengths = np.minimum(draw.geometric(0.4, count), 200)
    popular = np.minimum(draw.zipf(1.4, lengths.sum()), items)
    return [row.tolist() for row in np.split(popular, np.cumsum(lengths)[:-1])]


if __name__ == "__main__":
    main()
