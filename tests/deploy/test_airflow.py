"""The DAG file of examples/airflow, parsed by Airflow; no DAG is run."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.environments import ROOT, Environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.installs

AIRFLOW = Environment("airflow", ("apache-airflow==3.3.2",))
EXAMPLES = ROOT / "examples"
PROGRAM = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
tasks = {
    dag.dag_id: [[task.task_id, task.pool, task.retries] for task in dag.tasks]
    for dag in bag.dags.values()
}
print(json.dumps([{str(k): str(v) for k, v in bag.import_errors.items()}, tasks]))
"""


def test_one_dag_per_account(tmp_path: Path) -> None:
    AIRFLOW.install()
    env = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "MOCO_ACCOUNTS": str(EXAMPLES / "dagster" / "accounts.yaml"),
    }
    done = subprocess.run(
        [AIRFLOW.command("python"), "-c", PROGRAM, str(EXAMPLES / "airflow")],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env=env,
        timeout=300,
    )
    errors, dags = json.loads(done.stdout.splitlines()[-1])
    assert errors == {}
    assert dags == {
        "moco_north": [["load", "warehouse", 2]],
        "moco_south": [["load", "warehouse", 2]],
    }
