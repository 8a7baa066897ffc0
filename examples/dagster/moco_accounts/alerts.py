"""Tell somebody of failed runs: a line in a chat room."""

import json
import os
import urllib.request

import dagster as dg

URL = os.environ.get("MOCO_ALERT_URL", "")
"""An incoming webhook of Slack, Mattermost, Teams or anything that takes `text`."""
PATIENCE = 30


def sensors() -> list[dg.SensorDefinition]:
    """Return what tells of failed runs, if there is somewhere to tell it."""
    if not URL:
        return []

    @dg.run_failure_sensor(
        name="moco_alerts",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def alerts(context: dg.RunFailureSensorContext) -> None:
        account = context.dagster_run.tags.get("dagster/partition", "a run")
        reasons = [
            event.step_failure_data.user_failure_data.description
            for event in context.get_step_failure_events()
            if event.step_failure_data.user_failure_data
        ]
        reason = reasons[-1] if reasons else context.failure_event.message
        send(f"MOCO {account}: {reason}")

    return [alerts]


def send(text: str) -> None:
    """Send a line; a failure to do so is one of the sensor, which tries again."""
    request = urllib.request.Request(  # noqa: S310 - the address is the operator's own
        URL,
        json.dumps({"text": text}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE):  # noqa: S310
        pass
