"""Write the pages and tables that are generated from the code; `--check` compares.

Whole pages: `docs/streams.md`, `docs/settings.md`. Between markers: the diagram
of `docs/architecture.md`, the tables of `README.md`. Lists of `meltano.yml`: the
capabilities, settings and selection of the tap.
"""

from __future__ import annotations

import difflib
import inspect
import json
import re
import sys
import textwrap
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any, cast

import yaml

from tap_moco.settings import SETTINGS
from tap_moco.streams.registry import AREAS, stream_classes
from tap_moco.tap import TapMoco
from tools.diagram import diagram

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_moco.streams.base import MocoStream

ROOT = Path(__file__).resolve().parent.parent
ABBREVIATIONS = {"Api key": "API key", "Api url": "API URL"}
OWN_SETTINGS: dict[str, Any] = dict(SETTINGS["properties"])
"""Copied before a tap exists, since the SDK adds its own settings to the original."""
ACCOUNTS = """\
The simplest way is one schema per account (`default_target_schema` of the target), with
views over them. To load several accounts into one table, run the tap once per account,
each with its own state, and let stream maps add a column that becomes part of the key.
`*` covers all streams without an entry of their own; streams whose key is not `id`
alone have an entry:

```json
{maps}
```

ACTIVATE_VERSION declares that rows of older versions are gone, and the target applies
it to all rows of the table, including those of the other accounts. So set
`activate_version: false` in a target that has this setting, such as
meltanolabs-target-postgres. Deleted rows then stay in the table.
"""
SPOOL = (
    "`webhook_events` and `deleted_records` are among them; these two exist only with"
    " the setting `webhook_spool`."
)
NOTE = "<!-- Written by `make docs` out of the code; changes here are lost. -->\n"


def main(given: list[str]) -> int:
    """Write the files; with `--check`, return 1 if one is stale."""
    stale = False
    for path, text in pages().items():
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if old == text:
            continue
        stale = True
        name = path.relative_to(ROOT)
        if "--check" in given:
            lines = old.splitlines(), text.splitlines()
            print(f"{name} is stale; run `make docs`")
            print("\n".join(difflib.unified_diff(*lines, "is", "ought", lineterm="")))
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{name} is written")
    return 1 if stale and "--check" in given else 0


def pages() -> dict[Path, str]:
    """Return what every file has to hold."""
    streams = Streams()
    return {
        ROOT / "docs/streams.md": streams.page(),
        ROOT / "docs/settings.md": settings_page(),
        ROOT / "docs/architecture.md": filled(
            ROOT / "docs/architecture.md", {"imports": diagram()}
        ),
        ROOT / "README.md": filled(
            ROOT / "README.md",
            {"streams": streams.short_table(), "settings": settings_table()},
        ),
        ROOT / "docs/getting-started.md": filled(
            ROOT / "docs/getting-started.md", {"select": streams.select_command()}
        ),
        ROOT / "meltano.yml": meltano(
            ROOT / "meltano.yml",
            {
                "capabilities": [one.value for one in TapMoco.capabilities],
                "settings": meltano_settings(),
                "select": streams.meltano_select(),
            },
        ),
    }


def filled(path: Path, parts: Mapping[str, str]) -> str:
    """Return a file with its marked parts renewed.

    Raises:
        ValueError: A marker is missing.
    """
    text = path.read_text(encoding="utf-8")
    for name, part in parts.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            msg = f"{path.name} needs the markers {begin} and {end} once each"
            raise ValueError(msg)
        head, rest = text.split(begin)
        text = f"{head}{begin}\n{part.strip()}\n{end}{rest.split(end)[1]}"
    return text


# ---- settings


def settings_page() -> str:
    """Return the page of all settings."""
    intro = (
        "Settings come from the file after `--config`, or from environment"
        " variables: the name in capitals, after `TAP_MOCO_`. If both are given, the"
        " variable wins. A file `.env`, in the folder where you start the tap or in"
        " one above it, adds variables that are not set.\n\n"
        "In a variable, `true`, `1`, `yes` and `on` mean true, and `false`, `0`, `no`"
        " and `off` mean false, in upper or lower case. Write numbers and objects as"
        " JSON. The tap ignores an empty variable, and `null` or an empty text in the"
        " file. A wrong setting ends the tap before it sends a request, with one line"
        " that says what was given and what is accepted.\n"
    )
    parts = [NOTE, "# Settings\n", intro, settings_table()]
    for name, setting in OWN_SETTINGS.items():
        parts += [f"\n## `{name}`\n", describe(setting), "", facts(name, setting)]
    parts += ["\n## Settings of the Singer SDK\n", sdk_settings()]
    lines = [f'"{name}": {json.dumps(one)}' for name, one in account_maps().items()]
    maps = '{"stream_maps": {\n  ' + ",\n  ".join(lines) + "\n}}"
    parts += ["\n## Several accounts in one table\n", ACCOUNTS.replace("{maps}", maps)]
    return "\n".join(parts) + "\n"


