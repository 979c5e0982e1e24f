"""`results_comparisons` against scipy, statsmodels and arithmetic by hand."""

import numpy as np
import pandas as pd
import pytest
from result_inputs import assert_sound, counted, divided, experiments, measured, metrics, one, strata
from scipy import integrate, stats
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.oneway import anova_oneway

from microlift.results.comparisons import SCHEMA, build

ODDS = ["odds_ratio", "odds_ratio_low", "odds_ratio_high"]
CONTROL = [3.0, 0.0, 4.5, 2.0, 1.0, 7.0, 2.5, 0.5]
VARIANT = [6.0, 2.0, 8.5, 1.0, 5.0, 9.0, 4.0]


def test_conversions_by_hand() -> None:
    table = build(strata(counted("a", 100, 1000), counted("b", 130, 1000)), experiments(), metrics())
    assert table.schema == SCHEMA
    assert_sound(table)
    row = one(table)
    assert (row["variant_id"], row["baseline_variant_id"]) == ("b", "a")
    assert (row["units"], row["baseline_units"], row["allocation_epochs"]) == (1000, 1000, 1)
    assert (row["estimate"], row["baseline_estimate"]) == (0.13, 0.1)
    assert row["difference"] == pytest.approx(0.03)
    assert row["relative_lift"] == pytest.approx(0.3)
    assert row["odds_ratio"] == pytest.approx(130 * 900 / (870 * 100))
    assert row["effect_size"] == pytest.approx(2 * (np.arcsin(np.sqrt(0.13)) - np.arcsin(np.sqrt(0.1))))
    pearson = stats.chi2_contingency([[130, 870], [100, 900]], correction=False).pvalue
    assert row["omnibus_p_value"] == pytest.approx(pearson)
    assert row["p_value"] == pytest.approx(pearson, rel=0.02)  # at this size a correction changes little
    assert row["method"] == "score"
    assert row["note"] is None


def test_posterior_of_conversions_against_integrals() -> None:
    row = one(build(strata(counted("a", 2, 40), counted("b", 5, 40)), experiments(), metrics()))
    variant, baseline = stats.beta(1 + 5, 1 + 35), stats.beta(1 + 2, 1 + 38)
    better = integrate.quad(lambda p: variant.pdf(p) * baseline.cdf(p), 0, 1)[0]
    # E max(p_c − p_t, 0) = ∫ P(p_t < x < p_c) dx
    loss = integrate.quad(lambda x: variant.cdf(x) * baseline.sf(x), 0, 1)[0]
    assert row["probability_better"] == pytest.approx(better, abs=1e-7)
    assert row["expected_loss"] == pytest.approx(loss, abs=1e-7)
    assert (row["posterior"], row["method"]) == ("beta", "exact")


def test_the_prior_and_the_confidence_are_used() -> None:
    data = strata(counted("a", 2, 40), counted("b", 5, 40))
    plain = one(build(data, experiments(), metrics()))
    other = one(build(data, experiments(), metrics(), confidence=0.8, prior_alpha=20, prior_beta=20))
    assert abs(other["probability_better"] - 0.5) < abs(plain["probability_better"] - 0.5)
    assert other["difference_high"] < plain["difference_high"]
    assert other["confidence"] == 0.8


@pytest.mark.parametrize("kind", ["count", "sum"])
def test_means_are_welch(kind: str) -> None:
    data = strata(measured("a", CONTROL, kind), measured("b", VARIANT, kind))
    table = build(data, experiments(), metrics())
    assert_sound(table, without=ODDS)
    row = one(table)
    oracle = stats.ttest_ind(VARIANT, CONTROL, equal_var=False)
    limits = oracle.confidence_interval(0.95)
    assert row["p_value"] == pytest.approx(oracle.pvalue)
    assert row["omnibus_p_value"] == pytest.approx(oracle.pvalue)
    assert (row["difference_low"], row["difference_high"]) == pytest.approx((limits.low, limits.high))
    assert row["estimate"] == pytest.approx(np.mean(VARIANT))
    assert row["relative_lift"] == pytest.approx(np.mean(VARIANT) / np.mean(CONTROL) - 1)
    pooled = (np.var(VARIANT) * 7 + np.var(CONTROL) * 8) / (7 + 8 - 2)
    assert row["effect_size"] == pytest.approx((np.mean(VARIANT) - np.mean(CONTROL)) / np.sqrt(pooled))
    error = np.sqrt(np.var(VARIANT, ddof=1) / 7 + np.var(CONTROL, ddof=1) / 8)
    assert row["probability_better"] == pytest.approx(stats.norm.cdf(row["difference"] / error))


