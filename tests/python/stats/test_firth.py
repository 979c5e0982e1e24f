"""Firth's penalised likelihood ratio: a plain one for any design, pinned to logistf, and the tables' against it."""

import numpy as np
import pytest
from scipy import special, stats

from microlift.stats.interactions import conversion_interaction, penalised_likelihood_ratio

# R's logistf::sex2 (Heinze & Schemper 2002; urinary tract infection): age, oc, vic, vicl, vis, dia, then cases
# and women with this pattern. The woman with every answer of dia = 1 separates the groups.
SEX2 = np.array(
    """0 0 0 0 1 0 1 2|0 0 1 0 0 0 14 16|0 0 1 0 1 0 3 4|0 0 1 1 0 0 10 18|0 0 1 1 1 0 12 30|0 0 1 1 1 1 1 1
    0 1 0 0 0 0 44 86|0 1 0 0 0 1 3 3|0 1 0 0 1 0 0 1|0 1 1 0 0 0 15 16|0 1 1 0 0 1 1 1|0 1 1 0 1 0 2 2
    0 1 1 1 0 0 7 12|0 1 1 1 1 0 3 9|1 0 1 0 0 0 2 2|1 0 1 0 1 0 1 1|1 0 1 0 1 1 1 1|1 0 1 1 0 0 1 3
    1 0 1 1 1 0 0 4|1 0 1 1 1 1 1 1|1 1 0 0 0 0 5 19|1 1 0 0 1 0 0 1|1 1 1 0 0 0 3 4|1 1 1 1 1 0 0 2""".replace(
        "\n", "|"
    ).split("|"),
    dtype=str,
)


def firth(x: np.ndarray, n: np.ndarray, design: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, float]:
    """Coefficients and maximum of the penalised log likelihood; those not `free` are held at 0."""
    beta = np.zeros(design.shape[1])

    def height(beta: np.ndarray) -> float:
        eta = design @ beta
        p = special.expit(eta)
        information = design.T @ (design * (n * p * (1 - p))[:, None])
        return float((x * eta + n * special.log_expit(-eta)).sum() + 0.5 * np.linalg.slogdet(information)[1])

    for _ in range(200):
        p = special.expit(design @ beta)
        weight = n * p * (1 - p)
        inverse = np.linalg.inv(design.T @ (design * weight[:, None]))
        hat = weight * ((design @ inverse) * design).sum(axis=1)
        score = design.T @ (x - n * p + hat * (0.5 - p))
        step = np.zeros_like(beta)
        part = np.ix_(free, free)
        step[free] = np.linalg.solve((design.T @ (design * weight[:, None]))[part], score[free])
        while height(beta + step) < height(beta) - 1e-12:
            step = step / 2
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    return beta, height(beta)


def test_the_plain_fit_equals_logistf() -> None:
    rows = np.array([row.split() for row in SEX2], float)
    design, x, n = np.column_stack([np.ones(len(rows)), rows[:, :6]]), rows[:, 6], rows[:, 7]
    assert n.sum() == 239
    every = np.ones(7, bool)
    beta, full = firth(x, n, design, every)
    # R 4.2, logistf(case ~ age + oc + vic + vicl + vis + dia, sex2): coefficients, χ² and p of the profile.
    assert beta == pytest.approx(
        [0.12025404, -1.10598130, -0.06881673, 2.26887464, -2.11140816, -0.78831694, 3.09601166], abs=1e-6
    )
    published = [0.06286298, 7.50773092, 0.02467044, 22.93139022, 19.10407252, 3.69740975, 7.89693139]
    for place, chi in enumerate(published):
        _, held = firth(x, n, design, np.arange(7) != place)
        assert 2 * (full - held) == pytest.approx(chi, abs=1e-4)


@pytest.mark.parametrize(
    ("x", "n"),
    [
        ([[4, 0, 7], [9, 3, 2]], [[40, 30, 50], [42, 28, 55]]),
        ([[0, 9], [5, 0]], [[12, 9], [12, 15]]),  # complete separation
        ([[1, 0, 2], [3, 4, 1], [0, 5, 6]], [[20, 20, 30], [21, 22, 30], [19, 18, 33]]),
    ],
)
def test_a_table_needs_no_fit_of_its_own(x: list[list[int]], n: list[list[int]]) -> None:
    """The deviance with halves added is the penalised likelihood ratio under the penalty of the full model."""
    successes, size = np.array(x, float), np.array(n, float)
    v, s = (axis.ravel() for axis in np.indices(successes.shape))
    rows, columns = successes.shape
    main = [np.ones(v.size), *(v == i for i in range(1, rows)), *(s == j for j in range(1, columns))]
    both = [(v == i) & (s == j) for i in range(1, rows) for j in range(1, columns)]
    design = np.column_stack([*main, *both]).astype(float)
    free = np.arange(design.shape[1]) < len(main)
    _, full = firth(successes.ravel(), size.ravel(), design, np.ones(design.shape[1], bool))
    _, held = firth(successes.ravel(), size.ravel(), design, free)
    statistic = penalised_likelihood_ratio(successes[None], size[None])
    assert statistic == pytest.approx(2 * (full - held), abs=1e-6)
    whole = conversion_interaction(successes[None], size[None])
    assert whole.penalised_p_value == pytest.approx(stats.chi2.sf(2 * (full - held), len(both)), abs=1e-6)
