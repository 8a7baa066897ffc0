"""Random settings and states: never more than a clear error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tap_moco.config import check, client_config
from tap_moco.errors import InvalidInputError
from tap_moco.settings import ALL_SETTINGS, SDK_SETTINGS, SETTINGS
from tests.support.secrets import API_KEY, PASSWORD

from .chance import FEW, JSON, MANY
from .running import plain_config, run_here

if TYPE_CHECKING:
    from tap_moco.sandbox import Server

# Settings

NAMES = sorted(ALL_SETTINGS.keys() - SDK_SETTINGS.keys())
"""The tap's own; the SDK adds others to its table once a tap was made."""
ODD = st.one_of(
    JSON,
    st.sampled_from(
        [
            "",
            "2024-02-30",
            "0001-01-01",
            "9999-12-31T23:59:59-14:00",
            "[::1",
            "http://[::1/api/v1",
            "https://user:pass@host/api/v1",
            "http://127.0.0.1:99999/api/v1",
            "http://127.0.0.1/api/v1",
            10**30,
            1e300,
            -1,
            0,
            {"requests": 1, "seconds": 1e308},
            {"requests": 10**30, "seconds": 1},
        ]
    ),
)
VALID = {"domain": "example", "api_key": API_KEY}
SECRET_NAMES = ("api_key", "email", "password")
DEFAULTS = {
    n: s["default"] for n, s in SETTINGS["properties"].items() if "default" in s
}


@MANY
@given(odd=st.dictionaries(st.sampled_from(NAMES), ODD, min_size=1, max_size=4))
def test_settings(odd: dict[str, Any]) -> None:
    """Wrong settings are named and explained; accepted ones can be used."""
    config = {**DEFAULTS, **VALID, **odd}
    try:
        check(config)
    except InvalidInputError as error:
        text = str(error)
        assert any(name in text for name in NAMES)
        others = str({n: v for n, v in config.items() if n not in SECRET_NAMES})
        for name in SECRET_NAMES:
            secret = config.get(name)
            if isinstance(secret, str) and len(secret) > 5 and secret not in others:
                assert secret not in text or secret in str(SETTINGS)
        return
    reached = client_config(config, "test")
    assert reached.base_url.startswith("http")
    assert urlsplit(reached.base_url).hostname


def test_password_is_not_shown() -> None:
    """The fuzz of settings would see a secret in a message."""
    with pytest.raises(InvalidInputError) as caught:
        check({**DEFAULTS, "domain": "x", "api_key": f"{PASSWORD} {API_KEY}"})
    assert API_KEY not in str(caught.value)


@FEW
@given(odd=st.dictionaries(st.sampled_from(NAMES), ODD, min_size=1, max_size=3))
def test_settings_of_a_run(server: Server, odd: dict[str, Any]) -> None:
    """What the check accepts, a run can work with."""
    odd = {n: v for n, v in odd.items() if n not in {"api_url", "rate_limit"}}
    odd = {n: v for n, v in odd.items() if n not in {"api_key", "email", "password"}}
    wait = odd.get("max_wait_seconds")
    assume(not isinstance(wait, float) or wait < 1e9)
    assume("unexpected" not in str(odd))  # a value that the log would repeat
    assume(odd.get("keep_signatures") is not True)  # which asks for signatures
    outcome = run_here({**plain_config(server.url), **odd}, ("units", "users"))
    assert "unexpected" not in outcome.err, odd
    assert "Traceback" not in outcome.err
    is_refused = any(f"ERROR | tap-moco | {name}: " in outcome.err for name in NAMES)
    assert outcome.code == (1 if is_refused else 0), outcome.err


# State

TIMES = st.sampled_from(
    [
        "2024-01-01T00:00:00Z",
        "2024-01-01",
        "2024-01-01T00:00:00.123456+14:00",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        "2024-02-30T00:00:00Z",
        "",
        "now",
    ]
)
MONTHS = st.sampled_from(["2024-03", "0001-01", "9999-12", "2024-13", "03-2024", "", 5])
SWEEP = st.fixed_dictionaries(
    {},
    optional={
        "version": st.integers() | JSON,
        "completed_at": TIMES | JSON,
        "resume": JSON
        | st.fixed_dictionaries(
            {}, optional={"window": MONTHS | JSON, "started_at": TIMES | JSON}
        ),
    },
)
OF_STREAM = JSON | st.fixed_dictionaries(
    {},
    optional={
        "replication_key": st.just("updated_at") | JSON,
        "replication_key_value": TIMES | JSON,
        "sweep": SWEEP | JSON,
        "partitions": JSON,
        "progress_markers": JSON,
        "starting_replication_value": JSON,
        "replication_key_signpost": JSON,
        "known": JSON,
        "rejected": JSON,
        "denied": JSON,
    },
)
STREAMS = ("activities", "invoices", "invoice_details", "units")
STATE = JSON | st.fixed_dictionaries(
    {
        "bookmarks": st.dictionaries(
            st.sampled_from([*STREAMS, "unknown"]), OF_STREAM, min_size=1, max_size=3
        )
    }
)


@FEW
@given(state=STATE)
def test_state(server: Server, state: Any) -> None:
    """A state is refused in one line, or a run goes on from it."""
    outcome = run_here(plain_config(server.url), STREAMS, state=state)
    assert "unexpected" not in outcome.err, state
    assert "Traceback" not in outcome.err
    if outcome.code:
        (line,) = outcome.lines("ERROR")
        assert "state: " in line
    else:
        assert outcome.target.state
