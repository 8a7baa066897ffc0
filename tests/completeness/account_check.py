"""Compares a target with an account, but for what the documentation excepts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.documented import DETAILS

from .account_expected import ExpectedRows
from .account_kinds import KINDS, REPORTS, parent_of
from .account_leeway import Leeway
from .account_model import stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tests.support.target import Target

    from .account_changes import Changes
    from .account_model import AccountModel

KEEPS_DELETED = {*DETAILS}
"""docs/completeness.md, "Details": those of deleted records stay."""


@dataclass
class Check:
    """Compares a target with the account.

    Attributes:
        streams: That are read.
        config: Settings of the last run.
        leeway: What may be wrong until the next sweep.
    """

    account: AccountModel
    target: Target
    changes: Changes
    streams: Sequence[str]
    config: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with a state that knows the whole target."""
        self.leeway = Leeway(self.account, self.target, self.changes, self.streams)

    @property
    def _reads_hidden(self) -> bool:
        return bool(self.config.get("include_archived", True))

    @property
    def expected(self) -> ExpectedRows:
        """What the last run should have left in the target."""
        return ExpectedRows(self.account, self._reads_hidden)

    def compare(self, when: str, *, swept: bool) -> None:
        """The target is the account."""
        differences = self.differences(swept=swept)
        assert not differences, (when, differences)

    def differences(self, *, swept: bool) -> dict[str, Any]:
        """Return by stream what is missing, what is too much, and what is another."""
        found = {}
        for stream in self.streams:
            difference = self._difference(stream, swept=swept)
            if any(difference.values()):
                found[stream] = difference
        return found

    def _difference(self, stream: str, *, swept: bool) -> dict[str, Any]:
        if stream in REPORTS:
            self._check_covered(stream)
        expected, held = self.expected.of(stream), self.target.rows.get(stream, {})
        missing = expected.keys() - held.keys()
        extra = held.keys() - expected.keys()
        if not self._declares_deletes(stream):
            extra = set()
        compared = {key: expected[key] for key in expected.keys() & held.keys()}
        if not swept:
            missing, extra = self.leeway.unexplained(stream, missing, extra)
            compared = self.leeway.current(stream, compared)
        other = [
            (key, differs)
            for key, wanted in compared.items()
            if (differs := unlike(held[key], wanted))
        ]
        return {"missing": missing, "extra": extra, "other": other}

    def _check_covered(self, stream: str) -> None:
        """A report was read from its first year on."""
        covered = self.target.bookmark(stream)["sweep"]["covered_from"]
        assert covered <= "2025-01-01", (stream, covered)

    def _declares_deletes(self, stream: str) -> bool:
        if stream in KEEPS_DELETED:
            return False
        if self._reads_hidden:
            return True
        if stream == "taggings":
            return False
        kind = KINDS.get(parent_of(stream) or stream)
        return not (kind and kind.hides)

    def check_what_was_there(
        self, streams: Sequence[str], begun: datetime, denied: set[str]
    ) -> None:
        """What a run of a busy account has to show, if it ends well."""
        first = str(self.config.get("start_date", ""))
        for stream in sorted({*KINDS, *DETAILS} & {*streams}):
            parent = DETAILS.get(stream, stream)
            if {parent, stream} & self.changes.masked or KINDS[parent].path in denied:
                continue
            expected, held = self.expected.of(stream), self.target.rows.get(stream, {})
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
