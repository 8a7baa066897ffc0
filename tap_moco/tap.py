"""The tap: settings, discovery, the run and its summary."""

from __future__ import annotations

import gc
import hashlib
import logging
import sys
import time
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from click import STRING, Command
from msgspec import to_builtins
from singer_sdk import Stream, Tap
from singer_sdk.mapper import PluginMapper
from singer_sdk.singerlib import Catalog

from tap_moco.api.client import Client
from tap_moco.api.errors import ForbiddenError, MocoError, UnauthorizedError
from tap_moco.api.fetcher import Fetcher
from tap_moco.config import (
    ALL_SETTINGS,
    SECRETS,
    SETTINGS,
    InvalidInputError,
    access,
    check,
    given_settings,
    whole_numbers,
)
from tap_moco.environment import load_dotenv_file, read_environment
from tap_moco.inputs import checked_catalog, read_config, read_json, read_state
from tap_moco.maps import check_stream_maps, map_errors_told
from tap_moco.output import BufferedWriter, SecretRedactor
from tap_moco.progress import Progress
from tap_moco.signals import end_between_messages
from tap_moco.state import SyncSettings, parse_timestamp
from tap_moco.state_check import Account, State, checked_state, taken_over
from tap_moco.stats import RunStats
from tap_moco.streams.base import MocoStream
from tap_moco.streams.registry import AREAS, stream_classes, stream_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeGuard

NO_TEST = "disabled"
"""The value of `--test` where it is not given."""

redactor = SecretRedactor()


