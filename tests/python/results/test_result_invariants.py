"""What must hold of every comparison, on random strata."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from result_inputs import Row, counted, divided, experiments, measured, metrics, strata

from microlift.results.comparisons import build
from microlift.results.factorial import build as build_factorial
from microlift.results.interactions import build as build_interactions

NO_EFFECT = {"difference": 0.0, "relative_lift": 0.0, "odds_ratio": 1.0}


@st.composite
def tables(draw: st.DrawFn, variants: str = "ab") -> pd.DataFrame:
    """A few cells of all kinds, one or two epochs each, some strata missing."""
    rows = []
    for kind in ("conversion", "sum", "ratio"):
        for epoch in range(1, draw(st.integers(1, 2)) + 1):
            for variant in variants:
                # Both variants are there in one cell at least.
                n = draw(st.integers(1 if (kind, epoch) == ("conversion", 1) else 0, 60))
                if n == 0:
                    continue
                keys: Row = {"metric_id": kind, "allocation_epoch": epoch}
                random = np.random.default_rng(draw(st.integers(0, 10**6)))
                if kind == "conversion":
                    rows.append(counted(variant, draw(st.integers(0, n)), n, **keys))
                elif kind == "sum":
                    rows.append(measured(variant, random.poisson(2, n), **keys))
                else:
                    rows.append(divided(variant, random.poisson(2, n), random.poisson(1, n), **keys))
    return strata(*rows)


@given(data=tables(variants="abc"), confidence=st.sampled_from([0.8, 0.95, 0.99]))
@settings(max_examples=15, deadline=None)
def test_p_is_below_alpha_exactly_when_the_intervals_exclude_no_effect(
    data: pd.DataFrame, confidence: float
) -> None:
    for row in build(data, experiments(None, 3), metrics(), confidence).to_pylist():
        if row["p_value"] is None:
            assert row["difference_low"] is None
            continue
        significant = row["p_value"] < 1 - confidence
        for name, null in NO_EFFECT.items():
            low, high = row[f"{name}_low"], row[f"{name}_high"]
            if name == "odds_ratio" and row["kind"] != "conversion":
                assert low is None
                continue
            if name == "relative_lift" and row["relative_lift"] is None and row["kind"] != "conversion":
                continue  # the baseline's mean is 0: no lift to speak of
            excludes = (low is not None and low > null) or (high is not None and high < null)
            assert excludes == significant, (name, row)


@given(data=tables(variants="abc"), seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_the_order_of_rows_does_not_matter(data: pd.DataFrame, seed: int) -> None:
    shuffled = data.sample(frac=1, random_state=seed)
    assert build(shuffled, experiments(), metrics()).equals(build(data, experiments(), metrics()))
    segmented = data.assign(segment_dimension="device", segment=np.where(data["units"] % 2, "x", "y"))
    sizes = pd.DataFrame(
        [
            {"experiment_id": "e", "segment_dimension": "device", "segment": name, "basis": "at_exposure",
             "units": 100, "is_large_enough": True}
            for name in "xy"
        ]
    )  # fmt: skip
    first, second = (
        build_interactions(segmented.loc[order], sizes, experiments())
        for order in (data.index, shuffled.index)
    )
    assert first.equals(second)
    factors = pd.DataFrame(
        {"experiment_id": "e", "variant_id": list("ab"), "is_control": False, "factors": ["f=x", "f=y"]}
    )
    assert build_factorial(shuffled, factors).equals(build_factorial(data, factors[::-1]))


@given(data=tables())
@settings(max_examples=15, deadline=None)
def test_swapping_labels_flips_signs(data: pd.DataFrame) -> None:
    swapped = data.assign(variant_id=data["variant_id"].map({"a": "b", "b": "a"}))
    there, back = (build(frame, experiments(), metrics()).to_pylist() for frame in (data, swapped))
    for one, other in zip(there, back, strict=True):
        for name in ("units", "estimate"):
            assert one[name] == other[f"baseline_{name}"]
        for name, flipped in (
            ("difference", "difference"),
            ("difference_low", "difference_high"),
            ("effect_size", "effect_size"),
        ):
            assert _close(one[name], other[flipped], -1), name
        for name in ("p_value", "omnibus_p_value"):
            assert _close(one[name], other[name], 1), name
        if one["probability_better"] is not None:
            assert one["probability_better"] + other["probability_better"] == pytest.approx(1, abs=1e-8)


def _close(left: float | None, right: float | None, sign: int) -> bool:
    if left is None or right is None:
        return left is right
    return left == pytest.approx(sign * right, rel=1e-7, abs=1e-9)
