"""The command `tap-moco-webhooks`."""

from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import click
import msgspec

from tap_moco.api.errors import MocoError
from tap_moco.errors import InvalidInputError, SpoolError
from tap_moco.spool.spool import Spool
from tap_moco.spool.targets import stream_of
from tap_moco.spool.upkeep import browse, prune, replay
from tap_moco.webhooks import options
from tap_moco.webhooks.check import check
from tap_moco.webhooks.receiver import create_app
from tap_moco.webhooks.server import listen
from tap_moco.webhooks.server import serve as serve_app
from tap_moco.webhooks.signature import SigningKeys

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from tap_moco.spool.events import StoredEvent

logger = logging.getLogger("tap-moco.webhooks")

LINE = "{:<20} {:<24} {:<16} {:<26} {:<8} {:>12}  {}"
HEADINGS = ("received", "occurred", "account", "target", "event", "id", "read")


@click.group(
    no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="tap-moco")
def cli() -> None:
    """Receive MOCO's webhooks, and manage the stored events."""


@cli.command()
@options.spool_option
@options.signing_key_option
@options.host_option
@options.port_option
@options.max_body_bytes_option
@options.keep_days_option
def serve(**given: Any) -> None:
    """Receive webhooks at /webhooks, until a signal comes."""
    with listen(given["host"], given["port"]) as opened:
        app = app_from(given)
        serve_app(app, opened)


def app_from(given: dict[str, Any]) -> Starlette:
    """Return the ASGI application that the options of `serve` describe."""
    return create_app(
        Spool(given["spool"], may_create=True),
        SigningKeys(given["signing_key"]),
        max_body_bytes=given["max_body_bytes"],
        keep=given["keep_days"],
    )


cli.add_command(check)


@cli.command("list")
@options.spool_option
@options.since_option
@options.target_option
@options.limit_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object per event.")
def list_events(
    *, spool: str, since: datetime | None, target: str | None, limit: int, as_json: bool
) -> None:
    """Show the newest events, the last one at the bottom."""
    with Spool(spool) as kept:
        found = browse(kept, since=since, target=target, limit=limit)
    if as_json:
        for event in found:
            click.echo(json.dumps(_as_json(event), ensure_ascii=False))
    elif found:
        click.echo(LINE.format(*HEADINGS).rstrip())
        for event in found:
            click.echo(LINE.format(*_cells(event)))
    else:
        click.echo("no events", err=True)


def _as_json(event: StoredEvent) -> dict[str, Any]:
    stream = stream_of(event.target)
    row = {
        **asdict(event),
        "stream": stream,
        "payload": msgspec.json.decode(event.payload),
    }
    return {n: v.isoformat() if isinstance(v, datetime) else v for n, v in row.items()}


def _cells(event: StoredEvent) -> tuple[str, ...]:
    return (
        f"{event.received_at:%Y-%m-%d %H:%M:%S}",
        f"{event.occurred_at:%Y-%m-%d %H:%M:%S.%f}"[:-3],
        event.account,
        event.target,
        event.event,
        str(event.entity_id),
        f"{event.read_at:%Y-%m-%d %H:%M:%S}" if event.read_at else "not yet",
    )


@cli.command("replay")
@options.spool_option
@options.since_required_option
def replay_events(*, spool: str, since: datetime) -> None:
    """Let the tap read the events once more that came since then."""
    with Spool(spool) as kept:
        count = replay(kept, since)
    click.echo(f"events to be read once more: {count}")


@cli.command("prune")
@options.spool_option
@options.keep_days_option
def prune_events(*, spool: str, keep_days: timedelta) -> None:
    """Remove the events that were read long ago."""
    with Spool(spool) as kept:
        count = prune(kept, datetime.now(timezone.utc) - keep_days)
    click.echo(f"events removed: {count}")


def main() -> None:
    """Run the command; an error is one line, and the exit status 1."""
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s | %(levelname)-8s | %(name)-20s | %(message)s",
    )
    try:
        sys.exit(cli.main(standalone_mode=False))
    except click.ClickException as error:
        message = error.format_message()
    except click.Abort:
        sys.exit(130)
    except (InvalidInputError, MocoError, SpoolError) as error:
        message = str(error)
    except BrokenPipeError:  # the reader of the list has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # no user should see a traceback
        logger.debug("unexpected", exc_info=True)
        message = f"unexpected {type(error).__name__}: {error}"
    click.echo(f"tap-moco-webhooks: {' '.join(message.split())}", err=True)
    sys.exit(1)
