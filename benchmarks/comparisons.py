"""Ten thousand comparisons of conversions here and in other engines, and exact tests beside scipy's.

Four fifths of the cells are served by the score method, a fifth needs an exact one, which the peers do not have:
they put their normal approximation there. All get the same counts; imports are not timed, nor is a first call on a
few cells, in which libraries load the rest of themselves.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click
import numpy as np
from scipy import stats

from microlift.stats.unconditional import boschloo_p_value, unconditional_difference, unconditional_ratio

PEERS = Path(__file__).parent / "peers"
PARTS = ("score", "exact")


def compare(cells: int, pythons: dict[str, str], repeat: int) -> None:
    """Run the engines in turn and print medians of processor seconds, and ratios to microlift's."""
    with TemporaryDirectory() as folder:
        counts = Path(folder) / "counts.npz"
        np.savez(counts, **_counts(cells))
        runs: dict[str, list[dict[str, float]]] = {}
        for _ in range(repeat):
            for name, python in {"microlift": sys.executable, **pythons}.items():
                done = subprocess.run(
                    [python, f"comparisons_{name}.py", str(counts)],
                    cwd=PEERS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True,
                )  # fmt: skip
                told = json.loads(done.stdout.splitlines()[-1])
                if name == "microlift" and told["answers"]["methods"] != {part: [part] for part in PARTS}:
                    raise click.ClickException(f"the counts got other methods: {told['answers']}")
                runs.setdefault(name, []).append(told["processor"])
    for way in ("", ", from table to table"):
        click.echo(f"{cells:,} comparisons{way or ', from arrays or bare test objects'}, processor seconds")
        for name, own in runs.items():
            words = []
            for label, parts in (("score", PARTS[:1]), ("exact", PARTS[1:]), ("together", PARTS)):
                theirs, ours = (
                    median(sum(run[part + way] for part in parts) for run in some)
                    for some in (own, runs["microlift"])
                )
                words.append(f"{label} {theirs:8.3f} s ({theirs / ours:6.1f}x)")
            click.echo(f"  {name:10} {'  '.join(words)}")


def exact_tests(tables: int, of_scipy: int) -> None:
    """Boschloo's test and exact unconditional intervals on tables with arms of 20 to 200, beside scipy's test."""
    random = np.random.default_rng(20)
    sizes = random.integers(20, 201, (2, tables))
    rate = random.uniform(0.02, 0.5, tables)
    hits = random.binomial(sizes, rate * np.stack([np.ones(tables), random.uniform(0.4, 1, tables)]))
    counts = (hits[0], sizes[0], hits[1], sizes[1])

    started = time.process_time()
    theirs = np.array(
        [
            stats.boschloo_exact([[x_t, x_c], [n_t - x_t, n_c - x_c]]).pvalue
            for x_t, n_t, x_c, n_c in zip(*(array[:of_scipy].tolist() for array in counts), strict=True)
        ]
    )
    scipy = (time.process_time() - started) / of_scipy
    click.echo(f"scipy.stats.boschloo_exact   {scipy * 1e3:8.2f} ms a table ({of_scipy} tables)")
    for method in (boschloo_p_value, unconditional_difference, unconditional_ratio):
        started = time.process_time()
        found = method(*counts)
        ours = (time.process_time() - started) / tables
        click.echo(
            f"{method.__name__:28} {ours * 1e3:8.2f} ms a table ({tables} tables)  {scipy / ours:.1f}x"
        )
        if method is boschloo_p_value:
            gap = np.abs(found[:of_scipy] - np.minimum(theirs, 1)).max()
            click.echo(f"    largest gap of p to scipy's: {gap:.1e}")


def _counts(cells: int) -> dict[str, np.ndarray]:
    """Arms of 1,000 to 50,000 units at 2% to 30%; a fifth of 100 to 2,000 units with 1 to 5 conversions expected."""
    random = np.random.default_rng(10)
    exact = np.arange(cells) % 5 == 0
    large = np.exp(random.uniform(np.log(1000), np.log(50_000), (2, cells)))
    small = np.exp(random.uniform(np.log(100), np.log(2000), (2, cells)))
    n_t, n_c = np.where(exact, small, large).astype(np.int64)
    smaller = np.minimum(n_t, n_c)
    rate = np.where(exact, random.uniform(1, 5, cells) / smaller, random.uniform(0.02, 0.3, cells))
    # Nearly equal arms with few conversions would be exact: they are made equal.
    near = ~exact & (np.maximum(n_t, n_c) < 1.7 * smaller) & (smaller * rate < 120)
    n_c = np.where(near, n_t, n_c)
    x_t, x_c = random.binomial(n_t, rate), random.binomial(n_c, rate)
    expected = smaller * (x_t + x_c) / (n_t + n_c)
    # The rare cell on the other side of the rule is brought back to where it belongs.
    stray = exact & (expected >= 10)
    return {
        "x_t": np.where(stray, 1, x_t),
        "n_t": n_t,
        "x_c": np.where(stray, 2, x_c),
        "n_c": n_c,
        "exact": exact,
    }
