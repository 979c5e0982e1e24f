"""`microlift calibrate`: tables with where they come from, plots, and the coverage of one proportion."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from click.testing import CliRunner
from scipy import stats

from microlift.calibrate import STUDIES, one_proportion
from microlift.calibrate.plot import Plot, draw
from microlift.calibrate.write import write
from microlift.commands.calibrate import calibrate
from microlift.stats.proportions import clopper_pearson, wilson


def test_a_study_leaves_table_and_plot(tmp_path, monkeypatch):
    monkeypatch.setattr(one_proportion, "UNITS", (20, 50))
    result = CliRunner().invoke(
        calibrate, ["one_proportion", "--seed", "7", "--output", str(tmp_path / "out")]
    )
    assert result.exit_code == 0, result.output
    table = pd.read_csv(tmp_path / "out" / "one_proportion.csv")
    assert len(table) == len(one_proportion.METHODS) * 2 * len(one_proportion.BANDS)
    assert set(table["seed"]) == {7}
    assert table["microlift_version"].notna().all()
    drawn = (tmp_path / "out" / "one_proportion.svg").read_text()
    assert drawn.count("<path") > len(one_proportion.METHODS) * 3
    first = (tmp_path / "out" / "one_proportion.csv").read_bytes()
    CliRunner().invoke(calibrate, ["one_proportion", "--seed", "7", "--output", str(tmp_path / "out")])
    assert (tmp_path / "out" / "one_proportion.csv").read_bytes() == first


def test_unknown_study_is_named(tmp_path):
    result = CliRunner().invoke(calibrate, ["wishes", "--output", str(tmp_path)])
    assert result.exit_code == 1
    assert "there is no study 'wishes'; there are" in result.output
    assert "one_proportion" in result.output


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setitem(STUDIES, "one_proportion", lambda seed: pa.table({"a": [seed]}))
    result = CliRunner().invoke(calibrate, ["one_proportion", "--output", str(tmp_path / "file" / "out")])
    assert result.exit_code == 1
    assert "cannot be written" in result.output


def test_a_study_without_a_plot_leaves_a_table_alone(tmp_path):
    assert write("plain", lambda seed: pa.table({"rate": [0.1]}), 1, tmp_path) == [tmp_path / "plain.csv"]


def test_exact_minimum_is_below_any_grid():
    n, low, high = 30, 0.01, 0.5
    for method in (clopper_pearson, wilson):
        interval = method(np.arange(n + 1), n)
        found = one_proportion._coverage(interval, n, low, high)
        rates = np.linspace(low, high, 5001)
        covered = [
            stats.binom.pmf(np.flatnonzero((interval.low <= rate) & (rate <= interval.high)), n, rate).sum()
            for rate in rates
        ]
        assert found["minimum_coverage"] <= min(covered) + 1e-12
        assert found["minimum_coverage"] == pytest.approx(min(covered), abs=2e-3)
        assert (
            max(found["largest_miss_below"], found["largest_miss_above"])
            <= 1 - found["minimum_coverage"] + 1e-12
        )
    exact = one_proportion._coverage(clopper_pearson(np.arange(n + 1), n), n, low, high)
    assert max(exact["largest_miss_below"], exact["largest_miss_above"]) <= 0.025 + 1e-12


def test_a_plot_of_one_point_and_of_words_with_angles():
    table = pd.DataFrame({"x": [3.0], "y": [0.5], "name": ["<b>"]})
    drawn = draw(table, Plot(x="x", y="y", series="name", reference=0.4, log_x=True))
    assert drawn.startswith("<svg")
    assert "&lt;b&gt;" in drawn
    assert "nan" not in drawn
