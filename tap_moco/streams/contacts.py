"""Contacts: companies, their people, and what is noted about them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from tap_moco.api.errors import ForbiddenError, NotFoundError
from tap_moco.streams.base import MocoStream
from tap_moco.streams.details import DetailStream
from tap_moco.streams.embedding import EmbeddingStream
from tap_moco.streams.invoices import Invoices
from tap_moco.streams.lists import ListStream
from tap_moco.streams.people import Users
from tap_moco.streams.projects import Projects
from tap_moco.streams.purchasing import Purchases
from tap_moco.streams.sales import Deals, Offers
from tap_moco.streams.shortfall import ENOUGH_DENIALS

if TYPE_CHECKING:
    from tap_moco.api.pagination import Page
    from tap_moco.completeness.verified_list import VerifiedList


class Companies(EmbeddingStream):
    """Customers, suppliers and organizations (Firmen)."""

    name = "companies"
    path = "/companies"
    archived_param = "include_archived"
    embeds: ClassVar = {Projects: ("projects", "customer")}


class Contacts(ListStream):
    """People of companies (Kontakte)."""

    name = "contacts"
    path = "/contacts/people"


class ContactDetails(DetailStream):
    """What only a single contact has."""

    name = "contact_details"
    path = "/contacts/people/{id}"
    parent_stream_type = Contacts
    selected_by_default = False


class Comments(ListStream):
    """Comments (Notizen) on records of many kinds."""

    name = "comments"
    path = "/comments"


class CommentDetails(DetailStream):
    """What only a single comment tells: the file that is attached to it."""

    name = "comment_details"
    path = "/comments/{id}"
    parent_stream_type = Comments
    selected_by_default = False


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
        for number, response in zip(ids, responses, strict=True):
            try:
                tags = response.result().body
            except NotFoundError:
                self.stats.not_found += 1
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
        self.stats.forbidden += denied

    def _judge_denials(self, denials: dict[str, ForbiddenError]) -> None:
        """Name the kinds that the key may not read, once.

        Raises:
            ForbiddenError: They are all, or `on_forbidden` says to fail.
        """
        first = next(iter(denials.values()))
        skips = self.run_context.settings.skips_forbidden
        if len(denials) == len(self.taggable) or not skips:
            raise first
        self.stats.unread += denials
        self.logger.warning(
            "%s goes on without the tags of %s: %s; the key lacks the right for them, "
            "or they are off",
            self.name,
            ", ".join(denials),
            first,
        )

    def _get(self, path: str) -> Page:
        """Ask for the tags of one record."""
        fetcher = self.run_context.fetcher
        return fetcher.get(fetcher.url(path), items=str, single=True)
