"""What MOCO answers of an account's single records."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.documented import DETAILS, TAGGABLE
from tests.support.stub import Answer

from .account_kinds import KINDS, PER_RECORD

if TYPE_CHECKING:
    from .account_model import AccountModel


@dataclass(frozen=True)
class Records:
    """Answers requests for one record, or for what belongs to one."""

    account: AccountModel

    def answer(self, path: str, query: dict[str, str]) -> Answer | None:
        """Answer a request; None if there is no such record."""
        account = self.account
        for name, collection in DETAILS.items():
            if found := re.fullmatch(KINDS[collection].path + r"/(\d+)", path):
                number = int(found[1])
                if number not in account.rows[collection]:
                    return None
                row = account.shown(collection, account.rows[collection][number])
                return Answer({**row, **account.detail(name, number)})
        if found := re.fullmatch(r"/taggings/(\w+)/(\d+)", path):
            tagged = account.rows[TAGGABLE[found[1]]].get(int(found[2]))
            return None if tagged is None else Answer(list(tagged.get("_tags", ())))
        if found := re.fullmatch(r"/users/(\d+)/performance_report", path):
            number = int(found[1])
            if number not in account.rows["users"]:
                return None
            return Answer(account.performance(number, int(query["year"])))
        return self._per_record(path)

    def _per_record(self, path: str) -> Answer | None:
        for name, (collection, key) in PER_RECORD.items():
            base = KINDS[collection].path
            if found := re.fullmatch(base + r"/(\d+)/(attachments|report)", path):
                if int(found[1]) not in self.account.rows[collection]:
                    return None
                rows = self.account.per_record(name, int(found[1]))
                bodies = [{k: v for k, v in r.items() if k != key} for r in rows]
                return Answer(bodies[0] if name == "project_reports" else bodies)
        return None
