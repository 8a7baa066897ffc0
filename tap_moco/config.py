"""The settings of a run: how they are checked, and what follows from them."""

from __future__ import annotations

import ipaddress
import math
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from jsonschema import Draft202012Validator

from tap_moco.api.auth import canonical
from tap_moco.api.client_config import ClientConfig
from tap_moco.api.pagination import PER_PAGE
from tap_moco.api.trust import wrong_bundle
from tap_moco.errors import InvalidInputError
from tap_moco.plan import SyncSettings
from tap_moco.settings import ALL_SETTINGS, PLANS, SDK_SETTINGS, SECRETS, SETTINGS
from tap_moco.state.account import Account
from tap_moco.timestamps import format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

SUBDOMAIN = re.compile(r"[a-z0-9][a-z0-9-]*")
PASSWORDS = (
    re.compile(r"://[^:/@]*:(.*)@"),
    re.compile(r"[?&][^=&]*pass[^=&]*=([^&]*)", re.IGNORECASE),
)
"""Where the URL of a database has a password: before the host, and in its query."""
LONGEST_SHOWN = 200
"""How many characters of a wrong value an error shows."""


def given_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what counts as not given: null, and an empty text."""
    return {
        name: value
        for name, value in config.items()
        if value is not None and (not isinstance(value, str) or value.strip())
    }


def secrets_in(config: Mapping[str, Any]) -> Iterator[object]:
    """Yield what no log may show: secret settings, and passwords in the spool's URL.

    The path of a spool's file is not a secret, and messages name it.
    """
    for name in SECRETS:
        value = config.get(name)
        if name != "webhook_spool":
            yield value
        elif isinstance(value, str) and "://" in value:
            for pattern in PASSWORDS:
                for password in pattern.findall(value):
                    yield from {password, unquote(password)}


def check(config: Mapping[str, Any], *, needs_account: bool = True) -> None:
    """Check all settings.

    Args:
        config: What was given.
        needs_account: Settings that name the account and its key are required.

    Raises:
        InvalidInputError: Says for each wrong setting what was given, and what is
            accepted.
    """
    is_https = not str(config.get("api_url")).lower().startswith("http:")
    problems = [
        *_wrong_values(config),
        *_wrong_address(config),
        *wrong_bundle(config.get("ca_bundle"), is_https=is_https),
    ]
    if needs_account:
        problems += _missing(config)
    if problems:
        raise InvalidInputError("; ".join(dict.fromkeys(problems)))


def whole_numbers(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return checked settings, with 4.0 as 4 if the setting is a whole number."""
    return {
        name: int(value)
        if isinstance(value, float) and ALL_SETTINGS.get(name, {})["type"] == "integer"
        else value
        for name, value in config.items()
    }


def _wrong_values(config: Mapping[str, Any]) -> Iterator[str]:
    schema = {**SETTINGS, "properties": ALL_SETTINGS}
    for error in Draft202012Validator(schema).iter_errors(dict(config)):
        yield problem_with(str(error.absolute_path[0]), config)
    for name, value in config.items():
        inner = value.values() if isinstance(value, dict) else (value,)
        if name in SETTINGS["properties"] and any(map(_is_no_number, inner)):
            yield problem_with(name, config)
    for name in ("start_date", "end_date"):
        text = config.get(name)
        if isinstance(text, str) and parse_timestamp(text) is None:
            yield problem_with(name, config)
    yield from _wrong_period(config)
    key = config.get("api_key")
    if isinstance(key, str) and not re.fullmatch(r"[!-~]+", key.strip()):
        yield problem_with("api_key", config)


def _wrong_period(config: Mapping[str, Any]) -> Iterator[str]:
    """Refuse an `end_date` without a `start_date`, or before it."""
    if "end_date" not in config:
        return
    if "start_date" not in config:
        yield "end_date: start_date is missing. Both together name a period"
    elif (period := period_of(config)) and period.last < period.first:
        yield f"end_date: {period.last} is before start_date, which is {period.first}"


def _is_no_number(value: object) -> bool:
    """Return whether a value is NaN or infinite, which a check of bounds may miss."""
    return isinstance(value, float) and not math.isfinite(value)


def problem_with(name: str, config: Mapping[str, Any]) -> str:
    """Name a wrong setting, what was given, and what is accepted."""
    setting = ALL_SETTINGS[name]
    is_hidden = setting.get("secret") or name in SDK_SETTINGS
    given = "what was given" if is_hidden else _shown(config[name])
    return f"{name}: {given} is not accepted. Accepted: {setting['description']}"


