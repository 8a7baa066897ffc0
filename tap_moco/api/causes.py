"""Why a request failed, by the types of the exceptions and never by their words.

Their texts hold addresses, and whatever a server says.
"""

from __future__ import annotations

import errno
import http.client
import os
import socket
import ssl
from typing import TYPE_CHECKING

import requests
import urllib3.exceptions
from urllib3.util.ssl_match_hostname import CertificateError

if TYPE_CHECKING:
    from collections.abc import Iterator

CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "the host name cannot be resolved"),
    (ConnectionRefusedError, "connection refused"),
    (http.client.RemoteDisconnected, "connection closed without an answer"),
    (ConnectionError, "connection reset"),
    (urllib3.exceptions.InvalidChunkLength, "the answer is not valid HTTP"),
    (http.client.IncompleteRead, "the answer broke off"),
    (urllib3.exceptions.DecodeError, "the answer cannot be unpacked"),
    (urllib3.exceptions.HeaderParsingError, "the answer's headers are malformed"),
    (urllib3.exceptions.InvalidHeader, "the answer's headers are malformed"),
    (http.client.HTTPException, "the answer is not valid HTTP"),
    (ssl.SSLEOFError, "the TLS connection was closed early"),
    (ssl.SSLError, "no TLS connection; the server may not speak TLS here"),
    (urllib3.exceptions.NewConnectionError, "no connection"),
    (urllib3.exceptions.ConnectTimeoutError, "no connection in time"),
    (TimeoutError, "no answer in time"),
    (urllib3.exceptions.TimeoutError, "no answer in time"),
    (requests.exceptions.Timeout, "no answer in time"),
    (urllib3.exceptions.ProtocolError, "the answer broke off"),
)
"""What a user reads, by type; the first one that fits counts."""

NETWORK = {
    errno.ENETUNREACH,
    errno.EHOSTUNREACH,
    errno.ENETDOWN,
    errno.EHOSTDOWN,
    errno.EADDRNOTAVAIL,
    errno.EACCES,
    errno.EPERM,
    errno.EMFILE,
}
"""Errors of the machine's own network, whose names say enough."""

OTHER_NUMBERS = (ssl.SSLError, socket.gaierror)
"""Errors whose `errno` is none of the system's."""

UNKNOWN_AUTHORITY = (
    "is signed by an authority that this machine does not know; if it is your "
    "own, set ca_bundle to the file of its certificate"
)
OTHER_HOST = "belongs to another host; check domain or api_url"
CERTIFICATES = {
    2: UNKNOWN_AUTHORITY,
    9: "is not valid yet; check the clock of this machine",
    10: "has expired; whoever runs the host has to renew it",
    18: UNKNOWN_AUTHORITY,
    19: UNKNOWN_AUTHORITY,
    20: UNKNOWN_AUTHORITY,
    21: UNKNOWN_AUTHORITY,
    62: OTHER_HOST,
    64: OTHER_HOST,
}
"""What is wrong with a certificate, by OpenSSL's code (X509_V_ERR_...)."""


def cause(error: BaseException) -> str:
    """Name why a request failed, without the address, which may hold secrets."""
    chain = list(_chain(error))
    is_proxy = any(
        isinstance(one, urllib3.exceptions.ProxyError | requests.exceptions.ProxyError)
        or type(one).__module__ == "socks"  # of PySocks, which may not be there
        for one in chain
    )
    return f"by the proxy: {_words(chain)}" if is_proxy else _words(chain)


def _words(chain: list[BaseException]) -> str:
    numbered = (one for one in chain if not isinstance(one, OTHER_NUMBERS))
    for one in numbered:
        if isinstance(one, OSError) and one.errno in NETWORK:
            return os.strerror(one.errno).lower()
    for kind, words in CAUSES:
        if any(isinstance(one, kind) for one in chain):
            return words
    return f"the request failed ({type(chain[-1]).__name__})"


def certificate_problem(error: BaseException) -> str | None:
    """Say what is wrong with the host's certificate, if that is the cause."""
    for one in _chain(error):
        if isinstance(one, CertificateError):
            return OTHER_HOST
        if isinstance(one, ssl.SSLCertVerificationError):
            code = one.verify_code
            return CERTIFICATES.get(code, f"is not valid ({one.verify_message})")
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it wraps, each once."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None))
        waiting += [e for e in (*inner, *one.args) if isinstance(e, BaseException)]
