"""Read a day of more than a page person by person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_moco.api.errors import IncompleteReadError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.api.pagination import Page
    from tap_moco.completeness.endpoint import ListEndpoint
    from tap_moco.row import Row

TRIES = 3


class UserCuts:
    """The rows of a part of a list, one person after the other.

    Args:
        endpoint: A list that takes `user_id`.
        params: The filters of the part.
        first: Its first page, which does not hold all rows.
    """

    def __init__(
        self, endpoint: ListEndpoint, params: dict[str, str], first: Page
    ) -> None:
        """Know nobody yet."""
        self._endpoint = endpoint
        self._params = params
        self._first = first
        self._users: set[int] = set()

    def __iter__(self) -> Iterator[list[Row]]:
        """Yield all rows of each person.

        Raises:
            IncompleteReadError: Their number differs from the total of the part,
                before or after.
        """
        page = self._first
        for _ in range(TRIES):
            self._find_users(page)
            found = 0
            for user in sorted(self._users):
                own = self._endpoint.verified(
                    self._params | {"user_id": str(user)}, max_passes=TRIES
                )
                yield from own
                found += own.total
            before, page = page.total, self._endpoint.first_page(self._params)
            if before == found == page.total:
                return
        msg = (
            f"{self._endpoint.path} could not be proven complete: it showed {found} "
            f"rows person by person, and MOCO counts {page.total} for {self._params}. "
            "No bookmark moved, and nothing was declared deleted"
        )
        raise IncompleteReadError(msg)

    def _find_users(self, first: Page) -> None:
        """Find the people to whom the rows belong, on all pages of the part."""
        for page in self._endpoint.fetcher.pages(first):
            for row in page.body:
                user = row.get("user")
                if isinstance(user, dict) and isinstance(user.get("id"), int):
                    self._users.add(user["id"])
