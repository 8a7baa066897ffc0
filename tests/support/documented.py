"""What MOCO documents of its lists, as far as several tests go by it."""

from __future__ import annotations

DETAILS = {
    "invoice_details": "invoices",
    "offer_details": "offers",
    "contact_details": "contacts",
    "comment_details": "comments",
}
"""The list whose records have these details."""
INNER = {"project_tasks": "tasks", "project_contracts": "contracts"}
"""Where a project holds these rows; they have no stamps there."""
TAGGABLE = {
    "Company": "companies",
    "Contact": "contacts",
    "Deal": "deals",
    "Invoice": "invoices",
    "Offer": "offers",
    "Project": "projects",
    "Purchase": "purchases",
    "User": "users",
}
"""The list of each type that taggings are asked for."""
