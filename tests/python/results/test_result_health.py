"""`results_health` against scipy, and what each check says."""

import pandas as pd
import pyarrow as pa
import pytest
from result_inputs import assert_sound, experiments, one
from scipy import stats

from microlift.results import health
from microlift.results.health import SCHEMA


def units(*rows: tuple[str, int, int, int | None]) -> pd.DataFrame:
    """`int_variant_units` from (variant, epoch, units, contaminated)."""
    frame = pd.DataFrame(rows, columns=["variant_id", "allocation_epoch", "units", "contaminated_units"])
    frame = frame.assign(experiment_id="e", segment_dimension="all", segment="all")
    frame["repeated_units"] = (frame["units"] // 10).where(frame["contaminated_units"].notna())
    return frame.astype({"contaminated_units": "Int64", "repeated_units": "Int64"})


def weights(*rows: tuple[str, int, float]) -> pd.DataFrame:
    """`int_allocations` from (variant, epoch, weight)."""
    return pd.DataFrame(rows, columns=["variant_id", "allocation_epoch", "weight"]).assign(experiment_id="e")


EVEN = weights(("a", 1, 0.5), ("b", 1, 0.5))


def looks(*counts: tuple[int, int]) -> pd.DataFrame:
    """`int_exposure_looks`: units of a and b that came new on each day."""
    rows = [
        {"experiment_id": "e", "allocation_epoch": 1, "variant_id": variant, "units": units,
         "look_at": pd.Timestamp("2026-01-06") + pd.Timedelta(days=day)}
        for day, both in enumerate(counts) for variant, units in zip("ab", both, strict=True)
    ]  # fmt: skip
    columns = ["experiment_id", "allocation_epoch", "variant_id", "units", "look_at"]
    return pd.DataFrame(rows, columns=columns)


def stability(*rows: tuple[str, float, str]) -> pd.DataFrame:
    """`calc_stability` from (check, adjusted p, status)."""
    frame = pd.DataFrame(rows, columns=["check_name", "change_p_adjusted", "status"])
    return frame.assign(experiment_id="e", metric_id="m", variant_id="b")


def build(
    seen: pd.DataFrame,
    allocated: pd.DataFrame,
    declared: pd.DataFrame,
    over: pd.DataFrame | None = None,
    effects: pd.DataFrame | None = None,
) -> pa.Table:
    over, effects = looks() if over is None else over, stability() if effects is None else effects
    return health.build(seen, over, allocated, declared, effects)


def test_a_sound_experiment_passes() -> None:
    table = build(units(("a", 1, 1010, 3), ("b", 1, 990, 5)), EVEN, experiments())
    assert table.schema == SCHEMA
    assert_sound(table, without=["observed", "threshold", "p_value", "method"])
    assert table["check_name"].to_pylist() == [
        "contamination",
        "contamination_by_arm",
        "exposure_duplicates",
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
    # Cochran, Mantel and Haenszel's, which in a single epoch is Pearson's times (N − 1)/N.
    within = equal.statistic * 1999 / 2000
    assert (crossed["observed"], crossed["p_value"]) == pytest.approx((within, stats.chi2.sf(within, 1)))
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
    for name in ("contamination", "contamination_by_arm", "exposure_duplicates"):
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
    assert table.slice(0, 5).equals(alone)
    assert one(table, experiment_id="f", check_name="sample_ratio")["status"] == "fail"


def test_a_mismatch_is_seen_at_the_look_at_which_it_shows() -> None:
    seen = units(("a", 1, 3000, 0), ("b", 1, 3000, 0))
    sound = one(
        build(seen, EVEN, experiments(), looks((500, 510), (495, 490))), check_name="sample_ratio_over_looks"
    )
    assert (sound["status"], sound["p_value"]) == ("pass", 1)
    broken = build(seen, EVEN, experiments(), looks((500, 510), (700, 500), (900, 500), (500, 900)))
    row = one(broken, check_name="sample_ratio_over_looks")
    assert row["status"] == "fail"
    assert "first below it at look 3 (2026-01-08 00:00)" in row["detail"]
    # A variant of weight 0 with units: p is 0 and the evidence has no number.
    none = one(
        build(seen, weights(("a", 1, 1), ("b", 1, 0)), experiments(), looks((5, 5))),
        check_name="sample_ratio_over_looks",
    )
    assert (none["p_value"], none["observed"], none["status"]) == (0, None, "fail")


def test_a_variant_that_is_exposed_again_more_often_warns() -> None:
    seen = units(("a", 1, 1000, 0), ("b", 1, 1000, 0))
    seen["repeated_units"] = pd.array([100, 300], dtype="Int64")
    row = one(build(seen, EVEN, experiments()), check_name="exposure_duplicates")
    assert (row["status"], row["observed"]) == ("warn", 0.2)
    assert row["detail"] == "20.00% of units were exposed again; by variant: a 10.00%, b 30.00%"


def test_changes_of_effects_warn_and_never_fail() -> None:
    changes = stability(("exposure_day", 0.002, "warn"), ("day_since_exposure", 0.9, "pass"), ("calendar", 0.4, "pass"),
                        ("day_of_week", float("nan"), "unknown"))  # fmt: skip
    table = build(units(("a", 1, 1000, 0), ("b", 1, 1000, 0)), EVEN, experiments(), effects=changes)
    novelty = one(table, check_name="novelty")
    assert (novelty["status"], novelty["p_value"]) == ("warn", 0.002)
    assert "m (b, exposure_day)" in novelty["detail"]
    assert one(table, check_name="calendar")["status"] == "pass"
    assert one(table, check_name="day_of_week")["status"] == "unknown"


def test_who_came_later_had_less_time_to_be_exposed_again() -> None:
    seen = units(("a", 1, 900, 0), ("b", 1, 100, 0), ("a", 2, 500, 0), ("b", 2, 500, 0))
    seen["repeated_units"] = pd.array([270, 30, 50, 50], dtype="Int64")
    allocated = pd.concat([weights(("a", 1, 0.9), ("b", 1, 0.1)), EVEN.assign(allocation_epoch=2)])
    row = one(build(seen, allocated, experiments()), check_name="exposure_duplicates")
    assert (row["status"], row["p_value"]) == ("pass", pytest.approx(1))


def test_contamination_is_compared_within_epochs() -> None:
    """Who came early had time to see another variant, in either arm alike; weights changed in between."""
    seen = units(("a", 1, 9000, 900), ("b", 1, 1000, 100), ("a", 2, 5000, 50), ("b", 2, 5000, 50))
    allocated = pd.concat([weights(("a", 1, 0.9), ("b", 1, 0.1)), EVEN.assign(allocation_epoch=2)])
    by_arm = one(build(seen, allocated, experiments()), check_name="contamination_by_arm")
    assert (by_arm["status"], by_arm["observed"], by_arm["p_value"]) == ("pass", 0, 1)
    seen = units(("a", 1, 9000, 900), ("b", 1, 1000, 160), ("a", 2, 5000, 50), ("b", 2, 5000, 90))
    by_arm = one(build(seen, allocated, experiments()), check_name="contamination_by_arm")
    assert by_arm["status"] == "warn"
