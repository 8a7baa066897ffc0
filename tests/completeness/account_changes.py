"""What people do in an account, at random."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.support.documented import DETAILS, INNER, TAGGABLE

from .account_kinds import HOLDERS, KINDS, PER_RECORD, REPORTS
from .account_model import days_ago, stamp
from .account_new_rows import NewRows

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from datetime import datetime

    from tests.support.clock import Clock

    from .account_model import AccountModel


@dataclass
class Changes:
    """Changes of what is read.

    Attributes:
        streams: That are read.
        masks: Rows are imported and restored, which deletes can mask.
        log: What was done.
        masked: Lists where some were.
        unseen: Lists from which rows went or to which they came with an old stamp: by
            their changes alone that is not to be seen.
    """

    account: AccountModel
    clock: Clock
    rng: random.Random
    streams: Sequence[str]
    masks: bool
    log: list[str] = field(default_factory=list)
    masked: set[str] = field(default_factory=set)
    unseen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Make new rows by the same chance."""
        self._new = NewRows(self.account, self.rng)

    def fill(self, rows: int) -> None:
        """Insert up to so many old rows into each list."""
        for name in (*KINDS, *INNER, *REPORTS):
            for _ in range(self.rng.randint(0, rows)):
                self._insert(name, days_ago(self.clock, self.rng.uniform(1, 900)))

    def change(self) -> None:
        """Change something, of a row that is read or of one that such a row holds."""
        self.clock.tick(0.007)
        name = self.rng.choice(self._changed)
        kinds = ["insert", "edit", "edit", "edit", "delete", "special", "special"]
        if self.masks:
            kinds += ["import", "restore"]
        kind = self.rng.choice(kinds)
        before = len(self.log)
        getattr(self, f"_{kind}")(name)
        if len(self.log) == before:
            self.log.append(f"{stamp(self.clock.now)} {kind} {name}")

    @property
    def _changed(self) -> list[str]:
        names = {*self.streams, "companies", "units", "projects", "invoices"}
        names |= {DETAILS[name] for name in names & DETAILS.keys()}
        names |= {PER_RECORD[name][0] for name in names & PER_RECORD.keys()}
        if "taggings" in names:
            names |= {*TAGGABLE.values()}
        if "purchases" in names:
            names.add("purchase_payments")
        if "invoice_details" in names:
            names |= {"invoice_reminders", "invoice_payments"}
        if "companies" in names:
            names.add("projects")
        if "units" in names:
            names.add("users")
        return sorted(names & {*KINDS, *INNER, *REPORTS})

    @property
    def _moment(self) -> datetime:
        """Stamps are up to four seconds older than their rows are visible."""
        return self.clock.now - timedelta(seconds=self.rng.choice((0, 0, 0.4, 2, 4)))

    def _pick(self, name: str) -> int | None:
        numbers = sorted(self.account.rows[name])
        return self.rng.choice(numbers) if numbers else None

    def _insert(self, name: str, at: datetime | None = None) -> None:
        fields = self._new.fields(name)
        if fields is not None:
            row = self.account.insert(name, at or self._moment, **fields)
            self.log.append(f"{stamp(self.clock.now)} insert {name} {row['id']}")

    def _edit(self, name: str) -> None:
        number, fields = self._pick(name), self._new.fields(name)
        if number is None or fields is None:
            return
        if name == "report_utilization":
            fields = {"target_hours": float(self.rng.randint(1, 8))}
        if name == "report_planned_vs_tracked":
            fields = {"tracked_hours": fields["tracked_hours"]}
        fields.pop("_project", None)
        kept = self.rng.sample(sorted(fields), self.rng.randint(1, len(fields)))
        if name == "companies":
            kept = [one for one in kept if one != "type"] or ["name"]
        self.account.update(name, number, self._moment, **{k: fields[k] for k in kept})
        self.log.append(f"{stamp(self.clock.now)} edit {name} {number} {kept}")

    def _delete(self, name: str) -> None:
        number = self._pick(name)
        if number is not None:
            gone = len(self.account.gone)
            self.account.delete(name, number)
            self.unseen.update(inner for inner, _ in self.account.gone[gone:])
            self.log.append(f"{stamp(self.clock.now)} delete {name} {number}")

    def _import(self, name: str) -> None:
        self.masked.add(name)
        self.unseen.add(name)
        self._insert(name, days_ago(self.clock, self.rng.uniform(1, 900)))

    def _restore(self, _name: str) -> None:
        if self.account.gone:
            name = self.account.restore(self.rng.randrange(len(self.account.gone)))
            if name:
                self.masked.add(name)
                self.unseen.add(name)
                self.log.append(f"{stamp(self.clock.now)} restore {name}")

    def _special(self, _name: str) -> None:
        """Change what is no row of a list, or a row that another one holds."""
        wanted = {*self.streams}
        rng, account = self.rng, self.account
        kind = rng.choice(("money", "files", "tags", "rates", "inner", "held"))
        if kind == "rates":
            account.rows["rates"] = {
                n: {"id": n, "money": rng.randint(1, 9)}
                for n in range(rng.randint(0, 3))
            }
        elif kind == "files":
            if number := self._pick("invoices"):
                files = tuple(rng.sample(range(10), rng.randint(0, 3)))
                account.rows["invoices"][number]["_files"] = files
        elif kind == "tags":
            name = rng.choice(sorted(TAGGABLE.values()))
            if number := self._pick(name):
                account.rows[name][number]["_tags"] = rng.choice(
                    ((), ("a",), ("b", "c"))
                )
        elif kind == "money":
            name = rng.choice(("projects", "companies", "users"))
            if number := self._pick(name):
                account.rows[name][number]["_money"] = rng.randint(1, 9)
        elif kind == "inner":
            name = rng.choice(tuple(INNER))
            getattr(self, rng.choice(("_insert", "_edit", "_delete")))(name)
        else:
            names = ["invoice_reminders", "invoice_payments"]
            names += [n for h in HOLDERS.keys() & wanted for n, _ in HOLDERS[h]]
            name = rng.choice(sorted(names))
            getattr(self, rng.choice(("_insert", "_edit", "_delete")))(name)
