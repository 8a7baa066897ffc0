"""The tags of each record that can have tags."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from tap_moco.api.errors import ForbiddenError, NotFoundError
from tap_moco.completeness.leftovers import NEVER
from tap_moco.state.sweep import Extent
from tap_moco.streams.contacts import Companies, Contacts
from tap_moco.streams.invoices import Invoices
from tap_moco.streams.objects import SnapshotStream
from tap_moco.streams.parent_list import ParentList
from tap_moco.streams.people import Users
from tap_moco.streams.projects import Projects
from tap_moco.streams.purchasing import Purchases
from tap_moco.streams.sales import Deals, Offers
from tap_moco.streams.shortfall import ENOUGH_DENIALS
from tap_moco.text import counted
from tap_moco.timestamps import UTC

if TYPE_CHECKING:
    from tap_moco.api.pagination import Page
    from tap_moco.completeness.verified_list import VerifiedList
    from tap_moco.streams.lists import ListStream


class Taggings(SnapshotStream):
    """The tags of each record that can have tags, one request each."""

    name = "taggings"
    path = "/taggings/{type}/{id}"
    primary_keys: ClassVar[tuple[str, ...]] = ("taggable_type", "taggable_id")
    selected_by_default = False
    taggable: ClassVar[dict[str, type[ListStream]]] = {
        "Company": Companies,
        "Contact": Contacts,
        "Deal": Deals,
        "Invoice": Invoices,
        "Offer": Offers,
        "Project": Projects,
        "Purchase": Purchases,
        "User": Users,
    }

    @property
    def can_detect_deletes(self) -> bool:  # type: ignore[override]
        """Not if archived records, and so their tags, are left out."""
        return self.run_context.settings.include_archived

    @property
    def lacks_since(self) -> datetime | None:
        """The earliest time, if the key may not read the tags of some kind."""
        return NEVER if self.stats.unread else super().lacks_since

    def read(self) -> None:
        """Read the tags of every kind of record that the key may read.

        Raises:
            ForbiddenError: It may read none, or `on_forbidden` says to fail.
        """
        self.write_schema()
        lists = {
            kind: stream.endpoint(self.run_context).verified()
            for kind, stream in self.taggable.items()
        }
        self.run_context.fetcher.prefetch(records.url for records in lists.values())
        self.start_sync(datetime.now(UTC))
        denials: dict[str, ForbiddenError] = {}
        for kind, records in lists.items():
            if self.run_context.record_limit and self.stats.records:
                break
            try:
                self._read_kind(kind, records)
            except ForbiddenError as denial:
                denials[kind] = denial
        if denials:
            self._judge_denials(denials)
        if self.run_context.record_limit is None:
            self.commit(self.started_at, Extent(self.stats.records, has_total=False))

    def _read_kind(self, kind: str, records: VerifiedList) -> None:
        """Read the ids of one kind, then each record's tags.

        Raises:
            ForbiddenError: The key may not read the list, or none of the tags.
        """
        limit = self.run_context.record_limit
        found = [row["id"] for rows in islice(records, limit) for row in rows]
        ids = list(dict.fromkeys(found))[:limit]
        paths = [self.path.format(type=kind, id=number) for number in ids]
        responses = self.run_context.fetcher.map(self._get, paths)
        answered = denied = 0
        not_found: set[int] = set()
        for number, response in zip(ids, responses, strict=True):
            try:
                tags = response.result().body
            except NotFoundError:
                not_found.add(number)
                continue
            except ForbiddenError:
                denied += 1
                is_enough = not answered and denied == min(ENOUGH_DENIALS, len(ids))
                if is_enough or not self.run_context.settings.skips_forbidden:
                    raise
                continue
            answered += 1
            key = {"taggable_type": kind, "taggable_id": number}
            self.write([{**key, "tags": tags}])
            self.run_context.writer.flush()
        denied += self._count_refused(kind, not_found)
        if denied == len(ids) > 0:
            raise ForbiddenError(f"MOCO answered 404 for the tags of every {kind}")
        self.stats.forbidden += denied

    def _count_refused(self, kind: str, not_found: set[int]) -> int:
        """Return how many records the list still shows although MOCO answered 404."""
        if not not_found:
            return 0
        parent = ParentList(self.taggable[kind], self.run_context)
        refused = len(parent.rows(not_found))
        self.stats.not_found += len(not_found) - refused
        if refused:
            self.logger.warning(
                "%s: MOCO answered 404 for the tags of %s that its list shows. "
                "Nothing is declared deleted",
                self.name,
                counted(refused, f"record of the kind {kind}"),
            )
        return refused

    def _judge_denials(self, denials: dict[str, ForbiddenError]) -> None:
        """Name the kinds that the key may not read, once.

        Raises:
            ForbiddenError: It may read none of them, or `on_forbidden` says to fail.
        """
        first = next(iter(denials.values()))
        skips = self.run_context.settings.skips_forbidden
        if len(denials) == len(self.taggable) or not skips:
            raise first
        self.stats.unread += denials
        self.logger.warning(
            "%s goes on without the tags of %s: %s; the key lacks the right for them, "
            "or the module is off",
            self.name,
            ", ".join(denials),
            first,
        )

    def _get(self, path: str) -> Page:
        """Request the tags of one record."""
        fetcher = self.run_context.fetcher
        return fetcher.get(fetcher.url(path), items=str, single=True)
