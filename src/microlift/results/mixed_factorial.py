"""Effects of full factorial experiments in which a factor has three levels or more."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from microlift.results.moments import cell_moments
from microlift.results.tables import codes, notes, numbers, pad
from microlift.stats.factorial import mean_contrasts, proportion_contrasts
from microlift.stats.mixed_factorial import effect_test, level_effects

CELL = ["experiment_id", "metric_id"]


@dataclass(frozen=True)
class Design:
    """Factors with their levels, the reference first, and the place of each variant in the product of the levels."""

    levels: dict[str, list[str]]
    place: dict[str, int]


def mixed_design(levels: dict[str, dict[str, str]], control: str | None) -> Design | None:
    """The design of variants with named levels; None unless it is full and some factor has more than two.

    The reference of a factor is the control's level, or the first in the alphabet.
    """
    names = list(next(iter(levels.values())))
    if any(set(variant) != set(names) for variant in levels.values()):
        return None
    options = {}
    for name in names:
        found = sorted({variant[name] for variant in levels.values()})
        first = levels[control][name] if control else found[0]
        options[name] = [first, *(level for level in found if level != first)]
    counts = [len(found) for found in options.values()]
    if min(counts) < 2 or max(counts) == 2:
        return None
    order = {combination: place for place, combination in enumerate(product(*options.values()))}
    place = {variant: order[tuple(own[name] for name in names)] for variant, own in levels.items()}
    return Design(options, place) if sorted(place.values()) == list(range(len(order))) else None


def effects(strata: pd.DataFrame, designs: dict[str, Design], confidence: float) -> Iterator[pd.DataFrame]:
    """Rows of `results_factorial_effects`: for each effect its test as a whole, then its contrasts."""
    for experiment, design in designs.items():
        whole = strata[(strata["experiment_id"] == experiment) & (strata["segment_dimension"] == "all")]
        whole = whole[whole["variant_id"].isin(list(design.place))]
        if whole.empty:
            continue
        moments = cell_moments(whole)
        counted = (moments["kind"] == "conversion") & (moments["epochs"] == 1)
        for counts, batch in moments.groupby(counted):
            yield from _effects(batch, design, bool(counts), confidence)


def _effects(batch: pd.DataFrame, design: Design, counts: bool, confidence: float) -> Iterator[pd.DataFrame]:
    cell, cells = codes(batch, CELL)
    index = (cell, batch["variant_id"].map(design.place).to_numpy(dtype=np.int64))
    shape = (len(cells), len(design.place))
    arms = {
        name: pad(index, numbers(batch[name]), shape) for name in ("successes", "units", "n", "mean", "m2")
    }
    names = list(design.levels)
    for effect in level_effects(tuple(len(levels) for levels in design.levels.values())):
        own = [names[factor] for factor in effect.factors]
        test = effect_test(arms["n"], arms["mean"], arms["m2"], effect.contrast)
        tested = test.df > 0
        yield cells.assign(
            effect=" × ".join(own),
            factors=len(own),
            high_levels=None,
            estimate=np.nan,
            interval_low=np.nan,
            interval_high=np.nan,
            p_value=np.where(tested, test.p_value, np.nan),
            method="welch_james",
            note=notes(
                (tested, "tests all contrasts of the effect together, so it has no one estimate"),
                (~tested, "not testable: a variant has too few units, or none has any spread"),
            ),
        )
        if counts:
            found = proportion_contrasts(arms["successes"], arms["units"], effect.contrast, confidence)
        else:
            found = mean_contrasts(arms["n"], arms["mean"], arms["m2"], effect.contrast, confidence)
        known = np.isfinite(found.effect) & np.isfinite(found.low)
        for place, favoured in enumerate(effect.levels):
            levels = [
                f"{name}={design.levels[name][level]}" for name, level in zip(own, favoured, strict=True)
            ]
            bases = [f"{name}={design.levels[name][0]}" for name in own]
            yield cells.assign(
                effect=" × ".join(own) + ": " + "; ".join(levels) + " against " + "; ".join(bases),
                factors=len(own),
                high_levels="; ".join(levels),
                estimate=found.effect[:, place],
                interval_low=np.where(known, found.low, np.nan)[:, place],
                interval_high=np.where(known, found.high, np.nan)[:, place],
                p_value=np.where(known, found.p_value, np.nan)[:, place],
                method="mover_of_wilson" if counts else "t_of_contrast",
                note=notes(
                    (~known[:, place], "not testable: a variant has too few units, or none has any spread")
                ),
            )
