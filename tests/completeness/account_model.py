"""A whole account of MOCO, made from its documentation alone.

It shares no code with the sandbox: what both the tap and the sandbox misunderstand in
the same way is found here. See docs/moco-api.md for the facts.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.support.documented import DETAILS, INNER, TAGGABLE

from .account_kinds import HOLDERS, KINDS, PER_RECORD, REPORTS, YEARS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.clock import Clock

Row = dict[str, Any]


@dataclass
class AccountRows:
    """The rows of an account, and how they change.

    Attributes:
        rows: By collection and id, with private fields that begin with `_`.
        gone: Deleted rows, which can be restored.
    """

    clock: Clock
    seed: int = 0
    rows: dict[str, dict[int, Row]] = field(default_factory=dict)
    gone: list[tuple[str, Row]] = field(default_factory=list)
    numbers: int = 100
    texts: int = 0

    def __post_init__(self) -> None:
        """Begin with empty lists."""
        self._random = random.Random(self.seed)
        for name in (*KINDS, *INNER, *REPORTS, "rates"):
            self.rows.setdefault(name, {})

    def text(self) -> str:
        """Return a text that was never there before."""
        self.texts += 1
        return f"text {self.texts}"

    def insert(self, name: str, at: datetime | None = None, /, **fields: Any) -> Row:
        """Insert a row with the next id, as of this time."""
        moment = at or self.clock.now
        self.numbers += self._random.choice((1, 1, 2, 7))
        row = {
            "id": self.numbers,
            "_created": moment,
            "_updated": moment,
            "_secret": self.text(),
            "_at": self.clock.now,
            **fields,
        }
        self.rows[name][row["id"]] = row
        is_old = moment < days_ago(self.clock, 0.1)  # imported just now
        self._touch_holder(name, row, self.clock.now if is_old else moment)
        return row

    def update(
        self, name: str, number: int, at: datetime | None = None, /, **fields: Any
    ) -> None:
        """Change a row, as of this time."""
        row = self.rows[name][number]
        moment = max(at or self.clock.now, row["_updated"])
        self._touch_holder(name, row, moment)
        row |= {
            **fields,
            "_updated": moment,
            "_secret": self.text(),
            "_at": self.clock.now,
        }
        self._touch_holder(name, row, moment)

    def delete(self, name: str, number: int) -> None:
        """Delete a row, and what it holds."""
        row = self.rows[name].pop(number)
        self.gone.append((name, row))
        self._touch_holder(name, row, self.clock.now)
        for inner, parent in self._inner_lists(name):
            for child in list(self.rows[inner].values()):
                if child[parent] == number:
                    self.delete(inner, child["id"])

    def restore(self, index: int) -> str | None:
        """Bring a deleted row back with its old stamps; return its collection."""
        name, row = self.gone[index]
        parent = self._parent_of(name)
        if parent and row[parent[1]] not in self.rows[parent[0]]:
            return None
        del self.gone[index]
        self.rows[name][row["id"]] = row
        self._touch_holder(name, row, self.clock.now)
        return name

    def _inner_lists(self, name: str) -> Iterator[tuple[str, str]]:
        for inner in (*KINDS, *INNER):
            parent = self._parent_of(inner)
            if parent and parent[0] == name:
                yield inner, parent[1]

    @staticmethod
    def _parent_of(name: str) -> tuple[str, str] | None:
        if name in INNER:
            return ("projects", "_project")
        return KINDS[name].parent if name in KINDS else None

    def _touch_holder(self, name: str, row: Row, moment: datetime) -> None:
        """Payments touch their invoice, and nothing else touches anything."""
        if name == "invoice_payments":
            invoice = self.rows["invoices"].get(row["invoice"])
            if invoice:
                invoice["_updated"] = max(moment, invoice["_updated"])
                invoice["_at"] = self.clock.now


class AccountModel(AccountRows):
    """An account, and what MOCO shows of it."""

    def shown(self, name: str, row: Row) -> Row:
        """Return a row as its list has it."""
        kind = KINDS[name]
        own = {k: v for k, v in row.items() if not k.startswith("_")}
        if kind.stamps:
            own["created_at"] = stamp(row["_created"])
            own["updated_at"] = stamp(row["_updated"])
        if kind.has_user:
            own["user"] = {"id": row["user"], "firstname": "A", "lastname": "B"}
        if kind.parent and kind.parent[1] in own:
            own[kind.parent[1]] = {"id": row[kind.parent[1]]}
        for inner, where in HOLDERS.get(name, ()):
            own[where] = self._held(inner, row["id"])
        if name == "projects":
            for inner, where in INNER.items():
                own[where] = self._inner(inner, row["id"])
        return own

    def _held(self, inner: str, holder: int) -> list[Row]:
        fields = {
            "projects": ("id", "name", "active"),
            "users": ("id", "lastname"),
            "purchase_payments": ("id", "date", "currency"),
        }[inner]
        return [{name: row[name] for name in fields} for row in self._of(inner, holder)]

    def _inner(self, inner: str, project: int) -> list[Row]:
        return [
            {k: v for k, v in row.items() if not k.startswith("_")}
            for row in self._of(inner, project)
        ]

    def _of(self, inner: str, holder: int) -> list[Row]:
        parent = self._parent_of(inner)
        assert parent
        found = [r for r in self.rows[inner].values() if r[parent[1]] == holder]
        return sorted(found, key=lambda row: row["id"])

    def visible(self, name: str, *, hidden: bool) -> list[Row]:
        """Return the rows of a list, hidden ones only if they are asked for."""
        rows = list(self.rows[name].values())
        hides = KINDS[name].hides
        if hides and not hidden:
            rows = [row for row in rows if row[hides[1]] != hides[2]]
        return rows

    def detail(self, name: str, number: int) -> Row:
        """Return what only a single record has, beside its row."""
        row = self.rows[DETAILS[name]][number]
        own: Row = {"id": number, "updated_at": stamp(row["_updated"])}
        if name == "invoice_details":
            own["salutation"] = row["_secret"]
            own["payments"] = [
                {"id": one["id"], "date": one["date"]}
                for one in self._of("invoice_payments", number)
            ]
            own["reminders"] = [
                {"id": one["id"], "date": one["date"], "text": one["title"]}
                for one in self._of("invoice_reminders", number)
            ]
        else:
            own[
                {
                    "offer_details": "salutation",
                    "contact_details": "info",
                    "comment_details": "attachment_filename",
                }[name]
            ] = row["_secret"]
        return own

    def per_record(self, name: str, number: int) -> list[Row]:
        """Return the rows of a list, or the object, that belongs to one record."""
        collection, key = PER_RECORD[name]
        row = self.rows[collection][number]
        if name == "project_reports":
            return [{key: number, "budget_total": row.get("_money", 0)}]
        if name == "company_hourly_rates":
            if row["type"] != "customer":
                return []
            return [{key: number, **rate} for rate in self.rates(row.get("_money", 0))]
        return [
            {key: number, "id": n, "title": f"file {n}"} for n in row.get("_files", ())
        ]

    def taggings(self, *, hidden: bool) -> list[Row]:
        """Return the tags of all records that can have some."""
        return [
            {"taggable_type": kind, "taggable_id": row["id"], "tags": list(tags)}
            for kind, name in TAGGABLE.items()
            for row in self.visible(name, hidden=hidden)
            for tags in [row.get("_tags", ())]
        ]

    def performance(self, user: int, year: int) -> Row:
        """Return a person's report of a year."""
        hours = float(self.rows["users"][user].get("_money", 0))
        return {"annually": {"year": year, "target_hours": hours}, "monthly": []}

    def performances(self, *, hidden: bool) -> list[Row]:
        """Return the reports of all people."""
        return [
            {"user_id": row["id"], "year": year, **self.performance(row["id"], year)}
            for row in self.visible("users", hidden=hidden)
            for year in YEARS
        ]

    def report(self, name: str) -> list[Row]:
        """Return all rows of a report or a yearly list; those with an id keep it."""
        has_id = name == "purchase_budgets"
        return [
            {
                k: v
                for k, v in row.items()
                if not k.startswith("_") and (has_id or k != "id")
            }
            for row in self.rows[name].values()
        ]

    def rates(self, money: int | None = None) -> list[Row]:
        """Return the hourly rates, one row each."""
        given = self.rows["rates"].values()
        rates = [
            {"type": "default", "id": 0, "currency": "EUR", "hourly_rate": money or 0}
        ]
        return rates + [
            {
                "type": "user",
                "id": row["id"],
                "currency": "EUR",
                "hourly_rate": row["money"],
            }
            for row in given
        ]


def stamp(moment: datetime) -> str:
    """Return a time as MOCO writes it, cut to seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def days_ago(clock: Clock, days: float) -> datetime:
    """Return a time in the past."""
    return clock.now - timedelta(days=days)
