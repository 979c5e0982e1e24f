"""Dagster: a refresh every five minutes; exit code 75 (another one runs) is no failure."""

import subprocess

from dagster import Definitions, Failure, OpExecutionContext, RetryPolicy, ScheduleDefinition, job, op

FOLDER = "/srv/analytics"
ANOTHER_ONE_RUNS = 75


@op(retry_policy=RetryPolicy(max_retries=2, delay=60))
def refresh(context: OpExecutionContext) -> None:
    done = subprocess.run([".venv/bin/microlift", "refresh"], cwd=FOLDER, check=False)
    if done.returncode == ANOTHER_ONE_RUNS:
        context.log.info("another refresh runs; the next tick comes")
    elif done.returncode:
        raise Failure(f"microlift refresh ended with {done.returncode} (docs/refresh.md tells the stage)")


@job
def microlift_refresh() -> None:
    refresh()


definitions = Definitions(
    jobs=[microlift_refresh],
    schedules=[ScheduleDefinition(job=microlift_refresh, cron_schedule="*/5 * * * *")],
)
