"""All streams, by the area of MOCO that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tap_moco.streams import (
    account,
    contacts,
    invoices,
    people,
    projects,
    purchasing,
    reports,
    runs,
    sales,
    taggings,
    time,
    webhooks,
)
from tap_moco.streams.embedding import EmbeddingStream
from tap_moco.streams.lists import ListStream

if TYPE_CHECKING:
    from collections.abc import Collection

    from singer_sdk import Tap

    from tap_moco.context import RunContext
    from tap_moco.streams.base import MocoStream


class Area(NamedTuple):
    """A part of MOCO.

    Attributes:
        name: Its name in the documentation.
        permission: The right that MOCO requires; empty if MOCO is not asked.
        streams: Its streams, in the order of reading.
    """

    name: str
    permission: str
    streams: tuple[type[MocoStream], ...]


AREAS = (
    Area(
        "time",
        "time tracking and planning",
        (
            time.Activities,
            time.Schedules,
            time.PlanningEntries,
            time.UserPresences,
        ),
    ),
    Area(
        "projects",
        "projects",
        (
            projects.Projects,
            projects.ProjectTasks,
            projects.ProjectContracts,
            projects.ProjectGroups,
            projects.ProjectExpenses,
            projects.ProjectPaymentSchedules,
            projects.ProjectRecurringExpenses,
            projects.ProjectsAssigned,
            projects.ProjectReports,
        ),
    ),
    Area(
        "sales",
        "sales and invoicing",
        (
            sales.Deals,
            sales.DealCategories,
            sales.Offers,
            sales.OfferDetails,
            sales.OfferConfirmations,
            invoices.InvoiceReminders,
            invoices.Invoices,
            invoices.InvoiceDetails,
            sales.InvoicePayments,
            sales.InvoiceBookkeepingExports,
            sales.LetterPapers,
            sales.InvoiceTimesheets,
            sales.InvoiceExpenses,
            sales.InvoiceAttachments,
            sales.OfferAttachments,
            sales.OfferCustomerApprovals,
        ),
    ),
    Area(
        "purchasing",
        "purchases",
        (
            purchasing.PurchasePayments,
            purchasing.Purchases,
            purchasing.PurchaseBudgets,
            purchasing.PurchaseCategories,
            purchasing.PurchaseDrafts,
            purchasing.PurchaseBookkeepingExports,
            purchasing.PlannedPurchases,
            purchasing.Receipts,
            purchasing.Approvals,
        ),
    ),
    Area(
        "people",
        "people",
        (
            people.Users,
            people.UserRoles,
            people.UserEmployments,
            people.UserHolidays,
            people.UserAbsenceRequests,
            people.UserWorkTimeAdjustments,
            people.Units,
            people.UserPerformanceReports,
        ),
    ),
    Area(
        "contacts",
        "companies and contacts",
        (
            contacts.Companies,
            contacts.Contacts,
            contacts.ContactDetails,
            contacts.Comments,
            contacts.CommentDetails,
            contacts.Tags,
            contacts.Todos,
            taggings.Taggings,
        ),
    ),
    Area(
        "account",
        "settings",
        (
            account.Profile,
            account.WebHooks,
            account.VatCodeSales,
            account.VatCodePurchases,
            account.RevenueCategories,
            account.AccountCatalogServices,
            account.AccountCustomProperties,
            account.AccountExpenseTemplates,
            account.AccountTaskTemplates,
            account.AccountFixedCosts,
            account.AccountHourlyRates,
            account.CompanyHourlyRates,
            account.AccountInternalHourlyRates,
        ),
    ),
    Area(
        "reports",
        "reports",
        (
            reports.ReportAbsences,
            reports.ReportCashflow,
            reports.ReportFinance,
            reports.ReportPlannedVsTracked,
            reports.ReportUtilization,
        ),
    ),
    Area(
        "webhooks",
        "",
        (
            webhooks.WebhookEvents,
            webhooks.DeletedRecords,
        ),
    ),
    Area("runs", "", (runs.SyncRuns,)),
)


def stream_classes() -> list[type[MocoStream]]:
    """Return the class of every stream."""
    return [stream for area in AREAS for stream in area.streams]


def make_streams(
    tap: Tap, context: RunContext, names: Collection[str] = ()
) -> list[MocoStream]:
    """Return the streams of a tap; all of them if no names are given.

    Those of the spool exist only if there is a spool.
    """
    left_out = set() if context.settings.webhook_spool else spool_streams()
    streams = [
        stream(tap, context, area.permission)
        for area in AREAS
        for stream in area.streams
        if vars(stream)["name"] in set(names or stream_names()) - left_out
    ]
    for stream in streams:
        if isinstance(stream, ListStream):
            stream.embedding_streams = [
                other
                for other in streams
                if isinstance(other, EmbeddingStream | invoices.InvoiceDetails)
                and type(stream) in other.embeds
            ]
    return streams


def spool_streams() -> set[str]:
    """Return the names of the streams that read the spool of webhooks."""
    return {
        vars(stream)["name"]
        for stream in stream_classes()
        if issubclass(stream, webhooks.SpoolStream)
    }


def names_in_order() -> list[str]:
    """Return the names of all streams in the order of reading."""
    return [vars(stream_class)["name"] for stream_class in stream_classes()]


def stream_names() -> set[str]:
    """Return the names of all streams."""
    return set(names_in_order())
