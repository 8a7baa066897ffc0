"""An account, a spool of its webhooks, and a tap that reads both into a target."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from tap_moco.spool.events import Event
from tests.support.runs import NO_LIMIT, run
from tests.support.target import Target

if TYPE_CHECKING:
    from tap_moco.sandbox import Account, Server
    from tap_moco.spool.spool import Spool
    from tests.support.outcome import Outcome
    from tests.support.target import Row

LONG_AGO = timedelta(minutes=30)
"""So old are events unless a test says otherwise: MOCO's answer settles them."""


def discovered(config: Row, *streams: str) -> Row:
    """Return the catalog of a tap with these settings, with some streams selected."""
    catalog: Row = json.loads(run(config, "--discover").out)
    for entry in catalog["streams"]:
        root = next(m for m in entry["metadata"] if not m["breadcrumb"])
        root["metadata"]["selected"] = entry["tap_stream_id"] in streams
    return catalog


@dataclass
class Reading:
    """Runs of the tap, one after the other.

    Attributes:
        location: Of the spool.
        config: Settings that all runs have.
        target: What all of them have loaded.
    """

    server: Server
    spool: Spool
    location: str
    config: Row = field(default_factory=dict)
    target: Target = field(default_factory=Target)

    @property
    def account(self) -> Account:
        """The account in MOCO."""
        return self.server.account

    def fill(self, count: int) -> None:
        """Have so many more time entries, old ones like all others of the account."""
        for number in range(count):
            old = datetime.now(timezone.utc) - timedelta(days=40, minutes=-number)
            self.account.insert(
                "activities", description=f"alt {number}", created_at=old
            )

    def tell(  # noqa: PLR0913 - what a delivery has
        self,
        target: str,
        number: int,
        event: str = "delete",
        *,
        ago: timedelta = LONG_AGO,
        received_ago: timedelta | None = None,
        account: str = "demo",
        **record: Any,
    ) -> None:
        """Store an event, as the receiver does."""
        now = datetime.now(timezone.utc)
        payload = json.dumps({"id": number, **record})
        occurred, came = (
            now - ago,
            now - (ago if received_ago is None else received_ago),
        )
        one = Event(account, target, event, number, occurred, came, 7, None, payload)
        self.spool.store([one])

    def settings(self, **more: Any) -> Row:
        """Return the settings of a run."""
        return {
            "api_url": self.server.url,
            "api_key": "sandbox-key",
            "rate_limit": NO_LIMIT,
            "webhook_spool": self.location,
            **self.config,
            **more,
        }

    def run(self, *streams: str, **more: Any) -> Outcome:
        """Run the tap with the last state, whatever its exit status; load all of it."""
        catalog = discovered(self.settings(**more), *streams)
        self.server.requests.clear()
        outcome = run(
            self.settings(**more),
            catalog=catalog,
            state=self.target.state or None,
        )
        self.target.load(outcome.out)
        return outcome

    def synced(self, *streams: str, **more: Any) -> Outcome:
        """Run the tap; it has to go well."""
        outcome = self.run(*streams, **more)
        assert outcome.code == 0, outcome.err
        return outcome

    def ids(self, stream: str) -> set[int]:
        """Return the ids that the target has."""
        return self.target.ids(stream)

    def begin_anew(self) -> None:
        """Have an empty target, and no state."""
        self.target = Target()

    def deleted(self) -> set[tuple[str, int]]:
        """Return what the target has of deleted records."""
        return {(r["stream"], r["id"]) for r in self.target.of("deleted_records")}

    def asked(self, path: str) -> list[dict[str, str]]:
        """Return the parameters of the last run's requests for a path."""
        found = [entry for entry in self.server.requests if entry.path == path]
        return [dict(entry.query) for entry in found]
