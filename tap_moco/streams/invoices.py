"""Invoices, their reminders, and the details that hold both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.api.errors import ForbiddenError
from tap_moco.completeness.endpoint import changed_after
from tap_moco.completeness.windows import DateFilter
from tap_moco.streams.details import DetailStream
from tap_moco.streams.holders import Holders, ShownRows
from tap_moco.streams.lists import ListStream

if TYPE_CHECKING:
    from datetime import datetime

    from tap_moco.row import Row
    from tap_moco.state import Extent

DATE_FROM_TO = DateFilter("date_from", "date_to")


class InvoiceReminders(ListStream):
    """Reminders of unpaid invoices (Mahnungen).

    They stand before the invoices, whose details hold them: those are asked for again
    without another question to this list.
    """

    name = "invoice_reminders"
    path = "/invoice_reminders"

    def start_sync(self, started_at: datetime) -> None:
        """Also note the rows for the details of invoices."""
        super().start_sync(started_at)
        self._shown = ShownRows("invoice", self.plan.since, started_at)

    def process_page(self, rows: list[Row]) -> None:
        """Write a page, and note it."""
        super().process_page(rows)
        self._shown.add(rows)

    def commit(self, started_at: datetime, extent: Extent) -> None:
        """Let others have the rows, now that none is missing."""
        super().commit(started_at, extent)
        shown: ShownRows | None = self.run_context.shown.get(self.name)
        if shown and not self._shown.reaches(shown.since):
            shown.rows += self._shown.rows  # the list was read a second time
        else:
            self.run_context.shown[self.name] = self._shown


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

    def start_sync(self, started_at: datetime) -> None:
        """Also find the invoices whose reminders changed."""
        super().start_sync(started_at)
        self._reminders = self._shown_reminders() if self._holds_reminders else None
        self._with_reminders: set[int] = set()
        if self._reminders:
            self._holders = Holders(InvoiceReminders.name, self.state, self.held)
            self._with_reminders = self._holders.changed(self._reminders)

    @property
    def _holds_reminders(self) -> bool:
        """They are selected, and not all details are asked for anyway."""
        is_selected = self.mask.get(("properties", "reminders"), True)
        is_run = self.run_context.record_limit is None
        return is_selected and is_run and self.is_incremental

    def _shown_reminders(self) -> ShownRows | None:
        """Return the reminders that changed, or all; None if the key may not ask.

        Their own stream has asked for them already, if it is selected.
        """
        since = None if self.plan.is_sweep else self.held.changed_since
        shown: ShownRows | None = self.run_context.shown.get(InvoiceReminders.name)
        if shown and shown.reaches(since):
            return shown
        endpoint = InvoiceReminders.endpoint(self.run_context)
        reminders = endpoint.verified(changed_after(since))
        try:
            shown = ShownRows("invoice", since, reminders.started_at)
            for page in reminders:
                shown.add(page)
        except ForbiddenError as denial:
            self.logger.warning(
                "%s: the reminders of an invoice are as old as its last change, since "
                "the key may not read what changed in %s (%s)",
                self.name,
                InvoiceReminders.name,
                denial,
            )
            return None
        return shown

    def fetch_details(self, *, list_is_verified: bool) -> None:
        """Also ask for invoices that did not change with their reminders."""
        others = self._with_reminders - self.due.ids
        self._with_reminders = set()
        rows = self.parent.rows(others, self.run_context.settings.sync.start)
        self.due.add(map(self.due.request, rows.values()))
        super().fetch_details(list_is_verified=list_is_verified)

    def commit(self, started_at: datetime, extent: Extent) -> None:
        """Move the bookmark no further than both lists were read."""
        if self._reminders is None:
            super().commit(started_at, extent)
            return
        self.pipeline.note_changes(
            {"updated_at": row.updated_at} for row in self._reminders.rows
        )
        super().commit(min(started_at, self._reminders.started_at), extent)
        self._holders.save()
