"""The command `tap-moco`, which reports every error in one line."""

from __future__ import annotations

import os
import sys

from tap_moco import signals

STDERR = 2


def main() -> None:
    """Run the command, ready for a signal and for closed streams from the start."""
    signals.end_at_once()
    _open_closed_streams()
    sys.exit(_run())


def _open_closed_streams() -> None:
    """Put /dev/null in the place of standard streams that the caller closed.

    Otherwise the first connection would get the number of one of them, and so would
    receive what other code prints there.
    """
    number = os.open(os.devnull, os.O_RDWR)  # the lowest that is free
    while number <= STDERR:
        number = os.dup(number)
    os.close(number)
    if sys.stderr is None:
        sys.stderr = os.fdopen(STDERR, "w")


def _run() -> int:
    """Run the tap; return the exit status."""
    # these imports take a second, in which a signal may arrive
    from click import ClickException  # noqa: PLC0415

    from tap_moco.api.errors import MocoError  # noqa: PLC0415
    from tap_moco.errors import InvalidInputError  # noqa: PLC0415
    from tap_moco.redaction import redactor  # noqa: PLC0415
    from tap_moco.tap import TapMoco  # noqa: PLC0415

    redactor.install()
    try:
        return int(TapMoco.cli(standalone_mode=False) or 0)
    except ClickException as error:
        TapMoco.logger.error("%s See --help", error.format_message())
    except (InvalidInputError, MocoError) as error:
        TapMoco.logger.error("%s", error)
    except Exception as error:  # noqa: BLE001 - no user should see a traceback
        TapMoco.logger.debug("unexpected", exc_info=True)
        TapMoco.logger.error("unexpected %s: %s", type(error).__name__, error)
    return 1


if __name__ == "__main__":
    main()
