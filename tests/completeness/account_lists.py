"""What MOCO answers of the lists of an account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tests.support.stub import Answer

from .account_kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .account_kinds import Kind
    from .account_model import AccountModel, Row
    from .account_pages import Pages, World


@dataclass(frozen=True)
class Lists:
    """Answers requests for lists, with their filters."""

    account: AccountModel
    world: World
    pages: Pages

    def answer(self, path: str, query: dict[str, str]) -> Answer | None:
        """Answer a request; None if it is for no list."""
        for name, kind in KINDS.items():
            if kind.path == path:
                return self._list(name, kind, query)
        return None

    def _list(self, name: str, kind: Kind, query: dict[str, str]) -> Answer:
        rows = self._filtered(name, kind, query)
        order = kind.order
        if query.get("sort_by") == "id" and self.world.sorts:
            order = "id"

        def show(row: Row) -> Row:
            return self.account.shown(name, row)

        if kind.paged:
            return self.pages.page(kind.path, rows, query, order, show)
        return Answer([show(row) for row in self.pages.ordered(rows, order)])

    def _filtered(self, name: str, kind: Kind, query: dict[str, str]) -> list[Row]:
        hidden = bool(kind.hides) and query.get(kind.hides[0]) == "true"  # type: ignore[index]
        rows = self.account.visible(name, hidden=hidden)
        if kind.ids and "ids" in query:
            wanted = set(query["ids"].split(","))
            rows = [row for row in rows if str(row["id"]) in wanted]
        if kind.after and "updated_after" in query:
            rows = [row for row in rows if self._is_after(row, query["updated_after"])]
        if kind.has_user and "user_id" in query:
            rows = [row for row in rows if str(row["user"]) == query["user_id"]]
        if span := span_of(kind.dates, query):
            first, last = span
            rows = [row for row in rows if first <= (row[kind.day] or "") <= last]
        return rows

    def _is_after(self, row: Row, text: str) -> bool:
        moment = datetime.fromisoformat(text.removesuffix("Z"))
        moment = moment.replace(tzinfo=timezone.utc)
        updated: datetime = row["_updated"]
        return updated >= moment if self.world.inclusive else updated > moment


def span_of(names: Iterable[str], query: dict[str, str]) -> tuple[str, str] | None:
    """Return the first and the last day that a request asks for."""
    given = [query[name] for name in names if name in query]
    if len(given) == 1 and ":" in given[0]:
        first, _, last = given[0].partition(":")
        return first, last
    return (given[0], given[1]) if len(given) == 2 else None
