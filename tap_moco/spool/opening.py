"""Open a spool for the tap, or say what has to be installed for it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tap_moco.config import problem_with
from tap_moco.errors import InvalidInputError, SpoolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_moco.config import Settings
    from tap_moco.spool.reader import SpoolReader

SETTING = "webhook_spool"


def check_location(config: Mapping[str, Any]) -> None:
    """Check the location of the spool, without opening it.

    Raises:
        InvalidInputError: It is neither a path nor a URL of PostgreSQL, or a package
            that the spool needs is not installed.
    """
    location = config.get(SETTING)
    if location is None:
        return
    with _extra_named():
        from tap_moco.spool.database import open_database  # noqa: PLC0415

        try:
            open_database(location)
        except ValueError:
            raise InvalidInputError(problem_with(SETTING, config)) from None


def open_reader(settings: Settings) -> SpoolReader:
    """Open the spool of a run, for the events of its account.

    Raises:
        SpoolError: It cannot be read, or nobody knows which events are the account's.
    """
    from tap_moco.spool.reader import SpoolReader  # noqa: PLC0415 - an extra
    from tap_moco.spool.spool import Spool  # noqa: PLC0415

    spool = Spool(settings.webhook_spool or "")
    account = settings.webhook_account
    reader = SpoolReader(spool, account)
    if account is None and len(accounts := reader.accounts()) > 1:
        spool.close()
        raise SpoolError(
            f"spool {spool.name}: it has events of several accounts "
            f"({', '.join(accounts)}); set domain to the one that this run reads"
        )
    return reader


@contextmanager
def _extra_named() -> Iterator[None]:
    """Say in one line what is not installed.

    Raises:
        InvalidInputError: In place of the error of the import.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise InvalidInputError(
            f"{SETTING}: needs the package {error.name}: "
            "pip install 'tap-moco[webhooks]'"
        ) from None
