"""Built warehouses made by hand: the few tables that publishing, comparing and alerting read."""

from pathlib import Path
from typing import Any

import duckdb

SUITES = ("events", "exposures", "aggregates", "results")

TABLES = """
    create schema microlift; use microlift;
    create table int_run (run_id varchar, run_at timestamp);
    create table int_as_of (as_of timestamp);
    create table definition_sources (definition varchar, relation varchar);
    create table def_metrics (metric_id varchar, kind varchar);
    create table quality_validations (run_id varchar, run_at timestamp, suite varchar, expectation_id varchar, severity varchar,
        success boolean, failing_sample varchar, message varchar);
    create table dim_segments (experiment_id varchar, segment_dimension varchar, segment varchar, basis varchar, units bigint,
        smallest_variant_units bigint);
    create table agg_variant_metrics (experiment_id varchar, segment_dimension varchar, segment varchar, metric_id varchar,
        kind varchar, variant_id varchar, units bigint, successes bigint);
    create table agg_funnel_steps (funnel_id varchar, experiment_id varchar, segment_dimension varchar, segment varchar,
        variant_id varchar, step_number integer, units bigint, units_reached bigint, dropped_off bigint);
    create table results_clusters (experiment_id varchar, clustering_id varchar, cluster varchar, members bigint);
    create table results_cluster_conversions (experiment_id varchar, clustering_id varchar, cluster varchar, metric_id varchar,
        units bigint, successes bigint, rate double);
    create table results_comparisons (experiment_id varchar, segment_dimension varchar, segment varchar, metric_id varchar,
        variant_id varchar, baseline_variant_id varchar, units bigint, baseline_units bigint, relative_lift double,
        p_adjusted double, verdict varchar, method varchar);
    create table results_decisions (experiment_id varchar, verdict varchar, variant_id varchar, scope varchar, metric_id varchar,
        relative_lift double, p_adjusted double, evidence varchar);
    create table results_health (experiment_id varchar, check_name varchar, status varchar, observed double, p_value double,
        detail varchar);
    create table int_variant_units (experiment_id varchar, segment_dimension varchar, variant_id varchar,
        contaminated_units bigint, repeated_units bigint);
    create table int_repeats (hypothesis_group varchar, experiment_id varchar, metric_id varchar, variant_id varchar);
    create table results_repeats (hypothesis_group varchar, fixed_lift double);
    create table results_sensitivity (experiment_id varchar, segment_dimension varchar, segment varchar, metric_id varchar,
        kind varchar, variant_id varchar, baseline_variant_id varchar, analysis varchar, units bigint, baseline_units bigint,
        estimate double, baseline_estimate double);
    create table agg_value_histogram (experiment_id varchar, metric_id varchar, value double, units bigint);
    create table results_of_tomorrow (experiment_id varchar, units bigint);
    create table fct_exposures (experiment_id varchar, unit_id varchar, variant_id varchar);
    create table int_secret (secret varchar);
    create table dim_metrics (metric_id varchar, build bigint);
    create table results_numbered (build bigint);
    insert into definition_sources values ('metrics', 'def_metrics');
    insert into def_metrics values ('signed_up', 'conversion');
    insert into fct_exposures values ('e', 'u1', 'a');
    insert into dim_metrics values ('signed_up', 0);
"""


def warehouse(
    path: Path, build: int = 0, failed: str = "", checked: int | None = None, **rows: list[tuple[Any, ...]]
) -> Path:
    """A warehouse of build number `build`; `failed` names the severity of an expectation of `results` that failed.

    `checked` is the build that the suites looked at (this one), `rows` fill tables by name.
    """
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
        connection.execute(
            "insert into int_run values (?, timestamp '2026-02-01' + interval (?) minute)",
            [f"r{build}", build],
        )
        connection.execute("insert into int_as_of values ('2026-01-31')")
        connection.execute("insert into results_numbered values (?)", [build])
        connection.execute("update dim_metrics set build = ?", [build])
        run = build if checked is None else checked
        for suite in SUITES:
            broken = failed if suite == "results" else ""
            connection.execute(
                "insert into quality_validations"
                " select ?, timestamp '2026-02-01' + interval (?) minute, ?, 'grain', ?, ?, null, ?",
                [
                    f"r{run}",
                    run,
                    suite,
                    broken or "critical",
                    not broken,
                    "two rows of one cell" if broken else "fine",
                ],
            )
        for table, given in rows.items():
            for row in given:
                connection.execute(f"insert into {table} values ({', '.join('?' for _ in row)})", list(row))
    return path
