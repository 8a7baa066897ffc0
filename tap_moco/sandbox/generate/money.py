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
DISREGARDED_EVERY = 20
LOCKED_AFTER = 90
METHODS = ("bank_transfer", "direct_debit", "credit_card", "paypal", "cash")


def _items(make: Maker, first: int) -> list[Record]:
    rows: list[Record] = []
    for number in range(make.chance.randint(1, 4)):
        price, quantity = make.money(80, 160), float(make.chance.randint(1, 40))
        rows.append(
            {
                "id": first * 10 + number,
                "title": make.pick(words.TASKS),
                "quantity": quantity,
                "unit": "h",
                "unit_price": price,
                "net_total": round(price * quantity, 2),
                "revenue_category_id": make.maybe("revenue_categories", 0.5),
            }
        )
    return rows


def _net(items: list[Record]) -> float:
    return round(sum(float(item["net_total"]) for item in items), 2)


def sales(make: Maker) -> None:
    """Make deals, offers and all that follows from them."""
    for _ in range(make.count(25)):
        _deal(make)
    for number in range(make.count(30)):
        _offer(make, number)
    for number in range(make.count(120)):
        _invoice(make, number)
    for number in range(make.count(3)):
        make.add(
            "invoice_bookkeeping_exports",
            30 - number,
            **{"from": make.ago(60), "to": make.ago(30)},
            invoice_ids=make.account.ids("invoices")[number * 5 :][:5],
            user_id=make.one("users"),
        )


def _deal(make: Maker) -> None:
    status, ago = make.weighted(DEAL_STATES), make.whenever()
    make.add(
        "deals",
        ago,
        name=f"{make.pick(words.PROJECTS)} {make.chance.randrange(100)}",
        status=status,
        reminder_date=make.ago(ago - 30),
        closed_on=make.ago(ago / 2) if status in CLOSED else "",
        money=make.money(1000, 90_000),
        tags=make.tags(),
        custom_properties=make.custom("Deal"),
        user_id=make.one("users"),
        company_id=make.one("companies"),
        person_id=make.maybe("contacts", 0.5),
        category_id=make.one("deal_categories"),
    )


def _offer(make: Maker, number: int) -> None:
    project = make.account.records["projects"][make.one("projects")]
    ago, items = make.whenever(), _items(make, number)
    status = "accepted" if number == 0 else make.weighted(OFFER_STATES)
    offer = make.add(
        "offers",
        ago,
        identifier=f"A{number + 1:05d}",
        date=make.ago(ago),
        due_date=make.ago(ago - 30),
        title=f"Angebot {project['name']}",
        net_total=_net(items),
        items=items,
        salutation="Guten Tag",
        status=status,
        tags=make.tags(),
        custom_properties=make.custom("Offer"),
        company_id=project["customer_id"],
        project_id=project["id"],
        deal_id=make.maybe("deals", 0.4),
        user_id=make.one("users"),
        vat_id=make.one("vat_code_sales"),
        internal_contact_id=make.maybe("users", 0.5),
    )
    part = {"offer_id": offer["id"]}
    if status == "accepted" or number % 9 == 0:
        make.add(
            "offer_confirmations",
            ago / 2,
            **part,
            date=make.ago(ago / 2),
            user_id=make.one("users"),
        )
        make.add("offer_customer_approvals", ago / 2, **part)
    if number % 4 == 0 or number < FEWEST:
        make.add("offer_attachments", ago / 2, **part)


def _invoice(make: Maker, number: int) -> None:
    project = make.account.records["projects"][make.one("projects")]
    ago, items = make.whenever(), _items(make, number)
    status: str = make.weighted(INVOICE_STATES)
    if number % DISREGARDED_EVERY == DISREGARDED_EVERY - 1:
        status = "disregarded"
    invoice = make.add(
        "invoices",
        ago,
        identifier=f"R{number + 1:05d}",
        date=make.ago(ago),
        due_date=make.ago(ago - 30),
        title=f"Rechnung {project['name']}",
        net_total=_net(items),
        items=items,
        salutation="Guten Tag",
        status=status,
        locked=ago > LOCKED_AFTER or number < FEWEST,
        tags=make.tags(),
        custom_properties=make.custom("Invoice"),
        customer_id=project["customer_id"],
        project_id=project["id"],
        offer_id=make.maybe("offers", 0.2),
        user_id=make.one("users"),
        vat_id=make.one("vat_code_sales"),
        letter_paper_id=make.maybe("letter_papers", 0.5),
        internal_contact_id=make.maybe("users", 0.5),
    )
    _invoice_parts(make, number, invoice, ago)


