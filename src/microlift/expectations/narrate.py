"""The failing rows of a validation table, as lines for the terminal."""

import pyarrow as pa

from microlift.expectations.suite import SEVERITIES


def narrate(table: pa.Table) -> list[str]:
    """One line a failing expectation, critical first, then in the table's order; no line where all hold.

    Args:
        table: What :func:`microlift.expectations.run_suite` returns, or several of them in one table.
    """
    failing = [row for row in table.to_pylist() if not row["success"]]
    failing.sort(key=lambda row: SEVERITIES.index(row["severity"]))
    return [f"{row['severity'].upper()} {row['expectation_id']}: {row['message']}" for row in failing]
