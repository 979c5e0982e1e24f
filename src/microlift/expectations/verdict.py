"""From a Great Expectations result to one row of the validation table."""

import json
import math
from typing import Any

import duckdb
import pyarrow as pa

from microlift.expectations.engine import SAMPLE_SIZE
from microlift.expectations.suite import ROWS_QUERY, Expectation

VALIDATION_SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("run_at", pa.timestamp("us")),
        ("suite", pa.string()),
        ("expectation_id", pa.string()),
        ("relation", pa.string()),
        ("column_name", pa.string()),
        ("expectation_type", pa.string()),
        ("severity", pa.string()),
        ("success", pa.bool_()),
        ("observed_value", pa.string()),
        ("element_count", pa.int64()),
        ("failing_count", pa.int64()),
        ("failing_sample", pa.string()),
        ("message", pa.string()),
    ]
)


def verdict(
    session: duckdb.DuckDBPyConnection,
    expectation: Expectation,
    relation: str,
    element_count: int,
    result: Any,
) -> dict[str, Any]:
    """The columns of :data:`VALIDATION_SCHEMA` that depend on the result.

    ``failing_count`` is the number of failing rows, null for an aggregate and where the expectation could not
    be evaluated. ``failing_sample`` holds up to 20 different failing rows (key columns and the columns under
    test, or what the query of a compound rule selects): all of them where no more fail, else any 20 of them.
    """
    error = _error(result)
    details = result.result
    sample: list[Any] = []
    if error is not None:
        failing, observed = None, None
    elif expectation.type == ROWS_QUERY:
        failing = int(details["observed_value"])
        observed = f"{failing} failing"
        sample = (
            _failing_rows(session, expectation.kwargs["unexpected_rows_query"], relation) if failing else []
        )
    elif "unexpected_count" in details:
        failing = int(details["unexpected_count"] or 0)
        observed = f"{failing} failing of {element_count}"
        sample = details.get("partial_unexpected_index_list") or details.get("partial_unexpected_list") or []
    else:
        failing, observed = None, _text(details.get("observed_value"))
    failing_sample = _distinct(sample)
    return {
        "expectation_id": expectation.id,
        "relation": relation,
        "column_name": ", ".join(expectation.columns) or None,
        "expectation_type": expectation.type,
        "severity": expectation.severity,
        "success": error is None and bool(result.success),
        "observed_value": observed,
        "element_count": element_count,
        "failing_count": failing,
        "failing_sample": "[" + ", ".join(failing_sample) + "]",
        "message": _message(expectation, bool(result.success), observed, failing_sample, error),
    }


def _message(
    expectation: Expectation, success: bool, observed: str | None, sample: list[str], error: str | None
) -> str:
    if error is not None:
        return (
            f"Expected {expectation.expected}. It could not be evaluated: {error} "
            "Check that the relation has the columns that the suite names."
        )
    if success:
        return f"As expected: {expectation.expected}."
    example = f", for example {sample[0]}" if sample else ""
    return f"Expected {expectation.expected}. Seen: {observed}{example}. {expectation.advice}"


def _error(result: Any) -> str | None:
    """The first exception that kept the expectation from being evaluated, if any."""
    info = result.exception_info or {}
    # One flat entry, or one entry for each metric that failed.
    entries = [info] if "raised_exception" in info else list(info.values())
    for entry in entries:
        if entry.get("raised_exception"):
            words = " ".join(str(entry.get("exception_message") or "no reason given").split())
            return words if words.endswith(".") else f"{words}."
    return None


def _failing_rows(session: duckdb.DuckDBPyConnection, query: str, relation: str) -> list[dict[str, Any]]:
    failing = query.format(batch=f"(select * from {relation})").replace(r"\:", ":")
    rows = session.execute(f"select * from ({failing}) order by all limit {SAMPLE_SIZE}")
    names = [column[0] for column in rows.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]


def _distinct(sample: list[Any]) -> list[str]:
    return sorted({json.dumps(_finite(item), default=str, allow_nan=False) for item in sample})


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity: they become text."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _text(observed: Any) -> str | None:
    return (
        None if observed is None else observed if isinstance(observed, str) else json.dumps(_finite(observed))
    )
