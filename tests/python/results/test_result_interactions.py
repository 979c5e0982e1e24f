"""`results_interactions` against generalised linear models and arithmetic by hand."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm
from result_inputs import Row, assert_sound, counted, experiments, measured, one, strata
from scipy import stats

from microlift.results.interactions import SCHEMA, build

# What a row of one term has no value for.
OF_TERM = {
    "interaction": [
        "variant_id", "baseline_variant_id", "segment", "baseline_segment",
        "estimate", "interval_low", "interval_high",
    ],
    "coefficient": ["statistic", "degrees_of_freedom"],
    "penalised": ["variant_id", "baseline_variant_id", "segment", "baseline_segment"],
    "common_odds_ratio": ["segment", "baseline_segment"],
    "sign_flip": ["segment", "baseline_segment"],
}  # fmt: skip


def sizes(large: bool = True, basis: str = "at_exposure", **units: int) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"experiment_id": "e", "segment_dimension": "device", "segment": name, "units": count}
            for name, count in units.items()
        ]
    ).assign(basis=basis, is_large_enough=large)


def of_segment(segment: str) -> Row:
    return {"segment_dimension": "device", "segment": segment}


def check(table: pa.Table) -> None:
    assert table.schema == SCHEMA
    for term, absent in OF_TERM.items():
        assert_sound(table.filter([value == term for value in table["term"].to_pylist()]), without=absent)


Counts = dict[tuple[str, str], tuple[int, int]]
COUNTS: Counts = {("a", "x"): (40, 400), ("b", "x"): (80, 420), ("a", "y"): (30, 300), ("b", "y"): (28, 310),
          ("a", "z"): (20, 150), ("b", "z"): (31, 160)}  # fmt: skip


def conversions(counts: Counts = COUNTS) -> pd.DataFrame:
    return strata(*(counted(v, *xn, **of_segment(s)) for (v, s), xn in counts.items()))


def test_each_row_names_the_method_of_its_own_p() -> None:
    means = strata(
        *(measured(v, [1.0 + k, 2.0, 4.0 + k], **of_segment(s)) for k, (v, s) in enumerate(COUNTS))
    )
    for frame, of_term in (
        (conversions(), {"interaction": "likelihood_ratio_of_logistic_interaction", "coefficient": "wald_of_log_odds"}),
        (means, {"interaction": "heterogeneity_of_differences", "coefficient": "welch_of_contrast"}),
    ):  # fmt: skip
        rows = build(frame, sizes(x=820, y=610, z=310), experiments()).to_pandas()
        for term, method in of_term.items():
            assert set(rows.loc[rows["term"] == term, "method"]) == {method}


def test_conversions_are_a_logistic_interaction() -> None:
    table = build(conversions(), sizes(x=820, y=610, z=310), experiments())
    check(table)
    outcome = np.array([[x, n - x] for x, n in COUNTS.values()])
    treated = np.array([v == "b" for v, _ in COUNTS], float)
    segments = np.array([[s == name for name in "yz"] for _, s in COUNTS], float)
    additive = np.column_stack([np.ones(6), treated, segments])
    deviance = sm.GLM(outcome, additive, family=sm.families.Binomial()).fit().deviance
    whole = one(table, term="interaction")
    assert whole["statistic"] == pytest.approx(deviance)
    assert whole["p_value"] == pytest.approx(stats.chi2.sf(deviance, 2))
    assert (whole["degrees_of_freedom"], whole["segments"], whole["scale"]) == (2, 3, "logit")
    # The saturated model has the observed log odds: Woolf's difference of log odds ratios.
    log_odds = {key: np.log(x / (n - x)) for key, (x, n) in COUNTS.items()}
    for segment in "yz":
        cells = [("b", segment), ("a", segment), ("b", "x"), ("a", "x")]
        estimate = np.array([1, -1, -1, 1]) @ [log_odds[cell] for cell in cells]
        error = np.sqrt(sum(1 / x + 1 / (n - x) for x, n in (COUNTS[cell] for cell in cells)))
        row = one(table, term="coefficient", segment=segment)
        assert (row["variant_id"], row["baseline_variant_id"], row["baseline_segment"]) == ("b", "a", "x")
        assert row["estimate"] == pytest.approx(estimate)
        limits = stats.norm.interval(0.95, estimate, error)
        assert (row["interval_low"], row["interval_high"]) == pytest.approx(limits)
        assert row["p_value"] == pytest.approx(2 * stats.norm.sf(abs(estimate) / error))
        assert row["note"] is None


SAMPLES = {("a", "x"): [1.0, 3, 2, 5, 4, 3], ("b", "x"): [4.0, 6, 5, 8, 7],
           ("a", "y"): [2.0, 2, 4, 1], ("b", "y"): [1.0, 3, 2, 2, 5]}  # fmt: skip


def test_means_are_differences_of_differences() -> None:
    data = strata(*(measured(v, y, **of_segment(s)) for (v, s), y in SAMPLES.items()))
    table = build(data, sizes(x=11, y=9), experiments())
    check(table)
    mean = {key: np.mean(y) for key, y in SAMPLES.items()}
    parts = np.array([np.var(y, ddof=1) / len(y) for y in SAMPLES.values()])
    gap = (mean["b", "y"] - mean["a", "y"]) - (mean["b", "x"] - mean["a", "x"])
    df = parts.sum() ** 2 / (parts**2 / [len(y) - 1 for y in SAMPLES.values()]).sum()
    p = 2 * stats.t.sf(abs(gap) / np.sqrt(parts.sum()), df)
    row, whole = one(table, term="coefficient"), one(table, term="interaction")
    assert (row["estimate"], row["p_value"]) == pytest.approx((gap, p))
    assert whole["p_value"] == pytest.approx(p, rel=0.05)  # Johansen's approximation of the same test
    assert whole["scale"] == "difference"
    assert "F with 1 and" in whole["note"]


def test_a_drift_over_a_rollout_is_no_interaction() -> None:
    """Both segments drift from 2% to 1% while b grows from 10% to 50%, but in x alone it is rolled out."""
    rows = []
    for segment, early in (("x", (9000, 1000)), ("y", (5000, 5000))):
        for epoch, counts, rate in ((1, early, 0.02), (2, (5000, 5000), 0.01)):
            rows += [
                counted(v, round(n * rate), n, allocation_epoch=epoch, **of_segment(segment))
                for v, n in zip("ab", counts, strict=True)
            ]
    table = build(strata(*rows), sizes(x=20000, y=20000), experiments())
    check(table)
    assert one(table, term="interaction")["p_value"] > 0.99
    assert one(table, term="coefficient")["estimate"] == pytest.approx(0, abs=1e-12)


def test_the_control_and_the_largest_segment_come_first() -> None:
    table = build(conversions(), sizes(x=10, y=610, z=310), experiments(control="b"))
    coefficients = [row for row in table.to_pylist() if row["term"] == "coefficient"]
    names = ("variant_id", "baseline_variant_id", "baseline_segment")
    assert {tuple(row[name] for name in names) for row in coefficients} == {("a", "b", "y")}
    reversed_ = build(conversions(), sizes(x=10, y=610, z=310), experiments(control="a"))
    assert one(reversed_, segment="z")["estimate"] == pytest.approx(-one(table, segment="z")["estimate"])


@pytest.mark.parametrize(
    "segments",
    [
        sizes(large=False, x=820, y=610),
        sizes(basis="post_exposure", x=820, y=610),
        sizes(x=820),
        sizes(x=820, y=610).assign(segment_dimension="all"),
        sizes(x=820, y=610).iloc[:0],
    ],
)
def test_what_cannot_carry_an_effect_is_not_tested(segments: pd.DataFrame) -> None:
    assert build(conversions(), segments, experiments()).equals(SCHEMA.empty_table())


def test_sparse_tables_say_so() -> None:
    thin = {key: (min(x, 3), 30) for key, (x, _) in COUNTS.items()}
    table = build(conversions(thin), sizes(x=60, y=60, z=60), experiments())
    check(table)
    assert "p is rough: an expected count is below 5" in one(table, term="interaction")["note"]


@pytest.mark.parametrize(
    "counts",
    [
        dict.fromkeys(COUNTS, (0, 50)),
        dict.fromkeys(COUNTS, (50, 50)),
        {key: ((5, 50) if key[0] == "a" else (0, 50)) for key in COUNTS},
        {key: value for key, value in COUNTS.items() if key[0] == "a"},
        {key: value for key, value in COUNTS.items() if key != ("b", "y")},
    ],
    ids=["no success", "only successes", "success in one variant", "one variant", "an empty cell"],
)
def test_degenerate_tables_have_an_answer_or_a_reason(counts: Counts) -> None:
    table = build(conversions(counts), sizes(x=100, y=100, z=100), experiments())
    check(table)
    whole = one(table, term="interaction")
    assert (whole["p_value"] is None) == whole["note"].startswith("not testable")


def test_separated_cells_are_corrected() -> None:
    counts = {**COUNTS, ("b", "y"): (0, 310)}
    row = one(build(conversions(counts), sizes(x=820, y=610, z=310), experiments()), segment="y")
    expected = np.log(0.5 / 310.5) - np.log(30.5 / 270.5) - np.log(80.5 / 340.5) + np.log(40.5 / 360.5)
    assert row["estimate"] == pytest.approx(expected)
    assert "Haldane" in row["note"]


def test_means_without_spread_are_said() -> None:
    data = strata(*(measured(v, [1.0] * 5, **of_segment(s)) for v, s in SAMPLES))
    table = build(data, sizes(x=10, y=10), experiments())
    check(table)
    assert one(table, term="coefficient")["note"].startswith("not estimable")
    assert one(table, term="interaction")["note"].startswith("not testable")


def test_tables_of_all_shapes_are_tested_apart() -> None:
    alone = build(conversions(), sizes(x=820, y=610, z=310), experiments())
    other = strata(*(measured(v, y, metric_id="n", **of_segment(s)) for (v, s), y in SAMPLES.items()))
    both = build(pd.concat([other, conversions()]), sizes(x=820, y=610, z=310), experiments())
    assert both.filter([m == "m" for m in both["metric_id"].to_pylist()]).equals(alone)
    assert both.num_rows == alone.num_rows + 3
