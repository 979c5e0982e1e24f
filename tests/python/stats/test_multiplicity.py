"""Adjusted p-values against R's p.adjust, scipy and statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests

from microlift.stats.multiplicity import PROCEDURES, adjust, adjust_all

STATSMODELS = {
    "bonferroni": "bonferroni",
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "benjamini_hochberg": "fdr_bh",
    "benjamini_yekutieli": "fdr_by",
}
# The 15 p-values of Benjamini & Hochberg (1995), section 3.2.
THROMBOLYSIS = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
    0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000,
]  # fmt: skip


def test_benjamini_hochberg_1995_rejects_four_where_bonferroni_rejects_three() -> None:
    assert (adjust(THROMBOLYSIS, "a", "benjamini_hochberg") <= 0.05).sum() == 4
    assert (adjust(THROMBOLYSIS, "a", "bonferroni") <= 0.05).sum() == 3
    assert (adjust(THROMBOLYSIS, "a", "hochberg") <= 0.05).sum() == 3


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), method), each by its own formula on paper
        ("bonferroni", [0.05, 0.10, 0.15, 0.20, 0.25]),
        ("holm", [0.05, 0.08, 0.09, 0.09, 0.09]),
        ("hochberg", [0.05, 0.05, 0.05, 0.05, 0.05]),
        ("benjamini_hochberg", [0.05, 0.05, 0.05, 0.05, 0.05]),
        ("benjamini_yekutieli", [0.05 * 137 / 60] * 5),
    ],
)
def test_p_adjust_values(method: str, expected: list[float]) -> None:
    assert adjust([0.01, 0.02, 0.03, 0.04, 0.05], 0, method) == pytest.approx(expected)


def test_published_adjustment_of_unsorted_values() -> None:
    # p.adjust(c(0.008, 0.03, 0.123, 0.6, 0.2), 'BH') → 0.04 0.075 0.205 0.6 0.25 (also in stdlib's padjust
    # docs)
    expected = [0.04, 0.075, 0.205, 0.6, 0.25]
    assert adjust([0.008, 0.03, 0.123, 0.6, 0.2], "f", "benjamini_hochberg") == pytest.approx(expected)


@pytest.mark.parametrize("method", PROCEDURES)
def test_every_family_equals_statsmodels(method: str) -> None:
    random = np.random.default_rng(5)
    families = random.choice(["colour", "copy", "form", "tiny"], 300, p=[0.5, 0.3, 0.19, 0.01])
    p = np.round(random.beta(0.4, 2, 300), 3)  # rounded, so that there are ties
    result = adjust(p, families, method)
    for family in np.unique(families):
        own = families == family
        oracle = multipletests(p[own], method=STATSMODELS[method])[1]
        assert result[own] == pytest.approx(oracle, rel=1e-12), family


def test_false_discovery_rates_equal_scipy() -> None:
    oracle = false_discovery_control(THROMBOLYSIS, method="bh")
    assert adjust(THROMBOLYSIS, 1, "benjamini_hochberg") == pytest.approx(oracle)
    oracle = false_discovery_control(THROMBOLYSIS, method="by")
    assert adjust(THROMBOLYSIS, 1, "benjamini_yekutieli") == pytest.approx(oracle)


@pytest.mark.parametrize("method", PROCEDURES)
def test_untestable_hypotheses_do_not_count(method: str) -> None:
    with_missing = adjust([0.01, None, 0.04, np.nan], ["a", "a", "a", "b"], method)
    assert with_missing[[0, 2]] == pytest.approx(adjust([0.01, 0.04], "a", method))
    assert np.isnan(with_missing[[1, 3]]).all()


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3)), min_size=1, max_size=30),
    st.sampled_from(list(PROCEDURES)),
)
def test_adjusted_values_keep_the_order_and_never_fall(rows: list[tuple[float, int]], method: str) -> None:
    p, families = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    result = adjust(p, families, method)
    assert (result >= p * (1 - 1e-12)).all()
    assert (result <= 1).all()
    for family in set(families.tolist()):
        own = np.flatnonzero(families == family)
        ordered = result[own[np.argsort(p[own], kind="stable")]]
        assert (np.diff(ordered) >= 0).all()


def test_shape_is_kept_and_empty_input_is_allowed() -> None:
    assert adjust([[0.01, 0.5], [0.2, 0.03]], [[1, 1], [2, 2]], "holm") == pytest.approx(
        np.array([[0.02, 0.5], [0.2, 0.06]])
    )
    assert adjust([], [], "holm").shape == (0,)


@pytest.mark.parametrize(
    ("p", "families", "method", "message"),
    [
        ([0.5], "a", "sidak", "method must be one of bonferroni"),
        ([1.5], "a", "holm", "p must lie in .* got 1.5"),
        ([-0.1], "a", "holm", "p must lie in"),
        (["x"], "a", "holm", "p must be numbers"),
        ([0.1, 0.2], ["a"], "holm", "families must be one label or have the shape"),
        ([0.1, 0.2], ["a", None], "holm", "families must have a label"),
        ([0.1, 0.2], ["a", np.nan], "holm", "families must have a label"),
    ],
)
def test_bad_input_is_named(p: list[object], families: object, method: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        adjust(p, families, method)


def test_all_procedures_at_once_are_each_of_them_and_keep_the_digits_of_small_p():
    p, families = [1e-30, 0.04, 3e-25, 0.5, np.nan], ["b", "a", "b", "a", "a"]
    together = adjust_all(p, families)
    assert list(together) == list(PROCEDURES)
    for name, values in together.items():
        assert values == pytest.approx(adjust(p, families, name), rel=1e-15, nan_ok=True)
    assert together["holm"][[0, 2]] == pytest.approx([2e-30, 3e-25], rel=1e-12)
