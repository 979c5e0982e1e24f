"""`results_factorial_effects`: main effects and interactions of full factorial experiments."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa

from microlift.results.mixed_factorial import Design, effects, mixed_design
from microlift.results.moments import cell_moments
from microlift.results.tables import arrow, codes, notes, numbers, pad
from microlift.stats.checks import FloatArray
from microlift.stats.factorial import FactorialEffects, factorial_means, factorial_proportions

CELL = ["experiment_id", "metric_id"]

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in CELL),
        ("effect", pa.string()),
        ("factors", pa.int64()),
        ("high_levels", pa.string()),
        ("estimate", pa.float64()),
        ("interval_low", pa.float64()),
        ("interval_high", pa.float64()),
        ("p_value", pa.float64()),
        ("method", pa.string()),
        ("note", pa.string()),
        ("confidence", pa.float64()),
    ]
)


@dataclass(frozen=True)
class _Design:
    """Factors with their high level, and the place of each variant among the 2^k combinations."""

    high: dict[str, str]
    place: dict[str, int]


def build(strata: pd.DataFrame, variants: pd.DataFrame, confidence: float = 0.95) -> pa.Table:
    """Effects of every experiment whose variants name all combinations of the levels of k factors (`SCHEMA`).

    `strata` is `int_variant_strata` (the whole experiment is used), `variants` is `dim_variants`, whose
    `factors` read 'headline=short;image=photo'. A main effect is mean(high level) − mean(low level), averaged
    over the other factors; the low levels are the control's, or the first in the alphabet. Where a factor has
    three levels or more, an effect has a row for its test as a whole, without estimate, and a row for each
    contrast with the low levels. Experiments of other designs have no rows. Conversions in one allocation
    epoch have MOVER limits, other cells t limits of the (standardised) means. Raises ValueError for factors
    that are not written so, impossible statistics or a confidence outside (0, 1).
    """
    designs, mixed = _designs(variants)
    parts = [*effects(strata, mixed, confidence)]
    arms = pd.DataFrame(
        [(experiment, *place) for experiment, design in designs.items() for place in design.place.items()],
        columns=["experiment_id", "variant_id", "place"],
    )
    whole = strata[strata["segment_dimension"] == "all"].merge(arms, on=["experiment_id", "variant_id"])
    if whole.empty and not parts:
        return SCHEMA.empty_table()
    parts += _two_level(whole, arms, designs, confidence) if len(whole) else []
    rows = pd.concat(parts).sort_values([*CELL, "factors"], kind="stable")
    return arrow(rows.assign(confidence=confidence), SCHEMA)


def _two_level(
    whole: pd.DataFrame, arms: pd.DataFrame, designs: dict[str, _Design], confidence: float
) -> list[pd.DataFrame]:
    moments = cell_moments(whole).merge(arms, on=["experiment_id", "variant_id"])
    moments["factors"] = moments["experiment_id"].map({e: len(d.high) for e, d in designs.items()})
    moments["counts"] = (moments["kind"] == "conversion") & (moments["epochs"] == 1)
    return [
        _test(batch, designs, confidence) for _, batch in moments.groupby(["factors", "counts"], sort=True)
    ]


def _test(batch: pd.DataFrame, designs: dict[str, _Design], confidence: float) -> pd.DataFrame:
    """The effects of cells with one number of factors, all by counts or all by moments."""
    counts = bool(batch["counts"].iloc[0])
    factors = list(product([-1.0, 1.0], repeat=int(batch["factors"].iloc[0])))
    cell, cells = codes(batch, CELL)
    index = (cell, batch["place"].to_numpy(dtype=np.int64))

    def arms(name: str) -> FloatArray:
        return pad(index, numbers(batch[name]), (len(cells), len(factors)))

    if counts:
        result = factorial_proportions(arms("successes"), arms("units"), factors, confidence)
    else:
        result = factorial_means(arms("n"), arms("mean"), arms("m2"), factors, confidence)
    return _rows(cells, result, designs, "mover_of_wilson" if counts else "t_of_contrast")


def _designs(variants: pd.DataFrame) -> tuple[dict[str, _Design], dict[str, Design]]:
    """The full design of each experiment that has one: those of two levels, and those with more."""
    named = variants[variants["factors"].notna()].sort_values(["experiment_id", "variant_id"])
    found: dict[str, _Design] = {}
    mixed: dict[str, Design] = {}
    for experiment, group in named.groupby("experiment_id"):
        levels = {
            name: _levels(text) for name, text in zip(group["variant_id"], group["factors"], strict=True)
        }
        control = next(iter(group.loc[group["is_control"].astype(bool), "variant_id"]), None)
        design = _design(levels, control)
        if design:
            found[str(experiment)] = design
        elif more := mixed_design(levels, control):
            mixed[str(experiment)] = more
    return found, mixed


def _levels(factors: str) -> dict[str, str]:
    """'headline=short;image=photo' as a dictionary."""
    pairs = [pair.partition("=") for pair in factors.split(";")]
    if not all(name.strip() and sign and level.strip() for name, sign, level in pairs):
        raise ValueError(f"factors must read 'factor=level;factor=level', got {factors!r}")
    return {name.strip(): level.strip() for name, _, level in pairs}


def _design(levels: dict[str, dict[str, str]], control: str | None) -> _Design | None:
    """Places in the order of `product`: the first factor changes slowest, its low level comes first."""
    names = list(next(iter(levels.values())))
    if any(set(variant) != set(names) for variant in levels.values()):
        return None
    options = {name: sorted({variant[name] for variant in levels.values()}) for name in names}
    if any(len(both) != 2 for both in options.values()):
        return None
    low = levels[control] if control else {name: both[0] for name, both in options.items()}
    high = {name: next(level for level in options[name] if level != low[name]) for name in names}
    place = {
        variant: sum((own[name] == high[name]) << bit for bit, name in enumerate(reversed(names)))
        for variant, own in levels.items()
    }
    return _Design(high, place) if sorted(place.values()) == list(range(2 ** len(names))) else None


def _rows(
    cells: pd.DataFrame, result: FactorialEffects, designs: dict[str, _Design], method: str
) -> pd.DataFrame:
    """A row a cell and effect; the factors of an effect have the names that they have in its experiment."""
    row, effect = (index.ravel() for index in np.indices(result.effect.shape))
    names, levels = [], []
    for experiment in cells["experiment_id"]:
        high = designs[experiment].high
        for subset in result.factors:
            own = [list(high)[factor] for factor in subset]
            names.append(" × ".join(own))
            levels.append("; ".join(f"{name}={high[name]}" for name in own))
    known = (np.isfinite(result.effect) & np.isfinite(result.low)).ravel()
    return cells.iloc[row].assign(
        effect=names,
        factors=np.array([len(subset) for subset in result.factors])[effect],
        high_levels=levels,
        estimate=result.effect.ravel(),
        interval_low=np.where(known, result.low.ravel(), np.nan),
        interval_high=np.where(known, result.high.ravel(), np.nan),
        p_value=np.where(known, result.p_value.ravel(), np.nan),
        method=method,
        note=notes((~known, "not testable: a variant has too few units, or none has any spread")),
    )
