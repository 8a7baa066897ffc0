"""What MOCO answers of an account, as its documentation has it, or as it may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import TYPE_CHECKING

from tests.support.stub import Answer

from .account_lists import Lists
from .account_pages import Pages
from .account_records import Records
from .account_reports import Reports

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.stub import Request

    from .account_model import AccountModel
    from .account_pages import World


@dataclass
class AccountServer:
    """Answers requests.

    Attributes:
        denied: Paths that the key may not read.
        requests: All that was asked.
        before_request: Called before each answer is made.
    """

    account: AccountModel
    world: World
    seed: int
    before_request: Callable[[], None]
    denied: set[str] = field(default_factory=set)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Shuffle all answers by the same chance."""
        pages = Pages(self.world, self.seed)
        self._parts = (
            Lists(self.account, self.world, pages),
            Reports(self.account, pages),
            Records(self.account),
        )

    def __call__(self, request: Request) -> Answer:
        """Answer a request."""
        self.before_request()
        path, query = request.path, request.query
        self.requests.append((path, query))
        answer = self._answer(path, query)
        now = self.account.clock.now.replace(microsecond=0)
        answer.headers["Date"] = format_datetime(now, usegmt=True)
        return answer

    def _answer(self, path: str, query: dict[str, str]) -> Answer:
        if path in self.denied:
            return Answer({"errors": ["Access denied"]}, status=403)
        for part in self._parts:
            answer = part.answer(path, query)
            if answer is not None:
                return answer
        return Answer(b"", status=404)
