"""How to reach an account: what the client is given."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClientConfig:
    """How to reach an account.

    Attributes:
        base_url: Ends in `/api/v1`.
        api_key: A key, or None where e-mail and password are exchanged for one.
        impersonate_user_id: Sent as `X-IMPERSONATE-USER-ID`.
        max_requests: Requests in any `period` seconds.
        concurrency: Requests under way at once, at most.
        connect_timeout, read_timeout: Seconds.
        max_response_seconds: From the first byte of an answer to its last one.
        max_response_bytes: Size of an answer's body, unpacked.
        ca_bundle: A PEM file of certificates to trust besides the usual ones.
        max_retries: Tries after the first, for one request.
        max_wait: Seconds without one success that 429s are waited out.
    """

    base_url: str
    user_agent: str
    api_key: str | None = None
    email: str | None = None
    password: str | None = None
    impersonate_user_id: int | None = None
    max_requests: int = 120
    period: float = 120.0
    concurrency: int = 4
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    max_response_seconds: float = 120.0
    max_response_bytes: int = 64_000_000
    ca_bundle: str | None = None
    max_retries: int = 5
    max_wait: float = 900.0
