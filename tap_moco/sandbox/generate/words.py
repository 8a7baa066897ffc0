"""Names and texts of a German agency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.collections import TARGETS

if TYPE_CHECKING:
    from tap_moco.sandbox.model import Record

FIRST_NAMES = (
    "Anna", "Björn", "Clara", "Deniz", "Elif", "Felix", "Greta", "Hannes", "Ida",
    "Jonas", "Kübra", "Lena", "Moritz", "Nele", "Oskar", "Paula", "René", "Sophie",
    "Tim", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker",
    "Schulz", "Hoffmann", "Köhler", "Koch", "Bauer", "Richter", "Klein", "Wolf",
    "Schröder", "Neumann", "Groß", "Öztürk",
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
TASKS = (
    "Projektleitung", "Konzept", "Design", "Entwicklung", "Redaktion", "Testen",
    "Beratung", "Fotografie",
)  # fmt: skip
WORK = (
    "Abstimmung mit dem Kunden", "Entwurf überarbeitet", "Fehler behoben",
    "Angebot geprüft", "Texte korrigiert", "Bilder zugeschnitten", "Protokoll",
    "Deployment", "Recherche", "",
)  # fmt: skip
PURCHASES = ("Hosting", "Druckkosten", "Software-Lizenz", "Bahnfahrt", "Büromaterial")
TAGS = ["Design", "Bestandskunde", "Priorität A", "Print", "intern", "Förderung"]
NAMES = {
    "deal_categories": ("Kontakt", "Angebot", "Verhandlung", "Zusage"),
    "purchase_categories": PURCHASES,
    "account_task_templates": TASKS,
    "revenue_categories": ("Beratung", "Kreation", "Technik", "Fremdkosten"),
    "tags": tuple(TAGS),
    "units": ("Geschäftsleitung", "Design", "Entwicklung", "Beratung"),
}
"""Of settings that need no more than a name."""
ENTITIES = {
    **TARGETS,
    "companies": "Customer",
    "project_recurring_expenses": "Expense",
    "units": "Unit",
}
"""What the definitions of custom fields call the collections."""

# fmt: off
CUSTOM_FIELDS: tuple[Record, ...] = (
    {"entity": "Project", "name": "Kostenstelle", "kind": "String"},
    {"entity": "Project", "name": "Übergabe am", "kind": "Date"},
    {"entity": "Project", "name": "Wartungsvertrag?", "kind": "Boolean"},
    {"entity": "Project", "name": "Kanäle / Medien", "kind": "MultiSelect",
     "defaults": ["Web", "Print", "Video", "Social Media"]},
    {"entity": "Customer", "name": "Größe", "kind": "Select",
     "defaults": ["klein", "mittel", "groß"]},
    {"entity": "Customer", "name": "Ablage", "kind": "Link"},
    {"entity": "Contact", "name": "Newsletter", "kind": "Boolean"},
    {"entity": "User", "name": "Starting Month", "kind": "String"},
    {"entity": "Deal", "name": "Notizen zum Pitch", "kind": "Textarea"},
    {"entity": "Offer", "name": "Gültig bis", "kind": "Date"},
    {"entity": "Invoice", "name": "Bestellnummer (PO)", "kind": "String"},
    {"entity": "Purchase", "name": "Geprüft", "kind": "Boolean"},
    {"entity": "Expense", "name": "Art", "kind": "Select", "defaults": ["A", "B"]},
    {"entity": "Unit", "name": "Standort", "kind": "String"},
)
