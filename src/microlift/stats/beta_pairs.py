"""Which of two beta posteriors is higher: the distribution of the difference of their logits at 0.

A logit of a beta is a difference of two log-gammas, so D = logit p_t − logit p_c has the characteristic function
φ(ω) = Γ(α_t + iω) Γ(β_t − iω) Γ(α_c − iω) Γ(β_c + iω) over the same at ω = 0, and a square wave of period 2T has
a Fourier series:

    P(D > 0) = ½ + Σ 2 / ((2k + 1)π) · Im φ(ω_k),   density of D at 0 = (h/π) Σ Re φ(ω_k),
    ω_k = (k + ½)h, h = 2π/T, k = 0, 1, …

The first is wrong by at most P(|D| > T). T follows from D being sub-gamma (`bayes.py`), and the sum ends where
|Γ(a + iω)/Γ(a)| ≤ exp(−ω atan(ω/a) + a log(1 + ω²/a²)/2) says that nothing is left (an integral below the
logarithm of Euler's product). Ten to twenty terms do, whatever the number of observations.

Source: Abate & Whitt (1992), "The Fourier-series method for inverting transforms of probability distributions",
Queueing Systems 10:5–88, section 5.
"""

import numpy as np
from numpy.typing import NDArray

from microlift.stats.checks import FloatArray

TAIL_EXPONENT = 25.0  # what is left out of range and sum has at most about exp(−25) = 1e-11
CHUNK = 20_000  # terms held in memory at once
SHIFT = 8  # Stirling's series is used from here on: its first term left out is then 7e-12
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)


def logit_difference_at_zero(
    alpha_t: FloatArray, beta_t: FloatArray, alpha_c: FloatArray, beta_c: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """P(p_t > p_c) − ½, and the density at 0 of logit p_t − logit p_c, for parameters above 0, (cells,) each."""
    parameters = np.stack([alpha_t, beta_t, alpha_c, beta_c])
    offset = np.log(alpha_t / beta_t) - np.log(alpha_c / beta_c)
    reach, certain = _reach(parameters, offset)
    last = _last_frequency(parameters)
    step = 2 * np.pi / reach
    count = np.ceil(last / step).astype(np.int64)

    surplus, density = np.empty_like(offset), np.empty_like(offset)
    # Cells in need of about as many terms go together.
    order = np.argsort(count)
    ends = np.searchsorted(np.cumsum(count[order]), np.arange(CHUNK, count.sum(), CHUNK))
    for cells in np.split(order, np.unique(ends)):
        if not cells.size:
            continue
        k = np.arange(count[cells].max()) + 0.5
        size, turn = _characteristic(parameters[:, cells], offset[cells], step[cells, None] * k)
        surplus[cells] = (size * np.sin(turn)) @ (1 / (np.pi * k))
        density[cells] = (size * np.cos(turn)).sum(axis=1) * step[cells] / np.pi
    surplus = np.where(certain, np.copysign(0.5, offset), np.clip(surplus, -0.5, 0.5))
    return surplus, np.where(certain, 0.0, np.maximum(density, 0))


def _reach(parameters: FloatArray, offset: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """T of each cell, and whether 0 is so far out that one arm is higher for certain.

    The trigamma of a is at most 1/a + 1/a², its digamma between log a − 1/a and log a.
    """
    inverse = 1 / parameters
    variance = (inverse + inverse**2).sum(axis=0)
    spread = np.sqrt(2 * TAIL_EXPONENT * variance) + TAIL_EXPONENT * inverse.max(axis=0)
    slack = np.maximum(inverse[0] + inverse[3], inverse[1] + inverse[2])
    certain = np.abs(offset) - slack > spread
    return np.minimum(np.abs(offset) + slack, spread) + spread, certain


def _last_frequency(parameters: FloatArray) -> FloatArray:
    """Frequency from which |φ| is below exp(−TAIL_EXPONENT), by Newton's method on its convex bound."""
    # The bound of a normal, ω²/(2a), is too strong: from the left the first step passes the root.
    last = np.sqrt(2 * TAIL_EXPONENT / (1 / parameters).sum(axis=0))
    for _ in range(3):
        ratio = last / parameters
        angle = np.arctan(ratio)
        slope = angle.sum(axis=0)
        exponent = last * slope - (parameters * np.log1p(ratio**2)).sum(axis=0) / 2
        last += (TAIL_EXPONENT - exponent) / slope
    return last


def _characteristic(
    parameters: FloatArray, offset: FloatArray, frequency: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Modulus and argument of φ at frequencies (cells, terms)."""
    log_size, turn = np.zeros_like(frequency), frequency * offset[:, None]
    for a, sign in zip(parameters, (1, -1, -1, 1), strict=True):
        log_modulus, argument = _gamma_ratio(a[:, None], frequency)
        log_size += log_modulus
        turn += sign * argument
    return np.exp(log_size), turn


def _gamma_ratio(a: FloatArray, frequency: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log modulus and argument of Γ(a + iω) / (Γ(a) a^iω), without the difference of large numbers."""
    small = np.flatnonzero(a[:, 0] < SHIFT)
    far = np.where(a < SHIFT, a + SHIFT, a)
    u = frequency / far
    log_modulus = np.log1p(u * u) / 2
    angle = np.arctan(u)
    scale = 1 / (far * (1 + u * u))
    inverse = np.empty(u.shape, dtype=complex)  # 1 / (a + iω)
    inverse.real, inverse.imag = scale, -u * scale
    square = inverse * inverse
    series = np.full_like(square, STIRLING[-1])
    at_zero = np.full_like(far, STIRLING[-1])
    for coefficient in STIRLING[-2::-1]:
        series *= square
        series += coefficient
        at_zero = at_zero / far**2 + coefficient
    series *= inverse
    size = (far - 0.5) * log_modulus - frequency * angle + series.real - at_zero / far
    turn = (far - 0.5) * angle + frequency * (log_modulus - 1) + series.imag
    if small.size:  # Γ(a + iω) = Γ(a + 8 + iω) / ((a + iω) … (a + 7 + iω))
        of, w = a[small], frequency[small]
        for step in range(SHIFT):
            size[small] -= np.log1p((w / (of + step)) ** 2) / 2
            turn[small] -= np.arctan(w / (of + step))
        turn[small] += w * np.log1p(SHIFT / of)
    return size, turn
