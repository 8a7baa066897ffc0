"""`tap-moco-webhooks check`: whether the account's webhooks report every delete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from tap_moco.inputs import read_config, read_json
from tap_moco.redaction import redactor
from tap_moco.spool.events import DELETE
from tap_moco.spool.targets import OLDER_NAMES, TARGETS
from tap_moco.streams.webhooks import SpoolStream
from tap_moco.tap import TapMoco
from tap_moco.webhooks.options import url_option

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tap_moco.row import Row

LINE = "{:<9} {:<28} {:<7} {}"


@dataclass(frozen=True)
class Hook:
    """A hook that full delete coverage needs, and its status.

    Attributes:
        target: The target to enter in MOCO.
        stream: The stream whose deletes it reports.
        status: `ok`, `disabled` or `missing`.
        note: Which hook is disabled, and since when.
    """

    target: str
    stream: str
    status: str = "missing"
    note: str = ""

    def __str__(self) -> str:
        """Return the line of the report."""
        return LINE.format(self.status, self.target, DELETE, self.stream + self.note)


def needed_hooks(hooks: Iterable[Row], url: str | None = None) -> list[Hook]:
    """Return the hooks that full delete coverage needs.

    Args:
        hooks: The answer of `/account/web_hooks`.
        url: Only hooks that lead to this address count; None counts all.
    """
    found: dict[str, Row] = {}
    for hook in hooks:
        if hook.get("event") == DELETE and url in {None, hook.get("hook")}:
            name = str(hook.get("target"))
            name = OLDER_NAMES.get(name, name)
            # of several, one that works is enough
            if found.get(name, {"disabled": True}).get("disabled"):
                found[name] = hook
    return [
        _hook(name, target.stream, found.get(name))
        for name, target in TARGETS.items()
        if target.stream and target.needs_hook
    ]


def _hook(name: str, stream: str, found: Row | None) -> Hook:
    if found is None:
        return Hook(name, stream)
    if found.get("disabled"):
        note = f" (hook {found.get('id')}, since {found.get('disabled_at')})"
        return Hook(name, stream, "disabled", note)
    return Hook(name, stream, "ok")


def read_hooks(tap: TapMoco) -> list[Row]:
    """Return the account's hooks.

    Raises:
        MocoError: MOCO does not return them.
    """
    try:
        fetcher = tap.context.fetcher
        url = fetcher.url("/account/web_hooks", {"per_page": "100"})
        pages = fetcher.pages(fetcher.get(url))
        return [row for page in pages for row in page.body]
    finally:
        tap.context.close()


def selected_streams(tap: TapMoco) -> dict[str, list[str]]:
    """Return the streams that the tap reads from MOCO, with their parents' names."""
    by_class = {type(stream): stream for stream in tap.streams.values()}
    found: dict[str, list[str]] = {}
    for selected in tap.streams.values():
        if selected.selected and not isinstance(selected, SpoolStream):
            line = found[selected.name] = [selected.name]
            parent = selected.parent_stream_type
            while parent:  # with its parent, a child is deleted too
                line.append(by_class[parent].name)
                parent = parent.parent_stream_type
    return found


@dataclass(frozen=True)
class Report:
    """The missing hooks, and the selected streams that need them.

    Args:
        hooks: From `needed_hooks`.
        selected: From `selected_streams`.
    """

    hooks: Sequence[Hook]
    selected: Mapping[str, Sequence[str]]

    @property
    def needed(self) -> list[Hook]:
        """The hooks that report deletes of the selected streams."""
        names = {name for line in self.selected.values() for name in line}
        return [hook for hook in self.hooks if hook.stream in names]

    @property
    def is_complete(self) -> bool:
        """Whether all of those work."""
        return all(hook.status == "ok" for hook in self.needed)

    def lines(self) -> Iterator[str]:
        """Yield what to do, beginning with what the selected streams need."""
        broken = [hook for hook in self.hooks if hook.status != "ok"]
        first = [hook for hook in self.needed if hook in broken]
        if broken:
            yield LINE.format("status", "target", "event", "stream")
        yield from map(str, first)
        if first:
            yield (
                f"{len(first)} of {len(self.needed)} hooks are missing or disabled. "
                "Enter them in MOCO's settings, under Extensions, API & Webhooks, with "
                "the address of your receiver."
            )
        else:
            yield f"All {len(self.needed)} hooks that the selected streams need are on."
        if others := [hook for hook in broken if hook not in first]:
            yield "For streams that are not selected:"
            yield from map(str, others)
        covered = {hook.stream for hook in self.hooks}
        silent = [n for n, line in self.selected.items() if covered.isdisjoint(line)]
        if silent:
            yield f"No webhook reports deletes of {', '.join(silent)}."


@click.command()
@click.option("--config", multiple=True, help="The tap's settings; a file, or ENV.")
@click.option("--catalog", help="The tap's catalog; a file.")
@url_option
def check(config: tuple[str, ...], catalog: str | None, url: str | None) -> None:
    """Compare the account's webhooks with what full delete coverage needs.

    It only sends GET. The exit status is 1 if a selected stream lacks a hook.
    """
    redactor.install()
    tap = TapMoco(
        config=read_config(config),
        catalog=read_json("catalog", catalog) if catalog else None,
        parse_env_config=True,
    )
    report = Report(needed_hooks(read_hooks(tap), url), selected_streams(tap))
    for line in report.lines():
        click.echo(line)
    click.get_current_context().exit(0 if report.is_complete else 1)
