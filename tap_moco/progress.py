"""A progress bar for the current stream, on standard error of a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


class Progress:
    """Shows how far the current stream is; nothing if there is no terminal."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._bar: ProgressBar[Any] | None = None
        self._label = ""

    def show(self, label: str, step: int, total: int) -> None:
        """Advance the bar of a stream; another label begins another bar."""
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
        """End the current bar, so that the log continues in a new line."""
        if self._bar is not None:
            self._bar.render_finish()
            self._bar = None
