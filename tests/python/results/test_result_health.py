"""`results_health` against scipy, and what each check says."""

import pandas as pd
import pytest
from result_inputs import assert_sound, experiments, one
from scipy import stats

from microlift.results.health import SCHEMA, build


def units(*rows: tuple[str, int, int, int | None]) -> pd.DataFrame:
    """`int_variant_units` from (variant, epoch, units, contaminated)."""
    frame = pd.DataFrame(rows, columns=["variant_id", "allocation_epoch", "units", "contaminated_units"])
    frame = frame.assign(experiment_id="e", segment_dimension="all", segment="all")
    return frame.astype({"contaminated_units": "Int64"})


def weights(*rows: tuple[str, int, float]) -> pd.DataFrame:
    """`int_allocations` from (variant, epoch, weight)."""
    return pd.DataFrame(rows, columns=["variant_id", "allocation_epoch", "weight"]).assign(experiment_id="e")


EVEN = weights(("a", 1, 0.5), ("b", 1, 0.5))


def test_a_sound_experiment_passes() -> None:
    table = build(units(("a", 1, 1010, 3), ("b", 1, 990, 5)), EVEN, experiments())
    assert table.schema == SCHEMA
    assert_sound(table, without=["observed", "threshold", "p_value", "method"])
    assert table["check_name"].to_pylist() == [
        "contamination",
        "contamination_by_arm",
        "exposures",
        "sample_ratio",
    ]
    assert set(table["status"].to_pylist()) == {"pass"}
    ratio = one(table, check_name="sample_ratio")
    oracle = stats.chisquare([1010, 990])
    assert (ratio["observed"], ratio["p_value"]) == pytest.approx((oracle.statistic, oracle.pvalue))
    assert ratio["detail"] == "a 1,010 of 1,000 expected, b 990 of 1,000 expected"
    crossed = one(table, check_name="contamination_by_arm")
    equal = stats.chi2_contingency([[3, 1007], [5, 985]], correction=False)
    assert (crossed["observed"], crossed["p_value"]) == pytest.approx((equal.statistic, equal.pvalue))
    assert one(table, check_name="contamination")["observed"] == pytest.approx(8 / 2000)
    assert one(table, check_name="exposures")["observed"] == 2000


def test_a_mismatch_fails() -> None:
    ratio = one(
        build(units(("a", 1, 1300, 0), ("b", 1, 1000, 0)), EVEN, experiments()), check_name="sample_ratio"
    )
    assert ratio["status"] == "fail"


def test_segments_raise_no_alarm() -> None:
    """A variant may change who clicks, so that segments of behaviour after the exposure differ in size by right."""
    clicked = units(("a", 1, 900, 0), ("b", 1, 100, 0)).assign(segment_dimension="later", segment="clicked")
    seen = pd.concat([units(("a", 1, 1010, 3), ("b", 1, 990, 5)), clicked])
    assert set(build(seen, EVEN, experiments())["status"].to_pylist()) == {"pass"}


def test_weights_hold_within_their_epoch() -> None:
    """10/90, then 50/50: pooled weights would fail it."""
    seen = units(("a", 1, 8990, 0), ("b", 1, 1010, 0), ("a", 2, 5010, 0), ("b", 2, 4990, 0))
    allocated = weights(("a", 1, 0.9), ("b", 1, 0.1), ("a", 2, 0.5), ("b", 2, 0.5))
    ratio = one(build(seen, allocated, experiments()), check_name="sample_ratio")
    chi = sum(
        stats.chisquare(counts, expected).statistic
        for counts, expected in (([8990, 1010], [9000, 1000]), ([5010, 4990], [5000, 5000]))
    )
    assert ratio["observed"] == pytest.approx(chi)
    assert ratio["p_value"] == pytest.approx(stats.chi2.sf(chi, 2))
    assert ratio["detail"].count(";") == 1


@pytest.mark.parametrize("allocated", [weights(("a", 1, 1.0)), weights(("a", 1, 1.0), ("b", 1, 0.0))])
def test_units_without_a_weight_break_the_ratio(allocated: pd.DataFrame) -> None:
    table = build(units(("a", 1, 1000, 0), ("b", 1, 3, 0)), allocated, experiments())
    ratio = one(table, check_name="sample_ratio")
    assert (ratio["status"], ratio["p_value"], ratio["observed"]) == ("fail", 0.0, None)
    assert "b 3 of 0 expected" in ratio["detail"]


def test_small_counts_are_exact_or_said_to_be_rough() -> None:
    two = one(build(units(("a", 1, 7, 0), ("b", 1, 1, 0)), EVEN, experiments()), check_name="sample_ratio")
    assert two["method"] == "binomial"
    assert two["p_value"] == pytest.approx(stats.binomtest(7, 8).pvalue)
    seen = units(("a", 1, 7, 0), ("b", 1, 1, 0), ("c", 1, 2, 0))
    third = 1 / 3
    allocated = weights(("a", 1, third), ("b", 1, third), ("c", 1, third))
    three = one(build(seen, allocated, experiments(variants=3)), check_name="sample_ratio")
    assert "p is rough" in three["detail"]


def test_contamination_warns() -> None:
    table = build(units(("a", 1, 1000, 100), ("b", 1, 1000, 5)), EVEN, experiments())
    assert one(table, check_name="contamination")["status"] == "warn"
    by_arm = one(table, check_name="contamination_by_arm")
    assert by_arm["status"] == "warn"
    assert by_arm["detail"] == "by first variant: a 10.00%, b 0.50%"


@pytest.mark.parametrize("known", [None, 5])
def test_totals_do_not_know_contamination(known: int | None) -> None:
    """Not even where another epoch came in unit by unit."""
    seen = units(("a", 1, 100, known), ("b", 1, 100, known), ("a", 2, 100, None), ("b", 2, 100, None))
    allocated = pd.concat([EVEN, EVEN.assign(allocation_epoch=2)])
    table = build(seen, allocated, experiments())
    for name in ("contamination", "contamination_by_arm"):
        row = one(table, check_name=name)
        assert (row["status"], row["observed"], row["p_value"]) == ("unknown", None, None)


@pytest.mark.parametrize(
    ("seen", "declared", "words"),
    [
        (units().iloc[:0], 2, "no unit was exposed"),
        (units(("a", 1, 0, 0), ("b", 1, 0, 0)), 2, "no unit was exposed"),
        (units(("a", 1, 500, 0)), 1, "1 variant(s) declared"),
        (units(("a", 1, 500, 0)), 2, "only 1 of 2 variants were seen"),
    ],
)
def test_nothing_to_compare_fails(seen: pd.DataFrame, declared: int, words: str) -> None:
    row = one(build(seen, EVEN, experiments(variants=declared)), check_name="exposures")
    assert row["status"] == "fail"
    assert words in row["detail"]


def test_experiments_keep_to_themselves() -> None:
    seen = pd.concat(
        [
            units(("a", 1, 1010, 3), ("b", 1, 990, 5)),
            units(("a", 1, 130, 0), ("b", 1, 10, 0)).assign(experiment_id="f"),
        ]
    )
    allocated = pd.concat([EVEN, EVEN.assign(experiment_id="f"), EVEN.assign(experiment_id="unseen")])
    table = build(seen, allocated, experiments(names=("e", "f")))
    alone = build(units(("a", 1, 1010, 3), ("b", 1, 990, 5)), EVEN, experiments())
    assert table.slice(0, 4).equals(alone)
    assert one(table, experiment_id="f", check_name="sample_ratio")["status"] == "fail"
