"""Corrections by family against statsmodels."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from microlift.results.corrections import SCHEMA, build

ORACLES = {
    "bonferroni": "bonferroni",
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "benjamini_hochberg": "fdr_bh",
    "benjamini_yekutieli": "fdr_by",
}


def in_families(families: list[tuple[str, str | None, list[float]]], alpha: float = 0.05) -> pd.DataFrame:
    """`int_tests` from (family, correction, p-values)."""
    rows = [
        {"family": family, "correction": correction, "p_value": p, "is_confirmatory": family == "plan"}
        for family, correction, ps in families
        for p in ps
    ]
    return pd.DataFrame(rows).assign(alpha=alpha, test_id=[f"t{i}" for i in range(len(rows))])


PS = st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), min_size=1, max_size=8)


@given(families=st.lists(st.tuples(st.sampled_from(sorted(ORACLES)), PS), min_size=1, max_size=4))
@settings(max_examples=15, deadline=None)
def test_every_family_is_corrected_by_itself(families: list[tuple[str, list[float]]]) -> None:
    tests = in_families([(f"f{index}", correction, ps) for index, (correction, ps) in enumerate(families)])
    shuffled = tests.sample(frac=1, random_state=1)
    table = build(shuffled)
    assert table.schema == SCHEMA
    frame = table.to_pandas().set_index("test_id").loc[tests["test_id"]]
    for index, (correction, ps) in enumerate(families):
        mine = frame[frame["family"] == f"f{index}"]
        known = ~np.isnan(ps)
        assert (mine["tests_in_family"] == known.sum()).all()
        assert mine.loc[~known, ["p_adjusted", "p_holm"]].isna().all(axis=None)
        assert not mine.loc[~known, "is_significant"].any()
        if not known.any():
            continue
        for name, method in ORACLES.items():
            oracle = multipletests(np.array(ps)[known], method=method)[1]
            np.testing.assert_allclose(mine.loc[known, f"p_{name}"], oracle, rtol=1e-12, atol=1e-300)
        own = mine.loc[known, f"p_{correction}"]
        np.testing.assert_array_equal(mine.loc[known, "p_adjusted"], own)
        np.testing.assert_array_equal(mine.loc[known, "is_significant"], own < 0.05)


def test_the_alpha_of_the_family_decides() -> None:
    strict = build(in_families([("plan", "holm", [0.02, 0.04])], alpha=0.05))
    loose = build(in_families([("plan", "holm", [0.02, 0.04])], alpha=0.1))
    assert strict["is_significant"].to_pylist() == [True, True]
    assert build(in_families([("plan", "bonferroni", [0.02, 0.04])]))["is_significant"].to_pylist() == [
        True,
        False,
    ]
    assert loose["p_adjusted"].equals(strict["p_adjusted"])
    assert strict["is_confirmatory"].to_pylist() == [True, True]


def test_p_equal_to_alpha_is_not_significant() -> None:
    assert build(in_families([("plan", "holm", [0.05])]))["is_significant"].to_pylist() == [False]


@pytest.mark.parametrize("wrong", ["sidak", None])
def test_an_unknown_correction_is_named(wrong: str | None) -> None:
    with pytest.raises(ValueError, match=f"correction must be one of bonferroni.* got {wrong!r}"):
        build(in_families([("plan", wrong, [0.05])]))


def test_an_impossible_p_is_named() -> None:
    with pytest.raises(ValueError, match=r"p must lie in \[0, 1\].* got 1.5"):
        build(in_families([("plan", "holm", [1.5])]))
