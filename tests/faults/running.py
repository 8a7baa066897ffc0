"""Run the tap against a faulty MOCO, and note all that it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support import process, quick, runs
from tests.support.secrets import API_KEY, note

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from tests.support.outcome import Outcome


def plain_config(url: str, **more: Any) -> dict[str, Any]:
    """Return settings that never wait for the limit."""
    return {
        "api_url": url,
        "api_key": API_KEY,
        "rate_limit": {"requests": 100_000, "seconds": 0.05},
        "max_retries": 2,
        "read_timeout": 10,
        **more,
    }


def run_here(
    config: dict[str, Any], streams: Collection[str] = (), **more: Any
) -> Outcome:
    """Run the tap in this process, as `quick.run_streams` does."""
    outcome = quick.run_streams(config, streams, **more)
    note("stdout", outcome.out)
    note("log", outcome.debug)
    return outcome


def environment(**more: str) -> dict[str, str]:
    """Return an environment without settings of the tap, but at DEBUG."""
    return process.environment(**{"TAP_MOCO_LOGLEVEL": "DEBUG", **more})


def files(
    folder: Path,
    config: dict[str, Any],
    streams: Collection[str] = (),
    state: Any = None,
) -> list[str]:
    """Write the files of a run; return the options that name them."""
    catalog = runs.select(*streams) if streams else None
    return runs.files(folder, config=config, state=state, catalog=catalog)


def run_command(*options: str, **env: str) -> Outcome:
    """Run the installed command to its end."""
    outcome = runs.in_process(options, environment(**env))
    note("stdout", outcome.out)
    note("stderr", outcome.err)
    return outcome
