"""Upworthy's headline tests through the counts door: totals of 4,873 experiments without a control."""

import pytest
from harness import Warehouse
from real import map_relation, shared_file, upworthy_counts, upworthy_definitions


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    path = shared_file("experiments/upworthy_exploratory.parquet")
    warehouse = Warehouse(tmp_path_factory.mktemp("counts"))
    definitions = {
        name: map_relation(warehouse, name, query) for name, query in upworthy_definitions(path).items()
    }
    door = map_relation(warehouse, "counts", upworthy_counts(path))
    build = warehouse.build(variables={"counts": door, "definitions": definitions})
    assert build.success, build.output
    return warehouse


def test_every_arm_is_counted(warehouse: Warehouse) -> None:
    ((raw, valid),) = warehouse.execute(
        "select raw_rows, valid_rows from quality_reconciliation where door = 'counts'"
    )
    assert raw == valid == 22666


def test_click_tests(warehouse: Warehouse) -> None:
    """χ² over all arms of a test, without Yates' correction: below .05 in 2,203 of 4,873."""
    (found,) = warehouse.execute("""
        select count(distinct experiment_id),
            count(distinct experiment_id) filter (where omnibus_p_value < .05),
            count(*) filter (where omnibus_p_value is null)
        from results_comparisons
    """)
    assert found == (4873, 2203, 0)


def test_all_pairs_are_compared_where_there_is_no_control(warehouse: Warehouse) -> None:
    (found,) = warehouse.execute("""
        with arms as (select experiment_id, count(*) as arms from dim_variants group by experiment_id),
        pairs as (select experiment_id, count(*) as pairs from results_comparisons group by experiment_id)
        select sum(pairs), count(*) filter (where pairs != arms * (arms - 1) // 2)
        from arms inner join pairs using (experiment_id)
    """)
    assert found == (44806, 0)


def test_sample_ratios(warehouse: Warehouse) -> None:
    """Equal weights: p < .01 in 912 tests, from the known fault of 2013-06-25 to 2014-01-10.

    The default alpha, .0005, condemns 718 of them, and those get no other verdict.
    """
    (found,) = warehouse.execute("""
        select count(*), count(*) filter (where p_value < .01), count(*) filter (where status = 'fail')
        from results_health where check_name = 'sample_ratio'
    """)
    assert found == (4873, 912, 718)
    ((untrusted,),) = warehouse.execute(
        "select count(*) from results_decisions where verdict = 'cannot be trusted'"
    )
    assert untrusted == 718
