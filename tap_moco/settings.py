"""The settings: what they are called, what is accepted, and the defaults."""

from __future__ import annotations

from typing import Any

from singer_sdk.helpers.capabilities import FLATTENING_CONFIG, STREAM_MAPS_CONFIG

PLANS = {"standard": (120, 120.0), "unlimited": (1200, 120.0)}
"""Requests and seconds of the window (docs/moco-api.md, Rate limit)."""

LONGEST_SECRET = 512
"""Characters; MOCO's keys have 32."""


def _setting(kind: str, description: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "description": description, **more}


SETTINGS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "domain": _setting(
            "string",
            "The account's subdomain; a whole host name or URL is reduced to it. "
            "Required, unless api_url is given.",
        ),
        "api_key": _setting(
            "string",
            "A user's or the account's API key, at most 512 characters. This, or "
            "email and password.",
            secret=True,
            maxLength=LONGEST_SECRET,
        ),
        "email": _setting(
            "string",
            "With password, exchanged for the user's key; at most 512 characters.",
            secret=True,
            maxLength=LONGEST_SECRET,
        ),
        "password": _setting(
            "string",
            "With email, exchanged for the user's key; at most 512 characters.",
            secret=True,
            maxLength=LONGEST_SECRET,
        ),
        "api_url": _setting(
            "string",
            "Another base URL, for the sandbox or a proxy; it ends in /api/v1.",
        ),
        "allow_http": _setting(
            "boolean",
            "true lets the key go over plain http to another machine.",
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
            "A date or time, such as 2024-01-31 or 2024-01-31T00:00:00Z: the first "
            "updated_after of incremental streams, the first day of reports. "
            "Without it, everything is read.",
            format="date-time",
        ),
        "end_date": _setting(
            "string",
            "A date such as 2024-12-31, with start_date and not before it: reads the "
            "records that are dated from start_date to end_date, both days included, "
            "of the lists that MOCO filters by date. The other streams are skipped, "
            "the state stays as it is, and nothing is declared deleted.",
            format="date-time",
        ),
        "impersonate_user_id": _setting(
            "integer",
            "The id of a user to act as, sent as X-IMPERSONATE-USER-ID.",
            minimum=1,
        ),
        "plan": _setting(
            "string",
            "standard (120 requests in 120 s) or unlimited (1200 in 120 s).",
            enum=list(PLANS),
            default="standard",
        ),
        "rate_limit": _setting(
            "object",
            'An object such as {"requests": 60, "seconds": 120}, in place of the '
            "plan's limit; both numbers are above 0.",
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
            "Requests under way at once, at most; 1 to 50.",
            minimum=1,
            maximum=50,
            default=4,
        ),
        "include_archived": _setting(
            "boolean",
            "true or false: archived companies, projects and users, and "
            "disregarded invoices.",
            default=True,
        ),
        "overlap_seconds": _setting(
            "integer",
            "A whole number of seconds, 0 to a year: how far before the bookmark an "
            "incremental read starts.",
            minimum=0,
            maximum=31_536_000,
            default=60,
        ),
        "full_sweep_days": _setting(
            "integer",
            "A whole number of days, 0 to 36500: an incremental stream is read "
            "whole, and deletes are declared, when its last proven sweep is older. "
            "0 means never again.",
            minimum=0,
            maximum=36_500,
            default=7,
        ),
        "project_children": _setting(
            "string",
            "embedded (tasks and contracts out of the list of projects) or detail "
            "(one request a project and kind, with every field).",
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
            "A whole number of years, 0 to 50: how many past years the reports and "
            "rates cover.",
            minimum=0,
            maximum=50,
            default=1,
        ),
        "report_interval_hours": _setting(
            "integer",
            "A whole number of hours, 0 to 8760: a report or yearly list is read when "
            "its last complete read is older, and quietly left out of the run "
            "otherwise. Half an hour less is enough, so that a daily schedule skips no "
            "day. 0 reads all of them in every run.",
            minimum=0,
            maximum=8_760,
            default=24,
        ),
        "on_forbidden": _setting(
            "string",
            "skip (with a warning) or fail: a stream that the key may not read.",
            enum=["skip", "fail"],
            default="skip",
        ),
        "unknown_fields": _setting(
            "string",
            "warn (once a field) or keep (in one object column _unknown): fields "
            "that the schema lacks.",
            enum=["warn", "keep"],
            default="warn",
        ),
        "keep_signatures": _setting(
            "boolean",
            "true leaves the signature in the addresses of files. It is a secret "
            "while valid, and makes unchanged records differ on every read.",
            default=False,
        ),
        "webhook_spool": _setting(
            "string",
            "Where the webhook receiver keeps its events: the path of a file (SQLite), "
            "or the URL of a PostgreSQL database such as "
            "postgresql+psycopg://user:password@host/database. It needs the extra "
            "webhooks, brings the streams webhook_events and deleted_records, and has "
            "the tap act on deletes that MOCO confirms.",
            secret=True,
        ),
        "webhook_deletes": _setting(
            "string",
            "sweep (a confirmed delete makes the next sweep of its list due, which "
            "declares the row deleted) or in_place (the row is written once more, with "
            "the time in _sdc_deleted_at, for lists too long to sweep).",
            enum=["sweep", "in_place"],
            default="sweep",
        ),
        "connect_timeout": _setting(
            "number",
            "Seconds above 0, to 3600, until a connection has to stand.",
            exclusiveMinimum=0,
            maximum=3_600,
            default=10,
        ),
        "read_timeout": _setting(
            "number",
            "Seconds above 0, to 3600, that the server may be silent.",
            exclusiveMinimum=0,
            maximum=3_600,
            default=60,
        ),
        "max_response_seconds": _setting(
            "number",
            "Seconds, 1 to 86400, from the first byte of an answer to its last one. A "
            "stream whose answer takes longer fails.",
            minimum=1,
            maximum=86_400,
            default=120,
        ),
        "max_response_bytes": _setting(
            "integer",
            "A whole number of bytes, from 1 MB (1000000) to 2 GB (2000000000), that "
            "an answer may have when unpacked. A stream whose answer is larger fails.",
            minimum=1_000_000,
            maximum=2_000_000_000,
            default=64_000_000,
        ),
        "max_retries": _setting(
            "integer",
            "A whole number, 0 to 100: tries after the first, for one request.",
            minimum=0,
            maximum=100,
            default=5,
        ),
        "max_wait_seconds": _setting(
            "number",
            "Seconds, 0 to 86400, that MOCO's 429 is waited out without one success.",
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
"""What the Singer SDK adds to every tap; what is inside of a map its mapper checks."""

ALL_SETTINGS: dict[str, Any] = {**SETTINGS["properties"], **SDK_SETTINGS}
SECRETS = [name for name, schema in ALL_SETTINGS.items() if "secret" in schema]
