"""The images that the Dockerfile makes, run as the compose file runs them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tap_moco.sandbox import generate_account, serve
from tap_moco.sandbox.webhooks import post
from tests.support.environments import ROOT
from tests.support.ports import free_port
from tests.support.postgres import postgresql
from tests.support.runs import KEY as API_KEY
from tests.support.runs import NO_LIMIT, asked
from tests.targets.stores import Postgres
from tests.webhooks.sender import KEY, Delivery

from .compose import GIVEN, services, variables
from .loaded import assert_loaded, default_streams
from .podman import Service, podman, volume
from .relay import port_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_moco.sandbox import Server

pytestmark = pytest.mark.image

ADDED = 250_000_000
"""Bytes that both images add to their base at most."""
BUILDERS = ("gcc", "cc", "make", "git", "uv")


@pytest.fixture
def data() -> Iterator[str]:
    """A volume for `/data`."""
    with volume() as name:
        yield name


@dataclass
class Accounts:
    """An account of MOCO, and the database that the compose file has.

    Attributes:
        database: The address of the database.
        port: Where containers find it.
    """

    server: Server
    database: str
    port: int

    def loader(self, data: str, every: str = "") -> Service:
        """Return the service that loads the one into the other."""
        given = {**GIVEN, "MOCO_API_KEY": API_KEY, "MOCO_WEBHOOK_SIGNING_KEY": ""}
        env = {
            **variables("load", given),
            "EVERY": every,
            "TAP_MOCO_API_URL": self.server.url,
            "TAP_MOCO_RATE_LIMIT": json.dumps(NO_LIMIT),
            "TARGET_POSTGRES_HOST": "127.0.0.1",
            "TARGET_POSTGRES_PORT": str(self.port),
        }
        return Service("load", data, env)


@pytest.fixture
def accounts() -> Iterator[Accounts]:
    """Serve an account, and a database for it."""
    with serve(generate_account(0.3)) as server, postgresql() as address:
        engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text("CREATE ROLE loader LOGIN"))
            connection.execute(sa.text("CREATE DATABASE warehouse OWNER loader"))
        engine.dispose()
        url = sa.make_url(address).set(database="warehouse")
        with port_of(f"{url.query['host']}/.s.PGSQL.5432") as port:
            yield Accounts(server, url.render_as_string(hide_password=False), port)


def test_the_service_loads_an_account_and_then_what_changed(
    accounts: Accounts, data: str, tmp_path: Path
) -> None:
    """All is right; the state outlives the container, which can be stopped."""
    server, store = accounts.server, Postgres(tmp_path, accounts.database, "moco")
    with accounts.loader(data, every="3600").running() as container:
        container.wait_for("load: the tap ended with")
        assert "load: the tap ended with 0, the target with 0" in container.logs()
        assert container.stop() == 143
        assert API_KEY not in container.logs()
    assert_loaded(server, store, default_streams())
    server.clear()
    accounts.loader(data).run("load")
    assert_loaded(server, store, default_streams())
    pages = [q for q in asked(server, "/activities") if q["per_page"] != "1"]
    assert all("updated_after" in page for page in pages), "it read all again"


def test_a_wrong_key_is_a_failure_with_its_line(accounts: Accounts, data: str) -> None:
    accounts.server.faults.add("401", times=None)
    with accounts.loader(data).running() as container:
        assert podman("wait", container.identity).strip() == "1"
        assert "401" in container.logs()
        assert "load: the tap ended with 1" in container.logs()


def test_the_receiver_takes_what_is_signed_and_is_healthy(data: str) -> None:
    port = free_port()
    env = {**variables("webhooks", GIVEN), "TAP_MOCO_WEBHOOKS_PORT": str(port)}
    sent = Delivery("Activity", "update", {"id": 1})
    url = f"http://127.0.0.1:{port}/webhooks"
    with Service("webhooks", data, env).running() as container:
        container.wait_for("listening on http")
        assert post(url, sent.headers(KEY), sent.body) == 200
        assert post(url, sent.headers("f" * 32), sent.body) == 401
        _, *check = services()["webhooks"]["healthcheck"]["test"]
        here = [part.replace(":8080/", f":{port}/") for part in check]
        podman("exec", container.identity, *here)
        assert container.stop() == 0
        assert KEY not in container.logs()
    tap = Service("load", data, variables("load", GIVEN))
    found = json.loads(tap.run("tap-moco", "--config=ENV", "--discover"))
    assert len(found["streams"]) == len(list((ROOT / "schemas").glob("*.json")))


def test_the_command_says_what_it_is(data: str) -> None:
    tap = Service("webhooks", data, {})
    assert tap.run("tap-moco", "--version").startswith("tap-moco v")
    about = json.loads(tap.run("tap-moco", "--about", "--format=json"))
    assert about["name"] == "tap-moco"


def test_it_may_write_its_data_and_nothing_else(data: str) -> None:
    """It is no root, and holds nothing that only its build needed."""
    script = "\n".join(
        [
            "id -u; touch /data/x /tmp/x",
            "for file in /x /opt/tap/x /run/x /var/tmp/x; do",
            "    ! touch $file 2>/dev/null || echo $file was written",
            "done",
            *(f"! command -v {name}" for name in BUILDERS),
            "find /opt -name pip -o -name setuptools",
            "ls /source /root 2>/dev/null || true",
        ]
    )
    for name in ("load", "webhooks"):
        service = Service(name, data, {})
        assert service.run("sh", "-c", script) == "10001\n", name


def test_the_images_add_little_to_their_base() -> None:
    history = json.loads(podman("history", "--format=json", "tap-moco:load"))
    *ours, base = [layer["size"] for layer in history if layer["size"]]
    assert sum(ours) < ADDED
    assert base not in ours
