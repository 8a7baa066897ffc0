"""Write the stream maps of examples/privacy, and the table of docs/privacy.md.

`--check` only compares. What is personal is in docs/personal.yml and in the schemas.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tap_moco.tap import TapMoco

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
MAPS = ROOT / "examples" / "privacy" / "stream_maps.json"
PAGE = ROOT / "docs" / "privacy.md"
BLOCK = re.compile(r"(<!-- begin fields -->\n).*(<!-- end fields -->)", re.DOTALL)
FIELDS: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (ROOT / "docs" / "personal.yml").read_text(encoding="utf-8")
)
# A record may lack a field, and an expression that names it would end the stream.
HASHED = "sha256(config['salt'] + {0}) if record.get('{0}') else None"
PERSON = "int({0}['id']) if record.get('{0}') else None"


def main(given: list[str]) -> int:
    """Write both; with `--check`, return 1 if one is stale."""
    maps = {name: field_map(name, schema) for name, schema in schemas().items()}
    filled = {name: one for name, one in maps.items() if one}
    config = {"stream_map_config": {"salt": "change this"}, "stream_maps": filled}
    page = PAGE.read_text(encoding="utf-8")
    wanted = {
        MAPS: json.dumps(config, indent=2) + "\n",
        PAGE: BLOCK.sub(lambda found: found[1] + table(filled) + found[2], page),
    }
    stale = [
        path
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        if "--check" in given:
            print(f"{path.relative_to(ROOT)} is stale; run `make privacy`")
        else:
            path.write_text(wanted[path], encoding="utf-8")
    return int(bool(stale) and "--check" in given)


def schemas() -> dict[str, Mapping[str, Any]]:
    """Return the schemas of the streams that are on by default.

    Those that are off by default are left to whoever selects them.
    """
    config = {"domain": "example", "api_key": "none", "webhook_spool": "webhooks.db"}
    streams = TapMoco(config=config, validate_config=False).streams
    return {name: s.schema for name, s in streams.items() if s.selected_by_default}


def field_map(stream: str, schema: Mapping[str, Any]) -> dict[str, str]:
    """Return a stream's map, from field to expression.

    Raises:
        ValueError: docs/personal.yml names a field that the stream has not.
    """
    fields = schema["properties"]
    dropped, hashed, persons = (
        set(FIELDS.get(stream, {}).get(word, ())) for word in ("drop", "hash", "id")
    )
    if unknown := (dropped | hashed | persons) - fields.keys():
        raise ValueError(f"docs/personal.yml: {stream} has no {sorted(unknown)}")
    rules: dict[str, str] = {}
    for name, field in fields.items():
        if name in dropped or holds_person(field, inside=True):
            rules[name] = "__NULL__"
        elif name in hashed:
            rules[name] = HASHED.format(name)
        elif name in persons or holds_person(field):
            rules[f"{name}_id"] = PERSON.format(name)
            rules[name] = "__NULL__"
    return rules


def holds_person(field: Mapping[str, Any], *, inside: bool = False) -> bool:
    """Return whether a field is a person, or else whether one is inside of it."""
    if not inside:
        return bool({"firstname", "lastname"} & field.get("properties", {}).keys())
    inner = [*field.get("properties", {}).values(), field.get("items", {})]
    return any(
        holds_person(one) or holds_person(one, inside=True) for one in inner if one
    )


def table(maps: Mapping[str, Mapping[str, str]]) -> str:
    """Return which fields are dropped, hashed or reduced to an id."""
    lines = ["| stream | the id only | hashed | dropped |", "| --- | --- | --- | --- |"]
    for stream, rules in maps.items():
        persons = [name for name in rules if f"{name}_id" in rules]
        hashed = [name for name, rule in rules.items() if rule.startswith("sha256")]
        dropped = [
            name
            for name, rule in rules.items()
            if rule == "__NULL__" and name not in persons
        ]
        cells = (", ".join(f"`{n}`" for n in one) for one in (persons, hashed, dropped))
        lines.append(f"| [{stream}](streams.md#{stream}) | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
