"""Great Expectations itself: its set-up, and the validation of one relation by push-down.

Importing Great Expectations takes seconds, so this module imports it only when it is called.
"""

import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

import duckdb

from microlift.expectations.session import SessionConnection
from microlift.expectations.suite import Expectation

SAMPLE_SIZE = 20

# Great Expectations keeps one current project for the whole process; dbt may run suites in several threads.
_LOCK = RLock()


@contextmanager
def data_source(session: duckdb.DuckDBPyConnection) -> Iterator[Any]:
    """A Great Expectations data source over ``session``, without telemetry, files or temporary tables.

    It is detached from the session at the end. One thread at a time may have one.
    """
    with _LOCK:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of its own dependencies
            import duckdb_sqlalchemy
            import great_expectations as gx
            from great_expectations.data_context.types.base import ProgressBarsConfig
            from sqlalchemy.dialects import postgresql
            from sqlalchemy.pool import StaticPool

        logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)

        # Great Expectations keeps functions of the dialect alive after the interpreter has dropped its
        # modules, and with them DuckDB's classes: its binding then prints a page of leak warnings at exit.
        # A module that is referenced to the very end is emptied in order.
        sys.__dict__["_microlift_keeps"] = duckdb_sqlalchemy

        connection = SessionConnection(session)
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        source = context.data_sources.add_sql(  # type: ignore[call-arg]  # its stub leaves out kwargs
            "session",
            connection_string="duckdb:///:memory:",
            create_temp_table=False,
            kwargs={"creator": lambda: connection, "poolclass": StaticPool},
        )
        # DuckDB speaks PostgreSQL's regex and LIKE; without a dialect module both are refused.
        source.get_execution_engine().dialect_module = postgresql
        try:
            yield source
        finally:
            context.data_sources.delete("session")
            connection.detach()


def build(expectation: Expectation, where: str) -> Any:
    """The Great Expectations object of a suite row whose placeholders are filled.

    A suite built from rows drops an unknown type without a word, hence one object at a time.

    Raises:
        ValueError: Great Expectations knows no such type, or refuses the kwargs.
    """
    from great_expectations.exceptions import ExpectationNotFoundError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.metadata_types import FailureSeverity

    try:
        return ExpectationConfiguration(
            type=expectation.type,
            kwargs=expectation.kwargs,
            severity=FailureSeverity(expectation.severity),
            meta={"expectation_id": expectation.id},
        ).to_domain_obj()
    except ExpectationNotFoundError as error:
        raise ValueError(f"{where}: unknown expectation type {expectation.type!r}") from error
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: {expectation.type} refuses its kwargs: {error}") from error


def validate(source: Any, relation: str, keys: list[str], objects: Sequence[Any]) -> dict[str, Any]:
    """Validate one relation; Great Expectations' results by expectation id.

    Raises:
        RuntimeError: Great Expectations returned fewer or more results than it was given expectations.
    """
    from great_expectations.core.expectation_suite import ExpectationSuite

    asset = source.add_query_asset(f"asset {len(source.assets)}", query=f"select * from {relation}")
    batch = asset.add_batch_definition_whole_table("whole").get_batch()
    outcome = batch.validate(
        ExpectationSuite(name=asset.name, expectations=list(objects)),
        # SUMMARY puts its limit into the SQL; COMPLETE would select every failing row.
        result_format={
            "result_format": "SUMMARY",
            "partial_unexpected_count": SAMPLE_SIZE,
            "unexpected_index_column_names": keys,
            "return_unexpected_index_query": False,
            "include_unexpected_rows": False,
        },
    )
    results = {result.expectation_config.meta["expectation_id"]: result for result in outcome.results}
    if len(results) != len(objects):
        raise RuntimeError(f"{len(objects)} expectations of {relation} gave {len(results)} results")
    return results
