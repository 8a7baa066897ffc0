"""Sales: deals, offers, invoices and what comes with them."""

from __future__ import annotations

from typing import ClassVar

from tap_moco.completeness.windows import DateFilter
from tap_moco.streams.details import DetailStream
from tap_moco.streams.invoices import DATE_FROM_TO, Invoices
from tap_moco.streams.lists import ListStream


class Deals(ListStream):
    """Deals (Leads)."""

    name = "deals"
    path = "/deals"


class DealCategories(ListStream):
    """Stages of deals (Akquise-Stufen); one unpaged list."""

    name = "deal_categories"
    path = "/deal_categories"


class Offers(ListStream):
    """Offers (Angebote), as the list has them."""

    name = "offers"
    path = "/offers"
    sort_by = "id"
    period_filter = DateFilter()


class OfferDetails(DetailStream):
    """What only a single offer has: its items and texts."""

    name = "offer_details"
    path = "/offers/{id}"
    parent_stream_type = Offers


class OfferConfirmations(ListStream):
    """Confirmations of offers (Auftragsbestätigungen); without `updated_at`."""

    name = "offer_confirmations"
    path = "/offer_confirmations"
    replication_key = None
    has_timestamps = False


class InvoicePayments(ListStream):
    """Payments of invoices (Zahlungseingänge)."""

    name = "invoice_payments"
    path = "/invoices/payments"
    date_filter = DATE_FROM_TO


class InvoiceBookkeepingExports(ListStream):
    """Exports of invoices to bookkeeping (Buchhaltungsexporte)."""

    name = "invoice_bookkeeping_exports"
    path = "/invoices/bookkeeping_exports"
    takes_ids = False


class LetterPapers(ListStream):
    """Letter papers (Briefpapiere); MOCO's documents disagree on `updated_after`."""

    name = "letter_papers"
    path = "/letter_papers"
    takes_ids = False
    replication_key = None
    takes_updated_after = False


class InvoiceChild(DetailStream):
    """A list of each invoice, read when the invoice changed."""

    kind = list
    parent_stream_type = Invoices
    parent_key = "invoice_id"
    primary_keys: ClassVar[tuple[str, ...]] = ("invoice_id", "id")
    changes_alone = True
    selected_by_default = False


class InvoiceTimesheets(InvoiceChild):
    """Time entries that an invoice lists (Leistungsnachweis)."""

    name = "invoice_timesheets"
    path = "/invoices/{id}/timesheet"


class InvoiceExpenses(InvoiceChild):
    """Additional costs that an invoice lists."""

    name = "invoice_expenses"
    path = "/invoices/{id}/expenses"


class InvoiceAttachments(InvoiceChild):
    """Files attached to an invoice."""

    name = "invoice_attachments"
    path = "/invoices/{id}/attachments"


class OfferAttachments(DetailStream):
    """Files attached to an offer, read when the offer changed."""

    name = "offer_attachments"
    path = "/offers/{id}/attachments"
    kind = list
    parent_stream_type = Offers
    parent_key = "offer_id"
    primary_keys: ClassVar[tuple[str, ...]] = ("offer_id", "id")
    changes_alone = True
    selected_by_default = False


class OfferCustomerApprovals(DetailStream):
    """The customer's approval of an offer; 404 until it is activated."""

    name = "offer_customer_approvals"
    path = "/offers/{id}/customer_approval"
    parent_stream_type = Offers
    parent_key = "offer_id"
    primary_keys: ClassVar[tuple[str, ...]] = ("offer_id",)
    may_lack = True
    changes_alone = True
    selected_by_default = False
