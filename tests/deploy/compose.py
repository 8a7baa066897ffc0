"""The compose file, and what its services get of the variables in `.env`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from tests.support.environments import ROOT
from tests.webhooks.sender import KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = re.compile(r"\$\{(?P<name>\w+):(?P<sign>[?+-])(?P<word>[^}]*)\}")
"""How a compose file names one of `.env`: needed, in place of it, or a default."""
GIVEN = {
    "MOCO_DOMAIN": "example",
    "MOCO_API_KEY": "none",
    "MOCO_WEBHOOK_SIGNING_KEY": KEY,
    "POSTGRES_PASSWORD": "none",
}


def services() -> dict[str, Any]:
    """Return the compose file's services."""
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


def variables(service: str, env: Mapping[str, str]) -> dict[str, str]:
    """Return what a service's process gets of the variables in `.env`."""

    def given(found: re.Match[str]) -> str:
        value = env.get(found["name"], "")
        if found["sign"] == "+":
            return found["word"] if value else ""
        assert value or found["sign"] == "-", f"{found['name']} {found['word']}"
        return value or found["word"]

    declared = services()[service]["environment"]
    return {name: VARIABLE.sub(given, value) for name, value in declared.items()}