def _shown(value: object) -> str:
    """Return a value for an error; of a possible address, only scheme, host and path.

    User and password, query and fragment may hold secrets. If a password with a `?` or
    `#` in it could be taken for a host, nothing is shown.
    """
    if not isinstance(value, str):
        return repr(value)[:LONGEST_SHOWN]
    scheme, slashes, rest = value.partition("://")
    if not scheme.isalpha() or not slashes:
        scheme, slashes, rest = "", "", value
    place, *hidden = re.split(r"[?#]", rest, maxsplit=1)
    if "@" in "".join(hidden) and "@" not in place:
        return "what was given"
    return repr(f"{scheme}{slashes}{place.rpartition('@')[2]}")[:LONGEST_SHOWN]


def _wrong_address(config: Mapping[str, Any]) -> Iterator[str]:
    api_url, domain = config.get("api_url"), config.get("domain")
    if isinstance(api_url, str):
        yield from _wrong_url(api_url, allow_http=bool(config.get("allow_http")))
    elif isinstance(domain, str) and not SUBDOMAIN.fullmatch(subdomain(domain)):
        yield problem_with("domain", config)
    if "api_key" in config and ("email" in config or "password" in config):
        yield (
            "api_key: given together with email or password. Accepted is either "
            "api_key, or email and password"
        )


def _missing(config: Mapping[str, Any]) -> Iterator[str]:
    if "api_url" not in config and "domain" not in config:
        yield "domain: nothing was given. The account's subdomain is required"
    has_login = "email" in config, "password" in config
    if "api_key" not in config and not all(has_login):
        missing = {(True, False): "password", (False, True): "email"}
        yield (
            f"{missing.get(has_login, 'api_key')}: nothing was given. Accepted is "
            "either api_key, or email and password"
        )


