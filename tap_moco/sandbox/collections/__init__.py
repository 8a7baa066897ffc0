"""Every collection of an account: what its records hold, and how MOCO shows them."""

from tap_moco.sandbox.collections.money import PURCHASING, SALES, by_status
from tap_moco.sandbox.collections.settings import CONTACTS, SETTINGS, by_type
from tap_moco.sandbox.collections.work import PEOPLE, PROJECTS, TIME
from tap_moco.sandbox.model import Collection
from tap_moco.sandbox.payload import STAMPS

SINGLE_ONLY = {
    "contacts": "info",
    "comments": "attachment_filename attachment_content",
    "offers": "salutation footer items internal_contact",
    "invoices": (
        "salutation footer items internal_contact payments reminders"
        " activity_hours_modified"
    ),
}
"""Fields that a list leaves out."""
WITHOUT_STAMPS = frozenset(
    {
        "account_custom_properties",
        "offer_confirmations",
        "purchase_budgets",
        "receipts",
        "revenue_categories",
        "vat_code_purchases",
        "vat_code_sales",
    }
)
"""What does not say when it was made and changed."""
TRIMMED = {"companies": by_type, "invoices": by_status}

COLLECTIONS = {
    name: Collection(
        name,
        fields if name in WITHOUT_STAMPS else {**STAMPS, **fields},
        single_only=SINGLE_ONLY.get(name, ""),
        trim=TRIMMED.get(name),
    )
    for area in (TIME, PROJECTS, SALES, PURCHASING, PEOPLE, CONTACTS, SETTINGS)
    for name, fields in area.items()
}