def account_maps() -> dict[str, Any]:
    """Return stream maps by which each stream has the account in its key."""
    keys_of = {vars(one)["name"]: one.primary_keys for one in stream_classes()}
    others = {name: key for name, key in keys_of.items() if tuple(key) != ("id",)}
    return {
        name: {"account": "'acme'", "__key_properties__": ["account", *key]}
        for name, key in [("*", ("id",)), *others.items()]
    }


def settings_table() -> str:
    """Return a table with one line per setting."""
    rows = [
        (
            f"`{name}`" + (" (secret)" if setting.get("secret") else ""),
            describe(setting),
            default(setting),
        )
        for name, setting in OWN_SETTINGS.items()
    ]
    return table(("setting", "meaning", "default"), rows)


def describe(setting: Mapping[str, Any]) -> str:
    """Return a setting's description."""
    return " ".join(setting["description"].split())


def default(setting: Mapping[str, Any]) -> str:
    """Return a setting's default, as it would be written in the file."""
    return f"`{json.dumps(setting['default'])}`" if "default" in setting else ""


def facts(name: str, setting: Mapping[str, Any]) -> str:
    """Return what else a setting's schema says."""
    lines = [f"- type: {setting['type']}", f"- variable: `TAP_MOCO_{name.upper()}`"]
    if setting.get("secret"):
        lines.append("- a secret: it is masked in the log")
    if "enum" in setting:
        lines.append("- accepted: " + ", ".join(f"`{one}`" for one in setting["enum"]))
    if "default" in setting:
        lines.append(f"- default: {default(setting)}")
    return "\n".join(lines)


def sdk_settings() -> str:
    """Return the settings that the SDK adds to every tap."""
    TapMoco.append_builtin_config(schema := json.loads(json.dumps(SETTINGS)))
    rows = [
        (f"`{name}`", first_sentence(setting.get("description", "")))
        for name, setting in schema["properties"].items()
        if name not in OWN_SETTINGS
    ]
    return table(("setting", "meaning"), rows)


def first_sentence(text: str) -> str:
    """Return the first sentence of a text."""
    return re.split(r"(?<=\.)\s", " ".join(text.split()), maxsplit=1)[0]


# ---- Meltano


def meltano(path: Path, lists: Mapping[str, list[Any]]) -> str:
    """Return the project with lists of its extractor renewed, where they differ.

    Meltano writes the file anew now and then, so that marks and style are lost.
    """
    text = path.read_text(encoding="utf-8")
    extractor = yaml.safe_load(text)["plugins"]["extractors"][0]
    for name, wanted in lists.items():
        if extractor.get(name) != wanted:
            block = yaml.safe_dump(
                {name: wanted}, sort_keys=False, allow_unicode=True, width=10_000
            )
            block = indent(block, " " * 4)
            old = re.compile(rf"^    {name}:\n(?:    (?:  )*-? .*\n)*", re.MULTILINE)
            text = old.sub(lambda _, block=block: block, text, count=1)  # type: ignore[misc]
    return text


def meltano_settings() -> list[dict[str, Any]]:
    """Return the settings as Meltano describes them.

    Without kinds: Meltano would cast what it knows the kind of, so that a wrong
    word becomes false, and an empty one or a fraction ends it with a traceback.
    The tap checks all of them itself.
    """
    settings = []
    for name, setting in OWN_SETTINGS.items():
        meant = {
            "name": name,
            "label": label(name),
            "sensitive": True if setting.get("secret") else None,
            "value": setting.get("default"),
            "description": describe(setting),
        }
        settings.append({key: v for key, v in meant.items() if v is not None})
    return settings


def label(name: str) -> str:
    """Return a setting's name as a form shows it."""
    words = name.replace("_", " ").capitalize()
    return ABBREVIATIONS.get(words, words)


# ---- streams


