"""What the documentation allows to be wrong in a target until the next sweep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.documented import DETAILS, INNER

from .account_kinds import HOLDERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.target import Target

    from .account_changes import Changes
    from .account_model import AccountModel, Row

ONLY_SWEEPS_SHOW = {"invoice_attachments"}
"""docs/completeness.md, "Details": lists per record change without it."""


@dataclass
class Leeway:
    """What only a sweep shows.

    Attributes:
        streams: That are read.
        unsure: Keys of rows that the target has, and the state may not know.
    """

    account: AccountModel
    target: Target
    changes: Changes
    streams: Sequence[str]
    unsure: dict[str, set[Any]] = field(default_factory=dict)

    def doubt_all_but(self, keys: dict[str, set[Any]]) -> None:
        """Note that the state may know no rows of the target but those."""
        for stream, rows in self.target.rows.items():
            new = rows.keys() - keys.get(stream, set())
            self.unsure.setdefault(stream, set()).update(new)

    def unexplained(
        self, stream: str, missing: set[Any], extra: set[Any]
    ) -> tuple[set[Any], set[Any]]:
        """Return of missing and extra rows those that no sweep is needed for."""
        if stream in ONLY_SWEEPS_SHOW:
            return set(), set()
        if stream in INNER:
            missing, extra = self._of_active_projects(stream, missing, extra)
        if stream in self.changes.masked and len(missing) == len(extra):
            return set(), set()
        parent = DETAILS.get(stream)
        if parent and parent not in self.streams and parent in self.changes.unseen:
            missing = set()
        return missing, extra - self.unsure.get(stream, set())

    def _of_active_projects(
        self, stream: str, missing: set[Any], extra: set[Any]
    ) -> tuple[set[Any], set[Any]]:
        account, archived = self.account, self._archived_projects()
        if "projects" not in self.streams:  # nothing counts archived ones
            gone = [row for name, row in account.gone if name == "projects"]
            archived |= {row["id"] for row in gone if not row["active"]}
        rows, held = account.rows[stream], self.target.rows.get(stream, {})
        return (
            {key for key in missing if rows[key[0]]["_project"] not in archived},
            {key for key in extra if held[key]["project_id"] not in archived},
        )

    def current(self, stream: str, rows: dict[Any, Row]) -> dict[Any, Row]:
        """Return of expected rows what the target has to have by now."""
        if stream in ONLY_SWEEPS_SHOW:
            return {}
        if stream in INNER:
            archived = self._archived_projects()
            return {k: r for k, r in rows.items() if r["project_id"] not in archived}
        return {key: self._current_fields(stream, row) for key, row in rows.items()}

    def _archived_projects(self) -> set[int]:
        """Return the projects whose tasks and contracts only a sweep reads again."""
        projects = self.account.rows["projects"]
        return {number for number, row in projects.items() if not row["active"]}

    def _current_fields(self, stream: str, row: Row) -> Row:
        inner = [*HOLDERS.get(stream, ())]
        if stream == "invoice_details":
            inner = [("invoice_reminders", "reminders")]
        stale = {  # only the changes of those lists are looked at
            where
            for name, where in inner
            if name not in self.streams and name in self.changes.unseen
        }
        if stream == "projects" and not row["active"]:
            stale |= {"tasks", "contracts"}
        return {name: value for name, value in row.items() if name not in stale}