class TapMoco(Tap):
    """Singer tap for MOCO, the agency ERP: all of it, or it says so."""

    name = "tap-moco"
    package_name = "tap-moco"
    config_jsonschema = SETTINGS
    message_writer_class = BufferedWriter
    # BATCH would write records before deselection
    capabilities: ClassVar = [c for c in Tap.capabilities if c.value != "batch"]
    sleep: Callable[[float], None] = staticmethod(time.sleep)

    def __init__(  # noqa: PLR0913 - the SDK's signature
        self,
        *,
        config: dict[str, Any] | None = None,
        catalog: Any = None,
        state: Any = None,
        parse_env_config: bool = False,
        validate_config: bool = True,
        setup_mapper: bool = True,
        **kwargs: Any,
    ) -> None:
        """Check what was given, before anything is sent.

        Raises:
            InvalidInputError: Settings, catalog or state cannot be used.
        """
        given = given_settings(config or {})
        if parse_env_config:
            load_dotenv_file()
            given |= read_environment(ALL_SETTINGS)
        for name in SECRETS:
            redactor.learn(given.get(name))
        if validate_config:
            needs_account = setup_mapper or given.get("custom_fields", "raw") != "raw"
            check(given, needs_account=needs_account)
            check_stream_maps(given, stream_names())
            for name in sorted(given.keys() - ALL_SETTINGS):
                self.logger.warning("the setting %s is not known, and ignored", name)
        self.summary = RunStats()
        self.progress = Progress()
        with _silence(logging.WARNING):
            super().__init__(
                config=whole_numbers(given),
                state=checked_state(state),
                catalog=checked_catalog(catalog),
                validate_config=False,
                setup_mapper=False,
                **kwargs,
            )
        if setup_mapper:
            with _silence(logging.INFO):
                self.setup_mapper()

    @cached_property
    def client(self) -> Client:
        """The one client of the run."""
        return Client(
            access(self.config, f"tap-moco/{self.plugin_version}"),
            on_secret=redactor.learn,
            sleep=self.sleep,
        )

    @cached_property
    def reader(self) -> Fetcher:
        """What reads lists by the client."""
        return Fetcher(self.client)

    @cached_property
    def custom_properties(self) -> list[dict[str, Any]]:
        """What the account says of its custom fields; asked once."""
        url = self.client.url("/account/custom_properties", {"per_page": "100"})
        pages = self.reader.pages(self.reader.get(url))
        return [row for page in pages for row in page.body]

    def discover_streams(self) -> list[MocoStream]:
        """Return a stream of every class."""
        return [stream_class(self) for stream_class in stream_classes()]

    def setup_mapper(self) -> None:
        """Let the streams complete the catalog before what is selected is mapped.

        Raises:
            InvalidInputError: A stream map cannot be used.
        """
        selected = [stream for stream in self.streams.values() if stream.selected]
        with map_errors_told():
            self.mapper = PluginMapper(dict(self.config), self.logger)
        for stream in selected:
            self.map_stream(stream.name)

    def map_stream(self, name: str) -> None:
        """Make the maps of a stream, once.

        The SDK makes those of all streams, and fails at one that is off.

        Raises:
            InvalidInputError: A stream map cannot be used.
        """
        if name not in self.mapper.stream_maps:
            one = Catalog({name: self.catalog[name]})
            with map_errors_told():
                self.mapper.register_raw_streams_from_catalog(one)

    def load_state(self, state: dict[str, Any]) -> None:
        """Take a state that was checked, if it is of this account.

        Raises:
            InvalidInputError: It is of another account.
        """
        names_account = "api_url" in self.config or "domain" in self.config
        if names_account and state:
            state = taken_over(state, self.account)
        if names_account and state.get("bookmarks"):
            self.mark_state()
        super().load_state(state)

    @cached_property
    def account(self) -> Account:
        """Whose rows the run reads."""
        return Account.of(self.config)

    def mark_state(self) -> None:
        """Say in the state whose it is."""
        state = cast("State", self.state)
        state["account"] = to_builtins(self.account)
        state.setdefault("bookmarks", {})

    def run_discovery(self) -> str:
        """Write the catalog to standard output."""
        with _silence(logging.INFO):
            text = self.catalog_json_text
        end_between_messages(self.writer.stop)
        self.writer.write_text(text)
        return text

    # What streams need of the run

    @cached_property
    def today(self) -> date:
        """The day of the run."""
        return datetime.now(timezone.utc).date()

    @property
    def years(self) -> list[int]:
        """The years that reports and rates cover, the oldest first."""
        oldest = self.today.year - int(self.config["report_years"])
        return list(range(max(oldest, int(self.first_day[:4])), self.today.year + 1))

    @property
    def first_day(self) -> str:
        """The first day of reports."""
        start = parse_timestamp(self.config.get("start_date"))
        return min(start.date(), self.today).isoformat() if start else "0001-01-01"

    def sync_settings(self, *, full_sweeps: bool) -> SyncSettings:
        """Return the settings that decide what is read."""
        days = int(self.config["full_sweep_days"]) if full_sweeps else 0
        return SyncSettings(
            start=parse_timestamp(self.config.get("start_date")),
            overlap=timedelta(seconds=int(self.config["overlap_seconds"])),
            sweep_every=timedelta(days=days),
            filters=self.filters,
        )

    @property
    def writer(self) -> BufferedWriter:
        """Where messages go; a test may bring one of its own kind."""
        return cast("BufferedWriter", self.message_writer)

    @cached_property
    def filters(self) -> str:
        """A mark of the account and of the settings that narrow what MOCO shows."""
        return hashlib.sha256(repr(self.account).encode()).hexdigest()[:8]

    def flush(self) -> None:
        """Hand what was written to the target."""
        self.writer.flush()

    def write_state(self) -> None:
        """Write a STATE message, if the state has changed."""
        self.state_writer.write_state(self.state)

    def show_progress(self, stream: MocoStream, step: int, total: int) -> None:
        """Move the bar on."""
        self.progress.show(stream.name, step, total)

    # The run

    def sync(self) -> None:
        """Read all selected streams; exit with 1 if one failed."""
        self.logger.addFilter(_is_told)
        # records make no cycles: looking for some costs a tenth of the time
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        end_between_messages(self.writer.stop)
        try:
            self.sync_all()
            self.flush()
        finally:
            self.progress.clear()
            if self.state:
                self.write_state()
            self.flush()
            self.end()
        if not self.summary.is_success:
            sys.exit(1)

    def run(self, stream: MocoStream) -> None:
        """Read one stream, whose failure stays its own and that of its children."""
        self.mark_state()
        children = [c for c in stream.child_streams if _is_ours(c) and c.selected]
        for member in (stream, *children):
            member.report.begin()
        self.reader.set_upcoming(() if stream.is_dry_run else self._coming(stream))
        if problem := self._problem(stream, stream.read):
            self._give_up(*problem, stream, *children)
        if stream.is_dry_run:
            self.write_state()
        self.flush()
        self.progress.clear()
        for member in (stream, *children):
            if member.selected:
                member.report.rejected = len(member.rejected)
                member.report.end("read")
                if member.report.outcome == "read":
                    self.logger.info("%s (%s)", member.report.line, member.plan.reason)

    def isolated(self, stream: MocoStream, call: Callable[[], object]) -> bool:
        """Do a part of a stream's read; return whether it went well."""
        if problem := self._problem(stream, call):
            self._give_up(*problem, stream)
        return problem is None

    def _problem(
        self, stream: MocoStream, call: Callable[[], object]
    ) -> tuple[str, str] | None:
        """Do a part of a stream's read; return how it ended and why, if not well."""
        try:
            call()
        except UnauthorizedError as error:
            stream.report.end("failed", str(error))
            self.logger.error("%s", error)  # noqa: TRY400
            raise SystemExit(1) from None
        except ForbiddenError as error:
            skips = self.config["on_forbidden"] == "skip"
            reason = f"{error}; {self.right(stream)}"
            return "skipped" if skips else "failed", redactor.mask(reason)
        except (MocoError, InvalidInputError) as error:
            return "failed", redactor.mask(str(error))
        except Exception as error:
            self.logger.debug("%s", stream.name, exc_info=True)
            reason = f"unexpected {type(error).__name__}: {error}"
            return "failed", redactor.mask(reason)
        return None

    @staticmethod
    def right(stream: MocoStream) -> str:
        """Name the right that a stream needs."""
        area = AREAS[sys.modules[type(stream).__module__]]
        return f"the key lacks the right for {area}, or it is off"

    def _give_up(
        self, outcome: str, reason: str, stream: MocoStream, *dependents: MocoStream
    ) -> None:
        """End a stream, and those that nothing else can be read for."""
        with_it = [d for d in dependents if d.report.outcome is None]
        stream.report.end(outcome, reason)
        for dependent in with_it:
            is_skipped = outcome == "skipped"
            missing = reason if is_skipped else f"{stream.name} could not be read"
            dependent.report.end(outcome, missing)
        names = ", ".join(dependent.name for dependent in with_it)
        told = f"{reason}; {outcome} with it: {names}" if names else reason
        level = logging.WARNING if outcome == "skipped" else logging.ERROR
        self.logger.log(level, "%s %s: %s", stream.name, outcome, told)

    def _coming(self, stream: MocoStream) -> Iterator[str]:
        """Yield the first pages of a stream and of those to come."""
        names = list(self.streams)
        for name in names[names.index(stream.name) :]:
            coming = self.streams[name]
            is_read = coming.selected or coming.has_selected_descendents
            if is_read and not coming.parent_stream_type and _is_ours(coming):
                with suppress(Exception):  # it is told when the stream is read
                    yield from coming.entry_urls()

    def end(self) -> None:
        """Close the connections, and tell what came of the run."""
        sent = 0
        if "client" in vars(self):
            sent = self.client.requests
            self.reader.close()
        for line in self.summary.lines(sent):
            self.logger.info("%s", line)
        if cause := self.summary.nothing_read:
            self.logger.error("%s", cause)

    # The command line

    def _setup_signal_handlers(self) -> None:
        """Do without the SDK's, which end with 0: the command has its own."""

    @classmethod
    def get_singer_command(cls) -> Command:
        """Return the SDK's command, with all that it is given read in `invoke`.

        The SDK reads files and runs `--discover` and `--test` while it still
        parses options.
        """
        command = super().get_singer_command()
        for option in command.params:
            if option.name in {"catalog", "state"}:
                option.type = STRING
            if option.name in {"config", "discover", "test"}:
                option.callback, option.expose_value = None, True
        return command

    @classmethod
    def invoke(  # type: ignore[override]  # noqa: PLR0913 - one for each option
        cls,
        *,
        about: bool,
        about_format: str | None,
        config: tuple[str, ...],
        state: str | None,
        catalog: str | None,
        discover: bool,
        test: str,
    ) -> None:
        """Run the command."""
        if about:
            cls.print_about(about_format)
            return
        if sys.stdout is None:
            raise InvalidInputError("standard output is closed: messages go there")
        is_run = not discover and test == NO_TEST
        chosen = checked_catalog(read_json("catalog", catalog) if catalog else None)
        tap = cls(
            config=read_config(config),
            state=read_state(state),
            catalog=chosen if is_run else None,  # the others are for all streams
            parse_env_config=True,
            setup_mapper=is_run,
        )
        if discover:
            tap.run_discovery()
        elif is_run:
            cls.print_version(cls.logger.info)
            tap.sync()
        else:
            tap.try_out(only_schemas=test == "schema")

    def try_out(self, *, only_schemas: bool) -> None:
        """Run `--test`: a record of each stream; exit with 1 if one failed."""
        check(self.config)
        for stream in self.streams.values():
            stream.selected = True
        self.setup_mapper()
        end_between_messages(self.writer.stop)
        if only_schemas:
            self.write_schemas()
        else:
            self.run_connection_test()
            self.end()
        self.flush()
        if not self.summary.is_success:
            sys.exit(1)


@contextmanager
def _silence(level: int) -> Iterator[None]:
    """Keep the SDK's remarks up to this level back; the tap tells them better."""
    logging.disable(level)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _is_ours(stream: Stream) -> TypeGuard[MocoStream]:
    """Tell for mypy what all streams of this tap are."""
    return isinstance(stream, MocoStream)


def _is_told(record: logging.LogRecord) -> bool:
    """Leave out the SDK's line for every stream that was not asked for."""
    return not record.getMessage().startswith("Skipping deselected stream")
