"""The generated events hold the planted truths, whoever computes them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from recovery import BY_ID, cells, estimate, exposed_units, unit_totals
from scipy import stats

from microlift.simulate import planted_truths
from microlift.simulate.frame import genuine_events
from microlift.simulate.plan import EXPERIMENTS, HOUR
from microlift.simulate.truths import ALPHA, SAMPLE_RATIO_ALPHA
from microlift.simulate.vocabulary import event_code

SEEDS, USERS = (1, 2, 3, 4), 30_000  # together as many people as the default demo
TRUTHS = planted_truths(len(SEEDS) * USERS)


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    frames = [genuine_events(0, 0, USERS, USERS, seed).assign(seed=seed) for seed in SEEDS]
    return pd.concat(frames, ignore_index=True)


@pytest.fixture(scope="module")
def estimates(events: pd.DataFrame) -> pd.DataFrame:
    rows = [(*estimate(events, t), t.value, t.expected_power, t.kind) for t in TRUTHS]
    table = pd.DataFrame(rows, columns=["estimate", "error", "truth", "power", "kind"])
    table["z"] = (table["estimate"] - table["truth"]) / table["error"]
    return table


def test_every_truth_is_recovered(estimates: pd.DataFrame) -> None:
    honest = estimates[estimates["kind"] != "sample_ratio"]
    assert honest["z"].abs().max() < 3.5, honest
    assert 0.5 < np.sqrt((honest["z"] ** 2).mean()) < 1.5


def test_every_cell_is_recovered(events: pd.DataFrame) -> None:
    """Not only the differences: the level of each variant in each stratum is the planted one."""
    z: list[float] = []
    for experiment in EXPERIMENTS:
        if experiment.lost:
            continue
        for stream in experiment.streams:
            units = unit_totals(events, experiment, stream)
            rate = np.asarray(stream.rates)
            value = np.asarray(stream.mean_values)[:, None] if stream.mean_values else np.nan
            planted = {"conversion": rate, "count": rate, "sum": rate * value, "ratio": value}
            for kind in stream.metrics:
                mean, error, _ = cells(units, experiment, kind)
                z.extend(((mean - planted[kind]) / np.sqrt(error)).ravel())
    assert len(z) > 25
    assert np.abs(z).max() < 3.5
    assert 0.5 < np.sqrt(np.mean(np.square(z))) < 1.4


def test_planted_effects_are_found(estimates: pd.DataFrame) -> None:
    """The planned power rests on real standard errors: |δ|/se is as planned."""
    effects = estimates[(estimates["truth"] != 0) & (estimates["kind"] != "sample_ratio")]
    planned = stats.norm.isf(ALPHA / 2) + stats.norm.ppf(effects["power"].clip(upper=1 - 1e-12))
    measured = effects["truth"].abs() / effects["error"]
    modest = planned < 6
    assert modest.sum() >= 4
    np.testing.assert_allclose(measured[modest], planned[modest], rtol=0.06)
    assert (measured > 4).all()


def test_broken_split_shows_and_misleads(events: pd.DataFrame, estimates: pd.DataFrame) -> None:
    for experiment in EXPERIMENTS:
        if experiment.dimension == "epoch":
            continue
        units = exposed_units(events, experiment)
        counts = units["variant"].value_counts().reindex(experiment.variants)
        p = stats.chisquare(counts, counts.sum() * np.asarray(experiment.weights[0])).pvalue
        assert (p < SAMPLE_RATIO_ALPHA) == (experiment.kind == "sample_ratio"), experiment.experiment_id
    assert (estimates.loc[estimates["kind"] == "sample_ratio", "z"] > 2).all()


def test_rollout_weights_by_epoch_and_pooling_hides_the_lift(events: pd.DataFrame) -> None:
    experiment = BY_ID["onebox_rollout"]
    units = exposed_units(events, experiment)
    share = (units["variant"] == "onebox").groupby(units["stratum"]).agg(["mean", "size"])
    expected = np.array([0.1, 0.5])
    z = (share["mean"] - expected) / np.sqrt(expected * (1 - expected) / share["size"])
    assert z.abs().max() < 3.5
    truth = next(t for t in TRUTHS if t.experiment_id == experiment.experiment_id)
    rates = np.asarray(experiment.streams[0].rates)
    size = units.groupby(["variant", "stratum"]).size().unstack().reindex(experiment.variants).to_numpy()
    pooled = (rates * size).sum(axis=1) / size.sum(axis=1)
    assert pooled[1] - pooled[0] < truth.value / 5


def test_units_keep_their_variant_and_some_outcomes_do_not_count(events: pd.DataFrame) -> None:
    shown = events[events["experiment"] >= 0]
    assert shown.groupby(["seed", "person", "experiment"])["variant"].nunique().max() == 1
    assert shown.duplicated(["seed", "person", "experiment"]).mean() > 0.1
    for experiment in EXPERIMENTS:
        exposed = exposed_units(events, experiment).set_index(["seed", "unit"])["exposed_at"]
        for stream in experiment.streams:
            outcome = events[events["event"] == event_code(stream.event)]
            unit = "anon" if experiment.unit_type == "device" else "person"
            delay = (
                outcome["time"]
                - exposed.reindex(pd.MultiIndex.from_frame(outcome[["seed", unit]])).to_numpy()
            )
            assert delay.notna().all()
            assert (delay < 0).sum() > 20
            assert (delay > stream.window + HOUR).sum() > 20


def test_a_second_device_is_no_second_unit(events: pd.DataFrame) -> None:
    experiment = next(e for e in EXPERIMENTS if e.unit_type == "device")
    shown = events[events["experiment"] == EXPERIMENTS.index(experiment)]
    assert shown.groupby(["seed", "person"])["anon"].nunique().max() == 1
    by_user = events[events["experiment"] == EXPERIMENTS.index(BY_ID["onebox_rollout"])]
    assert by_user.groupby(["seed", "person"])["anon"].nunique().max() == 2


def test_devices_belong_to_one_person_and_accounts_join_devices(events: pd.DataFrame) -> None:
    assert events.groupby(["seed", "anon"])["person"].nunique().max() == 1
    known = events[events["user"] >= 0]
    assert (known["user"] == known["person"]).all()
    # Every device of a person who uses several was seen signed in, so that it can be stitched.
    devices = events.drop_duplicates(["seed", "anon"])
    several = devices[devices.duplicated(["seed", "person"], keep=False)]
    assert len(several) > 100
    stitched = pd.MultiIndex.from_frame(known[["seed", "anon"]])
    assert pd.MultiIndex.from_frame(several[["seed", "anon"]]).isin(stitched).all()
    anonymous_first = events[(events["user"] < 0) & events["person"].isin(known["person"])]
    assert len(anonymous_first) > 1000