class Streams:
    """The streams of a tap that reads nothing."""

    def __init__(self) -> None:
        """Discover them."""
        config = {
            "domain": "example",
            "api_key": "none",
            "webhook_spool": "webhooks.db",
        }
        self.tap = TapMoco(config=config, validate_config=False)
        by_name = cast("dict[str, MocoStream]", self.tap.streams)
        self.areas = {
            area.name: [by_name[vars(stream)["name"]] for stream in area.streams]
            for area in AREAS
        }

    def page(self) -> str:
        """Return the page of all streams and fields."""
        parts = [NOTE, "# Streams\n", self._intro(), *self._tables()]
        for streams in self.areas.values():
            for stream in streams:
                parts += [self._section(stream)]
        return "\n".join(parts) + "\n"

    def short_table(self) -> str:
        """Return a table with one line per area."""
        rows = []
        for area, streams in self.areas.items():
            on = [link(s) for s in streams if s.selected_by_default]
            off = [link(s) for s in streams if not s.selected_by_default]
            parts = [", ".join(on), f"*off:* {', '.join(off)}" if off else ""]
            rows.append((area, "; ".join(part for part in parts if part)))
        return table(("area", "streams"), rows)

    def meltano_select(self) -> list[str]:
        """Return a selection of what is on by default."""
        every = [stream for streams in self.areas.values() for stream in streams]
        off = [f"!{s.name}.*" for s in every if not s.selected_by_default]
        return ["*.*", *off]

    def select_command(self) -> str:
        """Return the command that tells a Meltano project what is on by default."""
        listed = textwrap.fill(
            json.dumps(self.meltano_select()), 80, break_on_hyphens=False
        )
        return f"```bash\nmeltano config set tap-moco _select '\n{listed}'\n```"

    def _intro(self) -> str:
        count = sum(len(streams) for streams in self.areas.values())
        on = sum(s.selected_by_default for one in self.areas.values() for s in one)
        return (
            f"{count} streams, {on} of them on by default; the catalog can select"
            f" others. {SPOOL}\n\n"
            "*Changes* means that an incremental run asks for what changed since the"
            " bookmark. *Whole* means that MOCO does not say what changed, so that"
            " every run reads the whole list. The tap requests a path with `{id}` once"
            " for each record of another stream.\n"
        )

    def _tables(self) -> Iterator[str]:
        head = ("stream", "MOCO's path", "key", "read", "default", "what it is")
        for area, streams in self.areas.items():
            yield f"## {area.capitalize()}\n"
            yield table(head, [self._row(stream) for stream in streams]) + "\n"

    def _row(self, stream: MocoStream) -> tuple[str, ...]:
        changes = stream.replication_method == "INCREMENTAL"
        return (
            f"[`{stream.name}`](#{stream.name})",
            f"`{stream.path}`" if stream.path else "",
            keys(stream),
            "changes" if changes else "whole",
            "on" if stream.selected_by_default else "off",
            doc(stream).partition("\n\n")[0].replace("\n", " "),
        )

    def _section(self, stream: MocoStream) -> str:
        rows = list(fields(stream.schema))
        more = doc(stream).partition("\n\n")[2]
        parent = stream.parent_stream_type
        of = f" Based on the rows of `{vars(parent)['name']}`." if parent else ""
        text = f"## {stream.name}\n\n{stream.schema.get('description', '')}{of}\n"
        if more:
            text += f"\n{more}\n"
        text += f"\nKey: {keys(stream)}\n\n"
        return text + table(("field", "type", "meaning"), rows) + "\n"


def link(stream: MocoStream) -> str:
    """Return a link to the stream's fields."""
    return f"[{stream.name}](docs/streams.md#{stream.name})"


def keys(stream: MocoStream) -> str:
    """Return the stream's primary key."""
    return ", ".join(f"`{key}`" for key in stream.primary_keys)


def doc(stream: MocoStream) -> str:
    """Return the stream's own docstring, without the list of attributes."""
    return inspect.cleandoc(type(stream).__doc__ or "").partition("\n\nAttributes:")[0]


def fields(schema: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, ...]]:
    """Yield one row per field, followed by the fields inside it."""
    for name, declared in schema.get("properties", {}).items():
        yield f"`{before}{name}`", kind(declared), declared.get("description", "")
        yield from fields(declared, f"{before}{name}.")
        yield from fields(declared.get("items", {}), f"{before}{name}[].")


def kind(declared: Mapping[str, Any]) -> str:
    """Return a field's type in words."""
    types = declared.get("type", "any")
    names = [types] if isinstance(types, str) else [t for t in types if t != "null"]
    named = declared.get("format") or " or ".join(names)
    if named == "array" and "items" in declared:
        named = f"array of {kind(declared['items'])}"
    required = isinstance(types, str) or "null" not in types
    return named + (", never null" if required and named != "object" else "")


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |"
        for line in lines
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
