"""The command line: options and files become a tap, and the tap runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from click import STRING, Command
from singer_sdk import Tap

from tap_moco.errors import InvalidInputError
from tap_moco.inputs import checked_catalog, read_config, read_json, read_state
from tap_moco.state.lock import locked

if TYPE_CHECKING:
    from tap_moco.run import Run

NO_TEST = "disabled"
"""The value of `--test` where it is not given."""


class CommandLineTap(Tap):
    """A tap whose command reads its files before it begins, and ends with a status."""

    @property
    def run(self) -> Run:
        """One run over all selected streams."""
        raise NotImplementedError

    def try_out(self, *, only_schemas: bool) -> None:
        """Run `--test`; exit with 1 if a stream failed."""
        raise NotImplementedError

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
        """Run the command.

        Raises:
            InvalidInputError: What was given cannot be used.
        """
        if about:
            cls.print_about(about_format)
            return
        if sys.stdout is None:
            raise InvalidInputError("standard output is closed: messages go there")
        is_run = not discover and test == NO_TEST
        chosen = checked_catalog(read_json("catalog", catalog) if catalog else None)
        given = read_state(state)
        with locked(state if is_run else None):
            tap = cls(
                config=read_config(config),
                state=given,
                catalog=chosen if is_run else None,  # the others are for all streams
                parse_env_config=True,
                setup_mapper=is_run,
            )
            if discover:
                tap.run_discovery()
            elif is_run:
                cls.print_version(cls.logger.info)
                sys.exit(0 if tap.run.execute() else 1)
            else:
                tap.try_out(only_schemas=test == "schema")
