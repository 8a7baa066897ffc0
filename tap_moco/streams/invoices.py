"""Invoices, their reminders, and the details that hold both."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from tap_moco.api.errors import ForbiddenError
from tap_moco.completeness.endpoint import changed_after
from tap_moco.completeness.list_update import ONE_PAGE
from tap_moco.completeness.windows import DateFilter
from tap_moco.streams.details import DetailStream
from tap_moco.streams.held_reminders import REMINDERS, HeldReminders
from tap_moco.streams.lists import ListStream

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tap_moco.completeness.embedded import Holders
    from tap_moco.row import Row
    from tap_moco.state.sweep import Extent

DATE_FROM_TO = DateFilter("date_from", "date_to")


class InvoiceReminders(ListStream):
    """Reminders of unpaid invoices (Mahnungen)."""

    name = REMINDERS.stream
    path = "/invoice_reminders"
    period_filter = DATE_FROM_TO


class Invoices(ListStream):
    """Invoices (Rechnungen), disregarded ones included, as the list has them."""

    name = "invoices"
    path = "/invoices"
    archived_param = "include_disregarded"
    sort_by = "id"
    date_filter = DATE_FROM_TO


class InvoiceDetails(DetailStream):
    """What only a single invoice has: its items, payments, reminders and texts.

    An invoice changes with its payments, and not with its reminders
    (docs/moco-api.md, Incremental reading).
    """

    name = "invoice_details"
    path = "/invoices/{id}"
    parent_stream_type = Invoices

    embeds: ClassVar = {InvoiceReminders: (REMINDERS.field, REMINDERS.key)}

    @cached_property
    def holders(self) -> dict[str, Holders]:
        """Which invoices have changed reminders, by the name of the reminders' stream.

        That stream comes before this one, and shows what changed if it is selected.
        """
        return {REMINDERS.stream: self._reminders}

    @cached_property
    def _reminders(self) -> HeldReminders:
        return HeldReminders(self.state, self.sync_settings.overlap)

    def start_sync(self, started_at: datetime) -> None:
        """Also read the reminders, before any details are requested."""
        super().start_sync(started_at)
        is_selected = self.mask.get(("properties", REMINDERS.field), True)
        context = self.run_context
        is_run = context.record_limit is None and not context.settings.period
        if is_selected and is_run and self.is_incremental:
            self._look_at_reminders()

    def _look_at_reminders(self) -> None:
        """Find out which reminders changed and, in a sweep, which ones are gone."""
        reminders = self._reminders
        is_whole = self.plan.is_sweep or reminders.since is None
        needs_all = is_whole and self.plan.reason != ONE_PAGE
        if reminders.are_all_known or (reminders.are_known and not needs_all):
            return
        filters = changed_after(None if is_whole else reminders.since)
        shown = InvoiceReminders.endpoint(self.run_context).verified(filters)
        try:
            for rows in shown:
                reminders.take(rows)
        except ForbiddenError as denial:
            self.logger.warning(
                "%s: the key may not read %s (%s). The reminders in an invoice's "
                "details are as old as its last change",
                self.name,
                REMINDERS.stream,
                denial,
            )
        else:
            reminders.finish(shown.started_at, is_whole=is_whole)

    def fetch_details(self, *, list_is_verified: bool) -> None:
        """Also request invoices whose reminders changed without them."""
        is_first_read = self.held.changed_since is None  # asks for all of them anyway
        stale = set() if is_first_read else self._reminders.stale - self.due.ids
        self._reminders.stale = set()
        rows = self.parent.rows(stale, self.sync_settings.start)
        self.due.add(map(self.due.request, rows.values()))
        super().fetch_details(list_is_verified=list_is_verified)

    def write(self, rows: Iterable[Row]) -> None:
        """Also note which reminders the details hold."""
        given = list(rows)
        self._reminders.hold(given)
        super().write(given)

    def save_held(self) -> None:
        """Also keep the reminders that the details hold."""
        super().save_held()
        self._reminders.save(self.state)

    def fetch_leftovers(self) -> None:
        """Also request details once more that hold a reminder which has moved."""
        super().fetch_leftovers()
        for moved in self._reminders.moved():
            self.fetch(list(map(self.due.request, self.parent.rows(moved).values())))

    def commit(self, started_at: datetime, extent: Extent) -> None:
        """Also note which reminders the details hold now."""
        super().commit(started_at, extent)
        self._reminders.added_to(self.state)
