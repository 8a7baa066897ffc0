"""A bar on a terminal's standard error, for the stream at hand."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


class Progress:
    """Shows how far the stream at hand is; nothing where nobody looks."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._bar: ProgressBar[Any] | None = None
        self._label = ""

    def show(self, label: str, step: int, total: int) -> None:
        """Move the bar of a stream on; another label begins another bar."""
        if not sys.stderr or not sys.stderr.isatty():
            return
        if self._bar is None or label != self._label:
            self.clear()
            self._label = label
            self._bar = click.progressbar(
                length=max(total, 1), label=label, file=sys.stderr
            )
            self._bar.render_progress()
        self._bar.update(step)

    def clear(self) -> None:
        """End the bar at hand, so that the log goes on in a new line."""
        if self._bar is not None:
            self._bar.render_finish()
            self._bar = None
