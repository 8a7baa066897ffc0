"""What people type arrives as they typed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.runs import settings, synced

if TYPE_CHECKING:
    from tap_moco.sandbox import Account, Server


def test_line_separators_within_a_text(living: Server, account: Account) -> None:
    """One message stays one line, whatever other characters end a line."""
    text = "eins\u2028zwei\u2029drei\u0085vier\x0bfünf"
    number = account.ids("activities")[0]
    account.update("activities", number, description=text)
    outcome = synced(settings(living), "activities")
    assert outcome.target.row("activities", number)["description"] == text
