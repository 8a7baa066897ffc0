"""The base of all parts of the state, which refuse what no run can have written."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from tap_moco.timestamps import parse_timestamp

Count = Annotated[int, Meta(ge=0, le=2**53)]


class StatePart(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A part of the state; a key that it does not declare is refused."""

    def check_timestamps(self, *names: str) -> None:
        """Refuse text that is not a timestamp.

        Raises:
            ValueError: Names the field; msgspec adds the path to it.
        """
        for name in names:
            text = getattr(self, name)
            if text is not None and parse_timestamp(text) is None:
                msg = f"{name} {text!r} is not a timestamp"
                raise ValueError(msg)
