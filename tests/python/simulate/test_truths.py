"""Sizes of the planted effects."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from microlift.simulate import planted_truths
from microlift.simulate.plan import CAMPAIGN, DAY, END, EXPERIMENTS, OUTAGE, START, arrived_by
from microlift.simulate.truths import ALPHA, sample_ratio_power, two_sided_power


def test_every_planted_effect_has_99_percent_power() -> None:
    effects = [t for t in planted_truths() if t.value != 0 or t.kind == "sample_ratio"]
    assert len(effects) >= 14
    assert {t.kind for t in effects} >= {
        "winner",
        "segment_only",
        "interaction",
        "rare",
        "sample_ratio",
        "sign_flip",
        "rollout",
    }
    for truth in effects:
        assert truth.expected_power >= 0.99, truth


def test_a_null_is_found_as_often_as_alpha() -> None:
    nulls = [t for t in planted_truths() if t.value == 0 and t.kind != "sample_ratio"]
    assert len(nulls) >= 6
    assert {t.experiment_id for t in nulls} >= {"aa_check", "mobile_sticky_cta", "onboarding_2x2"}
    np.testing.assert_allclose([t.expected_power for t in nulls], ALPHA)


def test_power_formula() -> None:
    """2% against 2.5% with 13,809 an arm has 80% power (pooled and unpooled variances agree to .001)."""
    error = np.sqrt((0.02 * 0.98 + 0.025 * 0.975) / 13_809)
    assert two_sided_power(0.005, error) == pytest.approx(0.80, abs=0.001)
    assert two_sided_power(-0.005, error) == two_sided_power(0.005, error)


def test_power_grows_with_users() -> None:
    few, many = planted_truths(20_000), planted_truths(40_000)
    pairs = [(a, b) for a, b in zip(few, many, strict=True) if a.value != 0]
    assert all(a.expected_power <= b.expected_power for a, b in pairs)
    assert any(a.expected_power < 0.9 for a, _ in pairs)


def test_sample_ratio_power_needs_a_loss() -> None:
    broken = next(e for e in EXPERIMENTS if e.kind == "sample_ratio")
    assert sample_ratio_power(replace(broken, lost=(0.0, 0.0)), 120_000) == pytest.approx(0.0005)
    assert sample_ratio_power(broken, 120_000) > sample_ratio_power(broken, 30_000)


def test_qualitative_truths() -> None:
    by = {(t.experiment_id, t.segment, t.variant_id): t.value for t in planted_truths()}
    new, returning = (
        by["form_field_order", "new", "name_first"],
        by["form_field_order", "returning", "name_first"],
    )
    assert new == -returning > 0
    assert by["form_field_order", "all", "name_first"] == 0
    assert by["mobile_sticky_cta", "mobile", "sticky"] > 0 == by["mobile_sticky_cta", "desktop", "sticky"]
    assert by["onboarding_2x2", "all", "headline:image"] == by["onboarding_2x2", "all", "short_drawing"]


def test_arrivals_cover_the_period() -> None:
    assert arrived_by([START, END]).tolist() == [0.0, 1.0]
    daily = np.diff(arrived_by(START + DAY * np.arange(29)))
    assert (daily > 0).all()
    week = slice((CAMPAIGN[0] - START) // DAY, (CAMPAIGN[1] - START) // DAY)
    assert daily[week].mean() > daily.mean()
    assert np.ptp(arrived_by(OUTAGE)) == 0


def test_users_are_checked() -> None:
    with pytest.raises(ValueError, match="users must be at least 1, got 0"):
        planted_truths(0)
