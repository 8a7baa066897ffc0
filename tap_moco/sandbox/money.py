"""Reports on money: cash flow and finance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.sandbox.account import Account
    from tap_moco.sandbox.model import Record
    from tap_moco.sandbox.question import Question

AMOUNT = "amount_in_account_currency"


def cashflow(question: Question) -> list[Record]:
    """Return what was paid, and what is to be paid; in any order within a day."""
    return _asked_for(_payments(question.account), question)


def finance(question: Question) -> list[Record]:
    """Return what was earned and spent, without tax."""
    rows = _asked_for(_earnings(question.account), question)
    for row in rows:
        row[f"net_{AMOUNT}"] = row.pop(AMOUNT)
    return rows


def _payments(account: Account) -> Iterator[Record]:
    records = account.records
    for invoice in _valid_invoices(account):
        if invoice["status"] not in {"paid", "partially_paid"}:
            due = float(invoice["net_total"]) * (1 + float(invoice["tax"]) / 100)
            yield _movement(account, "invoice_created", invoice, invoice, due)
    for payment in records["invoice_payments"].values():
        invoice, paid = (
            records["invoices"][payment["invoice_id"]],
            payment["paid_total"],
        )
        yield _movement(account, "invoice_payment", payment, invoice, float(paid))
    for payment in records["purchase_payments"].values():
        bill, paid = records["purchases"][payment["purchase_id"]], payment["total"]
        yield _movement(account, "purchase_payment", payment, bill, -float(paid))


def _earnings(account: Account) -> Iterator[Record]:
    records = account.records
    for invoice in _valid_invoices(account):
        net = float(invoice["net_total"])
        yield _movement(account, "invoices", invoice, invoice, net)
    for bill in records["purchases"].values():
        yield _movement(account, "purchases", bill, bill, -float(bill["net_total"]))
    for expense in records["project_expenses"].values():
        customer = records["projects"][expense["project_id"]]["customer_id"]
        whole = {**expense, "customer_id": customer}
        cost = expense["unit_cost"] * expense["quantity"]
        yield _movement(account, "incoming_expenses", expense, whole, -cost)


def _valid_invoices(account: Account) -> Iterator[Record]:
    for invoice in account.records["invoices"].values():
        if invoice["status"] != "disregarded":
            yield invoice


def _movement(
    account: Account, kind: str, record: Record, whole: Record, amount: float
) -> Record:
    company = account.find(
        "companies", whole.get("customer_id", whole.get("company_id"))
    )
    user = account.find("users", whole["user_id"])
    return {
        "record_id": record["id"],
        "company_id": company and company.record["id"],
        "description": f"{whole.get('identifier', '')} {whole['title']}",
        "user_id": user and user.record["id"],
        AMOUNT: round(amount, 2),
        "kind": kind,
        "company": company and company.pick("id name"),
        "user": user and user.pick("id firstname lastname"),
        "date": record["date"],
    }


def _asked_for(rows: Iterator[Record], question: Question) -> list[Record]:
    first, last = question.period()
    kinds, companies = question.query.get("kinds"), question.numbers("company_id")
    found = [
        row
        for row in rows
        if first <= row["date"] <= last
        and (not kinds or row["kind"] in kinds.split(","))
        and (not companies or row["company_id"] in companies)
    ]
    return question.in_order(found, lambda row: row["date"])
