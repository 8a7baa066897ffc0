"""What Dagster knows: one asset per database, and in it one partition per account."""

# Dagster reads the annotations here, so they must not be texts.
import os
from pathlib import Path

import dagster as dg

from moco_accounts import alerts
from moco_accounts.accounts import Accounts, AccountsError, Database
from moco_accounts.pipeline import Pipeline, RunError
from moco_accounts.state import States

FILE = Path(os.environ.get("MOCO_ACCOUNTS", "accounts.yaml")).absolute()
STATES = os.environ.get("MOCO_STATES", "states")
LOGS = Path(os.environ.get("MOCO_LOGS", "logs")).absolute()
CRON = os.environ.get("MOCO_CRON", "0 * * * *")
RETRIES = int(os.environ.get("MOCO_RETRIES", "2"))
PAUSE = 300
"""Seconds before the first retry; the second one waits three times as long."""
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def load_account(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """Run the tap and the target for the account of this partition.

    Raises:
        Failure: One of them failed; its text is the line of the log that says why.
    """
    accounts = Accounts.load(FILE)
    name, attempt = context.partition_key, f"{context.run_id}-{context.retry_number}"
    try:
        account = accounts.named(name)
        folder = LOGS / name / attempt
        pipeline = Pipeline(account, accounts.tap, States.at(STATES), folder)
        pipeline.run()
    except RunError as error:
        raise dg.Failure(str(error), metadata=_metadata(pipeline)) from None
    except AccountsError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    return dg.MaterializeResult(metadata=_metadata(pipeline))


def _metadata(pipeline: Pipeline) -> dict[str, dg.MetadataValue]:
    """Return what a person sees of a run in Dagster."""
    records = pipeline.records
    lines = "\n".join(f"| {name} | {records[name]:,} |" for name in sorted(records))
    return {
        "dagster/row_count": dg.MetadataValue.int(records.total()),
        "records": dg.MetadataValue.md(f"| stream | records |\n| --- | --- |\n{lines}"),
        "tap log": dg.MetadataValue.path(str(pipeline.log("tap"))),
        "target log": dg.MetadataValue.path(str(pipeline.log("target"))),
    }


def definitions_of(database: Database) -> dg.Definitions:
    """Return the asset of a database, with its accounts and its schedule."""
    name = f"moco_{database.name}"
    partitions = dg.DynamicPartitionsDefinition(name=name)
    asset = dg.asset(
        name=name,
        partitions_def=partitions,
        pool=database.name,
        kinds={"singer"},
        retry_policy=dg.RetryPolicy(
            max_retries=RETRIES, delay=PAUSE, backoff=dg.Backoff.EXPONENTIAL
        ),
        description=f"MOCO accounts that are loaded into {database.name}.",
    )(load_account)
    job = dg.define_asset_job(f"{name}_job", [asset], partitions_def=partitions)
    return dg.Definitions(
        [asset],
        jobs=[job],
        schedules=[schedule_of(database)],
        sensors=[sensor_of(database, partitions)],
    )


def schedule_of(database: Database) -> dg.ScheduleDefinition:
    """Return what asks for a run per account, but not while one is under way."""

    @dg.schedule(
        name=f"moco_{database.name}_schedule",
        cron_schedule=CRON,
        job_name=f"moco_{database.name}_job",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        accounts = Accounts.load(FILE).of(database)
        idle = [a for a in accounts if not _is_under_way(context.instance, a.name)]
        hour = context.scheduled_execution_time.isoformat()
        return [
            dg.RunRequest(run_key=f"{one.name} {hour}", partition_key=one.name)
            for one in idle
        ]

    return schedule


def sensor_of(
    database: Database, partitions: dg.DynamicPartitionsDefinition
) -> dg.SensorDefinition:
    """Return what makes partitions of new accounts, and removes those that left."""
    name = f"moco_{database.name}"

    @dg.sensor(
        name=f"{name}_accounts",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def accounts(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        there = set(context.instance.get_dynamic_partitions(name))
        wanted = {account.name for account in Accounts.load(FILE).of(database)}
        return dg.SensorResult(
            dynamic_partitions_requests=[
                partitions.build_add_request(sorted(wanted - there)),
                partitions.build_delete_request(sorted(there - wanted)),
            ]
        )

    return accounts


def _is_under_way(instance: dg.DagsterInstance, account: str) -> bool:
    filters = dg.RunsFilter(statuses=UNFINISHED, tags={"dagster/partition": account})
    return instance.get_runs_count(filters) > 0


defs = dg.Definitions.merge(
    # A run is a process already; another one per step would only cost its start.
    dg.Definitions(executor=dg.in_process_executor, sensors=alerts.sensors()),
    *(definitions_of(database) for database in Accounts.load(FILE).databases.values()),
)
