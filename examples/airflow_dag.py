"""Airflow: a refresh every five minutes; exit code 75 (another one runs) skips the run instead of failing it."""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

with DAG(
    "microlift_refresh",
    start_date=datetime(2026, 1, 1),
    schedule=timedelta(minutes=5),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
):
    BashOperator(
        task_id="refresh",
        bash_command="cd /srv/analytics && .venv/bin/microlift refresh --log logs/refresh.jsonl",
        skip_on_exit_code=75,
    )
