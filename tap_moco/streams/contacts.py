"""Contacts: companies, their people, and what is noted about them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, ClassVar, cast

from tap_moco.api.errors import ForbiddenError, NotFoundError
from tap_moco.streams.base import MocoStream
from tap_moco.streams.details import ENOUGH_DENIALS, DetailStream
from tap_moco.streams.lists import ListStream

if TYPE_CHECKING:
    from tap_moco.api.pagination import Page
    from tap_moco.completeness.verified_list import VerifiedList


class Companies(ListStream):
    """Customers, suppliers and organizations (Firmen).

    They hold their projects, but do not change with them: so all are read.
    """

    name = "companies"
    path = "/companies"
    archived = "include_archived"
    replication_key = None


class Contacts(ListStream):
    """People of companies (Kontakte)."""

    name = "contacts"
    path = "/contacts/people"


class ContactDetails(DetailStream):
    """What only a single contact tells."""

    name = "contact_details"
    path = "/contacts/people/{id}"
    parent_stream_type = Contacts
    selected_by_default = False


class Comments(ListStream):
    """Comments (Notizen) on records of many kinds."""

    name = "comments"
    path = "/comments"


class Tags(ListStream):
    """Tags (Labels) and what they are for."""

    name = "tags"
    path = "/tags"


class Todos(ListStream):
    """Tasks of people (Aufgaben); 404 where the module is off."""

    name = "todos"
    path = "/todos"
    takes_ids = False
    replication_key = None
    takes_updated_after = False


class Taggings(MocoStream):
    """The tags of each record that can have some, one request each."""

    name = "taggings"
    path = "/taggings/{type}/{id}"
    primary_keys: ClassVar[tuple[str, ...]] = ("taggable_type", "taggable_id")
    replication_key = None
    can_detect_deletes = False
    selected_by_default = False
    taggable: ClassVar[dict[str, str]] = {
        "Company": "companies",
        "Contact": "contacts",
        "Deal": "deals",
        "Invoice": "invoices",
        "Offer": "offers",
        "Project": "projects",
        "Purchase": "purchases",
        "User": "users",
    }

    def read(self) -> None:
        """Read the tags of every kind of record that the key may read.

        Raises:
            ForbiddenError: It may read none, or `on_forbidden` says to fail.
        """
        sweeps = {
            kind: cast("ListStream", self.moco.streams[name]).sweep({})
            for kind, name in self.taggable.items()
        }
        self.moco.reader.prefetch(sweep.url for sweep in sweeps.values())
        denials: dict[str, ForbiddenError] = {}
        for kind, sweep in sweeps.items():
            if self.is_dry_run and self.report.records:
                break
            try:
                self._read_kind(kind, sweep)
            except ForbiddenError as denial:
                denials[kind] = denial
        if denials:
            self._judge(denials)

    def _read_kind(self, kind: str, sweep: VerifiedList) -> None:
        """Read the ids of one kind, then each record's tags.

        Raises:
            ForbiddenError: The key may not read the list, or none of the tags.
        """
        pages = islice(sweep, self.pages_to_read)
        ids = [row["id"] for rows in pages for row in rows]
        ids = ids[: self.ABORT_AT_RECORD_COUNT]
        answered = denied = 0
        paths = (self.path.format(type=kind, id=number) for number in ids)
        for number, future in zip(
            ids, self.moco.reader.each(self._ask, paths), strict=True
        ):
            try:
                tags = future.result().body
            except NotFoundError:
                self.report.gone += 1
                continue
            except ForbiddenError:
                denied += 1
                if not answered and denied == min(ENOUGH_DENIALS, len(ids)):
                    raise
                continue
            answered += 1
            key = {"taggable_type": kind, "taggable_id": number}
            self.write([{**key, "tags": tags}])
            self.moco.flush()
        self.report.pages += answered
        self.report.denied += denied

    def _judge(self, denials: dict[str, ForbiddenError]) -> None:
        """Tell of the kinds that the key may not read, once.

        Raises:
            ForbiddenError: They are all, or `on_forbidden` says to fail.
        """
        first = next(iter(denials.values()))
        if len(denials) == len(self.taggable) or self.config["on_forbidden"] == "fail":
            raise first
        self.report.unread += denials
        self.logger.warning(
            "%s goes on without the tags of %s: %s; the key lacks the right for them, "
            "or they are off",
            self.name,
            ", ".join(denials),
            first,
        )

    def _ask(self, path: str) -> Page:
        """Ask for the tags of one record."""
        return self.moco.reader.get(self.moco.reader.url(path), items=str, single=True)
