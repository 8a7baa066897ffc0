"""The tap: settings, discovery, the run and its summary."""

from __future__ import annotations

import gc
import hashlib
import logging
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import Stream, Tap

from tap_moco.api.client import Client
from tap_moco.api.errors import DeniedError, MocoError, UnauthorizedError
from tap_moco.api.reader import Reader
from tap_moco.inputs import (
    check_config_file,
    checked_catalog,
    checked_state,
    read_json,
)
from tap_moco.output import BufferedWriter, Masker
from tap_moco.progress import Progress
from tap_moco.reading.bookmarks import Habits, parse_time
from tap_moco.settings import SETTINGS, BadInputError, access, as_number, check
from tap_moco.streams.areas import AREAS, stream_classes
from tap_moco.streams.base import MocoStream
from tap_moco.summary import Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import TypeGuard

    from singer_sdk.plugin_base import _ConfigInput

GRACE_SECONDS = 1.5
"""After a signal, so long may a blocked target delay the end."""

masker = Masker()


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
            BadInputError: Settings, catalog or state cannot be used.
        """
        given = set(config or ())
        self.summary = Summary()
        self.progress = Progress()
        with _silence(logging.WARNING):
            super().__init__(
                config=config,
                state=checked_state(state),
                catalog=checked_catalog(catalog),
                parse_env_config=parse_env_config,
                validate_config=False,
                setup_mapper=False,
                **kwargs,
            )
        for name, setting in SETTINGS["properties"].items():
            if setting.get("type") == "number" and name in self._config:
                self._config[name] = as_number(self._config[name])
            if setting.get("secret"):
                masker.learn(self.config.get(name))
        if validate_config:
            check(self.config)
            for name in given - SETTINGS["properties"].keys():
                self.logger.warning("the setting %s is not known, and ignored", name)
            # the SDK's own settings may be null, which its mapper does not stand
            self._config = {n: v for n, v in self._config.items() if v is not None}
        if setup_mapper:
            with _silence(logging.INFO):
                self.setup_mapper()

    @cached_property
    def client(self) -> Client:
        """The one client of the run."""
        return Client(
            access(self.config, f"tap-moco/{self.plugin_version}"),
            learn_secret=masker.learn,
            sleep=self.sleep,
        )

    @cached_property
    def reader(self) -> Reader:
        """What reads lists by the client."""
        return Reader(self.client)

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
        """Let the streams complete the catalog before the SDK maps it."""
        _ = self.streams
        super().setup_mapper()

    def run_discovery(self) -> str:
        """Write the catalog to standard output."""
        with _silence(logging.INFO):
            return super().run_discovery()

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
        start = parse_time(self.config.get("start_date"))
        return min(start.date(), self.today).isoformat() if start else "0001-01-01"

    def habits(self, *, sweeps_again: bool) -> Habits:
        """Return the settings that decide what is read."""
        days = int(self.config["full_sweep_days"]) if sweeps_again else 0
        return Habits(
            start=parse_time(self.config.get("start_date")),
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
        """A mark of the settings that narrow what MOCO shows."""
        names = ("start_date", "include_archived", "impersonate_user_id")
        told = [self.client.access.base_url, *(self.config.get(n) for n in names)]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:8]

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
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end_by_signal)
        try:
            self.sync_all()
            self.flush()
        finally:
            self.progress.clear()
            self.write_state()
            self.flush()
            sent = 0
            if "client" in vars(self):
                sent = self.client.requests
                self.reader.close()
            for line in self.summary.lines(sent):
                self.logger.info("%s", line)
        self._tell_if_nothing_was_read()
        if not self.summary.is_success:
            sys.exit(1)

    def _tell_if_nothing_was_read(self) -> None:
        """Name the likely cause of a run that was refused everything."""
        if cause := self.summary.nothing_read:
            self.logger.error("%s", cause)

    def run(self, stream: MocoStream) -> None:
        """Read one stream, whose failure stays its own and that of its children."""
        children = [c for c in stream.child_streams if _is_ours(c) and c.selected]
        for member in (stream, *children):
            member.report.begin()
        self.reader.look_ahead(() if stream.is_dry_run else self._coming(stream))
        if problem := self._problem(stream, stream.read):
            self._give_up(*problem, stream, *children)
        if stream.is_dry_run:
            self.write_state()
        self.flush()
        self.progress.clear()
        for member in (stream, *children):
            if member.selected:
                member.report.put_aside = len(member.rejected)
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
        except DeniedError as error:
            skips = self.config["on_forbidden"] == "skip"
            reason = f"{error}; {self.right(stream)}"
            return "skipped" if skips else "failed", masker.mask(reason)
        except MocoError as error:
            return "failed", masker.mask(str(error))
        except Exception as error:
            self.logger.debug("%s", stream.name, exc_info=True)
            reason = f"unexpected {type(error).__name__}: {error}"
            return "failed", masker.mask(reason)
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
                    yield from coming.first_urls()

    def _end_by_signal(self, number: int, _frame: FrameType | None) -> None:
        """End with the state so far; a blocked target delays it a moment at most."""
        last = threading.Timer(GRACE_SECONDS, os._exit, (128 + number,))
        last.daemon = True
        last.start()
        self.logger.info("ended by %s", signal.Signals(number).name)
        self.writer.stop(SystemExit(128 + number))

    # The command line

    @classmethod
    def invoke(  # type: ignore[override]
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        state: Any = None,
        catalog: Any = None,
    ) -> None:
        """Run the command."""
        if about:
            cls.print_about(about_format)
            return
        tap = cls(
            config=config.config if config else {},
            state=read_json("state", state),
            catalog=read_json("catalog", catalog),
            parse_env_config=True,
        )
        cls.print_version(cls.logger.info)
        tap.sync()

    @classmethod
    def cb_config(cls, ctx: Any, param: Any, value: Any) -> _ConfigInput:
        """Read the files that `--config` names.

        Raises:
            BadInputError: One is missing, or holds no JSON object.
        """
        for name in value:
            if name != "ENV":
                check_config_file(name)
        settings = super().cb_config(ctx, param, value)
        settings.parse_env = True
        return settings

    @classmethod
    def cb_test(cls, ctx: Any, param: Any, value: str) -> None:  # noqa: ARG003
        """Run `--test`: a record a stream; exit with 1 if one failed."""
        if value == "disabled":
            return
        config = ctx.params.get("config")
        tap = cls(config=config.config if config else {}, parse_env_config=True)
        if value == "schema":
            tap.write_schemas()
        else:
            tap.run_connection_test()
        tap.flush()
        tap._tell_if_nothing_was_read()
        ctx.exit(0 if tap.summary.is_success else 1)


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


def main() -> None:
    """Run `tap-moco`; what goes wrong is told in one line."""
    masker.install()
    try:
        TapMoco.cli()
    except (BadInputError, MocoError) as error:
        TapMoco.logger.error("%s", error)
    except Exception as error:  # noqa: BLE001 - no user should see a traceback
        TapMoco.logger.debug("unexpected", exc_info=True)
        TapMoco.logger.error("unexpected %s: %s", type(error).__name__, error)
    sys.exit(1)
