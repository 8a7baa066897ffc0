"""A server of time entries that costs next to nothing, in a process of its own.

`python -m tools.bench_pages --rows 100000` prints its URL and serves until its
standard input is closed. It knows one list, `/activities`, of rows of about
1 kB, 2,000 a month, and of its parameters as much as a reader needs: `page`,
`from` and `to` by the month, and `updated_after`, which nothing is newer than.
Pages are made once, packed, and kept.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import random
import socket
import sys
import threading
from datetime import date, datetime, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

import orjson
import uvicorn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from typing import Any

    Message = MutableMapping[str, Any]

PER_PAGE = 100
MONTH_ROWS = 2_000
ROW_BYTES = 1_000
WORDS = [
    "Abstimmung",
    "Konzept",
    "Entwurf",
    "Kampagne",
    "Freigabe",
    "Korrektur",
    "Umsetzung",
    "Prüfung",
    "Besprechung",
    "Kunde",
    "Angebot",
    "Vorlage",
    "Recherche",
    "Schulung",
    "Wartung",
    "Übergabe",
    "Planung",
    "Fehler",
    "Anpassung",
    "Bericht",
    "Layout",
    "Reinzeichnung",
    "Druckdaten",
    "Redaktion",
    "Testlauf",
]


class History:
    """So many rows, the newest of this month, 2,000 a month before.

    Args:
        rows: How many; a multiple of a page keeps pages and months in step.
        row_bytes: About how large the JSON of one is.
    """

    def __init__(self, rows: int, row_bytes: int = ROW_BYTES) -> None:
        """Make nothing yet."""
        self.rows = rows
        self._row_bytes = row_bytes
        today = datetime.now(timezone.utc).date()
        self._last_month = today.year * 12 + today.month - 2
        self._pages: dict[int, bytes] = {}

    def below(self, day: str) -> int:
        """Return how many rows are dated before a month's first day."""
        year, month = int(day[:4]), int(day[5:7])
        ahead = self._last_month + 1 - (year * 12 + month - 1)
        return min(max(self.rows - ahead * MONTH_ROWS, 0), self.rows)

    def span(self, query: dict[str, str]) -> tuple[int, int]:
        """Return the first row that a request asks for, and the first after it."""
        if "updated_after" in query:
            return 0, 0
        first = self.below(query["from"]) if "from" in query else 0
        last = self.below(_next_month(query["to"])) if "to" in query else self.rows
        return first, last

    def page(self, first: int, last: int) -> bytes:
        """Return the packed JSON of some rows; whole pages are kept."""
        if last - first != PER_PAGE:
            return self._packed(first, last)
        if first not in self._pages:
            self._pages[first] = self._packed(first, last)
        return self._pages[first]

    def warm(self) -> None:
        """Make all pages."""
        for first in range(0, self.rows, PER_PAGE):
            self.page(first, min(first + PER_PAGE, self.rows))

    def _packed(self, first: int, last: int) -> bytes:
        rows = [self.row(number) for number in range(first, last)]
        return gzip.compress(orjson.dumps(rows), 6)

    def row(self, number: int) -> dict[str, Any]:
        """Return one row, always the same."""
        chance = random.Random(number)
        index = self._last_month - (self.rows - 1 - number) // MONTH_ROWS
        day = date(index // 12, index % 12 + 1, 1 + number % 28)
        stamp = f"{day}T{number % 12 + 7:02}:{number % 60:02}:{number % 59:02}Z"
        row = _row(20_000_000 + number, day.isoformat(), stamp, chance)
        free = self._row_bytes - len(orjson.dumps(row))
        row["description"] = " ".join(chance.choices(WORDS, k=free // 9))
        return row


def _row(number: int, day: str, stamp: str, chance: random.Random) -> dict[str, Any]:
    minutes = chance.randrange(15, 480, 15)
    project = chance.randrange(400)
    return {
        "id": number,
        "date": day,
        "hours": minutes / 60,
        "seconds": minutes * 60,
        "worked_seconds": minutes * 60,
        "description": "",
        "billed": False,
        "invoice_id": None,
        "billable": True,
        "tag": "",
        "remote_service": "jira",
        "remote_id": f"PRJ-{chance.randrange(5000)}",
        "remote_url": f"https://jira.example.com/browse/PRJ-{chance.randrange(5000)}",
        "project": {
            "id": 900_000 + project,
            "identifier": f"P{project:05}",
            "name": f"{WORDS[project % len(WORDS)]} {project}",
            "billable": True,
        },
        "task": {"id": 700_000 + project, "name": "Projektleitung", "billable": True},
        "customer": {
            "id": 500_000 + project // 4,
            "name": f"Kunde {project // 4} GmbH",
        },
        "user": {
            "id": 933_000 + project % 40,
            "firstname": "Maxi",
            "lastname": "Muster",
        },
        "deal": None,
        "hourly_rate": 120.5,
        "timer_started_at": None,
        "created_at": stamp,
        "updated_at": stamp,
    }


def _next_month(day: str) -> str:
    year, month = int(day[:4]), int(day[5:7])
    return f"{year + month // 12:04}-{month % 12 + 1:02}-01"


class App:
    """The ASGI side."""

    def __init__(self, history: History) -> None:
        """Serve a history."""
        self._history = history
        self._date = b""

    async def __call__(
        self,
        scope: Message,
        _receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer a request, whatever it is, with a page of the list."""
        query = dict(parse_qsl(scope["query_string"].decode()))
        number = int(query.get("page", "1"))
        start, end = self._history.span(query)
        first = min(start + (number - 1) * PER_PAGE, end)
        last = min(first + PER_PAGE, end)
        headers = [
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-encoding", b"gzip"),
            (
                b"date",
                format_datetime(datetime.now(timezone.utc), usegmt=True).encode(),
            ),
            (b"x-page", str(number).encode()),
            (b"x-per-page", str(PER_PAGE).encode()),
            (b"x-total", str(end - start).encode()),
        ]
        if last < end:
            host, port = scope["server"]
            following = urlencode({**query, "page": number + 1})
            link = f"<http://{host}:{port}{scope['path']}?{following}>"
            headers.append((b"link", f'{link}; rel="next"'.encode()))
        body = self._history.page(first, last)
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--row-bytes", type=int, default=ROW_BYTES)
    options = parser.parse_args()
    history = History(options.rows, options.row_bytes)
    history.warm()
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    opened.bind(("127.0.0.1", 0))
    opened.listen(128)
    config = uvicorn.Config(
        App(history),
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_keep_alive=3600,
    )
    server = uvicorn.Server(config)

    def wait() -> None:
        sys.stdin.read()
        server.should_exit = server.force_exit = True

    threading.Thread(target=wait, daemon=True).start()
    print(f"http://127.0.0.1:{opened.getsockname()[1]}/api/v1", flush=True)
    asyncio.run(server.serve([opened]))


if __name__ == "__main__":
    main()
