"""Ports for servers that have to be told theirs before they start."""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress

ASKED_FOR = range(20_000, 32_768)
"""Linux gives a port from 32768 on to whoever names none, at any moment."""


def free_port() -> int:
    """Return a port that nobody listens on, and that nobody gets without asking."""
    while True:
        port = secrets.choice(ASKED_FOR)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
