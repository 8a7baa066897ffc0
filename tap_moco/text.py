"""Words for people."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return how many there are: 1 record, 2 records."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
