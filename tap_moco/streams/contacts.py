"""Contacts: companies, their people, and what is noted about them."""

from __future__ import annotations

from typing import ClassVar

from tap_moco.streams.details import DetailStream
from tap_moco.streams.embedding import EmbeddingStream
from tap_moco.streams.lists import ListStream
from tap_moco.streams.projects import Projects


class Companies(EmbeddingStream):
    """Customers, suppliers and organizations (Firmen)."""

    name = "companies"
    path = "/companies"
    archived_param = "include_archived"
    heeds_start_date = False
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
    """What only a single comment has: the file that is attached to it."""

    name = "comment_details"
    path = "/comments/{id}"
    parent_stream_type = Comments
    selected_by_default = False


class Tags(ListStream):
    """Tags (Labels) and what they are for."""

    name = "tags"
    path = "/tags"


class Todos(ListStream):
    """Tasks of people (Aufgaben); 404 if the module is off."""

    name = "todos"
    path = "/todos"
    takes_ids = False
    replication_key = None
    takes_updated_after = False
