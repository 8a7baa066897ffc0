"""What can go wrong with MOCO; each error is reported in one line.

MocoError
├── FatalError: the run ends
│   ├── UnauthorizedError
│   ├── LoginError
│   └── UnreachableError
├── ForbiddenError, NotFoundError
├── UnavailableError, AnswerBoundError
└── PaginationError, IncompleteReadError, MissingTotalError, MissingKeyError
"""

from __future__ import annotations


class MocoError(Exception):
    """A failure whose text is fit for the user: no secret, no traceback."""


class FatalError(MocoError):
    """A failure that every other request would meet as well: the run ends."""


class UnauthorizedError(FatalError):
    """401: the key or the subdomain is wrong."""


class LoginError(FatalError):
    """MOCO gave no key for the e-mail address and password."""


class UnreachableError(FatalError):
    """The host did not answer through all tries, or is not to be trusted."""


class ForbiddenError(MocoError):
    """403, or 404 and 422 where a module is off: the key may not read this."""


class RefusedError(MocoError):
    """403, 404 or 422 for a list that MOCO has answered in this run: MOCO's fault.

    Args:
        denial: What MOCO said.
        path: The list that was answered before.
    """

    def __init__(self, denial: ForbiddenError, path: str) -> None:
        """Say why the reason is not a missing right."""
        super().__init__(
            f"{denial}; MOCO answered {path} before in this run and now refuses it"
        )


class NotFoundError(MocoError):
    """404 for one record: deleted between the list and its details."""


class UnavailableError(MocoError):
    """No usable answer after all retries, from a host that does answer."""


class AnswerBoundError(MocoError):
    """An answer that is larger, or takes longer, than the settings allow."""


class PaginationError(MocoError):
    """A `next` link that does not lead onwards."""


class IncompleteReadError(MocoError):
    """A read could not be proven complete: it may lack rows."""


class MissingTotalError(MocoError):
    """A page lacks the total that MOCO usually sends, and so it may lack rows, too."""


class MissingKeyError(MocoError):
    """A record without its primary key."""
