"""Lists of contacts and of the account's settings."""

from __future__ import annotations

from tap_moco.sandbox.endpoints.base import ARCHIVED, Endpoint

CONTACTS = (
    Endpoint("/companies", "companies", order="name", shows=ARCHIVED),
    Endpoint("/contacts/people", "contacts", order="lastname", single=True),
    Endpoint("/comments", "comments", order="-id", single=True),
    Endpoint("/tags", "tags", order="name"),
    Endpoint("/todos", "todos", by_ids=False, updated_after=False),
)

SETTINGS = (
    Endpoint("/account/web_hooks", "web_hooks"),
    Endpoint("/vat_code_sales", "vat_code_sales"),
    Endpoint("/vat_code_purchases", "vat_code_purchases"),
    Endpoint("/revenue_categories", "revenue_categories"),
    Endpoint("/account/catalog_services", "account_catalog_services"),
    Endpoint("/account/custom_properties", "account_custom_properties"),
    Endpoint("/account/expense_templates", "account_expense_templates"),
    Endpoint("/account/task_templates", "account_task_templates"),
)
