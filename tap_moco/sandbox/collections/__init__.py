"""Every collection of an account: what its records hold, and how MOCO shows them."""

from tap_moco.sandbox.collections.money import MONEY, by_status
from tap_moco.sandbox.collections.office import OFFICE, by_type
from tap_moco.sandbox.fields import STAMPS
from tap_moco.sandbox.model import Collection

DETAILS = "salutation footer items internal_contact"
SINGLE_ONLY = {
    "contacts": "info",
    "comments": "attachment_filename attachment_content",
    "offers": DETAILS,
    "invoices": f"{DETAILS} payments reminders activity_hours_modified",
}
"""Fields that a list leaves out."""
WITHOUT_STAMPS = (
    "account_custom_properties offer_confirmations purchase_budgets receipts"
    " revenue_categories vat_code_purchases vat_code_sales"
)
"""What does not say when it was made and changed."""
TRIMMED = {"companies": by_type, "invoices": by_status}

COLLECTIONS = {
    name: Collection(
        name,
        fields if name in WITHOUT_STAMPS.split() else STAMPS | fields,
        SINGLE_ONLY.get(name, ""),
        TRIMMED.get(name),
    )
    for name, fields in (OFFICE | MONEY).items()
}
# fmt: off
TARGETS = {
    "activities": "Activity", "comments": "Comment", "companies": "Company",
    "contacts": "Contact", "deals": "Deal",
    "invoice_bookkeeping_exports": "Invoice::BookkeepingExport",
    "invoice_payments": "Invoice::Payment", "invoice_reminders": "InvoiceReminder",
    "invoices": "Invoice", "offers": "Offer", "planning_entries": "PlanningEntry",
    "project_contracts": "Contract", "project_expenses": "Expense",
    "project_groups": "ProjectGroup",
    "project_payment_schedules": "Project::PaymentSchedule",
    "project_recurring_expenses": "RecurringExpense", "project_tasks": "Task",
    "projects": "Project",
    "purchase_bookkeeping_exports": "Purchase::BookkeepingExport",
    "purchase_drafts": "Purchase::Draft", "purchase_payments": "Purchase::Payment",
    "purchases": "Purchase", "schedules": "Schedule",
    "user_absence_requests": "User::AbsenceRequest", "user_presences": "Presence",
    "user_work_time_adjustments": "User::WorkTimeAdjustment", "users": "User",
}
# fmt: on
"""What MOCO calls the records of each collection."""
