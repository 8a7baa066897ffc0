"""The server: keys, the limit, faults, and control from outside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import requests

from .conftest import KEY, NOW, Client

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_moco.sandbox import Account

ANSWERED = {"html": 200, "object": 200, "empty": 200, "redirect": 302}
STATUSES = (500, 502, 503, 429, 403, 404, 422, 401)


def test_keys(client: Client) -> None:
    """A key is sent in one of three ways, or had for a password."""
    url = client.server.url
    for text in ("Token token=sandbox-key", 'Token token="sandbox-key"'):
        headers = {"Authorization": text}
        assert requests.get(f"{url}/session", headers=headers, timeout=5).ok
    bearer = {"Authorization": "Bearer sandbox-key"}
    assert requests.get(f"{url}/session", headers=bearer, timeout=5).json()["id"]
    wrong = requests.get(f"{url}/users", timeout=5)
    assert (wrong.status_code, wrong.json()) == (401, {"message": "Invalid API key."})
    given = {"email": "demo@example.com", "password": "sandbox-password"}
    session = requests.post(f"{url}/session", json=given, timeout=5).json()
    assert session["api_key"] == "sandbox-key"
    given["password"] = "wrong"  # noqa: S105
    assert requests.post(f"{url}/session", json=given, timeout=5).status_code == 401


def test_errors(client: Client) -> None:
    """Nothing but GET, and nothing but what is there."""
    url = f"{client.server.url}/users"
    assert requests.delete(url, headers=KEY, timeout=5).status_code == 405
    missing = client.get("/projects/5/tasks")
    assert (missing.status_code, missing.content) == (404, b"")
    assert client.get("/nonsense").status_code == 404


def test_impersonation_hides_fields(client: Client) -> None:
    """Staff rights show less."""
    assert "hourly_rate" in client.rows("/activities", per_page=1, page=3000)[0]
    client.session.headers["X-IMPERSONATE-USER-ID"] = "5"
    assert "hourly_rate" not in client.get("/activities").json()[0]


def test_requests_are_kept(client: Client) -> None:
    """A test can look at what was sent."""
    client.get("/users", page=1, ids="1,2")
    (entry,) = client.server.requests
    assert (entry.method, entry.path, entry.status) == ("GET", "/users", 200)
    assert entry.query == [("page", "1"), ("ids", "1,2")]
    assert entry.headers["authorization"] == "Token token=sandbox-key"
    client.server.clear()
    assert client.server.requests == []


@pytest.mark.parametrize("fixed", [False, True])
def test_limit(start: Callable[..., Client], fixed: bool) -> None:  # noqa: FBT001
    """Too many requests get 429, until the window is over."""
    client = start(limit=(3, 1.0), fixed_window=fixed)
    if fixed:
        time.sleep(1 - time.monotonic() % 1)
    statuses = [client.get("/users").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert client.server.rejected == 2
    time.sleep(1.05)
    assert client.get("/users").status_code == 200


def test_before_request(account: Account, start: Callable[..., Client]) -> None:
    """The account can change while it is read."""

    def delete_one(entry: Any, account: Account) -> None:
        if ("page", "2") in entry.query:
            account.delete("activities", account.ids("activities")[0])

    whole = account.ids("activities")[:]
    client = start(before_request=delete_one)
    seen = {row["id"] for row in client.rows("/activities")}
    assert set(whole) - seen == {whole[100]}
    assert account.clock() >= NOW


@pytest.mark.parametrize("status", STATUSES)
def test_status_faults(client: Client, status: int) -> None:
    """A fault hits the requests it is for, and no others."""
    client.server.faults.add(str(status), "^/users$", nth=2, times=2)
    statuses = [client.get("/users").status_code for _ in range(4)]
    assert statuses == [200, status, status, 200]
    assert client.get("/units").status_code == 200


@pytest.mark.parametrize(("kind", "status"), ANSWERED.items())
def test_answered_faults(client: Client, kind: str, status: int) -> None:
    """An answer can be complete and wrong."""
    client.server.faults.add(kind, times=None)
    for _ in range(2):
        response = client.get("/users")
        assert response.status_code == status
        assert not response.content.startswith(b"[")


@pytest.mark.parametrize("kind", ["reset", "timeout", "truncated"])
def test_broken_connections(client: Client, kind: str) -> None:
    """An answer can break off."""
    details: dict[str, Any] = {"seconds": 0.1} if kind == "timeout" else {}
    client.server.faults.add(kind, **details)
    with pytest.raises(requests.RequestException):
        client.get("/activities")
    assert client.get("/activities").status_code == 200


def test_cut_json(client: Client) -> None:
    """A complete body can be half a list."""
    client.server.faults.add("cut_json")
    with pytest.raises(requests.JSONDecodeError):
        client.get("/users").json()


def test_random_faults(client: Client) -> None:
    """Faults can come by chance, which has a seed."""
    runs = []
    for _ in range(2):
        client.server.faults.random(0.5, 3, ["500", "503"])
        runs.append([client.get("/units").status_code for _ in range(20)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500, 503}
    with pytest.raises(ValueError, match="no such fault"):
        client.server.faults.add("flood")


def test_control(client: Client) -> None:
    """Somebody outside of the process can change the account."""
    project = client.control("insert", {"collection": "projects"})
    change = {"collection": "projects", "id": project["id"]}
    changed = client.control("update", {**change, "fields": {"name": "Neu"}})
    assert changed["name"] == "Neu"
    assert client.control("archive", change)["active"] is False
    rows = client.control("rows/projects")
    assert project["id"] in {row["id"] for row in rows}
    client.control("delete", change)
    assert client.control("rows/projects") == rows[:-1]
    assert "no record" in client.control("delete", change)["message"]
    assert client.control("delete", {"id": 1}) == {
        "message": "not known, or not given: collection"
    }


def test_new_fields(client: Client) -> None:
    """Records can get a field that nobody has seen before."""
    field = {"collection": "users", "name": "nickname", "default": "?"}
    client.control("add_field", field)
    assert {row["nickname"] for row in client.rows("/users")} == {"?"}
    client.control("reset", {})
    assert "nickname" not in client.rows("/users")[0]


def test_evolve_and_reset(client: Client) -> None:
    """A day of work can be had, and undone."""
    before = client.control("stats")
    done = client.control("evolve", {"changes": 50, "seed": 3})
    assert sum(done.values()) == 50
    client.get("/users")
    assert client.control("stats")["requests"] == 1
    assert client.control("stats")["max_in_flight"] == 1
    client.control("faults", {"kind": "500"})
    assert client.get("/users").status_code == 500
    client.control("reset", {})
    assert client.control("stats") == before
