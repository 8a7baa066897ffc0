"""What can go wrong with MOCO, each told in one line."""

from __future__ import annotations


class MocoError(Exception):
    """A failure whose text is fit for the user: no secret, no traceback."""


class UnauthorizedError(MocoError):
    """401: the key or the subdomain is wrong. Nothing else can work."""


class DeniedError(MocoError):
    """403, or 404 and 422 where a module is off: the key may not read this."""


class GoneError(MocoError):
    """404 for one record: deleted between the list and its details."""


class UnavailableError(MocoError):
    """No usable answer after all retries."""


class BadLinkError(MocoError):
    """A `next` link that leads to another host, or not onwards."""


class NotProvenError(MocoError):
    """A list kept moving: what was read may lack rows."""


class BadRecordError(MocoError):
    """A record without its primary key."""