def _wrong_url(url: str, *, allow_http: bool) -> Iterator[str]:
    try:
        parts = urlsplit(canonical(url))
        host = parts.hostname
    except ValueError:
        host = None
    has_more = "?" in url or "#" in url
    if not host or parts.scheme not in {"http", "https"} or has_more:
        yield (
            f"api_url: {_shown(url)} is not accepted. It is a URL such "
            "as https://example.mocoapp.com/api/v1"
        )
    elif parts.username or parts.password:
        yield "api_url: a user or password in it is not accepted; use api_key"
    elif not parts.path.rstrip("/").endswith("/api/v1"):
        yield f"api_url: {_shown(url)} is not accepted. It ends in /api/v1"
    elif parts.scheme == "http" and not allow_http and not is_loopback(host):
        yield (
            f"api_url: {_shown(url)} is not accepted, since plain http would show "
            "the key on the way. Use https, or set allow_http"
        )


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    if host.removesuffix(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def subdomain(domain: str) -> str:
    """Reduce what a person would paste to the subdomain; empty if that is doubtful.

    A password may contain a character that ends the host. Then the part before it is a
    user, and not a host.
    """
    address = domain.strip().lower().split("//", 1)[-1]
    place, *rest = re.split(r"[/?#]", address, maxsplit=1)
    host, _, port = place.rpartition("@")[2].partition(":")
    host = host.removesuffix(".")
    is_user = "@" in "".join(rest) and not host.endswith(".mocoapp.com")
    if is_user or (port and not port.isdecimal()):
        return ""
    return host.removesuffix(".mocoapp.com")


def base_url(config: Mapping[str, Any]) -> str:
    """Return the address that comes before all of MOCO's paths."""
    url: str = config.get("api_url") or (
        f"https://{subdomain(config.get('domain') or '')}.mocoapp.com/api/v1"
    )
    return url.rstrip("/")


@dataclass(frozen=True)
class Period:
    """The days that a read of a period covers, both included."""

    first: date
    last: date

    def __str__(self) -> str:
        """Return the days, for the log."""
        return f"{self.first} to {self.last}"


def period_of(config: Mapping[str, Any]) -> Period | None:
    """Return the days from `start_date` to `end_date`, as they are written."""
    first, last = (parse_timestamp(config.get(n)) for n in ("start_date", "end_date"))
    return Period(first.date(), last.date()) if first and last else None


@dataclass(frozen=True)
class Settings:
    """The settings as the run uses them, from a configuration that was checked.

    Attributes:
        account: The account and the filters that a state belongs to.
        client: How to reach the account.
        sync: What decides between an increment and a sweep.
        period: The days of a read of a period; None reads what changed, or all.
        report_years: How many past years the reports cover.
        report_interval: How old the last read of a report may be.
        webhook_spool: Where the spool is, if there is one.
        webhook_account: What MOCO's webhooks call the account; None if unknown.
        marks_deletes: Confirmed deletes are written to the rows themselves.
    """

    account: Account
    client: ClientConfig
    sync: SyncSettings
    period: Period | None
    include_archived: bool
    project_children: str
    custom_fields: str
    report_years: int
    report_interval: timedelta
    skips_forbidden: bool
    keeps_unknown_fields: bool
    keeps_signatures: bool
    flattens: bool
    webhook_spool: str | None
    webhook_account: str | None
    marks_deletes: bool

    @classmethod
    def of(cls, config: Mapping[str, Any], user_agent: str) -> Settings:
        """Read a configuration that was checked."""
        account = account_of(config)
        client = client_config(config, user_agent)
        return cls(
            account=account,
            client=client,
            sync=SyncSettings(
                start=parse_timestamp(config.get("start_date")),
                overlap=timedelta(seconds=config["overlap_seconds"]),
                sweep_every=timedelta(days=config["full_sweep_days"]),
                filters=account.mark,
                rows_at_once=client.max_requests * PER_PAGE,
            ),
            period=period_of(config),
            include_archived=config["include_archived"],
            project_children=config["project_children"],
            custom_fields=config["custom_fields"],
            report_years=config["report_years"],
            report_interval=timedelta(hours=config["report_interval_hours"]),
            skips_forbidden=config["on_forbidden"] == "skip",
            keeps_unknown_fields=config["unknown_fields"] == "keep",
            keeps_signatures=config["keep_signatures"],
            flattens=bool(config.get("flattening_enabled")),
            webhook_spool=config.get("webhook_spool"),
            webhook_account=webhook_account(config),
            marks_deletes=(
                "webhook_spool" in config and config["webhook_deletes"] == "in_place"
            ),
        )


def webhook_account(config: Mapping[str, Any]) -> str | None:
    """Return what MOCO's webhooks call the account: its subdomain, if it is known."""
    host = urlsplit(base_url(config)).hostname or ""
    if host.endswith(".mocoapp.com"):
        return subdomain(host)
    return subdomain(config["domain"]) if config.get("domain") else None


def account_of(config: Mapping[str, Any]) -> Account:
    """Return the account and the filters that checked settings name."""
    filters: dict[str, Any] = {}
    if start := parse_timestamp(config.get("start_date")):
        filters["start_date"] = format_timestamp(start)
    if not config["include_archived"]:
        filters["include_archived"] = False
    if user := config.get("impersonate_user_id"):
        filters["impersonate_user_id"] = user
    return Account(_address(base_url(config)), filters)


def _address(url: str) -> str:
    """Return host and path of an address, in the same form however it was written."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removesuffix(".")
    try:
        host = ipaddress.ip_address(host).compressed
    except ValueError:
        host = _ascii(host)
    default_port = {"http": 80, "https": 443}[parts.scheme]
    port = f":{parts.port}" if parts.port not in (None, default_port) else ""
    return f"{host}{port}{parts.path.rstrip('/')}"


def _ascii(host: str) -> str:
    """Return a host name as it is looked up, with umlauts encoded by IDNA."""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def client_config(config: Mapping[str, Any], user_agent: str) -> ClientConfig:
    """Return how to reach the account, from settings that were checked."""
    max_requests, period = PLANS[config["plan"]]
    if own := config.get("rate_limit"):
        max_requests, period = int(own["requests"]), float(own["seconds"])
    key = config.get("api_key")
    return ClientConfig(
        base_url=base_url(config),
        user_agent=user_agent,
        api_key=key.strip() if key else None,
        email=config.get("email"),
        password=config.get("password"),
        impersonate_user_id=config.get("impersonate_user_id"),
        max_requests=max_requests,
        period=period,
        concurrency=config["concurrency"],
        connect_timeout=float(config["connect_timeout"]),
        read_timeout=float(config["read_timeout"]),
        max_response_seconds=float(config["max_response_seconds"]),
        max_response_bytes=config["max_response_bytes"],
        ca_bundle=config.get("ca_bundle") or None,
        max_retries=config["max_retries"],
        max_wait=float(config["max_wait_seconds"]),
    )
