"""One DAG per MOCO account, from the file that lists them. Put it into Airflow's dags.

Each task calls `python -m moco_accounts` in an environment of its own, since Airflow
pins many packages that the tap and the targets need in other versions.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pendulum
import yaml
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

FILE = Path(os.environ.get("MOCO_ACCOUNTS", "accounts.yaml"))
PYTHON = os.environ.get("MOCO_PYTHON", "python")
"""The Python of the environment in which moco-accounts is installed."""


def dag_of(account: str, database: str) -> DAG:
    """Return the DAG that loads an account every hour.

    Args:
        account: The account's name in the file.
        database: The pool of its task: as many accounts of a database are loaded at
            once as the pool has slots.
    """
    with DAG(
        f"moco_{account}",
        schedule="@hourly",
        start_date=pendulum.datetime(2024, 1, 1, tz="UTC"),
        catchup=False,
        max_active_runs=1,  # two runs of one account would share its state
        tags=["moco", database],
    ) as dag:
        BashOperator(
            task_id="load",
            bash_command='exec "$MOCO_PYTHON" -m moco_accounts "$MOCO_ACCOUNT"',
            env={"MOCO_PYTHON": PYTHON, "MOCO_ACCOUNT": account},
            append_env=True,
            pool=database,
            retries=2,
            retry_delay=timedelta(minutes=5),
            retry_exponential_backoff=True,
            execution_timeout=timedelta(hours=12),
        )
    return dag


for _name, _given in yaml.safe_load(FILE.read_text(encoding="utf-8"))[
    "accounts"
].items():
    globals()[f"moco_{_name}"] = dag_of(_name, _given["database"])
