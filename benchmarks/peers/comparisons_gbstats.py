"""Interval, p, chance to win and risk of proportions by gbstats, frequentist and Bayesian: `COUNTS`.

Timed apart: its bare test classes, and its own way from a frame of aggregates (`analyze_metric_df`).
"""

import sys

import numpy as np
import pandas as pd
from gbstats.bayesian.tests import EffectBayesianABTest, EffectBayesianConfig
from gbstats.frequentist.tests import FrequentistConfig, TwoSidedTTest
from gbstats.gbstats import analyze_metric_df
from gbstats.models.settings import AnalysisSettingsForStatsEngine, MetricSettingsForStatsEngine
from gbstats.models.statistics import ProportionStatistic
from measure import Measure

Cell = tuple[int, int, int, int]


def compare(cells: list[Cell]) -> None:
    """Conversions and units of the treatment, and of the control, of each cell."""
    for x_t, n_t, x_c, n_c in cells:
        control, variant = ProportionStatistic(n=n_c, sum=x_c), ProportionStatistic(n=n_t, sum=x_t)
        TwoSidedTTest(control, variant, FrequentistConfig(alpha=0.05)).compute_result()
        EffectBayesianABTest(control, variant, EffectBayesianConfig()).compute_result()


counts = np.load(sys.argv[1])
exact = counts["exact"]
measure = Measure()
compare([(3, 50, 5, 60)] * 2)
for name, chosen in (("score", ~exact), ("exact", exact)):
    cells = list(zip(*(counts[key][chosen].tolist() for key in ("x_t", "n_t", "x_c", "n_c")), strict=True))
    with measure.part(name):
        compare(cells)
metric = MetricSettingsForStatsEngine("m", "m", "mean", "binomial")
for name, chosen in (("score, from table to table", ~exact), ("exact, from table to table", exact)):
    x_t, n_t, x_c, n_c = (counts[key][chosen] for key in ("x_t", "n_t", "x_c", "n_c"))
    frame = pd.DataFrame(
        {
            "dimension": np.arange(len(x_t)).astype(str), "variations": 2,
            "baseline_id": "c", "baseline_name": "c", "baseline_users": n_c, "baseline_count": n_c,
            "baseline_main_sum": x_c, "v1_id": "t", "v1_name": "t", "v1_users": n_t, "v1_count": n_t, "v1_main_sum": x_t,
        }
    )  # fmt: skip
    with measure.part(name):
        for engine in ("frequentist", "bayesian"):
            settings = AnalysisSettingsForStatsEngine(["c", "t"], ["c", "t"], [0.5, 0.5], stats_engine=engine)
            analyze_metric_df(frame.copy(), metric, settings)
measure.say({"cells": len(exact)})
