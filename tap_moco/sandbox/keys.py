"""The foreign keys of every collection of an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Key:
    """A foreign key: where it leads, and what becomes of it."""

    target: str
    filled: bool = False
    """An insert that leaves it out gets some record of the target."""
    cascades: bool = False
    """The record is deleted with its target; else the key becomes null."""


def part_of(target: str) -> Key:
    """Name what a record belongs to, and is deleted with."""
    return Key(target, filled=True, cascades=True)


def has(target: str) -> Key:
    """Name what a record has, unless it gets deleted."""
    return Key(target, filled=True)


def may_have(target: str) -> Key:
    """Name what a record has only where it was said."""
    return Key(target)


KEYS: Mapping[str, Mapping[str, Key]] = {
    # time
    "activities": {
        "task_id": part_of("project_tasks"),
        "user_id": part_of("users"),
        "deal_id": may_have("deals"),
        "invoice_id": may_have("invoices"),
    },
    "schedules": {
        "user_id": part_of("users"),
        "absence_request_id": may_have("user_absence_requests"),
    },
    "planning_entries": {
        "user_id": part_of("users"),
        "project_id": may_have("projects"),
        "task_id": may_have("project_tasks"),
        "deal_id": may_have("deals"),
    },
    "user_presences": {"user_id": part_of("users")},
    # projects
    "projects": {
        "customer_id": part_of("companies"),
        "leader_id": has("users"),
        "co_leader_id": may_have("users"),
        "deal_id": may_have("deals"),
        "project_group_id": may_have("project_groups"),
        "billing_contact_id": may_have("contacts"),
        "contact_id": may_have("contacts"),
        "secondary_contact_id": may_have("contacts"),
    },
    "project_tasks": {
        "project_id": part_of("projects"),
        "revenue_category_id": may_have("revenue_categories"),
    },
    "project_contracts": {
        "project_id": part_of("projects"),
        "user_id": part_of("users"),
    },
    "project_groups": {
        "user_id": has("users"),
        "company_id": part_of("companies"),
    },
    "project_expenses": {
        "project_id": part_of("projects"),
        "user_id": has("users"),
        "invoice_id": may_have("invoices"),
        "recurring_expense_id": may_have("project_recurring_expenses"),
        "revenue_category_id": may_have("revenue_categories"),
    },
    "project_payment_schedules": {"project_id": part_of("projects")},
    "project_recurring_expenses": {
        "project_id": part_of("projects"),
        "user_id": has("users"),
        "revenue_category_id": may_have("revenue_categories"),
    },
    # sales
    "deals": {
        "user_id": has("users"),
        "company_id": part_of("companies"),
        "person_id": may_have("contacts"),
        "category_id": has("deal_categories"),
    },
    "deal_categories": {},
    "offers": {
        "company_id": part_of("companies"),
        "user_id": has("users"),
        "project_id": may_have("projects"),
        "deal_id": may_have("deals"),
        "invoice_id": may_have("invoices"),
        "vat_id": has("vat_code_sales"),
        "internal_contact_id": may_have("users"),
    },
    "offer_confirmations": {
        "offer_id": part_of("offers"),
        "user_id": has("users"),
    },
    "offer_attachments": {"offer_id": part_of("offers")},
    "offer_customer_approvals": {"offer_id": part_of("offers")},
    "invoices": {
        "customer_id": part_of("companies"),
        "user_id": has("users"),
        "project_id": may_have("projects"),
        "offer_id": may_have("offers"),
        "vat_id": has("vat_code_sales"),
        "letter_paper_id": may_have("letter_papers"),
        "internal_contact_id": may_have("users"),
        "reversal_invoice_id": may_have("invoices"),
        "reversed_invoice_id": may_have("invoices"),
    },
    "invoice_attachments": {"invoice_id": part_of("invoices")},
    "invoice_payments": {"invoice_id": part_of("invoices")},
    "invoice_reminders": {"invoice_id": part_of("invoices")},
    "invoice_bookkeeping_exports": {"user_id": has("users")},
    "letter_papers": {},
    # purchasing
    "purchases": {
        "user_id": has("users"),
        "company_id": may_have("companies"),
        "expense_id": may_have("project_expenses"),
        "planned_purchase_id": may_have("planned_purchases"),
    },
    "purchase_budgets": {},
    "purchase_categories": {},
    "purchase_drafts": {"user_id": may_have("users")},
    "purchase_payments": {
        "purchase_id": part_of("purchases"),
        "user_id": has("users"),
    },
    "purchase_bookkeeping_exports": {"user_id": has("users")},
    "planned_purchases": {
        "user_id": has("users"),
        "company_id": may_have("companies"),
        "purchase_budget_id": may_have("purchase_budgets"),
    },
    "receipts": {
        "user_id": part_of("users"),
        "project_id": may_have("projects"),
    },
    "approvals": {
        "creator_id": has("users"),
        "approver_id": has("users"),
        "approver2_id": may_have("users"),
        "processed_by_id": may_have("users"),
    },
    # people
    "users": {"unit_id": has("units"), "role_id": has("user_roles")},
    "user_roles": {},
    "user_employments": {"user_id": part_of("users")},
    "user_holidays": {
        "user_id": part_of("users"),
        "creator_id": may_have("users"),
    },
    "user_absence_requests": {
        "user_id": part_of("users"),
        "approver_id": may_have("users"),
        "selected_approver_id": may_have("users"),
    },
    "user_work_time_adjustments": {
        "user_id": part_of("users"),
        "creator_id": may_have("users"),
    },
    "units": {},
    # contacts
    "companies": {
        "user_id": may_have("users"),
        "customer_vat_id": may_have("vat_code_sales"),
        "supplier_vat_id": may_have("vat_code_purchases"),
    },
    "contacts": {
        "company_id": may_have("companies"),
        "user_id": may_have("users"),
    },
    "comments": {
        "user_id": has("users"),
        "impersonating_user_id": may_have("users"),
    },
    "tags": {},
    "todos": {
        "created_by_id": has("users"),
        "assigned_to_id": may_have("users"),
    },
    # account
    "web_hooks": {},
    "vat_code_sales": {},
    "vat_code_purchases": {},
    "revenue_categories": {},
    "account_catalog_services": {},
    "account_custom_properties": {},
    "account_expense_templates": {
        "revenue_category_id": may_have("revenue_categories")
    },
    "account_task_templates": {"revenue_category_id": may_have("revenue_categories")},
    "account_fixed_costs": {},
}

NESTED_KEYS: Mapping[str, str] = {
    "expense_id": "project_expenses",
    "purchase_category_id": "purchase_categories",
    "receipt_id": "receipts",
    "revenue_category_id": "revenue_categories",
    "vat_id": "vat_code_purchases",
}
"""Foreign keys of rows that lie inside a record: items of invoices and the like."""


@dataclass(frozen=True)
class Polymorphic:
    """A foreign key of which another field tells the collection."""

    type_field: str
    id_field: str
    default: str
    """The type that an insert gets which names none."""


POLYMORPHIC: Mapping[str, Polymorphic] = {
    "comments": Polymorphic("commentable_type", "commentable_id", "Project"),
    "todos": Polymorphic("todoable_type", "todoable_id", "Company"),
    "approvals": Polymorphic("target_type", "target_id", "invoice"),
}

TYPES: Mapping[str, str] = {
    "Assignment": "projects",
    "Company": "companies",
    "Contact": "contacts",
    "Deal": "deals",
    "Invoice": "invoices",
    "Offer": "offers",
    "Project": "projects",
    "ProjectGroup": "project_groups",
    "Purchase": "purchases",
    "PurchaseDraft": "purchase_drafts",
    "User": "users",
    "invoice": "invoices",
    "purchase": "purchases",
}
"""The collection of each type that a polymorphic key names."""
