"""Caps, covariates and histograms as compiled SQL, against the same by hand; and results from them."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from compiled import CompiledModels, Row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FEW = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
START = datetime(2026, 1, 5)

METRICS = [
    {"metric_id": "plain", "kind": "sum"},
    {"metric_id": "capped", "kind": "sum", "winsorize_at": "0.8"},
    {"metric_id": "adjusted", "kind": "sum", "covariate_days": "7"},
    {"metric_id": "median", "kind": "sum", "quantile": "0.5"},
    {"metric_id": "converted", "kind": "conversion"},
]


def fill(models: CompiledModels, rows: list[Row]) -> None:
    """Units of every metric, as int_unit_values has them, all in one segment and a second one by turns."""
    units = sorted({(row["unit_id"], row["variant_id"]) for row in rows})
    models.fill(
        def_metrics=METRICS,
        int_unit_values=[{"experiment_id": "e", "allocation_epoch": 1} | row for row in rows],
        int_as_of=[{"as_of": START}],
        int_count_strata=[],
        unit_segments=[
            {
                "experiment_id": "e",
                "unit_id": unit,
                "segment_dimension": name,
                "segment": segment,
                "basis": "at_exposure",
            }
            for place, (unit, _) in enumerate(units)
            for name, segment in (("all", "all"), ("half", str(place % 2)))
        ],
        int_exposures=[
            {"experiment_id": "e", "unit_id": unit, "variant_id": variant, "is_contaminated": unit == "0"}
            for unit, variant in units
        ],
        dim_segments=[
            {
                "experiment_id": "e",
                "segment_dimension": "all",
                "segment": "all",
                "basis": "at_exposure",
                "is_large_enough": True,
            }
        ],
    )
    models.run(
        "dim_metrics", "int_unit_metrics", "int_metric_constants", "int_analysed_units", "int_variant_strata",
        "int_sensitivity_strata", "int_value_bins", "agg_value_histogram", "int_tested_histogram", "int_tested_strata",
    )  # fmt: skip


@st.composite
def unit_values(draw: st.DrawFn) -> list[Row]:
    values = draw(st.lists(st.integers(0, 12), min_size=2, max_size=25))
    rows: list[Row] = []
    for unit, value in enumerate(values):
        covariate = draw(st.sampled_from([None, Decimal(1), Decimal("2.5"), Decimal(7)]))
        rows += [
            {"unit_id": str(unit), "variant_id": "ab"[unit % 2], "metric_id": metric["metric_id"],
             "value": Decimal(value > 6 if metric["kind"] == "conversion" else value), "covariate": covariate}
            for metric in METRICS
        ]  # fmt: skip
    return rows


def stratum(
    models: CompiledModels, metric: str, variant: str, table: str = "int_variant_strata"
) -> dict[str, Any]:
    columns = (
        "units", "value_sum", "centred_sum_squares", "covariate_sum", "covariate_centred_sum_squares",
        "covariate_cross_products",
    )  # fmt: skip
    found = models.rows(
        f"select {', '.join(columns)} from {table} where metric_id = '{metric}' and variant_id = '{variant}' "
        "and segment_dimension = 'all'"
        + (" and analysis = 'without_winsorising'" if "sensitivity" in table else "")
    )
    return dict(zip(columns, found[0], strict=True))


@FEW
@given(rows=unit_values())
def test_caps_covariates_and_histograms_are_those_by_hand(models: CompiledModels, rows: list[Row]) -> None:
    fill(models, rows)
    everybody = sorted(float(row["value"]) for row in rows if row["metric_id"] == "capped")
    cap = np.quantile(everybody, 0.8, method="inverted_cdf")
    known = [
        float(row["covariate"])
        for row in rows
        if row["metric_id"] == "adjusted" and row["covariate"] is not None
    ]
    for variant in {row["variant_id"] for row in rows}:
        mine = [row for row in rows if row["variant_id"] == variant]
        values = np.array([float(row["value"]) for row in mine if row["metric_id"] == "plain"])
        capped = np.minimum(values, cap)
        for metric, table, expected in (
            ("plain", "int_variant_strata", values),
            ("capped", "int_variant_strata", capped),
            ("capped", "int_sensitivity_strata", values),
        ):
            found = stratum(models, metric, variant, table)
            assert (found["units"], found["value_sum"]) == (len(expected), expected.sum())
            assert found["centred_sum_squares"] == pytest.approx(np.var(expected) * len(expected), abs=1e-9)
            assert found["covariate_sum"] is None
        x = np.array([
            np.mean(known or [0.0]) if row["covariate"] is None else float(row["covariate"])
            for row in mine if row["metric_id"] == "adjusted"
        ])  # fmt: skip
        found = stratum(models, "adjusted", variant)
        assert found["covariate_sum"] == pytest.approx(x.sum(), abs=1e-4)
        assert found["covariate_centred_sum_squares"] == pytest.approx(np.var(x) * len(x), abs=1e-4)
        assert found["covariate_cross_products"] == pytest.approx(
            ((x - x.mean()) * (values - values.mean())).sum(), abs=1e-4
        )
        for metric, expected in (("plain", values), ("capped", capped), ("median", values)):
            histogram = models.rows(
                f"select value, units, value_low, value_high, centred_sum_squares from agg_value_histogram "
                f"where metric_id = '{metric}' and variant_id = '{variant}' and segment_dimension = 'all'"
            )
            assert {row[0]: row[1] for row in histogram} == Counter(expected.tolist())
            assert all(low == value == high and hidden == 0 for value, _, low, high, hidden in histogram)
    assert models.rows("select count(*) from agg_value_histogram where kind = 'conversion'") == [(0,)]
    assert models.rows("select count(*) from int_tested_strata where kind = 'quantile'") == [(0,)]
    # Segments add up to the whole.
    assert models.rows(
        "select count(*) from (select sum(case segment_dimension when 'all' then units else -units end) as gap "
        "from agg_value_histogram group by metric_id, variant_id, value) where gap != 0"
    ) == [(0,)]
    contaminated = models.rows(
        "select sum(units) from int_sensitivity_strata "
        "where analysis = 'without_contaminated_units' and metric_id = 'plain'"
    )
    assert contaminated == [(len(everybody) - 1,)]


def test_many_values_are_binned_between_the_outer_quarters(models: CompiledModels) -> None:
    """More values than are kept apart: the extremes stay exact, the bins keep sums and squares."""
    count = 30_000
    models.fill(
        def_metrics=METRICS, int_unit_values=[], int_as_of=[{"as_of": START}], int_count_strata=[],
        unit_segments=[
            {"experiment_id": "e", "unit_id": "p", "segment_dimension": "all", "segment": "all", "basis": "at_exposure"}
        ],
    )  # fmt: skip
    models.connection.execute(
        "insert into int_unit_values by name select 'e' as experiment_id, 'p' as unit_id, 'plain' as metric_id, "
        "case when i % 3 = 0 then 'a' else 'b' end as variant_id, 1 as allocation_epoch, (i * i) / 1000.0 as value "
        f"from range({count}) as t(i)"
    )
    models.run(
        "dim_metrics",
        "int_unit_metrics",
        "int_metric_constants",
        "int_analysed_units",
        "int_value_bins",
        "agg_value_histogram",
    )
    (bins, units, total) = models.rows(
        "select count(distinct bin), count(*), sum(value) from int_value_bins"
    )[0]
    assert 9_000 < bins <= 10_000
    assert units == count
    found = models.rows(
        "select sum(units), sum(value * units), sum(centred_sum_squares + units * value * value), max(value), "
        "max(value_high - value_low) from agg_value_histogram"
    )[0]
    values = np.arange(count, dtype=float) ** 2 / 1000
    assert found[0] == count
    assert found[1] == pytest.approx(float(total))
    assert found[2] == pytest.approx((values**2).sum(), rel=1e-9)
    assert found[3] == values[-1]
    assert found[4] <= np.diff(values[::6]).max()
    exact = models.rows(
        "select count(*) from agg_value_histogram where value_low = value_high and value > ?".replace(
            "?", str(values[-2501])
        )
    )
    assert exact == [(2500,)]


def test_a_covariate_is_the_same_before_the_exposure(models: CompiledModels) -> None:
    """[−7 days, exposure): its first moment counts, the exposure's own does not, nor what comes after."""
    week = timedelta(days=7)
    bought = {"event_name": "bought", "window_end_hours": "24", "covariate_days": "7"}
    models.fill(
        def_metrics=[
            {"metric_id": "spent", "kind": "sum", "value_property": "price"} | bought,
            {"metric_id": "orders", "kind": "count"} | bought,
        ],
        dim_experiments=[{"experiment_id": "e", "unit_type": "user"}],
        int_experiment_metrics=[{"experiment_id": "e", "metric_id": name} for name in ("spent", "orders")],
        int_exposures=[
            {"experiment_id": "e", "unit_id": unit, "variant_id": "a", "exposed_at": START, "exposure_sequence": 0,
             "exposure_event_id": "x", "source_door": "events", "allocation_epoch": 1, "received_time": START}
            for unit in ("p", "new")
        ],
        int_person_events=[
            {"event_id": str(place), "event_name": "bought", "event_time": START + gap, "received_time": START + gap,
             "sequence": 1, "person_id": "p", "properties": f'{{"price": "{price}"}}', "load_id": "l"}
            for place, (gap, price) in enumerate([
                (-week - timedelta(microseconds=1), 1), (-week, 2), (-timedelta(hours=1), 4), (timedelta(0), 8),
                (timedelta(hours=1), 16),
            ])
        ],
        int_units_checked=[],
    )  # fmt: skip
    models.run("dim_metrics", "int_metric_specs", "int_metric_events", "int_unit_values")
    assert sorted(models.rows("select metric_id, unit_id, value, covariate from int_unit_values")) == [
        ("orders", "new", 0, 0), ("orders", "p", 2, 2), ("spent", "new", 0, 0), ("spent", "p", 24, 6),
    ]  # fmt: skip
    # What was before the exposure is no change that a look could see.
    models.run("int_look_changes")
    assert models.rows("select count(*) from int_look_changes") == [(4,)]


