"""Real data sets, put through the doors as an adopter would: a mapping relation and definition rows for each.

The data is not the project's to ship: tests find it beside the repository and skip where it is absent.
"""

from pathlib import Path

import pytest
from harness import SHARED, Warehouse

Rows = list[dict[str, str]]


def shared_file(path: str) -> Path:
    """A file of the shared data; skips the test, with the reason, where it is absent."""
    file = SHARED / path
    if not file.exists():
        pytest.skip(f"the real data {path} is not here")
    return file


def map_relation(warehouse: Warehouse, name: str, query: str) -> str:
    """Write a mapping query as a table of the schema `raw`; returns the name that a door's variable takes."""
    warehouse.execute(f"create schema if not exists raw; create or replace table raw.{name} as {query}")
    return f"raw.{name}"


def experiment(experiment_id: str, control: str | None, *others: str) -> dict[str, Rows]:
    """The definition rows of one experiment; without a control every pair of its variants is compared."""
    variants = [(variant, "true") for variant in [control] if variant]
    variants += [(variant, "false") for variant in others]
    return {
        "experiments": [{"experiment_id": experiment_id, "unit_type": "user"}],
        "variants": [
            {"experiment_id": experiment_id, "variant_id": variant, "is_control": is_control}
            for variant, is_control in variants
        ],
    }


def metrics(experiment_id: str, **kinds: str) -> dict[str, Rows]:
    """The definition rows of an experiment's metrics, each with its kind; the first is the primary one."""
    return {
        "metrics": [{"metric_id": metric, "kind": kind} for metric, kind in kinds.items()],
        "experiment_metrics": [
            {"experiment_id": experiment_id, "metric_id": metric, "role": "secondary" if place else "primary"}
            for place, metric in enumerate(kinds)
        ],
    }


def joined(*parts: dict[str, Rows]) -> dict[str, Rows]:
    """Definition tables of several parts as one; a row that two parts share is kept once."""
    tables: dict[str, Rows] = {}
    for part in parts:
        for name, rows in part.items():
            kept = tables.setdefault(name, [])
            kept.extend(row for row in rows if row not in kept)
    return tables


COOKIE_CATS = joined(
    experiment("cookie_cats", "gate_30", "gate_40"),
    metrics("cookie_cats", retention_1="conversion", retention_7="conversion", game_rounds="count"),
    experiment("cookie_cats_no_outlier", "gate_30", "gate_40"),
    metrics("cookie_cats_no_outlier", game_rounds="count"),
)


def cookie_cats_units(path: Path) -> str:
    """A row a player and metric; a second experiment leaves out the player of 49,854 rounds."""
    return f"""
        with
        players as (from read_csv('{path}', header = true)),
        metrics as (
            unpivot (
                select userid, version, cast(retention_1 as int) as retention_1,
                    cast(retention_7 as int) as retention_7, cast(sum_gamerounds as int) as game_rounds
                from players
            ) on retention_1, retention_7, game_rounds into name metric_id value value
        )
        select 'cookie_cats' as experiment_id, userid as unit_id, version as variant_id, metric_id, value
        from metrics
        union all
        select 'cookie_cats_no_outlier', userid, version, metric_id, value
        from metrics
        where metric_id = 'game_rounds' and value != 49854
    """


HILLSTROM = joined(
    experiment("hillstrom", "No E-Mail", "Mens E-Mail", "Womens E-Mail"),
    metrics("hillstrom", visit="conversion", purchase="conversion", spend="sum"),
)


def hillstrom_units(path: Path) -> str:
    """A row a customer (its line is its id: the file has none) and metric, with the channel as a segment."""
    return f"""
        with
        customers as (
            select
                row_number() over () as unit_id,
                segment as variant_id,
                json_object('channel', channel) as segments,
                cast(visit as double) as visit,
                cast(conversion as double) as purchase,
                cast(spend as double) as spend
            from read_csv('{path}', header = true)
        )
        select 'hillstrom' as experiment_id, unit_id, variant_id, metric_id, value, segments
        from (unpivot customers on visit, purchase, spend into name metric_id value value)
    """


OPEN_BANDIT = joined(
    experiment("open_bandit", "random", "bts"),
    metrics("open_bandit", click="conversion"),
)


def open_bandit_units(random: Path, bts: Path) -> str:
    """A row an impression: the unit that the policy was drawn for."""
    parts = [
        f"""select 'open_bandit' as experiment_id, '{policy}/' || column00 as unit_id,
            '{policy}' as variant_id, "timestamp" as exposed_at, 'click' as metric_id, click as value
        from read_parquet('{path}')"""
        for policy, path in {"random": random, "bts": bts}.items()
    ]
    return " union all ".join(parts)


def upworthy_definitions(path: Path) -> dict[str, str]:
    """Definition tables of 4,873 headline tests, derived from the file: an arm of a test is a variant."""
    arms, test = f"read_parquet('{path}')", "clickability_test_id as experiment_id"
    return {
        "experiments": f"select distinct {test}, 'user' as unit_type from {arms}",
        "variants": f'select {test}, "index" as variant_id from {arms}',
        "metrics": "select 'click' as metric_id, 'conversion' as kind",
        "experiment_metrics": "select '*' as experiment_id, 'click' as metric_id, 'primary' as role",
    }


def upworthy_counts(path: Path) -> str:
    """A row an arm: impressions and clicks."""
    return f"""
        select clickability_test_id as experiment_id, "index" as variant_id, 'click' as metric_id,
            impressions as units, clicks as successes
        from read_parquet('{path}')
    """