def test_ratios_are_welch_of_the_linearised_units() -> None:
    bottoms_a, bottoms_b = [1.0, 2, 2, 1, 3, 4, 1, 1], [2.0, 1, 3, 1, 2, 4, 2]
    data = strata(divided("a", CONTROL, bottoms_a), divided("b", VARIANT, bottoms_b))
    table = build(data, experiments(), metrics())
    assert_sound(table, without=ODDS)
    row = one(table)
    linear = []
    for tops, bottoms in ((VARIANT, bottoms_b), (CONTROL, bottoms_a)):
        y, x = np.array(tops), np.array(bottoms)
        ratio = y.sum() / x.sum()
        linear.append(ratio + (y - ratio * x) / x.mean())
    oracle = stats.ttest_ind(*linear, equal_var=False)
    assert row["p_value"] == pytest.approx(oracle.pvalue)
    assert row["estimate"] == pytest.approx(sum(VARIANT) / sum(bottoms_b))
    assert row["difference"] == pytest.approx(sum(VARIANT) / sum(bottoms_b) - sum(CONTROL) / sum(bottoms_a))
    assert row["method"] == "welch_of_linearised_ratio"


@pytest.mark.parametrize(
    "data",
    [
        strata(counted("a", 12, 100), counted("b", 20, 100)),
        strata(measured("a", CONTROL), measured("b", VARIANT)),
    ],
)
def test_lower_may_be_better(data: pd.DataFrame) -> None:
    higher, lower = (one(build(data, experiments(), metrics(better))) for better in ("higher", "lower"))
    assert lower["probability_better"] == pytest.approx(1 - higher["probability_better"])
    # What shipping loses in one direction it gains in the other.
    assert lower["expected_loss"] - higher["expected_loss"] == pytest.approx(higher["difference"], rel=0.05)
    assert lower["p_value"] == higher["p_value"]


def rollout(kind: str) -> pd.DataFrame:
    """10/90 at 2%, then 50/50 at 1%, without any effect: 10,000 units an epoch."""
    days = ((1, "a", 9000, 180), (1, "b", 1000, 20), (2, "a", 5000, 50), (2, "b", 5000, 50))
    if kind == "conversion":
        return strata(*(counted(v, x, n, allocation_epoch=epoch) for epoch, v, n, x in days))
    return strata(
        *(measured(v, [1.0] * x + [0.0] * (n - x), kind, allocation_epoch=epoch) for epoch, v, n, x in days)
    )


@pytest.mark.parametrize("kind", ["conversion", "sum"])
def test_a_drift_over_a_rollout_is_no_effect(kind: str) -> None:
    table = build(rollout(kind), experiments(), metrics())
    row = one(table)
    assert_sound(table, without=ODDS)
    # Pooled, the drift looks like an effect: 1.64% against 1.17%.
    assert (row["estimate"], row["baseline_estimate"]) == pytest.approx((70 / 6000, 230 / 14000))
    pooled = one(build(strata(counted("a", 230, 14000), counted("b", 70, 6000)), experiments(), metrics()))
    assert pooled["p_value"] < 0.02
    # Stratified, there is none.
    assert row["difference"] == pytest.approx(0, abs=1e-12)
    assert row["relative_lift"] == pytest.approx(0, abs=1e-9)
    assert row["p_value"] > 0.99
    assert row["omnibus_p_value"] > 0.99
    assert row["probability_better"] == pytest.approx(0.5, abs=0.02)
    assert row["allocation_epochs"] == 2
    assert "stratified by allocation epoch" in row["note"]


