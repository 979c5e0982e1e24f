"""`results_factorial_effects` against arithmetic by hand."""

import numpy as np
import pandas as pd
import pytest
from result_inputs import assert_sound, counted, measured, one, strata
from scipy import stats

from microlift.results.factorial import SCHEMA, build

NAMES = {
    "lp": ("long", "photo"),
    "ld": ("long", "drawing"),
    "sp": ("short", "photo"),
    "sd": ("short", "drawing"),
}


def variants(control: str | None = "lp", **changed: str | None) -> pd.DataFrame:
    factors = {
        name: f"headline={headline};image={image}" for name, (headline, image) in NAMES.items()
    } | changed
    return pd.DataFrame(
        {
            "experiment_id": "e",
            "variant_id": list(factors),
            "is_control": [name == control for name in factors],
            "factors": list(factors.values()),
        }
    )


RATES = {"lp": 0.10, "ld": 0.12, "sp": 0.15, "sd": 0.25}


def conversions(**changed: tuple[int, int]) -> pd.DataFrame:
    counts = {name: (round(1000 * rate), 1000) for name, rate in RATES.items()} | changed
    return strata(*(counted(name, *xn) for name, xn in counts.items()))


def test_effects_by_hand() -> None:
    table = build(conversions(), variants())
    assert table.schema == SCHEMA
    assert_sound(table)
    rows = {row["effect"]: row for row in table.to_pylist()}
    assert list(rows) == ["headline", "image", "headline × image"]
    # High is what the control is not: short, drawing.
    assert rows["headline"]["estimate"] == pytest.approx((0.15 + 0.25 - 0.10 - 0.12) / 2)
    assert rows["image"]["estimate"] == pytest.approx((0.12 + 0.25 - 0.10 - 0.15) / 2)
    crossed = rows["headline × image"]
    assert crossed["estimate"] == pytest.approx((0.25 - 0.15 - 0.12 + 0.10) / 2)
    assert crossed["high_levels"] == "headline=short; image=drawing"
    assert (crossed["factors"], crossed["method"]) == (2, "mover_of_wilson")
    # At 1,000 units an arm the interval is close to the normal one.
    error = np.sqrt(sum(p * (1 - p) / 1000 for p in RATES.values())) / 2
    assert crossed["interval_high"] - crossed["interval_low"] == pytest.approx(2 * 1.96 * error, rel=0.01)
    assert crossed["p_value"] == pytest.approx(2 * stats.norm.sf(crossed["estimate"] / error), rel=0.2)


def test_without_a_control_the_alphabet_is_low() -> None:
    rows = {row["effect"]: row for row in build(conversions(), variants(control=None)).to_pylist()}
    assert rows["image"]["high_levels"] == "image=photo"
    assert rows["image"]["estimate"] == pytest.approx(-(0.12 + 0.25 - 0.10 - 0.15) / 2)


def test_one_factor_of_means_is_welch() -> None:
    low, high = [1.0, 4, 2, 6, 3], [5.0, 4, 8, 7]
    data = strata(measured("lp", low), measured("sp", high))
    design = variants().iloc[[0, 2]].assign(factors=["headline=long", "headline=short"])
    row = one(build(data, design))
    oracle = stats.ttest_ind(high, low, equal_var=False)
    limits = oracle.confidence_interval(0.95)
    assert row["p_value"] == pytest.approx(oracle.pvalue)
    assert (row["interval_low"], row["interval_high"]) == pytest.approx((limits.low, limits.high))
    assert row["method"] == "t_of_contrast"


def test_a_drift_over_a_rollout_is_no_effect() -> None:
    rows = []
    for epoch, rate, sizes in ((1, 0.02, (9000, 500, 500, 500)), (2, 0.01, (3000, 3000, 3000, 3000))):
        rows += [
            counted(v, round(n * rate), n, allocation_epoch=epoch) for v, n in zip(NAMES, sizes, strict=True)
        ]
    table = build(strata(*rows), variants())
    assert table["estimate"].to_pylist() == pytest.approx([0, 0, 0], abs=1e-12)
    assert set(table["method"].to_pylist()) == {"t_of_contrast"}


