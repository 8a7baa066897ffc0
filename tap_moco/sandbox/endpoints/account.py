"""Lists of contacts and of the account's settings."""

from __future__ import annotations

from tap_moco.sandbox.endpoints.base import (
    ARCHIVED,
    TAGS,
    Endpoint,
    flags,
    one,
)
from tap_moco.sandbox.filters import Equal, Term

VAT_FLAGS = flags("active", "intra_eu", "reverse_charge")
CONTACTS = (
    Endpoint(
        "/companies",
        "companies",
        order="name",
        shows=ARCHIVED,
        filters={**TAGS, **one("type", "identifier"), "term": Term(("name",))},
    ),
    Endpoint(
        "/contacts/people",
        "contacts",
        order="lastname",
        filters={
            **TAGS,
            "term": Term(("firstname", "lastname", "work_email", "company_id.name")),
            "phone": Term(("work_phone", "mobile_phone")),
        },
    ),
    Endpoint(
        "/comments",
        "comments",
        order="-id",
        filters={
            **one("commentable_type", "commentable_id", "user_id"),
            **flags("manual"),
        },
    ),
    Endpoint("/tags", "tags", order="name", filters=one("context")),
    Endpoint(
        "/todos",
        "todos",
        by_ids=False,
        updated_after=False,
        filters={
            **flags("completed"),
            "term": Term(("title",)),
            "responsible_user_id": Equal("assigned_to_id"),
            "assigned_to_user_id": Equal("assigned_to_id"),
            "created_by_user_id": Equal("created_by_id"),
        },
    ),
)

SETTINGS = (
    Endpoint("/account/web_hooks", "web_hooks"),
    Endpoint("/vat_code_sales", "vat_code_sales", filters=VAT_FLAGS),
    Endpoint("/vat_code_purchases", "vat_code_purchases", filters=VAT_FLAGS),
    Endpoint(
        "/revenue_categories",
        "revenue_categories",
        filters={
            **one("revenue_account", "cost_category"),
            "term": Term(("name", "revenue_account")),
        },
    ),
    Endpoint("/account/catalog_services", "account_catalog_services"),
    Endpoint(
        "/account/custom_properties",
        "account_custom_properties",
        filters=one("entity"),
    ),
    Endpoint("/account/expense_templates", "account_expense_templates"),
    Endpoint("/account/task_templates", "account_task_templates"),
)
