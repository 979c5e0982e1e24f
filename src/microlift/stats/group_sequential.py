"""Group-sequential tests: what repeated looks at one growing sample really do, by recursive integration.

The statistic of look k is Z_k, and Z_k·√I_k has independent normal increments of variance I_k − I_{k−1} and
mean θ·(I_k − I_{k−1}), I being the information (1 / variance of the estimate, on any scale) and θ the effect.
The density of what has not stopped yet is carried from look to look (Armitage, McPherson & Rowe 1969, JRSS A
132:235–244; Jennison & Turnbull 2000, chapter 19), here by Gauss–Legendre nodes, as many as the narrowest
increment asks for. Looks may be spaced unequally. Accuracy is about 1e-8 for up to hundreds of looks.
"""

from functools import cache
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from microlift.stats.checks import FloatArray, as_finite, as_floats, check_alpha, check_positive

FAR = 8.5
"""Standard errors beyond which nothing is left; a boundary is at most as far."""

MERGED = 1e-3
"""Looks that add less than this share of information are taken as one with the look before them."""


PANEL, PANEL_WEIGHTS = np.polynomial.legendre.leggauss(20)


class _Walk:
    """Density of √I·Z among what has not stopped, on nodes of the last look's region."""

    def __init__(self, information: FloatArray, drift: float = 0.0) -> None:
        self.information, self.drift = information, drift
        self.look = 0
        self.nodes, self.weights = np.zeros(1), np.ones(1)

    @property
    def _step(self) -> tuple[FloatArray, float]:
        """Mean of each node after the next increment, and the increment's standard deviation."""
        before = self.information[self.look - 1] if self.look else 0.0
        gain = self.information[self.look] - before
        return self.nodes + self.drift * gain, float(np.sqrt(gain))

    def above(self, z: float) -> float:
        """Probability of not having stopped before, and lying above z at the next look."""
        mean, spread = self._step
        return float(self.weights @ special.ndtr((mean - z * np.sqrt(self.information[self.look])) / spread))

    def below(self, z: float) -> float:
        mean, spread = self._step
        return float(self.weights @ special.ndtr((z * np.sqrt(self.information[self.look]) - mean) / spread))

    def go_on(self, low: float, high: float) -> None:
        """Take the next look, and keep what lies between its boundaries."""
        mean, spread = self._step
        root = float(np.sqrt(self.information[self.look]))
        middle = self.drift * root
        low, high = max(low, middle - FAR) * root, min(high, middle + FAR) * root
        self.look += 1
        if high <= low:
            self.nodes, self.weights = np.zeros(1), np.zeros(1)
            return
        after = self.information[self.look] if self.look < len(self.information) else np.inf
        narrowest = min(spread, float(np.sqrt(after - self.information[self.look - 1])))
        x, w = _panels(int(np.ceil(min(2.5 * (high - low) / narrowest + 40, 1500) / len(PANEL))))
        nodes = (high - low) / 2 * x + (high + low) / 2
        density = np.exp(-(((nodes[:, None] - mean) / spread) ** 2) / 2) @ self.weights
        self.weights = density / (spread * np.sqrt(2 * np.pi)) * w * (high - low) / 2
        self.nodes = nodes