@pytest.mark.parametrize(
    "design",
    [
        variants().iloc[:3],
        variants(sd="headline=short;image=photo"),
        variants(sd="headline=short;image=video"),
        variants(sd="headline=short"),
        variants(lp=None, ld=None, sp=None, sd=None),
    ],
    ids=["a combination lacks", "one twice", "three levels", "a factor lacks", "no factors"],
)
def test_other_designs_have_no_rows(design: pd.DataFrame) -> None:
    assert build(conversions(), design).equals(SCHEMA.empty_table())


def test_factors_that_cannot_be_read_are_named() -> None:
    with pytest.raises(ValueError, match=r"factors must read .* got 'short, drawing'"):
        build(conversions(), variants(sd="short, drawing"))


@pytest.mark.parametrize("gone", ["lp", "sd"])
def test_a_combination_without_units_is_said(gone: str) -> None:
    data = conversions()
    table = build(data[data["variant_id"] != gone], variants())
    assert_sound(table)
    assert table["p_value"].null_count == 3
    assert table["note"][0].as_py().startswith("not testable")


@pytest.mark.parametrize("values", [[1.0], [1.0, 1.0]])
def test_means_without_spread_are_said(values: list[float]) -> None:
    table = build(strata(*(measured(name, values) for name in NAMES)), variants())
    assert_sound(table)
    assert table["p_value"].null_count == 3


@pytest.mark.parametrize("successes", [0, 1000])
def test_extreme_rates_are_no_effect(successes: int) -> None:
    table = build(conversions(**dict.fromkeys(NAMES, (successes, 1000))), variants())
    assert_sound(table)
    assert table["p_value"].to_pylist() == [1, 1, 1]


def test_designs_of_all_sizes_are_tested_apart() -> None:
    """Factors have the names of their own experiment, and segments do not enter."""
    single = pd.DataFrame(
        {"experiment_id": "f", "variant_id": ["u", "v"], "is_control": [True, False]}
    ).assign(factors=["font=old", "font=new"])
    data = pd.concat(
        [
            strata(counted("u", 40, 500, experiment_id="f"), counted("v", 60, 500, experiment_id="f")),
            conversions(),
            conversions().assign(segment_dimension="device", segment="mobile"),
        ]
    )
    table = build(data, pd.concat([single, variants()]))
    assert table["effect"].to_pylist() == ["headline", "image", "headline × image", "font"]
    assert one(table, effect="font")["estimate"] == pytest.approx(0.04)
    assert table.slice(0, 3).equals(build(conversions(), variants()))


def test_a_factor_with_three_levels_has_a_test_and_contrasts() -> None:
    rates = {"lp": 0.1, "ld": 0.12, "lv": 0.2, "sp": 0.1, "sd": 0.12, "sv": 0.2}
    more = {"lv": "headline=long;image=video", "sv": "headline=short;image=video"}
    data = strata(*(counted(name, round(1000 * rate), 1000) for name, rate in rates.items()))
    table = build(data, variants(**more))
    assert table.schema == SCHEMA
    assert_sound(table)
    rows = {row["effect"]: row for row in table.to_pylist()}
    assert list(rows) == [
        "headline", "headline: headline=short against headline=long",
        "image", "image: image=drawing against image=photo", "image: image=video against image=photo",
        "headline × image", "headline × image: headline=short; image=drawing against headline=long; image=photo",
        "headline × image: headline=short; image=video against headline=long; image=photo",
    ]  # fmt: skip
    assert rows["image"]["p_value"] < 1e-6
    assert rows["image"]["estimate"] is None
    assert rows["headline"]["p_value"] == pytest.approx(1)
    video = rows["image: image=video against image=photo"]
    assert (video["estimate"], video["factors"], video["method"]) == (
        pytest.approx(0.1),
        1,
        "mover_of_wilson",
    )
    assert video["interval_low"] > 0
    # Beside a two-level experiment, both have their rows.
    both = build(pd.concat([data, conversions().assign(experiment_id="f")]),
                 pd.concat([variants(**more), variants().assign(experiment_id="f")]))  # fmt: skip
    assert both.num_rows == 8 + 3
    missing = build(data[data["variant_id"] != "sv"], variants(**more))
    assert_sound(missing)
    assert missing["p_value"].null_count == 8
