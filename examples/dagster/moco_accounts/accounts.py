"""The file that lists the accounts."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


class AccountsError(Exception):
    """The file of accounts is wrong; the text says where."""


@dataclass(frozen=True)
class Database:
    """A target and its configuration; accounts that load into it share a limit."""

    name: str
    target: str
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Account:
    """One MOCO account.

    Attributes:
        name: Its partition; with `moco_` before it, its schema in the database.
        api_key: A variable's name after a `$`; its value is looked up for each run.
        settings: Settings of tap-moco.
        catalog: A catalog's file, where not all default streams are wanted.
    """

    name: str
    database: Database
    api_key: str
    settings: dict[str, Any] = field(default_factory=dict)
    catalog: str | None = None

    @property
    def schema(self) -> str:
        """The schema of the account's tables."""
        return f"moco_{self.name}"


@dataclass(frozen=True)
class Accounts:
    """All accounts, by name.

    Attributes:
        tap: The command of the tap; a path where it has an environment of its own.
    """

    tap: str
    databases: dict[str, Database]
    by_name: dict[str, Account]

    @classmethod
    def load(cls, path: Path) -> Accounts:
        """Read the file.

        Raises:
            AccountsError: It cannot be read, or names what it does not have.
        """
        try:
            given = yaml.safe_load(path.read_text(encoding="utf-8"))
            databases = {
                name: Database(name, **one) for name, one in given["databases"].items()
            }
            accounts = {
                name: _account(name, one, databases)
                for name, one in given["accounts"].items()
            }
        except (OSError, yaml.YAMLError, AttributeError, TypeError) as error:
            # What YAML has to say takes several lines.
            raise AccountsError(f"{path}: {' '.join(str(error).split())}") from error
        except KeyError as error:
            raise AccountsError(f"{path}: {error} is not there") from error
        return cls(given.get("tap", "tap-moco"), databases, accounts)

    def named(self, name: str) -> Account:
        """Return an account.

        Raises:
            AccountsError: The file has none of that name.
        """
        try:
            return self.by_name[name]
        except KeyError:
            raise AccountsError(f"there is no account {name!r}") from None

    def of(self, database: Database) -> list[Account]:
        """Return the accounts that load into a database."""
        return [one for one in self.by_name.values() if one.database == database]


def _account(
    name: str, given: dict[str, Any], databases: dict[str, Database]
) -> Account:
    if not NAME.fullmatch(name):
        raise AccountsError(
            f"account {name!r}: a name has small letters, digits and underscores,"
            " begins with a letter, and is not longer than 41"
        )
    return Account(name, **{**given, "database": databases[given["database"]]})


def from_environment(value: Any) -> Any:
    """Return a value with each text `$NAME` replaced by that variable.

    Raises:
        AccountsError: There is no such variable.
    """
    if isinstance(value, dict):
        return {name: from_environment(one) for name, one in value.items()}
    if isinstance(value, str) and value.startswith("$"):
        try:
            return os.environ[value[1:]]
        except KeyError:
            raise AccountsError(f"the variable {value[1:]} is not set") from None
    return value
