"""What must hold of a target's rows after a run, whatever happened meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_moco.sandbox import Account
    from tests.support.target import Target

    from .worlds import World


@dataclass(frozen=True)
class RowCheck:
    """Compares the target with the account."""

    world: World
    account: Account
    target: Target

    def after_success(self, existed: dict[str, set[int]], begun: int) -> None:
        """A success means that nothing of what there was before is missing."""
        for stream, before in existed.items():
            alive = self.account.records[stream]
            missing = (before & alive.keys()) - self.target.ids(stream)
            assert not missing, f"{stream} lacks {missing}"
            unchanged = {n for n in before & alive.keys() if is_older(alive[n], begun)}
            self._check_fields(stream, unchanged)

    def after_failure(self, old: dict[str, Any], messages: list[str]) -> None:
        """A failure deletes nothing, and moves no bookmark."""
        assert "ACTIVATE_VERSION" not in messages
        for stream in self.world.streams:
            before = old.get("bookmarks", {}).get(stream, {})
            after = self.target.bookmark(stream)
            name = "replication_key_value"
            assert after.get(name) == before.get(name)
            swept, was = after.get("sweep", {}), before.get("sweep", {})
            for name in ("version", "completed_at"):
                assert swept.get(name) == was.get(name)

    def same(self, *, deletes: bool) -> None:
        """The target is the account."""
        for stream in self.world.streams:
            ids = set(self.account.ids(stream))
            missing = ids - self.target.ids(stream)
            assert not missing, f"{stream} lacks {missing}"
            extra = self.target.ids(stream) - ids
            assert not (deletes and extra), f"{stream} still has {extra}"
            self._check_fields(stream, ids)

    def _check_fields(self, stream: str, numbers: Iterable[int]) -> None:
        """The target's rows are as the account has them."""
        fields = ("updated_at", self.world.text)
        if stream == "project_tasks":
            fields = ("description", "name")
        wanted = set(numbers)
        for row in self.account.rows(stream):
            if row["id"] in wanted:
                own = self.target.row(stream, row["id"])
                for name in fields:
                    where = (stream, row["id"], name)
                    assert alike(own.get(name), row.get(name)), where


def is_older(record: dict[str, Any], moment: int) -> bool:
    """Return whether a record was last changed before a time, in microseconds."""
    return bool(record["updated_at"] < moment)


def alike(own: object, sent: object) -> bool:
    """Compare a field, whatever the tap has documented to normalize of it."""
    if own in (None, "") and sent in (None, ""):
        return True
    if isinstance(own, str) and isinstance(sent, str) and sent.endswith("Z"):
        return own[:19] == sent[:19]
    return own == sent
