"""Write plugins/tap-moco.yml out of what `tap-moco --about` says; `--check` compares.

The file is what Meltano calls a plugin definition: `meltano add --from-ref` takes it,
and Meltano Hub makes its page out of the same.
"""

from __future__ import annotations

import difflib
import json
import re
import subprocess
import sys
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

import yaml

from tap_moco.streams.registry import stream_classes

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "plugins" / "tap-moco.yml"
COMMAND = Path(sys.executable).with_name("tap-moco")
NOTE = """\
# A plugin definition for Meltano:
#   meltano add --from-ref plugins/tap-moco.yml tap-moco
# Written by `make plugin` from what `tap-moco --about` says; changes here are lost.
"""
KINDS = {
    "array": "array",
    "boolean": "boolean",
    "date-time": "date_iso8601",
    "integer": "integer",
    # Meltano cannot pass on a decimal that comes from the environment.
    "number": "string",
    "object": "object",
    "string": "string",
}
GROUPS = [
    ["domain", "api_key"],
    ["domain", "email", "password"],
    ["api_url", "api_key"],
    ["api_url", "email", "password"],
]
"""Settings that are enough together."""
SHORT = {"api": "API", "url": "URL", "id": "ID", "http": "HTTP"}


def main(given: list[str]) -> int:
    """Write the file; with `--check`, return 1 if it is stale."""
    text = NOTE + yaml.safe_dump(
        definition(about()), sort_keys=False, allow_unicode=True, width=88
    )
    old = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    if "--check" not in given:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(text, encoding="utf-8")
        return 0
    if old != text:
        lines = old.splitlines(), text.splitlines()
        print("plugins/tap-moco.yml is stale; run `make plugin`")
        print("\n".join(difflib.unified_diff(*lines, "is", "ought", lineterm="")))
    return int(old != text)


def about() -> dict[str, Any]:
    """Return what the command says of itself, as Meltano Hub reads it."""
    done = subprocess.run(
        [COMMAND, "--about", "--format=json"], capture_output=True, check=True
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def definition(said: dict[str, Any]) -> dict[str, Any]:
    """Return the plugin definition of what `--about` says."""
    off = sorted(vars(s)["name"] for s in stream_classes() if not s.selected_by_default)
    select = ["*.*", *(f"!{name}.*" for name in off)]
    return {
        "name": said["name"],
        "namespace": "tap_moco",
        "variant": "tap-moco",
        "label": "MOCO",
        "description": "Agency ERP: time, projects, offers, invoices, people",
        **links(),
        "pip_url": "tap-moco",
        "executable": "tap-moco",
        "keywords": ["meltano_sdk"],
        "capabilities": sorted(said["capabilities"]),
        "settings_group_validation": GROUPS,
        "settings": [
            setting(name, schema)
            for name, schema in said["settings"]["properties"].items()
        ],
        # Meltano selects every stream but for a list like this one. A Hub hands it on;
        # `--from-ref` drops it, so that docs/getting-started.md has it once more.
        "select": select,
    }


def links() -> dict[str, str]:
    """Return the addresses that the package names, if it names some."""
    named = metadata("tap-moco").get_all("Project-URL") or []
    urls = dict(one.split(", ", 1) for one in named)
    wanted = {"docs": "Documentation", "repo": "Source"}
    return {key: urls[name] for key, name in wanted.items() if name in urls}


def setting(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return how Meltano describes a setting."""
    options = schema.get("enum")
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = schema.get("format") or next(one for one in types if one != "null")
    given = {
        "name": name,
        "label": label(name),
        "kind": "options" if options else KINDS[kind],
        "sensitive": schema.get("secret"),
        "value": schema.get("default"),
        "description": " ".join(schema.get("description", "").split()),
        "options": options and [{"label": label(one), "value": one} for one in options],
    }
    return {key: value for key, value in given.items() if value not in (None, "")}


def label(name: str) -> str:
    """Return a name as a heading: `api_key` becomes `API key`."""
    words = [SHORT.get(word, word) for word in re.split("[_-]", name)]
    return words[0][0].upper() + " ".join(words)[1:]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
