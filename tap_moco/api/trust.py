"""Which certificates to trust, besides the usual ones."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The variables from which requests takes certificates; the first one wins."""


def environment_bundle() -> str | None:
    """Return the path of the certificates that the environment names."""
    return next(filter(None, map(os.environ.get, BUNDLE_VARIABLES)), None)


def read_bundle(path: str) -> str:
    """Return the certificates of a file, as PEM text.

    Raises:
        OSError: It cannot be read.
        ValueError: It holds no certificate in PEM format.
    """
    text = Path(path).read_bytes().decode("ascii", "ignore")  # comments may be other
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except ssl.SSLError as error:
        raise ValueError("no certificate in PEM format") from error
    return text


def wrong_bundle(given: object, *, is_https: bool) -> Iterator[str]:
    """Yield what is wrong with the file that decides whom the tap trusts.

    Args:
        given: The setting `ca_bundle`; without it, the environment counts, which
            may also name a directory.
        is_https: Certificates are needed, so what the environment names matters.
    """
    name, path = "ca_bundle", given
    if not given:
        name, path = " or ".join(BUNDLE_VARIABLES), environment_bundle()
    is_fine = not given and path and (not is_https or Path(str(path)).is_dir())
    if not isinstance(path, str) or is_fine:
        return
    try:
        read_bundle(path)
    except OSError as error:
        yield f"{name}: {path!r} cannot be read ({error.strerror})"
    except ValueError:
        yield f"{name}: {path!r} holds no certificate in PEM format"
