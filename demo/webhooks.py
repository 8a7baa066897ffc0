"""The demo's receiver of webhooks: the installed command, and what has come to it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = str(Path(sys.executable).with_name("tap-moco-webhooks"))
KEY = "1d608b9d72219b90ff2393a1d3ee0ac0"
"""That of MOCO's documentation, which the sandbox signs with."""
PATIENCE = 20.0


def free_address() -> str:
    """Return where a receiver on this machine can listen."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return f"http://127.0.0.1:{found.getsockname()[1]}/webhooks"


@contextmanager
def receiving(address: str, spool: Path, log: Path) -> Iterator[None]:
    """Run the receiver for a block."""
    port = address.rpartition(":")[2].partition("/")[0]
    given = ["serve", "--spool", str(spool), "--signing-key", KEY, "--port", port]
    with (
        log.open("ab") as errors,
        subprocess.Popen([COMMAND, *given], stderr=errors) as process,
    ):
        try:
            yield
        finally:
            process.terminate()


def wait_for_delete(spool: Path, number: int) -> float | None:
    """Wait until a delete has come; return the seconds, or None if it never came."""
    begin = time.monotonic()
    while time.monotonic() < begin + PATIENCE:
        given = ["list", "--json", "--limit", "1000", "--spool", str(spool)]
        listed = subprocess.run([COMMAND, *given], capture_output=True, check=False)
        events: list[dict[str, Any]] = list(map(json.loads, listed.stdout.splitlines()))
        for event in events:
            if (event["event"], event["entity_id"]) == ("delete", number):
                return time.monotonic() - begin
    return None
