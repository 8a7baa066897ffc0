"""The command `tap-moco-webhooks`; without its extra, it says what to install."""

from __future__ import annotations

import importlib
import sys


def main() -> None:
    """Run the command, or say what to install."""
    try:
        cli = importlib.import_module("tap_moco.webhooks.cli")
    except ModuleNotFoundError as error:
        sys.exit(
            f"tap-moco-webhooks: the package {error.name} is missing; "
            "install 'tap-moco[webhooks]'"
        )
    cli.main()


if __name__ == "__main__":
    main()
