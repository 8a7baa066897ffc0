"""Contacts: companies, their people, and what is noted about them."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, ClassVar, cast

from tap_moco.api.errors import GoneError
from tap_moco.streams.base import MocoStream
from tap_moco.streams.children import DetailStream
from tap_moco.streams.lists import ListStream

if TYPE_CHECKING:
    from tap_moco.api.pagination import Page


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
    replication_key = None
    takes_updated_after = False


class Taggings(MocoStream):
    """The tags of each record that can have some, one request each."""

    name = "taggings"
    path = "/taggings/{type}/{id}"
    primary_keys: ClassVar[tuple[str, ...]] = ("taggable_type", "taggable_id")
    replication_key = None
    can_tell_deletes = False
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
        """Read the ids of every kind, then each record's tags."""
        sweeps = {
            kind: cast("ListStream", self.moco.streams[name]).sweep({})
            for kind, name in self.taggable.items()
        }
        self.moco.reader.ask_early(sweep.url for sweep in sweeps.values())
        for kind, sweep in sweeps.items():
            pages = islice(sweep, self.pages_to_read)
            ids = {row["id"]: kind for rows in pages for row in rows}
            asked = self.moco.reader.each(self._ask, ids.items())
            for number, future in zip(ids, asked, strict=True):
                self.report.pages += 1
                try:
                    tags = future.result().body
                except GoneError:
                    self.report.gone += 1
                    continue
                key = {"taggable_type": kind, "taggable_id": number}
                self.write([{**key, "tags": tags}])
                self.moco.flush()
                if self.is_dry_run:
                    return

    def _ask(self, record: tuple[int, str]) -> Page:
        path = self.path.format(id=record[0], type=record[1])
        return self.moco.reader.get(self.moco.reader.url(path), items=str, single=True)
