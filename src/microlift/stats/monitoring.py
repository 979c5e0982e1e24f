"""Does a shipped gain last? What the confidence sequence of the gain since shipping says against the shipped one.

The sequence holds at all its looks at once (`always_valid.py`, `odds_sequence.py`), so that the first look at which
it leaves the shipped gain behind may be acted on, however many there are: with a true gain at or above the shipped
limit, that ever happens with a probability of at most half the sequence's α. Page's CUSUM (1954, Biometrika
41:100–115) is the detector of which this is the kin with a bounded error instead of a mean time between false alarms.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from microlift.stats.checks import FloatArray, as_floats

STATES = ("harm", "gain vanished", "gain smaller", "gain holds", "open")
"""What is known at a look; the first three are alarms."""


@dataclass(frozen=True)
class GainWatch:
    """By look: `state` (one of `STATES`), `is_alarm`; and the place of the first alarm, -1 while there is none."""

    state: NDArray[np.str_]
    is_alarm: NDArray[np.bool_]
    first_alarm: int


def watch_gain(low: ArrayLike, high: ArrayLike, gain_high: ArrayLike, shipped_low: float) -> GainWatch:
    """Read the looks of one shipped gain, in order: arrays of (looks,), gains above 0.

    `low` and `high` are the limits of the effect since shipping, `gain_high` the upper limit on the scale on which
    `shipped_low`, the lower limit of the shipped gain, is given (the same, or the relative lift). NaN stands for
    what is not bounded, or not known.

    'harm': the limits leave no effect of 0 or above. Else, where they leave nothing of the shipped gain
    (`gain_high` below `shipped_low`): 'gain smaller' if they leave none of 0 or below, 'gain vanished' if they
    do. Else 'gain holds' if they leave none of 0 or below, and 'open' if nothing is known.

    Raises ValueError for limits that cross, or arrays of other shapes.
    """
    lower, upper, gain = (
        np.atleast_1d(as_floats(values, name))
        for values, name in ((low, "low"), (high, "high"), (gain_high, "gain_high"))
    )
    shipped = as_floats(shipped_low, "shipped_low")
    if not lower.shape == upper.shape == gain.shape or lower.ndim != 1:
        raise ValueError(
            f"low, high and gain_high must have one shape (looks,), got {lower.shape}, {upper.shape}, {gain.shape}"
        )
    if (lower > upper).any():
        raise ValueError("low must not be above high")
    harmful, gains = upper < 0, lower > 0
    short = gain < shipped
    conditions: list[NDArray[np.bool_]] = [harmful, short & ~gains, short & gains, gains]
    state = np.select(conditions, STATES[:4], default=STATES[4])
    alarm = harmful | short
    return GainWatch(state, alarm, int(alarm.argmax()) if alarm.any() else -1)


def oriented(low: FloatArray, high: FloatArray, higher: bool) -> tuple[FloatArray, FloatArray]:
    """Limits turned so that more is better."""
    return (low, high) if higher else (-high, -low)
