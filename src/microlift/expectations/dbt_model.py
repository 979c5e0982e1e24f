"""The body of the dbt models that validate: name the relations, run the suite, say what failed."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from microlift.expectations.narrate import narrate
from microlift.expectations.run import run_suite


def validate(
    dbt: Any, session: Any, run: Any, suite: str, parameters: str | None, models: Mapping[str, str]
) -> pa.Table:
    """Run a suite on models of the same schema, on dbt's own connection.

    `run` is the relation of `int_run`; `parameters` a JSON object as text (the suite's `$placeholders`);
    `models` maps each relation key of the suite to a model. Returns `VALIDATION_SCHEMA`; failures are also said
    on standard error, since dbt itself prints no more than their number.
    """
    run_id, run_at = run.fetchall()[0]
    relations = {key: f'"{dbt.this.database}"."{dbt.this.schema}"."{name}"' for key, name in models.items()}
    filled = json.loads(parameters) if parameters else {}
    table = run_suite(session, suite, relations, run_id, run_at, filled)
    for line in narrate(table):
        print(line, file=sys.stderr, flush=True)
    return table
