"""Sales and purchasing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.sandbox.generate import words
from tap_moco.sandbox.generate.maker import FEWEST

if TYPE_CHECKING:
    from tap_moco.sandbox.generate.maker import Maker
    from tap_moco.sandbox.model import Record

DEAL_STATES = {"potential": 20, "pending": 35, "won": 25, "lost": 15, "dropped": 5}
CLOSED = frozenset({"won", "lost", "dropped"})
OFFER_STATES = {"created": 20, "sent": 30, "accepted": 30, "billed": 15, "archived": 5}
INVOICE_STATES = {
    "draft": 5,
    "created": 10,
    "sent": 20,
    "partially_paid": 10,
    "paid": 45,
    "overdue": 10,
}
SHARES = {"paid": (1.0,), "partially_paid": (0.3, 0.2)}
"""How much of an invoice each payment is."""
DISREGARDED_EVERY = 20
LOCKED_AFTER = 90
METHODS = ("bank_transfer", "direct_debit", "credit_card", "paypal", "cash")
VAT = 0.19


def sales(make: Maker) -> None:
    """Make deals, offers and all that follows from them."""
    for _ in make.count(25):
        status, ago = make.weighted(DEAL_STATES), make.whenever()
        make.add(
            "deals",
            ago,
            name=f"{make.pick(words.PROJECTS)} {make.chance.randrange(100)}",
            status=status,
            reminder_date=make.ago(ago - 30),
            closed_on=make.ago(ago / 2) if status in CLOSED else "",
            money=make.money(1000, 90_000),
        )
    for number in make.count(30):
        _offer(make, number)
    for number in make.count(120):
        _invoice(make, number)
    _exports(make, "invoices", "invoice_bookkeeping_exports")


def _document(make: Maker, number: int, ago: float) -> Record:
    """Return what an offer and an invoice for some project have in common."""
    project = make.pick(make.all("projects"))
    items = []
    for position in range(make.chance.randint(1, 4)):
        price, quantity = make.money(80, 160), float(make.chance.randint(1, 40))
        items.append(
            {
                "id": number * 10 + position,
                "title": make.pick(words.TASKS),
                "quantity": quantity,
                "unit": "h",
                "unit_price": price,
                "net_total": round(price * quantity, 2),
                "revenue_category_id": make.one("revenue_categories"),
            }
        )
    return {
        "due_date": make.ago(ago - 30),
        "title": f"Leistungen {project['name']}",
        "salutation": "Guten Tag",
        "project_id": project["id"],
        "items": items,
        "net_total": round(sum(item["net_total"] for item in items), 2),
        "customer_id": project["customer_id"],
    }


def _offer(make: Maker, number: int) -> None:
    ago = make.whenever()
    status = "accepted" if number == 0 else make.weighted(OFFER_STATES)
    document = _document(make, number, ago)
    document["company_id"] = document.pop("customer_id")
    identifier = f"A{number + 1:05d}"
    offer = make.add(
        "offers", ago, **document, identifier=identifier, status=status, invoice_id=None
    )
    part = {"offer_id": offer["id"]}
    if status == "accepted" or number % 9 == 0:
        make.add("offer_confirmations", ago / 2, **part)
        make.add("offer_customer_approvals", ago / 2, **part)
    if number % 4 == 0 or number < FEWEST:
        make.add("offer_attachments", ago / 2, **part)


def _invoice(make: Maker, number: int) -> None:
    ago, status = make.whenever(), make.weighted(INVOICE_STATES)
    if number % DISREGARDED_EVERY == DISREGARDED_EVERY - 1:
        status = "disregarded"
    invoice = make.add(
        "invoices",
        ago,
        **_document(make, number, ago),
        identifier=f"R{number + 1:05d}",
        status=status,
        locked=ago > LOCKED_AFTER or number < FEWEST,
    )
    part, later = {"invoice_id": invoice["id"]}, ago * make.chance.random()
    for share in SHARES.get(status, ()):
        paid = round(invoice["net_total"] * (1 + VAT) * share, 2)
        amounts = {"paid_total": paid, "paid_total_in_account_currency": paid}
        make.add("invoice_payments", later, **part, **amounts)
    if status == "overdue" or number < FEWEST:
        title, due = "1. Mahnung", make.ago(later - 14)
        make.add("invoice_reminders", later, **part, title=title, due_date=due, fee=5.0)
    if number % 10 == 0 or number < FEWEST:
        make.add("invoice_attachments", later, **part)


def _exports(make: Maker, exported: str, collection: str) -> None:
    for number in make.count(3):
        dates = {"from": make.ago(60), "to": make.ago(30)}
        ids = make.account.ids(exported)[number * 5 :][:5]
        field = f"{exported.removesuffix('s')}_ids"
        make.add(collection, 30 - number, **dates, **{field: ids})


def purchasing(make: Maker) -> None:
    """Make purchases and all around them."""
    for _ in make.count(4):
        make.add("planned_purchases", -15, net_total=make.money(20, 500))
    for number in make.count(30):
        gross = make.money(5, 200)
        make.add(
            "receipts",
            title=f"Quittung {number + 1}",
            pending=make.often(0.3),
            gross_total=gross,
            items=[
                {
                    "gross_total": gross,
                    "vat_id": make.one("vat_code_purchases"),
                    "purchase_category_id": make.one("purchase_categories"),
                }
            ],
        )
    suppliers = [c["id"] for c in make.all("companies") if c["type"] != "customer"]
    for number in make.count(80):
        _purchase(make, number, suppliers or make.account.ids("companies"))
    for number in make.count(6):
        scan = {"source": "amex", "transaction_identifier": f"T{number}"}
        make.add(
            "purchase_drafts",
            title=f"Scan {number + 1}.pdf",
            net_total=make.pick((None, make.money(10, 300))),
            credit_card_transaction=make.pick((None, scan)),
        )
    _exports(make, "purchases", "purchase_bookkeeping_exports")
    for number in make.count(10):
        status = make.pick(("pending", "approved", "denied"))
        kind = ("invoice", "purchase")[number % 2]
        make.add("approvals", status=status, target_type=kind)


def _purchase(make: Maker, number: int, suppliers: list[int]) -> None:
    ago, is_paid = make.whenever(), make.often(0.6)
    items = [_purchase_item(make, number * 10 + n) for n in range(1 + number % 2)]
    gross = round(sum(item["gross_total"] for item in items), 2)
    purchase = make.add(
        "purchases",
        ago,
        identifier=f"E{number + 1:05d}",
        title=make.pick(words.PURCHASES),
        due_date=make.ago(ago - 14),
        status="archived" if is_paid else "pending",
        payment_method=make.pick(METHODS),
        net_total=round(sum(item["net_total"] for item in items), 2),
        gross_total=gross,
        has_file=make.often(0.8),
        items=items,
        company_id=make.pick(suppliers) if number % 5 else None,
    )
    if is_paid:
        whole = {"purchase_id": purchase["id"], "total": gross}
        make.add("purchase_payments", ago / 2, **whole)


def _purchase_item(make: Maker, number: int) -> Record:
    net = make.money(5, 900)
    return {
        "id": number,
        "title": make.pick(words.PURCHASES),
        "net_total": net,
        "tax_total": round(net * VAT, 2),
        "gross_total": round(net * (1 + VAT), 2),
        "vat_id": make.one("vat_code_purchases"),
        "category_id": make.pick((None, make.one("purchase_categories"))),
        "receipt_id": make.one("receipts") if make.often(0.1) else None,
        "expense_id": make.one("project_expenses") if make.often(0.2) else None,
    }
