"""Random histories of a whole account, read by many streams at once."""

from __future__ import annotations

import contextlib
import datetime as times
import json
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.api import pagination
from tap_moco.completeness import passes, report_read, windows
from tap_moco.streams.registry import make_streams
from tap_moco.tap import TapMoco
from tests.support.clock import NOW, Clock
from tests.support.quick import KilledError, Pipe
from tests.support.runs import settings
from tests.support.stub import stub
from tests.support.target import Target

from .account_model import (
    DAYS,
    DETAILS,
    HOLDERS,
    INNER,
    KINDS,
    NAMES,
    ODD_DAYS,
    PER_RECORD,
    REPORTS,
    STREAMS,
    AccountModel,
    World,
    days_ago,
    stamp,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.streams.base import MocoStream
    from tests.support.stub import Stub

    from .account_model import Row

KEYS = {
    "report_cashflow": ("kind", "record_id", "date", "occurrence"),
    "report_utilization": ("user_id", "date"),
    "account_hourly_rates": ("type", "id", "currency"),
    "company_hourly_rates": ("company_id", "type", "id", "currency"),
    "invoice_attachments": ("invoice_id", "id"),
    "project_reports": ("project_id",),
}
KEEPS_DELETED = {*DETAILS}
"""docs/completeness.md, "Details": those of deleted records stay."""
ONLY_SWEEPS_SHOW = {"invoice_attachments"}
"""docs/completeness.md, "Details": lists per record change without it."""
PEOPLE = range(1, 9)


@dataclass(frozen=True)
class Plan:
    """What a history is made of; all of it follows from the seed.

    Attributes:
        streams: That are read in the last runs, and in the others but for some.
        masks: Rows are imported and restored, which deletes can mask.
    """

    seed: int
    streams: tuple[str, ...]
    rows: int
    rounds: int
    world: World
    page: int
    window: int
    pace: float
    overlap: int
    masks: bool
    kills: bool
    denies: bool
    changes_settings: bool
    deselects: bool
    is_busy: bool
    concurrency: int

    @classmethod
    def of(cls, seed: int) -> Plan:
        """Make the plan of a seed."""
        rng = random.Random(seed)
        page = rng.choice((5, 7, 9, 100))
        deaf = (
            ("/purchases/payments", "/purchases/drafts") if rng.random() < 0.2 else ()
        )
        return cls(
            seed=seed,
            streams=tuple(n for n in STREAMS if rng.random() < rng.choice((0.4, 0.9))),
            rows=rng.choice((0, 3, 8, 14, 22)),
            rounds=rng.choice((1, 2, 3, 4)),
            world=World(
                page=page,
                ties=rng.choice(("shuffle", "shuffle", "page", "id")),
                inclusive=rng.random() < 0.5,
                sorts=rng.random() < 0.5,
                deaf=deaf,
            ),
            page=page,
            window=page * rng.choice((1, 2, 20)),
            pace=rng.choice((0.1, 0.4, 1.0)),
            overlap=rng.choice((10, 60)),
            masks=rng.random() < 0.5,
            kills=rng.random() < 0.3,
            denies=rng.random() < 0.3,
            changes_settings=rng.random() < 0.4,
            deselects=rng.random() < 0.4,
            is_busy=rng.random() < 0.5,
            concurrency=rng.choice((1, 4, 8)),
        )


@dataclass
class Result:
    """How a run ended, and what it cost."""

    is_success: bool
    was_killed: bool
    reasons: list[str]
    requests: list[tuple[str, dict[str, str]]]
    written: dict[str, int]


@dataclass
class AccountHistory:
    """An account whose rows change between runs, and while it is read."""

    plan: Plan
    clock: Clock = field(init=False)
    account: AccountModel = field(init=False)
    target: Target = field(default_factory=Target)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Fill the account with old rows."""
        self.clock = Clock(NOW - timedelta(days=30))
        self.rng = random.Random(self.plan.seed * 7919)
        self.account = AccountModel(self.clock, self.plan.world, self.plan.seed)
        self.account.before_request = self._before_request
        self.budget = 0
        self.config: dict[str, Any] = {}
        self.killed_rows: dict[str, set[Any]] = {}
        self.masked: set[str] = set()
        self.unseen: set[str] = set()
        for name in (*KINDS, *INNER, *REPORTS):
            for _ in range(self.rng.randint(0, self.plan.rows)):
                self._insert(name, days_ago(self.clock, self.rng.uniform(1, 900)))

    # Changes

    def _before_request(self) -> None:
        self.clock.tick(self.plan.pace)
        if self.budget and self.rng.random() < 0.3:
            self.budget -= 1
            self.change()

    def change(self) -> None:
        """Change something, of a row that is read or of one that such a row holds."""
        self.clock.tick(0.007)
        name = self.rng.choice(self._changed)
        kinds = ["insert", "edit", "edit", "edit", "delete", "special", "special"]
        if self.plan.masks:
            kinds += ["import", "restore"]
        kind = self.rng.choice(kinds)
        before = len(self.log)
        getattr(self, f"_{kind}")(name)
        if len(self.log) == before:
            self.log.append(f"{stamp(self.clock.now)} {kind} {name}")

    @property
    def _changed(self) -> list[str]:
        names = {*self.plan.streams, "companies", "units", "projects", "invoices"}
        names |= {DETAILS[name] for name in names & DETAILS.keys()}
        names |= {PER_RECORD[name][0] for name in names & PER_RECORD.keys()}
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

    def _fields(self, name: str) -> Row | None:
        """Return a new row's fields; None if there is nobody to hold it."""
        rng = self.rng
        if name == "report_cashflow":
            return {
                "kind": rng.choice(("invoice", "purchase")),
                "record_id": rng.choice((None, 1, 2)),
                "date": f"{rng.choice((2025, 2026))}-{rng.randint(1, 12):02}-01",
                "amount_in_account_currency": float(rng.randint(1, 3)),
            }
        if name == "report_utilization":
            taken = {
                (r["user_id"], r["date"]) for r in self.account.rows[name].values()
            }
            user, day = rng.randint(1, 9), f"2026-0{rng.randint(1, 3)}-01"
            if (user, day) in taken:
                return None
            return {"user_id": user, "date": day, "target_hours": 8.0}
        if name in INNER:
            if not (projects := sorted(self.account.rows["projects"])):
                return None
            text = {"name": self.account.text()}
            if name == "project_contracts":
                text = {"firstname": self.account.text()}
            return {"_project": rng.choice(projects), "active": True, **text}
        kind = KINDS[name]
        fields: Row = {kind.text: self.account.text()}
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
            if not (holders := sorted(self.account.rows[kind.parent[0]])):
                return None
            fields[kind.parent[1]] = rng.choice(holders)
        if name == "companies":
            fields["type"] = rng.choice(("customer", "supplier"))
        return fields

    def _pick(self, name: str) -> int | None:
        numbers = sorted(self.account.rows[name])
        return self.rng.choice(numbers) if numbers else None

    def _insert(self, name: str, at: datetime | None = None) -> None:
        fields = self._fields(name)
        if fields is not None:
            row = self.account.insert(name, at or self._moment, **fields)
            self.log.append(f"{stamp(self.clock.now)} insert {name} {row['id']}")

    def _edit(self, name: str) -> None:
        number, fields = self._pick(name), self._fields(name)
        if number is None or fields is None:
            return
        if name == "report_utilization":
            fields = {"target_hours": float(self.rng.randint(1, 8))}
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
        wanted = {*self.plan.streams}
        rng, account = self.rng, self.account
        kind = rng.choice(("money", "files", "rates", "inner", "held"))
        if kind == "rates":
            account.rows["rates"] = {
                n: {"id": n, "money": rng.randint(1, 9)}
                for n in range(rng.randint(0, 3))
            }
        elif kind == "files":
            if number := self._pick("invoices"):
                files = tuple(rng.sample(range(10), rng.randint(0, 3)))
                account.rows["invoices"][number]["_files"] = files
        elif kind == "money":
            name = rng.choice(("projects", "companies"))
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

    # Runs

    def run(
        self,
        server: Stub,
        streams: tuple[str, ...],
        kill_after: int | None = None,
        **config: Any,
    ) -> Result:
        """Run the tap once, in the account's time."""
        self.config = {
            "overlap_seconds": self.plan.overlap,
            "concurrency": self.plan.concurrency,
            **config,
        }
        self.account.requests.clear()
        before = Counter(self.target.written)
        keys = {name: set(rows) for name, rows in self.target.rows.items()}
        pipe = Pipe(self.target, kill_after)
        state = self.target.state
        tap = make_tap(
            settings(server, **self.config), streams, state, self.clock.tick, pipe
        )
        was_killed = False
        try:
            tap.run.read_all()
        except KilledError:
            was_killed = True
            self.budget = 0
        tap.context.close()
        stats = tap.context.stats
        if was_killed:
            for name, rows in self.target.rows.items():
                new = rows.keys() - keys.get(name, set())
                self.killed_rows.setdefault(name, set()).update(new)
        result = Result(
            not was_killed and stats.is_success,
            was_killed,
            [f"{r.name}: {r.reason}" for r in stats.of("failed")],
            list(self.account.requests),
            dict(Counter(self.target.written) - before),
        )
        self.log.append(
            f"{stamp(self.clock.now)} RUN {self.config} "
            f"{'killed' if was_killed else result.reasons or 'ok'} "
            f"{len(result.requests)} requests, wrote {result.written}"
        )
        return result

    def play(self) -> None:
        """Play the history to its end, and compare."""
        plan = self.plan
        with stub(self.account) as server, self._time():
            for _ in range(plan.rounds):
                self._round(server)
            self.account.denied.clear()
            self.budget = 0
            is_bare = not plan.changes_settings or self.rng.random() < 0.7
            config: dict[str, Any] = {} if is_bare else {"include_archived": False}
            self._settle(server, config)
            self.compare("after the next run", swept=False)
            self._idle(server, config)
            self.clock.tick(8 * 86_400)
            self.settled(self.run(server, plan.streams, **config))
            self.compare("after a sweep", swept=True)
            self._idle(server, config)

    def _round(self, server: Stub) -> None:
        rng, plan = self.rng, self.plan
        self.clock.tick(rng.choice((0, 30, 3600, 30 * 3600, 9 * 86_400)))
        for _ in range(rng.choice((0, 1, 3, 8))):
            self.change()
        self.account.denied = set()
        if plan.denies and rng.random() < 0.5:
            self.account.denied = self._denials()
        config: dict[str, Any] = {}
        if plan.changes_settings:
            config["include_archived"] = rng.random() < 0.6
            config["report_interval_hours"] = rng.choice((0, 24))
            if rng.random() < 0.3:
                config["start_date"] = rng.choice(("2026-06-01", "2025-01-01"))
            if rng.random() < 0.3:
                config["project_children"] = "embedded"
        streams = plan.streams
        if plan.deselects:
            streams = tuple(n for n in streams if rng.random() < 0.7)
        if not streams:
            return
        self.budget = rng.choice((0, 2, 10)) if plan.is_busy else 0
        kill = rng.randint(0, 150) if plan.kills and rng.random() < 0.5 else None
        self.run(server, streams, kill, **config)
        self.budget = 0

    def _denials(self) -> set[str]:
        paths = {KINDS[name].path for name in KINDS if self.rng.random() < 0.15}
        for number in self.account.rows["invoices"]:
            if self.rng.random() < 0.3:
                paths.add(f"/invoices/{number}")
        return paths

    def _settle(self, server: Stub, config: dict[str, Any]) -> None:
        """Run until nothing is written any more; each run has to go well."""
        for _ in range(4):
            self.clock.tick(26 * 3600)
            result = self.run(server, self.plan.streams, **config)
            self.settled(result)
            if not result.written:
                return
            self.first_difference = self._differences(swept=False)
            assert not self.first_difference, (
                "after the next run",
                self.first_difference,
            )
        raise AssertionError(("never quiet", result.written))

    def settled(self, result: Result) -> None:
        """A run of a quiet account goes well, and does not cost the earth."""
        assert result.is_success, result.reasons
        rows = sum(map(len, self.account.rows.values()))
        most = 4 * len(self.plan.streams) + 3 * rows
        assert len(result.requests) <= most, ("requests", len(result.requests), most)

    def _idle(self, server: Stub, config: dict[str, Any]) -> None:
        """A second run on a quiet account writes nothing."""
        self.clock.tick(2 * 3600)
        result = self.run(server, self.plan.streams, **config)
        assert result.is_success, result.reasons
        assert not result.written, ("idle", result.written)
        asked = Counter(path for path, _ in result.requests)
        lists = {kind.path for kind in KINDS.values() if kind.stamps}
        # two requests a list, and what proves one of a few pages of equal rows
        most = 4 if self.plan.page == 100 else 20
        much = {path: n for path, n in asked.items() if path in lists and n > most}
        assert not much, ("idle requests", much)

    @contextlib.contextmanager
    def _time(self) -> Iterator[None]:
        """Let the tap live in the account's time, and in small pages."""
        clock = self.clock

        class Meta(type):
            def __instancecheck__(cls, other: object) -> bool:
                return isinstance(other, times.datetime)

        class Now(times.datetime, metaclass=Meta):
            @classmethod
            def now(cls, tz: Any = None) -> times.datetime:  # type: ignore[override]
                return clock.now.astimezone(tz)

        with pytest.MonkeyPatch.context() as patch:
            for name, module in list(sys.modules.items()):
                if name.startswith("tap_moco.") and "sandbox" not in name:
                    if getattr(module, "datetime", None) is times.datetime:
                        patch.setattr(module, "datetime", Now)
                    if self.plan.page < 100 and hasattr(module, "PER_PAGE"):
                        patch.setattr(module, "PER_PAGE", self.plan.page)
            if self.plan.page < 100:
                sizes = tuple(self.plan.page - n for n in (0, 2, 1, 3))
                patch.setattr(passes, "PAGE_SIZES", sizes)
                patch.setattr(report_read, "PAGE_SIZES", sizes)
            patch.setattr(windows, "WINDOW_ROWS", self.plan.window)
            assert self.plan.page == pagination.PER_PAGE
            yield

    # What the target must hold

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
            return self._by_key(stream, account.rates())
        return self._by_key(stream, self._report(stream))

    def _report(self, stream: str) -> list[Row]:
        rows = [
            {k: v for k, v in row.items() if k != "id" and not k.startswith("_")}
            for row in self.account.rows[stream].values()
        ]
        covered = self.target.bookmark(stream)["sweep"]["covered_from"]
        assert covered <= "2025-01-01"
        if stream == "report_utilization":
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
        differences = self._differences(swept=swept)
        assert not differences, (when, differences)

    def _differences(self, *, swept: bool) -> dict[str, Any]:
        found = {}
        for stream in self.plan.streams:
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
        for key in expected.keys() & held.keys():
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
        parent = DETAILS.get(stream) or PER_RECORD.get(stream, ("",))[0]
        if stream in INNER:
            parent = "projects"
        kind = KINDS.get(parent or stream)
        return not (kind and kind.hides)

    def _leave_out_documented(self, stream: str, wanted: Row) -> None:
        inner = [*HOLDERS.get(stream, ())]
        if stream == "invoice_details":
            inner = [("invoice_reminders", "reminders")]
        for name, where in inner:
            if name not in self.plan.streams and name in self.unseen:
                wanted.pop(where)  # its changes alone are looked at
        if stream == "projects" and not wanted["active"]:
            wanted.pop("tasks")  # until the next sweep
            wanted.pop("contracts")

    def _but_documented(
        self, stream: str, missing: set[Any], extra: set[Any]
    ) -> tuple[set[Any], set[Any]]:
        """Leave out what only the next sweep shows."""
        account = self.account
        if stream in INNER:
            archived = {
                n for n, row in account.rows["projects"].items() if not row["active"]
            }
            rows = account.rows[stream]
            missing = {
                key for key in missing if rows[key[0]]["_project"] not in archived
            }
            held = self.target.rows.get(stream, {})
            extra = {k for k in extra if held[k]["project_id"] not in archived}
        extra = extra - self.killed_rows.get(stream, set())
        if stream in self.masked and len(missing) == len(extra):
            return set(), set()
        return missing, extra


def make_tap(
    config: Row, streams: tuple[str, ...], state: Row, sleep: Any, writer: Pipe
) -> TapMoco:
    """Return a tap of some selected streams, and their parents."""
    parents = {DETAILS.get(name) or PER_RECORD.get(name, ("",))[0] for name in streams}
    parents |= {"projects"} if INNER.keys() & set(streams) else set()
    made_too = {*streams, *parents} - {""}

    class ChosenTap(TapMoco):
        def discover_streams(self) -> list[MocoStream]:
            made = make_streams(self, self.context, made_too)
            for stream in made:
                stream.selected_by_default = stream.name in streams
            return made

    ChosenTap.sleep = staticmethod(sleep)
    copied = json.loads(json.dumps(state))
    return ChosenTap(config=config, state=copied, message_writer=writer)


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
