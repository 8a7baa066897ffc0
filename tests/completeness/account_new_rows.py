"""What a new row of an account holds, at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.documented import INNER

from .account_kinds import DAYS, KINDS, NAMES, ODD_DAYS, REPORTS, YEARS

if TYPE_CHECKING:
    import random

    from .account_model import AccountModel, Row

PEOPLE = range(1, 9)


class NewRows:
    """Makes up the fields of new rows."""

    def __init__(self, account: AccountModel, rng: random.Random) -> None:
        """Let rows belong to those of an account."""
        self._account = account
        self._rng = rng

    def fields(self, name: str) -> Row | None:
        """Return a new row's fields; None if there is nobody to hold it."""
        rng = self._rng
        if name in REPORTS:
            return self._report_fields(name)
        if name in INNER:
            if not (projects := sorted(self._account.rows["projects"])):
                return None
            text = {"name": self._account.text()}
            if name == "project_contracts":
                text = {"firstname": self._account.text()}
            return {"_project": rng.choice(projects), "active": True, **text}
        return self._list_fields(name)

    def _list_fields(self, name: str) -> Row | None:
        rng = self._rng
        kind = KINDS[name]
        fields: Row = {kind.text: self._account.text()}
        if kind.order not in {"id", "-id", "tax"} and kind.order != kind.day:
            fields[kind.order] = rng.choice(NAMES)
        if kind.order == "tax":
            fields["tax"] = float(rng.randint(1, 9))
        if kind.dates or kind.order == "date":
            days = DAYS + (ODD_DAYS if kind.lacks_days else ())
            fields[kind.day] = rng.choice(days)
        if kind.has_user:
            fields["user"] = rng.choice(PEOPLE)
        if kind.hides:
            _, where, hidden = kind.hides
            shown = True if hidden is False else "sent"
            fields[where] = hidden if rng.random() < 0.3 else shown
        if kind.parent:
            if not (holders := sorted(self._account.rows[kind.parent[0]])):
                return None
            fields[kind.parent[1]] = rng.choice(holders)
        if name == "companies":
            fields["type"] = rng.choice(("customer", "supplier"))
        return fields

    def _report_fields(self, name: str) -> Row | None:
        rng = self._rng
        if name == "report_cashflow":
            return {
                "kind": rng.choice(("invoice", "purchase")),
                "record_id": rng.choice((None, 1, 2)),
                "date": f"{rng.choice((2025, 2026))}-{rng.randint(1, 12):02}-01",
                "amount_in_account_currency": float(rng.randint(1, 3)),
            }
        if name == "report_utilization":
            taken = {
                (r["user_id"], r["date"]) for r in self._account.rows[name].values()
            }
            user, day = rng.randint(1, 9), f"2026-{rng.randint(1, 12):02}-01"
            if (user, day) in taken:
                return None
            return {"user_id": user, "date": day, "target_hours": 8.0}
        if name == "purchase_budgets":
            return {"title": self._account.text(), "year": rng.choice(YEARS)}
        pair = {"user_id": rng.choice((None, *PEOPLE)), "project_id": rng.randint(1, 4)}
        fields = {**pair, "year": rng.choice(YEARS)}
        if any(
            fields.items() <= row.items() for row in self._account.rows[name].values()
        ):
            return None
        return {**fields, "tracked_hours": float(rng.randint(1, 5))}
