"""The settings of a run, wherever they come from, checked before anything is sent."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tap_moco.config import check, given_settings, secrets_in
from tap_moco.environment import load_dotenv_file, read_environment
from tap_moco.redaction import redactor
from tap_moco.settings import ALL_SETTINGS
from tap_moco.spool.opening import check_location
from tap_moco.stream_maps import check_stream_maps
from tap_moco.streams.registry import stream_names

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger("tap-moco")


def collected_settings(
    config: Mapping[str, Any], *, from_environment: bool
) -> dict[str, Any]:
    """Return the settings, and keep their secrets out of the log from now on.

    Args:
        config: From files, or from the code that makes the tap.
        from_environment: Variables, and a file `.env`, take precedence.
    """
    given = given_settings(config)
    if from_environment:
        load_dotenv_file()
        given |= read_environment(ALL_SETTINGS)
    for secret in secrets_in(given):
        redactor.add(secret)
    return given


def check_settings(given: Mapping[str, Any], *, is_run: bool) -> None:
    """Check that a run, or a discovery, is possible with these settings.

    Raises:
        InvalidInputError: Some setting cannot be used.
    """
    needs_account = is_run or given.get("custom_fields", "raw") != "raw"
    check(given, needs_account=needs_account)
    check_stream_maps(given, stream_names())
    check_location(given)
    for name in sorted(given.keys() - ALL_SETTINGS):
        logger.warning("there is no setting %s; the tap ignores it", name)
