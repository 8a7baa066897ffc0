"""How many random histories a test plays, and where they begin."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from hypothesis import HealthCheck, Phase, seed, settings

if TYPE_CHECKING:
    from collections.abc import Callable

Test = TypeVar("Test", bound="Callable[..., None]")

PHASES = tuple(Phase) if os.environ.get("TAP_MOCO_SHRINK") else (Phase.generate,)
"""Shrinking takes minutes: it is for whoever looks into a failure."""


def random_histories(count: int, first_seed: int) -> Callable[[Test], Test]:
    """Return a decorator: so many histories from this seed, unless told otherwise.

    The variables TAP_MOCO_HISTORIES and TAP_MOCO_SEED tell other ones.
    """
    profile = settings(
        max_examples=int(os.environ.get("TAP_MOCO_HISTORIES", count)),
        deadline=None,
        database=None,
        phases=PHASES,
        print_blob=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    begin = seed(int(os.environ.get("TAP_MOCO_SEED", first_seed)))
    return lambda test: begin(profile(test))
