"""The settings: their names, what they accept, and their defaults."""

from __future__ import annotations

from typing import Any

from singer_sdk.helpers.capabilities import FLATTENING_CONFIG, STREAM_MAPS_CONFIG

PLANS = {"standard": (120, 120.0), "unlimited": (1200, 120.0)}
"""How many requests in how many seconds (docs/moco-api.md, Rate limit)."""

LONGEST_SECRET = 512
"""Characters; MOCO's keys have 32."""


def _setting(kind: str, description: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "description": description, **more}


SETTINGS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "domain": _setting(
            "string",
            "The account's subdomain, such as your-account of "
            "your-account.mocoapp.com; the tap reduces a whole host name or URL to it. "
            "Required, unless api_url is given.",
        ),
        "api_key": _setting(
            "string",
            "The API key of a user or of the account, at most 512 characters. Give "
            "either this or email and password.",
            secret=True,
            maxLength=LONGEST_SECRET,
        ),
        "email": _setting(
            "string",
            "The e-mail address of a user, at most 512 characters. The tap exchanges "
            "it, together with password, for the user's API key.",
            secret=True,
            maxLength=LONGEST_SECRET,
        ),
        "password": _setting(
            "string",
            "The password of the user of that email, at most 512 characters.",
            secret=True,
            maxLength=LONGEST_SECRET,
        ),
        "api_url": _setting(
            "string",
            "Another base URL, for the sandbox or a proxy. It ends in /api/v1.",
        ),
        "allow_http": _setting(
            "boolean",
            "true or false: whether the tap may send the key over plain http to "
            "another machine.",
            default=False,
        ),
        "ca_bundle": _setting(
            "string",
            "The path of a PEM file of certificates that the tap trusts in addition to "
            "the usual ones, such as that of your company's own authority. Where it is "
            "not set, the tap uses the file that REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE "
            "names, in place of the usual ones.",
        ),
        "start_date": _setting(
            "string",
            "A date or time, such as 2024-01-31 or 2024-01-31T00:00:00Z. Incremental "
            "streams read what changed since then, and reports begin on that day. "
            "Without it, the tap reads everything.",
            format="date-time",
        ),
        "end_date": _setting(
            "string",
            "A date such as 2024-12-31, together with start_date and not before it. "
            "The tap then reads the records that are dated from start_date to "
            "end_date, both days included, of the lists that MOCO filters by date. It "
            "skips the other streams, leaves the state as it is, and declares nothing "
            "deleted.",
            format="date-time",
        ),
        "impersonate_user_id": _setting(
            "integer",
            "The id of a user to act as. The tap sends it as X-IMPERSONATE-USER-ID.",
            minimum=1,
        ),
        "plan": _setting(
            "string",
            "The account's plan: standard (120 requests in 120 s) or unlimited (1200 "
            "in 120 s).",
            enum=list(PLANS),
            default="standard",
        ),
        "rate_limit": _setting(
            "object",
            'An object such as {"requests": 60, "seconds": 120}, in place of the limit '
            "of the plan. requests is a whole number above 0, seconds a number above "
            "0, up to 86400.",
            properties={
                "requests": {"type": "integer", "minimum": 1},
                "seconds": {
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "maximum": 86_400,
                },
            },
            required=["requests", "seconds"],
            additionalProperties=False,
        ),
        "concurrency": _setting(
            "integer",
            "A whole number, 1 to 50: how many requests may be under way at the same "
            "time.",
            minimum=1,
            maximum=50,
            default=4,
        ),
        "include_archived": _setting(
            "boolean",
            "true or false: whether to read archived companies, projects and users, "
            "and disregarded invoices.",
            default=True,
        ),
        "overlap_seconds": _setting(
            "integer",
            "A whole number of seconds, 0 to 31536000 (a year): how far before the "
            "bookmark an incremental read starts.",
            minimum=0,
            maximum=31_536_000,
            default=60,
        ),
        "full_sweep_days": _setting(
            "integer",
            "A whole number of days, 0 to 36500: how old the last proven whole read of "
            "an incremental stream may be before the tap reads the stream whole again "
            "and declares deletes. Where the count of its rows differs, that happens "
            "earlier. 0 turns off the count, and whole reads after the first one.",
            minimum=0,
            maximum=36_500,
            default=7,
        ),
        "project_children": _setting(
            "string",
            "embedded (the tap takes tasks and contracts from the list of projects) or "
            "detail (it sends one request per project for the tasks and one for the "
            "contracts, which return every field).",
            enum=["embedded", "detail"],
            default="embedded",
        ),
        "custom_fields": _setting(
            "string",
            "raw (the object as MOCO sends it), typed (the object with one typed "
            "property per field) or columns (one typed top-level column per field). "
            "With flattening_enabled, typed is the same as columns.",
            enum=["raw", "typed", "columns"],
            default="raw",
        ),
        "report_years": _setting(
            "integer",
            "A whole number of years, 0 to 50: how many past years reports and rates "
            "cover, in addition to the current one.",
            minimum=0,
            maximum=50,
            default=1,
        ),
        "report_interval_hours": _setting(
            "integer",
            "A whole number of hours, 0 to 8760: how old the last complete read of a "
            "report or yearly list may be before the tap reads it again. Until then, "
            "the tap leaves it out of the run without a warning. Half an hour less "
            "counts as well, so that a daily schedule skips no day. 0 reads all of "
            "them in every run.",
            minimum=0,
            maximum=8_760,
            default=24,
        ),
        "on_forbidden": _setting(
            "string",
            "skip (with a warning) or fail: what happens to a stream that the key may "
            "not read.",
            enum=["skip", "fail"],
            default="skip",
        ),
        "unknown_fields": _setting(
            "string",
            "warn (once per field) or keep (in one object column, _unknown): what "
            "happens to fields that the schema lacks.",
            enum=["warn", "keep"],
            default="warn",
        ),
        "keep_signatures": _setting(
            "boolean",
            "true or false: whether to keep the signature in the addresses of files. "
            "It is a secret while it is valid, and it makes unchanged records differ "
            "on every read.",
            default=False,
        ),
        "webhook_spool": _setting(
            "string",
            "Where the webhook receiver keeps its events: the path of a file (SQLite), "
            "or the URL of a PostgreSQL database such as "
            "postgresql+psycopg://user:password@host/database. It needs the extra "
            "webhooks, adds the streams webhook_events and deleted_records, and makes "
            "the tap act on deletes that MOCO confirms.",
            secret=True,
        ),
        "webhook_deletes": _setting(
            "string",
            "sweep (a confirmed delete makes a whole read of its list due, which "
            "declares the row deleted) or in_place (the tap writes the row once more, "
            "with the time in _sdc_deleted_at; for lists that are too long to be read "
            "whole often).",
            enum=["sweep", "in_place"],
            default="sweep",
        ),
        "connect_timeout": _setting(
            "number",
            "A number of seconds above 0, up to 3600: how long to wait for a "
            "connection.",
            exclusiveMinimum=0,
            maximum=3_600,
            default=10,
        ),
        "read_timeout": _setting(
            "number",
            "A number of seconds above 0, up to 3600: how long the server may send "
            "nothing.",
            exclusiveMinimum=0,
            maximum=3_600,
            default=60,
        ),
        "max_response_seconds": _setting(
            "number",
            "A number of seconds, 1 to 86400: how long an answer may take from its "
            "first byte to its last. A stream whose answer takes longer fails.",
            minimum=1,
            maximum=86_400,
            default=120,
        ),
        "max_response_bytes": _setting(
            "integer",
            "A whole number of bytes, 1000000 (1 MB) to 2000000000 (2 GB): how large "
            "an answer may be after it is unpacked. A stream whose answer is larger "
            "fails.",
            minimum=1_000_000,
            maximum=2_000_000_000,
            default=64_000_000,
        ),
        "max_retries": _setting(
            "integer",
            "A whole number, 0 to 100: how often the tap repeats a request that fails.",
            minimum=0,
            maximum=100,
            default=5,
        ),
        "max_wait_seconds": _setting(
            "number",
            "A number of seconds, 0 to 86400: how long to keep waiting while MOCO "
            "answers nothing but 429, before the stream fails.",
            minimum=0,
            maximum=86_400,
            default=900,
        ),
    },
}


SDK_SETTINGS: dict[str, Any] = {
    name: {"type": schema["type"], "description": schema["description"]}
    for part in (STREAM_MAPS_CONFIG, FLATTENING_CONFIG)
    for name, schema in part["properties"].items()
}
"""Settings that the Singer SDK adds to every tap. Its mapper checks the maps."""

ALL_SETTINGS: dict[str, Any] = {**SETTINGS["properties"], **SDK_SETTINGS}
SECRETS = [name for name, schema in ALL_SETTINGS.items() if "secret" in schema]
