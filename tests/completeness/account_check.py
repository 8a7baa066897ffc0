"""What a target must hold of an account, but for what the documentation excepts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.documented import DETAILS, INNER

from .account_kinds import HOLDERS, KINDS, PER_RECORD
from .account_model import stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tests.support.target import Target

    from .account_changes import Changes
    from .account_model import AccountModel, Row

KEYS = {
    "report_cashflow": ("kind", "record_id", "date", "occurrence"),
    "report_utilization": ("user_id", "date"),
    "account_hourly_rates": ("type", "id", "currency"),
    "company_hourly_rates": ("company_id", "type", "id", "currency"),
    "invoice_attachments": ("invoice_id", "id"),
    "project_reports": ("project_id",),
    "report_planned_vs_tracked": ("year", "user_id", "project_id"),
    "purchase_budgets": ("id", "year"),
    "taggings": ("taggable_type", "taggable_id"),
    "user_performance_reports": ("user_id", "year"),
}
KEEPS_DELETED = {*DETAILS}
"""docs/completeness.md, "Details": those of deleted records stay."""
ONLY_SWEEPS_SHOW = {"invoice_attachments"}
"""docs/completeness.md, "Details": lists per record change without it."""


@dataclass
class Check:
    """Compares a target with the account.

    Attributes:
        streams: That are read.
        config: Settings of the last run.
        unsure: Keys of rows that the target has, and the state may not know.
    """

    account: AccountModel
    target: Target
    changes: Changes
    streams: Sequence[str]
    config: dict[str, Any] = field(default_factory=dict)
    unsure: dict[str, set[Any]] = field(default_factory=dict)

    def expected(self, stream: str) -> dict[Any, Row]:
        """Return the rows of a stream, by key."""
        account = self.account
        hidden = self.config.get("include_archived", True)
        if stream in KINDS:
            rows = account.visible(stream, hidden=hidden)
            return {(r["id"],): account.shown(stream, r) for r in rows}
        if stream in INNER:
            projects = account.visible("projects", hidden=hidden)
            where = INNER[stream]
            return {
                (inner["id"],): {**inner, "project_id": row["id"]}
                for row in projects
                for inner in account.shown("projects", row)[where]
            }
        if stream in DETAILS:
            rows = account.visible(DETAILS[stream], hidden=hidden)
            return {(r["id"],): account.detail(stream, r["id"]) or {} for r in rows}
        if stream in PER_RECORD:
            parents = account.visible(PER_RECORD[stream][0], hidden=hidden)
            found = [r for p in parents for r in account.per_record(stream, p["id"])]
            return self._by_key(stream, found)
        if stream == "account_hourly_rates":
            rows = account.rates()
        elif stream == "taggings":
            rows = account.taggings(hidden=hidden)
        elif stream == "user_performance_reports":
            rows = account.performances(hidden=hidden)
        else:
            rows = self._report(stream)
        return self._by_key(stream, rows)

    def _report(self, stream: str) -> list[Row]:
        rows = self.account.report(stream)
        covered = self.target.bookmark(stream)["sweep"]["covered_from"]
        assert covered <= "2025-01-01"
        if stream == "report_planned_vs_tracked":
            return [{**row, "user_id": row["user_id"] or 0} for row in rows]
        if stream != "report_cashflow":
            return rows
        seen: Counter[Any] = Counter()
        found = []
        ordered = sorted(rows, key=lambda r: r["amount_in_account_currency"])
        for row in ordered:
            key = (row["kind"], row["record_id"] or 0, row["date"])
            seen[key] += 1
            found.append({**row, "record_id": key[1], "occurrence": seen[key]})
        return found

    @staticmethod
    def _by_key(stream: str, rows: list[Row]) -> dict[Any, Row]:
        return {tuple(row[name] for name in KEYS[stream]): row for row in rows}

    def compare(self, when: str, *, swept: bool) -> None:
        """The target is the account."""
        differences = self.differences(swept=swept)
        assert not differences, (when, differences)

    def differences(self, *, swept: bool) -> dict[str, Any]:
        """Return by stream what is missing, what is too much, and what is another."""
        found = {}
        for stream in self.streams:
            missing, extra, other = self._difference(stream, swept=swept)
            if not swept:
                missing, extra = self._but_documented(stream, missing, extra)
            if missing or extra or other:
                found[stream] = {"missing": missing, "extra": extra, "other": other}
        return found

    def _difference(
        self, stream: str, *, swept: bool
    ) -> tuple[set[Any], set[Any], list[Any]]:
        expected, held = self.expected(stream), self.target.rows.get(stream, {})
        missing = expected.keys() - held.keys()
        extra = held.keys() - expected.keys()
        if stream in KEEPS_DELETED or not self._declares_deletes(stream):
            extra = set()
        other = []
        unseen = set() if swept else self._of_archived_projects(stream)
        for key in (expected.keys() & held.keys()) - unseen:
            wanted = dict(expected[key])
            if not swept:
                self._leave_out_documented(stream, wanted)
            if differs := unlike(held[key], wanted):
                other.append((key, differs))
        if stream in ONLY_SWEEPS_SHOW and not swept:
            return set(), set(), []
        return missing, extra, other

    def _declares_deletes(self, stream: str) -> bool:
        if self.config.get("include_archived", True):
            return True
        if stream == "taggings":
            return False
        parent = DETAILS.get(stream) or PER_RECORD.get(stream, ("",))[0]
        if stream == "user_performance_reports":
            parent = "users"
        if stream in INNER:
            parent = "projects"
        kind = KINDS.get(parent or stream)
        return not (kind and kind.hides)

    def _leave_out_documented(self, stream: str, wanted: Row) -> None:
        inner = [*HOLDERS.get(stream, ())]
        if stream == "invoice_details":
            inner = [("invoice_reminders", "reminders")]
        for name, where in inner:
            if name not in self.streams and name in self.changes.unseen:
                wanted.pop(where)  # its changes alone are looked at
        if stream == "projects" and not wanted["active"]:
            wanted.pop("tasks")  # until the next sweep
            wanted.pop("contracts")

    def _of_archived_projects(self, stream: str) -> set[Any]:
        """Return the tasks or contracts that only a sweep reads again."""
        if stream not in INNER:
            return set()
        rows, projects = self.account.rows[stream], self.account.rows["projects"]
        return {
            (number,)
            for number, row in rows.items()
            if not projects[row["_project"]]["active"]
        }

    def _but_documented(
        self, stream: str, missing: set[Any], extra: set[Any]
    ) -> tuple[set[Any], set[Any]]:
        """Leave out what only the next sweep shows."""
        account = self.account
        if stream in INNER:
            archived = {
                n for n, row in account.rows["projects"].items() if not row["active"]
            }
            if "projects" not in self.streams:  # nothing counts archived ones
                gone = [row for name, row in account.gone if name == "projects"]
                archived |= {row["id"] for row in gone if not row["active"]}
            rows = account.rows[stream]
            missing = {
                key for key in missing if rows[key[0]]["_project"] not in archived
            }
            held = self.target.rows.get(stream, {})
            extra = {k for k in extra if held[k]["project_id"] not in archived}
        if stream in self.changes.masked and len(missing) == len(extra):
            return set(), set()
        extra = extra - self.unsure.get(stream, set())
        parent = DETAILS.get(stream)
        if parent and parent not in self.streams and parent in self.changes.unseen:
            return set(), extra
        return missing, extra

    def check_what_was_there(
        self, streams: Sequence[str], begun: datetime, denied: set[str]
    ) -> None:
        """What a run of a busy account has to show, if it ends well."""
        first = str(self.config.get("start_date", ""))
        for stream in sorted({*KINDS, *DETAILS} & {*streams}):
            parent = DETAILS.get(stream, stream)
            if {parent, stream} & self.changes.masked or KINDS[parent].path in denied:
                continue
            expected, held = self.expected(stream), self.target.rows.get(stream, {})
            for key, wanted in expected.items():
                row = self.account.rows[parent][key[0]]
                is_old = stamp(row["_updated"]) < first
                is_denied = f"/invoices/{key[0]}" in denied
                if row["_at"] >= begun or is_old or is_denied:
                    continue
                assert key in held, ("a run lacks", stream, key)
                own = {
                    name: value
                    for name, value in wanted.items()
                    if not isinstance(value, list | dict)
                }
                differs = unlike(held[key], own)
                assert not differs, ("a run holds", stream, key, differs)


def unlike(own: Any, sent: Any) -> Any:
    """Return how a record differs from a row; nothing where it holds all of it."""
    if isinstance(sent, dict) and isinstance(own, dict):
        found = {n: unlike(own.get(n), value) for n, value in sent.items()}
        return {n: value for n, value in found.items() if value}
    if isinstance(sent, list) and isinstance(own, list):
        if len(own) != len(sent):
            return (own, sent)
        return [x for x in map(unlike, own, sent) if x]
    if sent in (None, "", []) and own in (None, "", []):
        return None
    return None if own == sent else (own, sent)