def test_totals_bring_their_products(models: CompiledModels) -> None:
    """y = 1, 3 and 5, 7 of x = 0, 1 and 2, 3 on two days: squares 20, of x 5, products 10."""
    row = {
        "experiment_id": "e",
        "variant_id": "a",
        "segment_dimension": "all",
        "segment": "all",
        "status": "valid",
        "units": 2,
    }
    days = [
        {"day": START, "value_sum": 4.0, "value_sum_squares": 10.0,
         "covariate_sum": 1.0, "covariate_sum_squares": 1.0, "covariate_product_sum": 3.0},
        {"day": START + timedelta(days=1), "value_sum": 12.0, "value_sum_squares": 74.0,
         "covariate_sum": 5.0, "covariate_sum_squares": 13.0, "covariate_product_sum": 31.0},
    ]  # fmt: skip
    models.fill(
        def_metrics=METRICS,
        int_allocations=[],
        int_counts_checked=[
            row | day | {"metric_id": name} for name in ("adjusted", "plain") for day in days
        ],
    )
    models.run("dim_metrics", "int_count_strata")
    found = models.rows(
        "select metric_id, units, centred_sum_squares, covariate_centred_sum_squares, covariate_cross_products "
        "from int_count_strata order by 1"
    )
    assert found == [("adjusted", 4, 20, 5, 10), ("plain", 4, 20, 0, None)]
