"""Run a study and leave its table, with where it comes from, and its plot."""

import sys
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from microlift.calibrate import Study
from microlift.calibrate.plot import draw


def write(name: str, study: Study, seed: int, folder: Path) -> list[Path]:
    """Write `<name>.csv`, and `<name>.svg` where the study's module has a `PLOT`; returns their paths.

    Each row of the table ends in the `seed` and the `microlift_version` that made it; no date, so that the
    same code writes the same bytes. Raises OSError where the folder cannot be written.
    """
    table: pd.DataFrame = study(seed).to_pandas()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.csv"
    table["seed"], table["microlift_version"] = seed, version("microlift")
    table.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")
    plot = getattr(sys.modules[study.__module__], "PLOT", None)
    if plot is None:
        return [path]
    drawing = path.with_suffix(".svg")
    drawing.write_text(draw(table, plot), encoding="utf-8")
    return [path, drawing]
