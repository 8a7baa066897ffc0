"""How to reach an account: the configuration of the client."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClientConfig:
    """How to reach an account.

    Attributes:
        base_url: Ends in `/api/v1`.
        api_key: A key, or None where e-mail and password are exchanged for one.
        impersonate_user_id: Sent as `X-IMPERSONATE-USER-ID`.
        max_requests: The limit of requests in any `period` seconds.
        concurrency: The most requests that are under way at the same time.
        connect_timeout, read_timeout: Seconds.
        max_response_seconds: From the first byte of an answer to its last one.
        max_response_bytes: The largest size of an answer's body, unpacked.
        ca_bundle: A PEM file of certificates to trust in addition to the usual ones.
        max_retries: Tries after the first, for one request.
        max_wait: Seconds to keep waiting while MOCO answers nothing but 429.
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
