"""Secrets are kept out of every log record."""

from __future__ import annotations

import logging

from tap_moco.api.responses import CUT

MASK = "****"
SHORTEST_SECRET = 4
"""Masking shorter ones would garble the logs and hide nothing."""


class SecretRedactor:
    """Replaces secrets by value in every log record, whoever logs it."""

    def __init__(self) -> None:
        """Know no secret yet."""
        self._secrets: list[str] = []
        self._make = logging.getLogRecordFactory()

    def install(self) -> None:
        """Take over the making of log records."""
        logging.setLogRecordFactory(self.record)

    def add(self, secret: object) -> None:
        """Mask this value from now on, and what an excerpt may leave of it."""
        text = str(secret or "").strip()
        parts = [f"{text[:end]}{CUT}" for end in range(SHORTEST_SECRET, len(text))]
        if len(text) >= SHORTEST_SECRET and text not in self._secrets:
            self._secrets = sorted([*self._secrets, text, *parts], key=len)[::-1]

    def redact(self, text: str) -> str:
        """Return the text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text

    def record(self, *args: object, **kwargs: object) -> logging.LogRecord:
        """Make a log record that holds no secret."""
        record = self._make(*args, **kwargs)
        if self._secrets:
            record.msg, record.args = self.redact(record.getMessage()), None
            if record.exc_info:
                text = logging.Formatter().formatException(record.exc_info)
                record.exc_text = self.redact(text)
        return record


redactor = SecretRedactor()
"""The one of the process: log records know no run."""
