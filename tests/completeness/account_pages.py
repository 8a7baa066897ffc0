"""The order of an account's rows, and the pages in which they are answered."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.stub import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from .account_model import Row


@dataclass
class World:
    """What is unknown of MOCO, and how this account answers.

    Attributes:
        page: Rows of the largest page.
        ties: How equal rows are ordered: anew each time, by page, or by id.
        inclusive: `updated_after` includes the time itself.
        sorts: `sort_by=id` works.
        deaf: Lists that do not heed `per_page`.
    """

    page: int = 100
    ties: str = "shuffle"
    inclusive: bool = False
    sorts: bool = False
    deaf: tuple[str, ...] = ()


class Pages:
    """Orders rows, and cuts them into pages."""

    def __init__(self, world: World, seed: int) -> None:
        """Shuffle by the seed."""
        self._world = world
        self._seed = seed
        self._random = random.Random(seed)

    def ordered(self, rows: list[Row], order: str, page: str = "") -> list[Row]:
        """Return rows by a field, and equal ones as the world has it."""
        mixed = sorted(rows, key=lambda row: row.get("id", 0))
        if self._world.ties == "shuffle":
            self._random.shuffle(mixed)
        elif self._world.ties == "page":
            random.Random(f"{self._seed} {page}").shuffle(mixed)
        if order == "-id":
            return sorted(mixed, key=lambda row: -row["id"])
        return sorted(mixed, key=lambda r: (r[order] is None, _orderable(r[order])))

    def page(
        self,
        path: str,
        rows: list[Row],
        query: dict[str, str],
        order: str,
        show: Callable[[Row], Row] = dict,
    ) -> Answer:
        """Answer the page of a list that is asked for, each row as it is shown."""
        size = min(int(query.get("per_page", 100)), self._world.page)
        if path in self._world.deaf:
            size = self._world.page
        number = int(query.get("page", 1))
        ordered = self.ordered(rows, order, f"{path} {number} {size}")
        headers = {
            "X-Total": str(len(rows)),
            "X-Page": str(number),
            "X-Per-Page": str(size),
        }
        pages = -(-len(rows) // size)
        if number < pages:
            headers["Link"] = _links(path, query, number, pages)
        part = ordered[(number - 1) * size : number * size]
        return Answer([show(row) for row in part], headers)


def _links(path: str, query: dict[str, str], number: int, pages: int) -> str:
    given = "&".join(
        f"{name}={value}" for name, value in query.items() if name != "page"
    )
    last, following = f"page={pages}&{given}", f"page={number + 1}&{given}"
    return (
        f'<{{base}}{path}?{last}>; rel="last", <{{base}}{path}?{following}>; rel="next"'
    )


def _orderable(value: object) -> object:
    return "" if value is None else value
