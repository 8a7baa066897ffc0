"""Credentials that occur nowhere else, and a search for them in all output."""

from __future__ import annotations

API_KEY = "k3y-9f8e7d6c5b4a-distinctive"
EMAIL = "k3y-login@distinctive.example"
PASSWORD = "p4ss-Zx81-distinctive"  # noqa: S105 - of a made-up account
SECRETS = (API_KEY, EMAIL, PASSWORD)
SIGNATURE = b"signature="

OUTPUTS: list[tuple[str, bytes]] = []
"""Every byte that the tap wrote in the test at hand."""


def note(what: str, output: bytes | str) -> None:
    """Have this searched for secrets at the end of the test."""
    data = output.encode() if isinstance(output, str) else output
    OUTPUTS.append((what, data))


def leaks(outputs: list[tuple[str, bytes]]) -> list[str]:
    """Return where a secret shows, and around what."""
    found = []
    for what, output in outputs:
        for secret in (*(s.encode() for s in SECRETS), SIGNATURE):
            at = output.find(secret)
            if at >= 0:
                found.append(f"{what}: …{output[max(at - 60, 0) : at + 60]!r}…")
    return found
