"""What is asked for when: in order, never far ahead, and no gap left idle."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from tap_moco.api.fetcher import Fetcher
from tap_moco.api.pagination import Page, page_number, with_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_moco.api.client import Client

BASE = "http://moco.example/api/v1"
A_LIST, ANOTHER = f"{BASE}/a?per_page=1", f"{BASE}/b?per_page=1"


class Lists:
    """A client of lists with a row a page; holds answers back on demand.

    Attributes:
        asked: Every address, as it was asked for.
        held: Addresses that are not answered before `go`.
    """

    def __init__(self, concurrency: int, **pages: int) -> None:
        """Hold nothing back; lists have three pages where nothing else is said."""
        self.config = SimpleNamespace(concurrency=concurrency)
        self.pages = pages
        self.asked: list[str] = []
        self.held: set[str] = set()
        self.go = threading.Event()
        self.calls = threading.Condition()

    def url(self, path: str) -> str:
        """Return an address."""
        return BASE + path

    path = url

    def get(self, url: str, **_: Any) -> Page:
        """Answer a page."""
        with self.calls:
            self.asked.append(url)
            self.calls.notify_all()
        if url in self.held:
            assert self.go.wait(5)
        number = page_number(url)
        last = self.pages.get(url.removeprefix(BASE)[1], 3)
        following = with_page(url, number + 1) if number < last else None
        return Page(
            [{"id": number}],
            url,
            following,
            last,
            None,
            is_paged=True,
            sent=0.0,
            answered=0.0,
        )

    def wait_for(self, *urls: str) -> None:
        """Wait until all of these were asked for."""
        with self.calls:
            assert self.calls.wait_for(lambda: {*urls} <= {*self.asked}, 5)


def fetcher_of(lists: Lists) -> Fetcher:
    """Return a fetcher of these lists."""
    return Fetcher(cast("Client", lists))


def read(fetcher: Fetcher, url: str) -> list[int]:
    """Return the numbers of a list's rows."""
    return [page.body[0]["id"] for page in fetcher.pages(fetcher.get(url))]


@pytest.mark.parametrize("concurrency", [1, 2, 5])
def test_answers_come_in_order(concurrency: int) -> None:
    """Although the first one is the last to come."""
    lists = Lists(concurrency)
    urls = [f"{BASE}/{number}" for number in range(40)]
    if concurrency > 1:
        lists.held = {urls[0]}
    answers = fetcher_of(lists).map(lists.get, urls)

    def let_go() -> None:
        lists.wait_for(urls[1])
        lists.go.set()

    threading.Thread(target=let_go).start()
    assert [answer.result().url for answer in answers] == urls


@pytest.mark.parametrize("concurrency", [1, 3])
def test_items_are_taken_little_by_little(concurrency: int) -> None:
    """A list as good as endless must not fill the memory."""
    lists, taken = Lists(concurrency), 0

    def items() -> Iterator[str]:
        nonlocal taken
        for number in range(10_000):
            taken += 1
            yield f"{BASE}/{number}"

    answers = fetcher_of(lists).map(lists.get, items())
    for number in range(20):
        assert next(answers).result().url == f"{BASE}/{number}"
        assert taken <= number + 2 * concurrency


def test_lists_to_come_fill_the_gap_at_the_end_of_a_list() -> None:
    """While the last page is awaited, the first page of the next list is asked for."""
    lists = Lists(concurrency=4)
    fetcher = fetcher_of(lists)
    last = with_page(A_LIST, 3)
    lists.held = {last}
    fetcher.set_upcoming([A_LIST, ANOTHER])
    found = fetcher.pages(fetcher.get(A_LIST))
    next(found)
    next(found)
    lists.wait_for(ANOTHER)
    lists.go.set()
    assert [page.body[0]["id"] for page in found] == [3]
    fetcher.set_upcoming([ANOTHER])
    assert read(fetcher, ANOTHER) == [1, 2, 3]
    assert len(lists.asked) == len(set(lists.asked)) == 6


def test_a_list_to_come_is_not_read_beyond_its_first_page() -> None:
    """It may be read in windows, where these pages are of no use."""
    lists = Lists(concurrency=4, b=5_000)
    fetcher = fetcher_of(lists)
    fetcher.set_upcoming([A_LIST, ANOTHER])
    found = fetcher.pages(fetcher.get(A_LIST))
    assert [page.body[0]["id"] for page in found] == [1, 2, 3]
    assert [url for url in lists.asked if "/b" in url] == [ANOTHER]


def test_little_is_asked_for_before_it_is_wanted() -> None:
    """Answers that nobody takes yet cost memory, and grow old."""
    lists = Lists(concurrency=2)
    fetcher = fetcher_of(lists)
    fetcher.set_upcoming([f"{BASE}/{number}" for number in range(100)])
    assert read(fetcher, A_LIST) == [1, 2, 3]
    assert len(lists.asked) <= 3 + 2 * 2 * 2


def test_what_is_no_longer_wanted_is_forgotten() -> None:
    lists = Lists(concurrency=2)
    fetcher = fetcher_of(lists)
    fetcher.set_upcoming([f"{BASE}/{number}" for number in range(100)])
    fetcher.set_upcoming([ANOTHER])
    lists.wait_for(ANOTHER)


def test_an_early_failure_is_raised_where_the_answer_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lists = Lists(concurrency=2)
    lists.held = {A_LIST}
    monkeypatch.setattr(lists.go, "wait", lambda _=None: False)
    fetcher = fetcher_of(lists)
    fetcher.set_upcoming([A_LIST])
    with pytest.raises(AssertionError):
        fetcher.get(A_LIST)


def test_one_at_a_time_asks_nothing_early() -> None:
    lists = Lists(concurrency=1)
    fetcher = fetcher_of(lists)
    fetcher.set_upcoming([A_LIST, ANOTHER])
    fetcher.prefetch([ANOTHER])
    assert lists.asked == []
    assert read(fetcher, A_LIST) == [1, 2, 3]
    assert len(lists.asked) == 3


def test_a_worker_takes_what_was_prefetched_while_it_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a worker does that asks for details of which some were prefetched."""
    lists = Lists(concurrency=2)
    fetcher = Fetcher(cast("Client", lists))

    class Taken(Future[Page]):
        def done(self) -> bool:
            fetcher.get(A_LIST)
            return True

    def submit(_: object, function: Any, url: str) -> Future[Page]:
        future = Taken()
        future.set_result(function(url))
        return future

    monkeypatch.setattr("tap_moco.api.executor.DaemonExecutor.submit", submit)
    fetcher.set_upcoming([A_LIST, ANOTHER])
    assert lists.asked[:2] == [A_LIST, ANOTHER]
