"""Names and texts of a German agency, and how its records vary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.collections import TARGETS
from tap_moco.sandbox.collections.office import ABSENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_NAMES = (
    "Anna", "Björn", "Clara", "Deniz", "Elif", "Felix", "Greta", "Hannes", "Ida",
    "Jonas", "Kübra", "Lena", "Moritz", "Nele", "Oskar", "Paula", "René", "Sophie",
)  # fmt: skip
LAST_NAMES = (
    "Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker",
    "Schulz", "Hoffmann", "Köhler", "Koch", "Wolf", "Neumann", "Groß", "Öztürk",
)  # fmt: skip
COMPANIES = (
    "Alpenblick", "Brückenbau Süd", "Café Morgenrot", "Druckerei Hahn", "Elbkontor",
    "Fjord & Söhne", "Gartenwerk", "Hafenlicht", "Isar Optik", "Jungbrunnen",
    "Kaffeerösterei Nord", "Lichtspiel", "Möbelhaus Eiche", "Nordlicht", "Ostseebad",
    "Papierladen", "Quellwasser", "Rheinwerk", "Stadtgrün", "Tischlerei Ahorn",
)  # fmt: skip
FORMS = ("GmbH", "AG", "KG", "e. V.", "UG (haftungsbeschränkt)")
PROJECTS = (
    "Website-Relaunch", "Kampagne Frühling", "Wartung", "Onlineshop", "App-Konzept",
    "Geschäftsbericht", "Markenauftritt", "Newsletter", "Messestand", "SEO",
)  # fmt: skip
TASKS = ("Projektleitung", "Konzept", "Design", "Entwicklung", "Redaktion", "Beratung")
WORK = (
    "Abstimmung mit dem Kunden", "Entwurf überarbeitet", "Fehler behoben",
    "Angebot geprüft", "Texte korrigiert", "Bilder zugeschnitten", "Protokoll",
    "Deployment", "Recherche", "",
)  # fmt: skip
PURCHASES = ("Hosting", "Druckkosten", "Software-Lizenz", "Bahnfahrt", "Büromaterial")
TAGS = ("Design", "Bestandskunde", "Priorität A", "Print", "intern", "Förderung")

# fmt: off
NAMES = {
    "deal_categories": ("Kontakt", "Angebot", "Verhandlung", "Zusage"),
    "purchase_categories": PURCHASES, "account_task_templates": TASKS,
    "revenue_categories": ("Beratung", "Kreation", "Technik", "Fremdkosten"),
    "tags": TAGS, "units": ("Geschäftsleitung", "Design", "Entwicklung", "Beratung"),
}
"""Of settings that need no more than a name."""
ENTITIES = {
    **TARGETS, "companies": "Customer", "project_recurring_expenses": "Expense",
    "units": "Unit",
}
"""What the definitions of custom fields call the collections."""
CUSTOM_FIELDS = (
    ("Project", "Kostenstelle", "String"), ("Project", "Übergabe am", "Date"),
    ("Project", "Wartungsvertrag?", "Boolean"),
    ("Project", "Kanäle / Medien", "MultiSelect", "Web", "Print", "Social Media"),
    ("Customer", "Größe", "Select", "klein", "mittel", "groß"),
    ("Customer", "Ablage", "Link"), ("Contact", "Newsletter", "Boolean"),
    ("User", "Starting Month", "String"), ("Deal", "Notizen zum Pitch", "Textarea"),
    ("Offer", "Gültig bis", "Date"), ("Invoice", "Bestellnummer (PO)", "String"),
    ("Purchase", "Geprüft", "Boolean"), ("Expense", "Art", "Select", "A", "B"),
    ("Unit", "Standort", "String"),
)
"""Of which entity, the name, the kind, and what there is to choose from."""
VALUES: dict[str, Sequence[object]] = {
    "String": ("K-17", "K-230", "K-4711"), "Textarea": ("Erste Zeile\nzweite Zeile",),
    "Link": ("https://example.com/1", "https://example.com/2"), "Boolean": "01",
    "Date": ("2025-12-31", "2026-02-28", "2026-10-01"),
}
"""Of custom fields without a choice, by kind."""


def amounts(low: int, high: int) -> list[float]:
    """Return amounts between two, most of them with cents."""
    return [round(low + (high - low) * n / 997, 2) for n in range(997)]


MOSTLY, SELDOM = [True] * 9 + [False], [True] + [False] * 5
RATES, PRICES, COSTS = amounts(90, 160), amounts(5, 900), amounts(1000, 50_000)
QUANTITIES = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0)
SICK = {**ABSENCE, "id": 302, "name": "Krankheit", "code": "3", "color": "#d9534f"}
SCAN = {"source": "amex", "transaction_identifier": "T1"}
VARIETY: dict[str, dict[str, Sequence[object]]] = {
    "activities": {"description": WORK, "seconds": range(900, 28_801, 900)},
    "planning_entries": {"hours_per_day": QUANTITIES, "tentative": SELDOM},
    "user_presences": {"is_home_office": (True, False)},
    "schedules": {"assignment": (ABSENCE, ABSENCE, SICK), "pm": MOSTLY},
    "projects": {
        "name": PROJECTS, "hourly_rate": RATES, "billable": MOSTLY, "retainer": SELDOM,
        "budget": (None, 5000.0, 12_500.0, 80_000.0),
    },
    "project_tasks": {"hourly_rate": RATES, "billable": MOSTLY},
    "project_contracts": {"hourly_rate": RATES, "active": MOSTLY},
    "project_groups": {"budget": amounts(10_000, 90_000)},
    "project_expenses": {
        "title": PURCHASES, "quantity": QUANTITIES, "unit_price": PRICES,
        "unit_cost": amounts(5, 500),
    },
    "project_recurring_expenses": {"unit_price": amounts(10, 200)},
    "project_payment_schedules": {"net_total": amounts(500, 9000)},
    "deals": {"name": PROJECTS, "money": amounts(1000, 90_000)},
    "offers": {"status": ("created", "sent", "accepted", "billed", "archived")},
    "invoices": {"status": ("draft", "created", "sent", "partially_paid", "paid",
                            "paid", "overdue", "disregarded")},
    "planned_purchases": {"net_total": amounts(20, 500)},
    "purchases": {
        "title": PURCHASES, "status": ("archived", "archived", "pending"),
        "payment_method": ("bank_transfer", "direct_debit", "credit_card", "cash"),
        "has_file": MOSTLY,
    },
    "purchase_budgets": {"target": COSTS, "exhaused": PRICES},
    "purchase_drafts": {"credit_card_transaction": (None, SCAN)},
    "receipts": {"pending": SELDOM, "gross_total": amounts(5, 200)},
    "approvals": {"status": ("pending", "approved", "denied")},
    "users": {
        "firstname": FIRST_NAMES, "lastname": LAST_NAMES, "hourly_rate": RATES,
        "internal_rate": amounts(50, 80), "extern": SELDOM,
        "iban": (None, "DE02120300000000202051"),
        "birthday": ("1969-07-20", "1985-10-26", "1997-08-29", "2001-01-09"),
    },
    "user_absence_requests": {"status": ("approved", "approved", "pending")},
    "user_work_time_adjustments": {"hours": amounts(-8, 8)},
    "companies": {"type": ("customer", "customer", "supplier", "organization")},
    "contacts": {
        "firstname": FIRST_NAMES, "lastname": LAST_NAMES, "gender": "FMU",
        "birthday": (None, "1990-02-28"),
    },
    "comments": {"text": WORK},
    "account_expense_templates": {"unit_price": amounts(5, 300)},
    "account_task_templates": {"hourly_rate": RATES},
}
"""What fields are picked from where nothing else decides them."""
