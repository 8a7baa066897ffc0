"""The tap: what the Singer SDK asks of one."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import Tap
from singer_sdk.mapper import PluginMapper
from singer_sdk.singerlib import Catalog

from tap_moco.command_line import CommandLineTap
from tap_moco.config import Settings, check, whole_numbers
from tap_moco.context import RunContext
from tap_moco.given import check_settings, collected_settings
from tap_moco.inputs import (
    checked_catalog,
    checked_state,
    refuse_spool_streams,
    state_of_account,
)
from tap_moco.output import BufferedWriter
from tap_moco.run import Run
from tap_moco.settings import SETTINGS
from tap_moco.signals import end_between_messages
from tap_moco.stream_maps import made_maps
from tap_moco.streams.registry import make_streams, names_in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_moco.streams.base import MocoStream


class TapMoco(CommandLineTap):
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
        given = collected_settings(config or {}, from_environment=parse_env_config)
        if validate_config:
            check_settings(given, is_run=setup_mapper)
        self._given, self._checked_state = state, checked_state(state)
        chosen = checked_catalog(catalog)
        refuse_spool_streams(chosen, given)
        with _silence(logging.WARNING):
            super().__init__(
                config=whole_numbers(given),
                catalog=chosen,
                validate_config=False,
                setup_mapper=False,
                **kwargs,
            )
        _ = self.context
        if setup_mapper:
            with _silence(logging.INFO):
                self.setup_mapper()

    @cached_property
    def context(self) -> RunContext:
        """What the streams may know of the run.

        Raises:
            InvalidInputError: The state is of another account.
        """
        settings = Settings.of(self.config, f"tap-moco/{self.plugin_version}")
        state = self._checked_state
        if "api_url" in self.config or "domain" in self.config:
            state = state_of_account(state, settings.account)
        # a test may bring a writer of its own kind
        writer = cast("BufferedWriter", self.message_writer)
        return RunContext(settings, state, writer, self.sleep, self._given)

    def discover_streams(self) -> list[MocoStream]:
        """Return every stream."""
        return make_streams(self, self.context)

    def setup_mapper(self) -> None:
        """Let the streams complete the catalog before what is selected is mapped.

        The SDK maps all streams, and fails at one that is off.

        Raises:
            InvalidInputError: A stream map cannot be used.
        """
        self.mapper = PluginMapper({}, self.logger)
        for name, stream in self.streams.items():
            if stream.selected:
                one = Catalog({name: self.catalog[name]})
                maps = made_maps(name, one, self.config, self.logger)
                self.mapper.stream_maps[name] = maps

    def run_discovery(self) -> str:
        """Write the catalog to standard output."""
        with _silence(logging.INFO):
            text = self.catalog_json_text
        end_between_messages(self.context.writer.stop)
        self.context.writer.write_text(text)
        return text

    @property
    def run(self) -> Run:
        """One run over all selected streams."""
        streams = cast("Mapping[str, MocoStream]", self.streams)
        ordered = {n: streams[n] for n in names_in_order() if n in streams}
        return Run(ordered, self.context)

    def try_out(self, *, only_schemas: bool) -> None:
        """Run `--test`: one record of each stream; exit with 1 if one failed."""
        check(self.config)
        for stream in self.streams.values():
            stream.selected = True
        self.setup_mapper()
        end_between_messages(self.context.writer.stop)
        is_success = True
        if only_schemas:
            self.write_schemas()
            self.context.writer.flush()
        else:
            is_success = self.run.read_one_record_each()
        sys.exit(0 if is_success else 1)


@contextmanager
def _silence(level: int) -> Iterator[None]:
    """Keep the SDK's remarks up to this level back; the tap words them better."""
    logging.disable(level)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
