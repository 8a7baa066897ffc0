"""Delete what is older than so many days: `python -m moco_accounts.cleanup 30`.

Dagster keeps every run for ever, and 40 accounts make a thousand of them a day.
"""

import shutil
import sys
from datetime import datetime, timedelta, timezone

import dagster as dg

from moco_accounts.definitions import LOGS, UNFINISHED

AT_ONCE = 1000


def main(days: float) -> None:
    """Delete runs that have ended, and the logs of runs, from before these days."""
    oldest = datetime.now(timezone.utc) - timedelta(days=days)
    instance = dg.DagsterInstance.get()
    ended = [status for status in dg.DagsterRunStatus if status not in UNFINISHED]
    old = dg.RunsFilter(statuses=ended, created_before=oldest)
    deleted = 0
    while runs := instance.get_run_records(old, limit=AT_ONCE):
        for record in runs:
            instance.delete_run(record.dagster_run.run_id)
        deleted += len(runs)
    folders = [
        folder
        for folder in LOGS.glob("*/*")
        if folder.stat().st_mtime < oldest.timestamp()
    ]
    for folder in folders:
        shutil.rmtree(folder)
    sys.stdout.write(f"{deleted} runs and {len(folders)} folders of logs deleted\n")


if __name__ == "__main__":
    main(float(sys.argv[1]))
