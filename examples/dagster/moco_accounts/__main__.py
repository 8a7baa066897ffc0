"""Load one account: `python -m moco_accounts NAME`, for Airflow, cron and systemd."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import datetime, timezone
from pathlib import Path

from moco_accounts.accounts import Accounts, AccountsError
from moco_accounts.pipeline import Pipeline, RunError
from moco_accounts.state import States


def main() -> int:
    """Run the tap and the target; return 1 where one of them fails."""
    parser = argparse.ArgumentParser(prog="moco_accounts", description=__doc__)
    parser.add_argument("name", help="an account of the file in MOCO_ACCOUNTS")
    name = parser.parse_args().name
    now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%f")
    try:
        accounts = Accounts.load(Path(os.environ.get("MOCO_ACCOUNTS", "accounts.yaml")))
        pipeline = Pipeline(
            accounts.named(name),
            accounts.tap,
            States.at(os.environ.get("MOCO_STATES", "states")),
            Path(os.environ.get("MOCO_LOGS", "logs"), name, now),
        )
        pipeline.run()
    except (AccountsError, RunError) as error:
        sys.stderr.write(f"{name}: {error}\n")
        return 1
    for stream, count in sorted(pipeline.records.items()):
        sys.stdout.write(f"{stream}: {count:,}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