def test_stratified_conversions_equal_mantel_haenszel() -> None:
    counts = {(1, "a"): (90, 900), (1, "b"): (15, 100), (2, "a"): (30, 500), (2, "b"): (48, 500)}
    data = strata(*(counted(v, *xn, allocation_epoch=epoch) for (epoch, v), xn in counts.items()))
    row = one(build(data, experiments(), metrics()))
    tables = []
    for epoch in (1, 2):
        (x_a, n_a), (x_b, n_b) = counts[epoch, "a"], counts[epoch, "b"]
        tables.append([[x_b, n_b - x_b], [x_a, n_a - x_a]])
    oracle = StratifiedTable(tables)
    assert row["odds_ratio"] == pytest.approx(oracle.oddsratio_pooled)
    assert row["omnibus_p_value"] == pytest.approx(oracle.test_null_odds(correction=False).pvalue)
    weights = np.array([900 * 100 / 1000, 500 * 500 / 1000])
    assert row["difference"] == pytest.approx(np.average([0.15 - 0.1, 0.096 - 0.06], weights=weights))


def test_epochs_without_units_of_both_compare_nothing() -> None:
    """The baseline ended early: what the variant did later says nothing of the effect."""
    early = [counted("a", 40, 400), counted("b", 44, 400)]
    late = counted("b", 200, 400, allocation_epoch=2)
    row = one(build(strata(*early, late), experiments(), metrics()))
    alone = one(build(strata(*early), experiments(), metrics()))
    for name in ("difference", "p_value", "odds_ratio", "probability_better", "expected_loss"):
        assert row[name] == pytest.approx(alone[name]), name
    assert row["allocation_epochs"] == 1
    assert row["estimate"] == pytest.approx(244 / 800)


def test_omnibus_is_over_all_variants() -> None:
    samples = [CONTROL, VARIANT, [2.0, 2.5, 1.0, 4.0, 3.0]]
    data = strata(*(measured(v, y) for v, y in zip("abc", samples, strict=True)))
    table = build(data, experiments(), metrics())
    oracle = anova_oneway(samples, use_var="unequal").pvalue
    assert table["omnibus_p_value"].to_pylist() == pytest.approx([oracle, oracle])

    counts = [[30, 970], [45, 955], [60, 940]]
    data = strata(*(counted(v, x, x + y) for v, (x, y) in zip("abc", counts, strict=True)))
    oracle = stats.chi2_contingency(counts, correction=False).pvalue
    assert build(data, experiments(), metrics())["omnibus_p_value"].to_pylist() == pytest.approx([oracle] * 2)


def test_an_approximate_omnibus_says_so() -> None:
    row = one(build(strata(counted("a", 1, 50), counted("b", 4, 50)), experiments(), metrics()))
    assert "omnibus p is rough" in row["note"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"confidence": 1.0}, "confidence"),
        ({"exact_below": -1.0}, "exact_below"),
        ({"prior_alpha": 0.0}, "prior_alpha must be"),
    ],
)
def test_bad_settings_are_named(changes: dict[str, float], message: str) -> None:
    data = strata(counted("a", 1, 50), counted("b", 4, 50))
    with pytest.raises(ValueError, match=message):
        build(data, experiments(), metrics(), **changes)


def test_an_unknown_kind_is_named() -> None:
    data = strata(counted("a", 1, 50), counted("b", 4, 50)).assign(kind="median")
    with pytest.raises(ValueError, match=r"kind must be .* got 'median'"):
        build(data, experiments(), metrics())


def test_a_mean_below_0_says_that_its_lift_is_turned() -> None:
    rows = [measured("a", [-5.0, -4.0, -3.0]), measured("b", [-4.0, -3.0, -2.0])]
    row = one(build(strata(*rows), experiments(), metrics()))
    assert (row["difference"], row["relative_lift"]) == (1.0, -0.25)
    assert "below 0: the lift has the sign opposite" in row["note"]