@cache
def _panels(number: int) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights over [-1, 1], cut into panels of Gauss–Legendre nodes."""
    middles = (2 * np.arange(number) + 1) / number - 1
    return (middles[:, None] + PANEL / number).ravel(), np.tile(PANEL_WEIGHTS / number, number)


def check_information(information: ArrayLike) -> FloatArray:
    """Information by look; ValueError unless it is finite, above 0, and never falls."""
    values = np.atleast_1d(as_finite(information, "information"))
    if values.ndim != 1 or not len(values):
        raise ValueError(f"information must be a list of looks, got shape {values.shape}")
    if values[0] <= 0 or (np.diff(values) < 0).any():
        raise ValueError(f"information must be above 0 and must not fall, got {values.tolist()}")
    return values


def crossing_probabilities(
    information: ArrayLike, lower: ArrayLike, upper: ArrayLike, drift: float = 0.0
) -> tuple[FloatArray, FloatArray]:
    """Probability of first crossing the lower and the upper boundary at each look, two arrays of (looks,).

    `information` is that of each look, on the scale on which `drift` is the effect (0: no effect, for which
    any scale does). Boundaries are on the scale of z; an infinite one is never crossed. A look that adds less
    than a thousandth of information is taken as one with the look before it. ValueError for information that
    falls or is not above 0, or boundaries of another length.
    """
    values = check_information(information)
    low, high = (_boundary(b, name, values.shape) for b, name in ((lower, "lower"), (upper, "upper")))
    real = _counted(values)
    down, up = np.zeros((2, len(values)))
    walk = _Walk(values[real], drift)
    for look in np.flatnonzero(real):
        down[look] = walk.below(low[look]) if np.isfinite(low[look]) else 0.0
        up[look] = walk.above(high[look]) if np.isfinite(high[look]) else 0.0
        walk.go_on(float(low[look]), float(high[look]))
    return down, up


def _boundary(boundary: ArrayLike, name: str, shape: tuple[int, ...]) -> FloatArray:
    values = as_floats(boundary, name)
    try:
        z = np.broadcast_to(values, shape)
    except ValueError as error:
        raise ValueError(
            f"{name} must be one number, or one a look ({shape[0]}), got {boundary!r}"
        ) from error
    if np.isnan(z).any():
        raise ValueError(f"{name} must be numbers, got nan")
    return z


def _counted(information: FloatArray) -> NDArray[np.bool_]:
    """Looks that add enough information to be looks of their own."""
    counted, last = np.zeros(len(information), dtype=bool), 0.0
    for look, value in enumerate(information):
        if value - last > MERGED * value:
            counted[look], last = True, value
    return counted


def error_by_look(information: ArrayLike, z: float, two_sided: bool = True) -> FloatArray:
    """Chance that a test without effect has called a difference by each look, if it stops at the first |Z| > z.

    One-sided, it stops at Z > z. This is what peeking at a fixed-horizon test does.
    """
    boundary = check_positive(z, "z") if two_sided else z
    down, up = crossing_probabilities(information, -boundary if two_sided else -np.inf, boundary)
    return np.cumsum(down + up)


def spending_boundaries(information: ArrayLike, cumulative: ArrayLike, two_sided: bool = True) -> FloatArray:
    """Upper boundary of each look, on the scale of z, that spends `cumulative` of the upper tail by that look.

    Two-sided boundaries are symmetric, and each tail spends as much. Where a look has nothing to spend, its
    boundary is infinite. ValueError where the spending falls, or is not within [0, ½).
    """
    values = check_information(information)
    spends = np.broadcast_to(as_finite(cumulative, "cumulative"), values.shape)
    if (spends < 0).any() or (spends >= 0.5).any() or (np.diff(spends) < 0).any():
        raise ValueError(f"cumulative must rise within [0, 0.5), got {spends.tolist()}")
    walk, boundaries, used = _Walk(values[_counted(values)]), np.full(len(values), np.inf), 0.0
    for look in np.flatnonzero(_counted(values)):
        share = spends[look] - used
        if share > walk.above(FAR):
            boundaries[look] = optimize.brentq(
                lambda z, goal=share: walk.above(z) - goal, -FAR, FAR, xtol=1e-10
            )
            used = spends[look]
        walk.go_on(-boundaries[look] if two_sided else -np.inf, boundaries[look])
    return boundaries


@cache
def constant_boundary(looks: int, alpha: float, two_sided: bool = True) -> float:
    """The one boundary that holds the error over equally spaced looks (Pocock 1977, Biometrika 64:191–199)."""
    alpha = check_alpha(alpha)
    if not isinstance(looks, Integral) or looks < 1:
        raise ValueError(f"looks must be a whole number of at least 1, got {looks!r}")
    even = np.arange(1, looks + 1) / looks

    def excess(z: float) -> float:
        return float(error_by_look(even, z, two_sided)[-1]) - alpha

    least = float(-special.ndtri(alpha / (2 if two_sided else 1)))
    if looks == 1:
        return least
    if excess(FAR) > 0:
        raise ValueError(f"alpha must leave a boundary within {FAR} standard errors, got {alpha}")
    return float(optimize.brentq(excess, least, FAR, xtol=1e-9))
