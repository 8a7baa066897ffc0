"""MOCO's names for the records of webhooks, and which stream has them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """One kind of record that a webhook can watch.

    Attributes:
        stream: The stream that has these records, or None.
        reason: Why no stream has them, or why they need no hook.
    """

    stream: str | None
    reason: str = ""

    @property
    def needs_hook(self) -> bool:
        """Whether only this target reports the deletes of the stream."""
        return self.stream is not None and not self.reason


TARGETS: dict[str, Target] = {
    "Activity": Target("activities"),
    "Comment": Target("comments"),
    "Company": Target("companies"),
    "Contact": Target("contacts"),
    "Contract": Target("project_contracts"),
    "Deal": Target("deals"),
    "Expense": Target("project_expenses"),
    "Invoice": Target("invoices"),
    "Invoice::Approval": Target("approvals"),
    "Invoice::BookkeepingExport": Target("invoice_bookkeeping_exports"),
    "Invoice::Payment": Target("invoice_payments"),
    "InvoiceDraft": Target(None, "MOCO's API has no list of drafts of invoices"),
    "InvoiceReminder": Target("invoice_reminders"),
    "Offer": Target("offers"),
    "PlanningEntry": Target("planning_entries"),
    "Presence": Target("user_presences"),
    "Project": Target("projects"),
    "Project::PaymentSchedule": Target("project_payment_schedules"),
    "ProjectGroup": Target("project_groups"),
    "Purchase": Target("purchases"),
    "Purchase::Approval": Target("approvals"),
    "Purchase::BookkeepingExport": Target("purchase_bookkeeping_exports"),
    "Purchase::Draft": Target("purchase_drafts"),
    "Purchase::Order": Target(None, "MOCO's API has no list of orders"),
    "Purchase::Payment": Target("purchase_payments"),
    "RecurringExpense": Target("project_recurring_expenses"),
    "Schedule": Target("schedules"),
    "Task": Target("project_tasks"),
    "User": Target("users"),
    "User::AbsenceRequest": Target("user_absence_requests"),
    "User::HolidayRequest": Target(
        "user_absence_requests",
        "User::AbsenceRequest is the name that MOCO's API has for them",
    ),
    "User::PeriodLockOverride": Target(
        None, "MOCO's API has no list of exceptions from closed periods"
    ),
    "User::WorkTimeAdjustment": Target("user_work_time_adjustments"),
}
"""Every target that MOCO documents (docs/moco-api.md, Deletes and webhooks)."""

WATCHED_STREAMS = frozenset(found.stream for found in TARGETS.values() if found.stream)
"""The streams whose deletes a webhook reports."""

OLDER_NAMES = {"Customer": "Company"}
"""Earlier names, which deliveries and hooks may still have."""


def stream_of(target: str) -> str | None:
    """Return the stream that has a target's records; None if no stream has them."""
    found = TARGETS.get(OLDER_NAMES.get(target, target))
    return found.stream if found else None
