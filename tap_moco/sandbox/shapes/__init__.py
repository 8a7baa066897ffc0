"""The payload of every collection: its fields, their defaults and their sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.shapes import (
    contacts,
    invoices,
    offers,
    people,
    projects,
    purchasing,
    settings,
    time,
)
from tap_moco.sandbox.sources import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_moco.sandbox.sources import Shape

SHAPES: Mapping[str, Shape] = {
    collection: shape
    for area in (
        time,
        projects,
        offers,
        invoices,
        purchasing,
        people,
        contacts,
        settings,
    )
    for collection, shape in area.SHAPES.items()
}

SINGLE_ONLY: Mapping[str, tuple[str, ...]] = {
    "contacts": ("info",),
    "comments": ("attachment_filename", "attachment_content"),
    "offers": ("salutation", "footer", "items", "internal_contact"),
    "invoices": (
        "salutation",
        "footer",
        "items",
        "payments",
        "reminders",
        "internal_contact",
        "activity_hours_modified",
    ),
}
"""Fields that a list leaves out."""

STAFF_HIDDEN = frozenset(
    {
        "budget",
        "budget_expenses",
        "budget_monthly",
        "cost",
        "hourly_rate",
        "iban",
        "unit_cost",
    }
)
"""Fields that vanish, wherever they lie, for who has Staff rights only."""

ONLY_FOR_TYPE: Mapping[str, frozenset[str]] = {
    "customer": frozenset({"supplier_vat", "iban", "bank_bic", "credit_number"}),
    "supplier": frozenset(
        {
            "customer_vat",
            "debit_number",
            "default_invoice_due_days",
            "footer",
            "invoice_format",
        }
    ),
    "organization": frozenset(
        {
            "bank_bic",
            "credit_number",
            "customer_vat",
            "debit_number",
            "default_invoice_due_days",
            "footer",
            "iban",
            "invoice_format",
            "supplier_vat",
        }
    ),
}
"""Fields that a company of this type does not have, not even as null."""

DISREGARDED = frozenset(
    {
        "id",
        "customer_id",
        "project_id",
        "identifier",
        "date",
        "status",
        "title",
        "currency",
        "created_at",
        "updated_at",
    }
)
"""All that is left of an invoice that is disregarded."""


def own_fields(shape: Shape) -> set[str]:
    """Return the fields that a record of this shape may hold itself."""
    return {
        name
        for name, source in shape.items()
        if not isinstance(source, Source) or source.own
    }
