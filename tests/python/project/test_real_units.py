"""Published experiments through the units door: results to the digits that they were published with.

Where a published p is that of the z test, ours is the Miettinen–Nurminen score p, whose variance carries
N/(N − 1): at these sizes the two agree in every digit that was printed.
"""

from typing import Any

import pytest
from harness import Warehouse
from real import (
    COOKIE_CATS,
    HILLSTROM,
    OPEN_BANDIT,
    cookie_cats_units,
    hillstrom_units,
    joined,
    map_relation,
    open_bandit_units,
    shared_file,
)

FOLDER = "experiments"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The three data sets in one build, as one project holds several experiments."""
    warehouse = Warehouse(tmp_path_factory.mktemp("units"))
    mappings = {
        "cookie_cats": cookie_cats_units(shared_file(f"{FOLDER}/cookie_cats.csv")),
        "hillstrom": hillstrom_units(shared_file(f"{FOLDER}/hillstrom.csv")),
        "open_bandit": open_bandit_units(
            shared_file(f"{FOLDER}/open_bandit_random_all.parquet"),
            shared_file(f"{FOLDER}/open_bandit_bts_all.parquet"),
        ),
    }
    doors = [map_relation(warehouse, name, query) for name, query in mappings.items()]
    definitions = warehouse.define(**joined(COOKIE_CATS, HILLSTROM, OPEN_BANDIT))
    build = warehouse.build(variables={"units": doors, "definitions": definitions})
    assert build.success, build.output
    return warehouse


def comparison(warehouse: Warehouse, experiment: str, metric: str, variant: str) -> dict[str, Any]:
    (row,) = warehouse.table(
        f"from results_comparisons where experiment_id = '{experiment}' and metric_id = '{metric}'"
        f" and variant_id = '{variant}' and segment_dimension = 'all'"
    )
    return row


def totals(warehouse: Warehouse, experiment: str, metric: str) -> dict[str, tuple[int, int]]:
    """Conversions and units of each variant."""
    rows = warehouse.execute(
        "select variant_id, successes, units from agg_variant_metrics"
        f" where experiment_id = '{experiment}' and metric_id = '{metric}' and segment_dimension = 'all'"
    )
    return {variant: (successes, units) for variant, successes, units in rows}


def sample_ratio(warehouse: Warehouse, experiment: str) -> float:
    ((p_value,),) = warehouse.execute(
        "select p_value from results_health where check_name = 'sample_ratio' and experiment_id = ?",
        [experiment],
    )
    return p_value


def test_every_row_is_valid(warehouse: Warehouse) -> None:
    rows = warehouse.execute(
        "select load_id, raw_rows, valid_rows from quality_reconciliation where door = 'units' order by all"
    )
    assert rows == [
        ("raw.cookie_cats", 3 * 90189 + 90188, 3 * 90189 + 90188),
        ("raw.hillstrom", 3 * 64000, 3 * 64000),
        ("raw.open_bandit", 20000, 20000),
    ]


def test_cookie_cats(warehouse: Warehouse) -> None:
    assert totals(warehouse, "cookie_cats", "retention_1") == {
        "gate_30": (20034, 44700),
        "gate_40": (20119, 45489),
    }
    assert totals(warehouse, "cookie_cats", "retention_7") == {
        "gate_30": (8502, 44700),
        "gate_40": (8279, 45489),
    }
    day_1 = comparison(warehouse, "cookie_cats", "retention_1", "gate_40")
    day_7 = comparison(warehouse, "cookie_cats", "retention_7", "gate_40")
    assert (day_1["method"], day_7["method"]) == ("score", "score")
    assert f"{day_1['p_value']:.5f}" == f"{day_1['omnibus_p_value']:.5f}" == "0.07441"
    assert f"{day_7['p_value']:.6f}" == f"{day_7['omnibus_p_value']:.6f}" == "0.001554"
    assert (day_1["verdict"], day_7["verdict"]) == ("inconclusive", "worse")
    assert f"{sample_ratio(warehouse, 'cookie_cats'):.4f}" == "0.0086"


def test_cookie_cats_rounds_hang_on_one_player(warehouse: Warehouse) -> None:
    rounds = comparison(warehouse, "cookie_cats", "game_rounds", "gate_40")
    without = comparison(warehouse, "cookie_cats_no_outlier", "game_rounds", "gate_40")
    assert rounds["method"] == without["method"] == "welch"
    assert (rounds["baseline_units"], without["baseline_units"]) == (44700, 44699)
    assert f"{rounds['p_value']:.3f}" == "0.376"
    assert f"{without['p_value']:.3f}" == "0.949"


def test_hillstrom(warehouse: Warehouse) -> None:
    assert totals(warehouse, "hillstrom", "visit") == {
        "No E-Mail": (2262, 21306),
        "Mens E-Mail": (3894, 21307),
        "Womens E-Mail": (3238, 21387),
    }
    conversions = {
        name: successes for name, (successes, _) in totals(warehouse, "hillstrom", "purchase").items()
    }
    assert conversions == {"No E-Mail": 122, "Mens E-Mail": 267, "Womens E-Mail": 189}
    assert f"{sample_ratio(warehouse, 'hillstrom'):.3f}" == "0.904"

    mens = comparison(warehouse, "hillstrom", "spend", "Mens E-Mail")
    womens = comparison(warehouse, "hillstrom", "spend", "Womens E-Mail")
    assert f"{mens['baseline_estimate']:.4f}" == f"{womens['baseline_estimate']:.4f}" == "0.6528"
    assert (f"{mens['estimate']:.4f}", f"{womens['estimate']:.4f}") == ("1.4226", "1.0772")
    assert (f"{mens['p_value']:.1e}", f"{womens['p_value']:.4f}") == ("1.2e-07", "0.0011")


def test_hillstrom_by_channel(warehouse: Warehouse) -> None:
    """Segments that came with the units: three channels, which add up to the whole, and their test."""
    rows = warehouse.execute("""
        select segment_dimension, count(distinct segment), sum(units), sum(successes)
        from agg_variant_metrics where experiment_id = 'hillstrom' and metric_id = 'visit'
        group by segment_dimension
    """)
    assert sorted(rows) == [("all", 1, 64000, 9394), ("channel", 3, 64000, 9394)]
    ((segments, df),) = warehouse.execute("""
        select segments, degrees_of_freedom from results_interactions
        where experiment_id = 'hillstrom' and metric_id = 'visit' and term = 'interaction'
    """)
    assert (segments, df) == (3, 4)


def test_open_bandit(warehouse: Warehouse) -> None:
    assert totals(warehouse, "open_bandit", "click") == {"random": (38, 10000), "bts": (42, 10000)}
    clicks = comparison(warehouse, "open_bandit", "click", "bts")
    assert f"{clicks['p_value']:.4f}" == f"{clicks['omnibus_p_value']:.4f}" == "0.6541"
