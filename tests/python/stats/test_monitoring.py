"""What a confidence sequence since shipping says of the shipped gain."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from microlift.stats.monitoring import oriented, watch_gain
from microlift.stats.odds_sequence import odds_sequence


def test_each_state_at_its_limits() -> None:
    """Shipped was a lift of at least 5%."""
    low = [-0.10, -0.04, 0.01, 0.01, -0.02, 0.05]
    high = [-0.01, 0.04, 0.04, 0.20, 0.20, 0.05]
    watch = watch_gain(low, high, high, 0.05)
    assert watch.state.tolist() == [
        "harm", "gain vanished", "gain smaller", "gain holds", "open", "gain holds",
    ]  # fmt: skip
    assert watch.is_alarm.tolist() == [True, True, True, False, False, False]
    assert watch.first_alarm == 0


def test_what_is_not_bounded_alarms_nobody() -> None:
    watch = watch_gain([np.nan, 0.01], [np.nan, np.nan], [np.nan, np.nan], 0.05)
    assert (watch.state.tolist(), watch.first_alarm) == (["open", "gain holds"], -1)
    assert watch_gain([-0.2], [-0.1], [-0.1], np.nan).state.tolist() == ["harm"]
    assert watch_gain([], [], [], 0.05).first_alarm == -1


def test_limits_must_be_limits() -> None:
    with pytest.raises(ValueError, match="low must not be above high"):
        watch_gain([0.2], [0.1], [0.1], 0.05)
    with pytest.raises(ValueError, match="one shape"):
        watch_gain([0.1, 0.1], [0.2], [0.2], 0.05)


@given(some.floats(-1, 1), some.floats(0, 1), some.floats(-1, 1))
def test_less_is_better_is_the_mirror_image(low: float, width: float, shipped: float) -> None:
    limits = np.array([low]), np.array([low + width])
    plain = watch_gain(*limits, limits[1], shipped)
    mirrored = oriented(-limits[1], -limits[0], higher=False)
    assert watch_gain(*mirrored, mirrored[1], shipped).state.tolist() == plain.state.tolist()


def test_a_gain_that_lasts_rarely_alarms_and_one_that_turns_is_found() -> None:
    """25 looks of 500 and 500 units at 12% against 10%; then 8%. Shipped: an odds ratio of 1.1 at least."""
    draw = np.random.default_rng(4)
    alarms = {0.12: 0, 0.08: 0}
    for rate in alarms:
        for _ in range(4):
            t, c = draw.binomial(500, rate, 25), draw.binomial(500, 0.1, 25)
            found = odds_sequence(t, 500, c, 500, np.arange(25))
            low, high = np.log(found.low), np.log(found.high)
            alarms[rate] += watch_gain(low, high, high, float(np.log(1.1))).first_alarm >= 0
    assert alarms[0.12] <= 1
    assert alarms[0.08] == 4
