"""The options of the command: what they accept, and one clear line for other input."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from tap_moco.spool.database import ACCEPTED, open_database
from tap_moco.webhooks.receiver import KEEP, MAX_BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "TAP_MOCO_WEBHOOKS_"
KEY = re.compile(r"[!-+\--~]+")
"""Printable ASCII without spaces, and without the comma that separates keys."""

MAX_DAYS = 36_500


class Checked(click.ParamType):  # type: ignore[type-arg] # not in older ones
    """The values that an option accepts.

    Args:
        parse: Returns the value of a text, or raises ValueError.
        accepted: A description of them, for the help and for messages.
        is_secret: Messages do not repeat what was given.
    """

    name = "value"
    envvar_list_splitter = ","

    def __init__(
        self, parse: Callable[[str], Any], accepted: str, *, is_secret: bool = False
    ) -> None:
        """Keep how to check."""
        self._parse = parse
        self.accepted = accepted
        self._is_secret = is_secret

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Return the value.

        Raises:
            ClickException: Says what was given, and what is accepted.
        """
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except (ValueError, OverflowError):
            given = "what was given" if self._is_secret else repr(value)
            raise click.ClickException(
                f"{_name(ctx, param)}: {given} is not accepted. "
                f"Accepted: {self.accepted}"
            ) from None


def _name(ctx: click.Context | None, param: click.Parameter | None) -> str:
    """Return where a value came from: the option, or the variable."""
    if param is None or ctx is None:
        return "value"
    source = ctx.get_parameter_source(param.name or "")
    is_variable = source is ParameterSource.ENVIRONMENT
    return str(param.envvar) if is_variable else param.opts[0]


def _required(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    if not value and not ctx.resilient_parsing:
        accepted = param.type.accepted if isinstance(param.type, Checked) else ""
        raise click.ClickException(
            f"{param.opts[0]}: nothing was given, nor in {param.envvar}. "
            f"Accepted: {accepted}"
        )
    return value


def option(name: str, checked: Checked, **more: Any) -> Callable[..., Any]:
    """Return an option that can also be given as a variable with its name."""
    if more.pop("required", False):
        more["callback"] = _required
    return click.option(
        f"--{name}",
        type=checked,
        envvar=f"{PREFIX}{name.replace('-', '_').upper()}",
        show_envvar=True,
        show_default="default" in more,
        help=f"{checked.accepted[0].upper()}{checked.accepted[1:]}.",
        **more,
    )


def whole_number(smallest: int, largest: int) -> Callable[[str], int]:
    """Return a parser of whole numbers within bounds."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text):
            raise ValueError(text)
        if not smallest <= int(text) <= largest:
            raise ValueError(text)
        return int(text)

    return parse


def _spool(text: str) -> str:
    open_database(text)
    return text


def _key(text: str) -> str:
    if not KEY.fullmatch(text.strip()):
        raise ValueError(text)
    return text.strip()


def _host(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z._:%-]+", text):
        raise ValueError(text)
    return text


def _days(text: str) -> timedelta:
    if not 0 <= float(text) <= MAX_DAYS:
        raise ValueError(text)
    return timedelta(days=float(text))


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return moment.astimezone(timezone.utc)


def _text(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError(text)
    return text


spool_option = option("spool", Checked(_spool, ACCEPTED, is_secret=True), required=True)
signing_key_option = option(
    "signing-key",
    Checked(
        _key,
        "a signing key as MOCO shows it with its webhooks; repeat the option for "
        "several, or separate them by commas in the variable, which keeps them out of "
        "the list of processes",
        is_secret=True,
    ),
    multiple=True,
    required=True,
)
host_option = option(
    "host",
    Checked(_host, "the name or address to listen on, such as 127.0.0.1 or ::"),
    default="127.0.0.1",
)
port_option = option(
    "port",
    Checked(
        whole_number(0, 65_535), "a whole number, 0 to 65535; 0 means any free port"
    ),
    default="8080",
)
max_body_bytes_option = option(
    "max-body-bytes",
    Checked(
        whole_number(1, 1 << 30),
        "a whole number of bytes, 1 to 1073741824; larger deliveries are refused",
    ),
    default=str(MAX_BODY_BYTES),
)
keep_days_option = option(
    "keep-days",
    Checked(
        _days,
        "a number of days, 0 to 36500, that an event is kept after the tap has read it",
    ),
    default=str(KEEP.days),
)
TIME = Checked(_time, "a date or time in UTC, such as 2026-01-31 or 2026-01-31T12:00Z")
since_option = option("since", TIME)
since_required_option = option("since", TIME, required=True)
target_option = option("target", Checked(_text, "a target of MOCO, such as Activity"))
limit_option = option(
    "limit",
    Checked(whole_number(1, 1_000_000), "a whole number, 1 to 1000000, of events"),
    default="100",
)
url_option = option(
    "url",
    Checked(
        _text,
        "the address of your receiver as MOCO has it, so that hooks that lead "
        "elsewhere do not count",
    ),
)
