"""Great Expectations suites, pushed down into an open DuckDB connection.

The suites are YAML files in the project's ``expectations/`` folder. :func:`run_suite` validates relations
against one of them and returns a table of verdicts; :func:`narrate` turns it into lines for the terminal.
"""

from microlift.expectations.narrate import narrate
from microlift.expectations.run import run_suite
from microlift.expectations.verdict import VALIDATION_SCHEMA

__all__ = ["VALIDATION_SCHEMA", "narrate", "run_suite"]