def _invoice_parts(make: Maker, number: int, invoice: Record, ago: float) -> None:
    part, later = {"invoice_id": invoice["id"]}, ago * make.chance.random()
    gross = invoice["net_total"] * 1.19
    shares = {"paid": (1.0,), "partially_paid": (0.3, 0.2)}
    for share in shares.get(invoice["status"], ()):
        paid = round(gross * share, 2)
        make.add(
            "invoice_payments",
            later,
            **part,
            date=make.ago(later),
            paid_total=paid,
            paid_total_in_account_currency=paid,
        )
    if invoice["status"] == "overdue" or number < FEWEST:
        for level in range(make.chance.randint(1, 2)):
            make.add(
                "invoice_reminders",
                later,
                **part,
                date=make.ago(later),
                due_date=make.ago(later - 14),
                title=f"{level + 1}. Mahnung",
                fee=5.0 * level,
            )
    if number % 10 == 0 or number < FEWEST:
        make.add("invoice_attachments", later, **part)


# ---- purchasing


def purchasing(make: Maker) -> None:
    """Make purchases and all around them."""
    suppliers = [c["id"] for c in make.all("companies") if c["type"] != "customer"]
    suppliers = suppliers or make.account.ids("companies")
    for number in range(make.count(4)):
        make.add(
            "planned_purchases",
            date=make.ago(-15),
            title=f"{make.pick(words.PURCHASES)} {number + 1}",
            net_total=make.money(20, 500),
            company_id=make.pick(suppliers),
            purchase_budget_id=make.one("purchase_budgets"),
            user_id=make.one("users"),
        )
    for number in range(make.count(30)):
        _receipt(make, number)
    for number in range(make.count(80)):
        _purchase(make, number, suppliers)
    for number in range(make.count(6)):
        source = {"source": "amex", "transaction_identifier": f"T{number}"}
        make.add(
            "purchase_drafts",
            title=f"Scan {number + 1}.pdf",
            user_id=make.maybe("users", 0.7),
            net_total=make.pick((None, make.money(10, 300))),
            credit_card_transaction=make.pick((None, source)),
        )
    for number in range(make.count(3)):
        make.add(
            "purchase_bookkeeping_exports",
            30 - number,
            **{"from": make.ago(60), "to": make.ago(30)},
            purchase_ids=make.account.ids("purchases")[number * 5 :][:5],
            user_id=make.one("users"),
        )
    _approvals(make)


def _purchase_item(make: Maker, number: int) -> Record:
    net = make.money(5, 900)
    return {
        "id": number,
        "title": make.pick(words.PURCHASES),
        "net_total": net,
        "tax_total": round(net * 0.19, 2),
        "gross_total": round(net * 1.19, 2),
        "vat_id": make.one("vat_code_purchases"),
        "purchase_category_id": make.maybe("purchase_categories", 0.8),
        "receipt_id": make.maybe("receipts", 0.1),
        "expense_id": make.maybe("project_expenses", 0.2),
    }


def _purchase(make: Maker, number: int, suppliers: list[int]) -> None:
    ago = make.whenever()
    items = [_purchase_item(make, number * 10 + n) for n in range(1 + number % 2)]
    paid = make.often(0.6)
    purchase = make.add(
        "purchases",
        ago,
        identifier=f"E{number + 1:05d}",
        title=make.pick(words.PURCHASES),
        date=make.ago(ago),
        due_date=make.ago(ago - 14),
        status="archived" if paid else "pending",
        payment_method=make.pick(METHODS),
        net_total=_net(items),
        gross_total=round(sum(item["gross_total"] for item in items), 2),
        has_file=make.often(0.8),
        items=items,
        tags=make.tags(),
        custom_properties=make.custom("Purchase"),
        user_id=make.one("users"),
        company_id=make.pick(suppliers) if number % 5 else None,
        expense_id=make.maybe("project_expenses", 0.1),
        planned_purchase_id=make.maybe("planned_purchases", 0.1),
    )
    if paid:
        make.add(
            "purchase_payments",
            ago / 2,
            date=make.ago(ago / 2),
            total=purchase["gross_total"],
            purchase_id=purchase["id"],
            user_id=make.one("users"),
        )


def _receipt(make: Maker, number: int) -> None:
    ago, gross = make.whenever(), make.money(5, 200)
    item = {
        "gross_total": gross,
        "vat_id": make.one("vat_code_purchases"),
        "purchase_category_id": make.one("purchase_categories"),
    }
    make.add(
        "receipts",
        ago,
        title=f"Quittung {number + 1}",
        date=make.ago(ago),
        pending=make.often(0.3),
        gross_total=gross,
        items=[item],
        user_id=make.one("users"),
        project_id=make.maybe("projects", 0.5),
    )


def _approvals(make: Maker) -> None:
    targets = {"invoice": "invoices", "purchase": "purchases"}
    for number in range(make.count(10)):
        kind = ("invoice", "purchase")[number % 2]
        make.add(
            "approvals",
            status=make.pick(("pending", "approved", "denied")),
            target_type=kind,
            target_id=make.one(targets[kind]),
            creator_id=make.one("users"),
            approver_id=make.one("users"),
        )
