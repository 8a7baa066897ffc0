"""The table of targets against MOCO's documents and the tap's streams."""

from __future__ import annotations

import re
from pathlib import Path

from tap_moco.spool.targets import TARGETS, stream_of
from tap_moco.streams.registry import stream_classes

DOCS = Path(__file__).parents[2] / "docs" / "webhooks.md"

DOCUMENTED = {
    "Activity",
    "Comment",
    "Company",
    "Contact",
    "Contract",
    "Deal",
    "Expense",
    "Invoice",
    "Invoice::Approval",
    "Invoice::BookkeepingExport",
    "Invoice::Payment",
    "InvoiceDraft",
    "InvoiceReminder",
    "Offer",
    "PlanningEntry",
    "Presence",
    "Project",
    "Project::PaymentSchedule",
    "ProjectGroup",
    "Purchase",
    "Purchase::Approval",
    "Purchase::BookkeepingExport",
    "Purchase::Draft",
    "Purchase::Order",
    "Purchase::Payment",
    "RecurringExpense",
    "Schedule",
    "Task",
    "User",
    "User::HolidayRequest",
    "User::AbsenceRequest",
    "User::PeriodLockOverride",
    "User::WorkTimeAdjustment",
}
"""What MOCO's OpenAPI document of August 2026 lists as targets of a web hook."""


def test_every_documented_target_is_in_the_table_and_no_other() -> None:
    assert len(DOCUMENTED) == 33
    assert set(TARGETS) == DOCUMENTED


def test_every_target_has_a_stream_or_a_reason() -> None:
    streams = {vars(stream)["name"] for stream in stream_classes()}
    for name, target in TARGETS.items():
        assert target.stream in streams or (target.stream is None and target.reason), (
            name
        )


def test_the_older_name_leads_to_the_same_stream() -> None:
    assert stream_of("Customer") == stream_of("Company") == "companies"


def test_an_unknown_target_has_no_stream() -> None:
    assert stream_of("Purchase::Order") is None
    assert stream_of("Something::New") is None


def test_the_docs_have_the_same_table() -> None:
    text = DOCS.read_text(encoding="utf-8")
    table = re.findall(r"^\| `([A-Z][\w:]+)` \| `?(\w+)`?", text, re.MULTILINE)
    assert dict(table) == {n: t.stream or "none" for n, t in TARGETS.items()}
    for target in TARGETS.values():
        assert target.reason in text
