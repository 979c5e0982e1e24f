"""Argument checks shared by the statistics; errors name the argument, the value and its range."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

FloatArray = NDArray[np.float64]

LARGEST = 1e100
"""Of the size of a value: the square of a larger one, times a count, may not be a float any more."""

MOST_UNITS = 2.0**53
"""Of a count: from here on not every whole number is a float."""


def as_floats(values: ArrayLike, name: str) -> FloatArray:
    """`values` as a float array, missing and infinite ones allowed; ValueError for what is no number."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numbers, got {values!r}") from error


def as_finite(values: ArrayLike, name: str) -> FloatArray:
    """`values` as a float array; ValueError where one is missing, beyond ±`LARGEST` or no number."""
    array = as_floats(values, name)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)].flat[0]}")
    beyond = np.abs(array) > LARGEST
    if beyond.any():
        raise ValueError(f"{name} must lie within ±{LARGEST:g}, got {array[beyond].flat[0]}")
    return array


def check_whole(values: ArrayLike, name: str) -> FloatArray:
    """Counts as a float array; ValueError unless every one is a whole number from 0 to `MOST_UNITS`."""
    counts = as_finite(values, name)
    wrong = (counts < 0) | (counts != np.floor(counts))
    if wrong.any():
        raise ValueError(f"{name} must be whole numbers of at least 0, got {counts[wrong].flat[0]}")
    beyond = counts > MOST_UNITS
    if beyond.any():
        raise ValueError(f"{name} must be at most 2^53 = {MOST_UNITS:.0f}, got {counts[beyond].flat[0]}")
    return counts


def check_counts(
    successes: ArrayLike, n: ArrayLike, successes_name: str = "successes", n_name: str = "n"
) -> tuple[FloatArray, FloatArray]:
    """Successes and trials, broadcast together as float arrays.

    Raises ValueError unless both are finite whole numbers with 0 <= successes <= n.
    """
    try:
        x, size = np.broadcast_arrays(check_whole(successes, successes_name), check_whole(n, n_name))
    except ValueError as error:
        if "broadcast" not in str(error):
            raise
        raise ValueError(
            f"{successes_name} of shape {np.shape(successes)} and {n_name} of shape {np.shape(n)} "
            "must have shapes that broadcast together"
        ) from error
    wrong = x > size
    if wrong.any():
        raise ValueError(
            f"{successes_name} must lie in [0, {n_name}], "
            f"got {x[wrong].flat[0]:.0f} with {n_name} = {size[wrong].flat[0]:.0f}"
        )
    return x, size


def check_open_unit(value: float, name: str) -> float:
    """A number strictly between 0 and 1, as a float; ValueError otherwise."""
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be a number in (0, 1), got {value!r}") from error
    if not 0.0 < number < 1.0:
        raise ValueError(f"{name} must lie in (0, 1), got {value}")
    return number


def check_confidence(confidence: float) -> float:
    """A confidence level: a number in (0, 1); ValueError otherwise."""
    return check_open_unit(confidence, "confidence")


def check_alpha(alpha: float) -> float:
    """A significance level: a number in (0, 1); ValueError otherwise."""
    return check_open_unit(alpha, "alpha")


def check_positive(value: float, name: str, most: float = LARGEST) -> float:
    """A number above 0 and at most `most`, as a float; ValueError otherwise."""
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be a number above 0, got {value!r}") from error
    if not (np.isfinite(number) and number > 0):
        raise ValueError(f"{name} must be finite and above 0, got {value}")
    if number > most:
        raise ValueError(f"{name} must be at most {most:g}, got {value}")
    return number


def two_sided_quantile(confidence: float) -> float:
    """The normal quantile that a two-sided interval reaches, from its tail: (1 + confidence)/2 may round to 1."""
    return float(-special.ndtri((1 - check_confidence(confidence)) / 2))
