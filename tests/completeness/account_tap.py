"""A tap that lives in the time of an account, and in small pages."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tap_moco.api import pagination
from tap_moco.completeness import passes, report_pages, windows
from tap_moco.streams.registry import make_streams
from tap_moco.tap import TapMoco

from .account_kinds import parent_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_moco.streams.base import MocoStream
    from tests.support.clock import Clock
    from tests.support.quick import Pipe

    from .account_model import Row


@contextlib.contextmanager
def time_of(clock: Clock, skew: int, page: int, window: int) -> Iterator[None]:
    """Let the tap live in the account's time, and in small pages."""
    ahead = dt.timedelta(seconds=skew)

    class Meta(type):
        def __instancecheck__(cls, other: object) -> bool:
            return isinstance(other, dt.datetime)

    class Now(dt.datetime, metaclass=Meta):
        @classmethod
        def now(cls, tz: Any = None) -> dt.datetime:  # type: ignore[override]
            return (clock.now + ahead).astimezone(tz)

    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.startswith("tap_moco.") and "sandbox" not in name:
                if getattr(module, "datetime", None) is dt.datetime:
                    patch.setattr(module, "datetime", Now)
                if page < 100 and hasattr(module, "PER_PAGE"):
                    patch.setattr(module, "PER_PAGE", page)
        if page < 100:
            sizes = tuple(page - n for n in (0, 2, 1, 3))
            patch.setattr(passes, "PAGE_SIZES", sizes)
            patch.setattr(report_pages, "PAGE_SIZES", sizes)
        patch.setattr(windows, "WINDOW_ROWS", window)
        assert page == pagination.PER_PAGE
        yield


def make_tap(
    config: Row, streams: Sequence[str], state: Row, sleep: Any, writer: Pipe
) -> TapMoco:
    """Return a tap of some selected streams, and their parents."""
    made_too = {*streams, *filter(None, map(parent_of, streams))}

    class ChosenTap(TapMoco):
        def discover_streams(self) -> list[MocoStream]:
            made = make_streams(self, self.context, made_too)
            for stream in made:
                stream.selected_by_default = stream.name in streams
            return made

    ChosenTap.sleep = staticmethod(sleep)
    copied = json.loads(json.dumps(state))
    return ChosenTap(config=config, state=copied, message_writer=writer)
