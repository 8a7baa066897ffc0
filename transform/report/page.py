"""The page: figures, their charts and tables, in one file of HTML."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import vl_convert

from report.figures import FIGURES, LOAD_HEALTH, TILES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from report.database import Database, Row
    from report.figures import Column, Figure

HERE = Path(__file__).parent
PERCENT = -2
TILE_ORDER = (
    "hours", "invoiced", "billable", "not yet delivered", "billability", "outstanding",
    "not yet invoiced", "weighted leads",
)  # fmt: skip


@dataclass(frozen=True)
class Panel:
    """A figure with its rows, of one currency.

    Attributes:
        name: Its id on the page.
        title: What is shown, with the unit.
        figure: Of which figure it is.
        rows: The rows, as the query gave them.
    """

    name: str
    title: str
    figure: Figure
    rows: Sequence[Row]

    @property
    def spec(self) -> str:
        """The chart in the grammar of Vega-Lite, safe inside a script element."""
        chart = self.figure.draw(self.rows).properties(
            description=f"{self.title}. {self.figure.text}"
        )
        return json.dumps(chart.to_dict(), ensure_ascii=False).replace("<", "\\u003c")

    @property
    def table(self) -> list[list[Cell]]:
        """The cells of the table behind the chart."""
        return [
            [Cell(column, row[column.name]) for column in self.figure.columns]
            for row in self.rows
        ]


@dataclass(frozen=True)
class Cell:
    """A value in a table."""

    column: Column
    value: object

    @property
    def is_number(self) -> bool:
        """Whether it stands at the right."""
        return self.column.digits is not None

    @property
    def exact(self) -> str:
        """The value as it is, for programs."""
        return "" if self.value is None else str(self.value)

    @property
    def text(self) -> str:
        """The value for people."""
        return shown(self.value, self.column.digits)


@dataclass
class Load:
    """What is known of how the database was loaded, beside the database.

    Attributes:
        runs: Each run's `title`, its `requests` and `records`, and the rows that were
            `gone` from MOCO and still in the database after it.
        lists: Each `list` with its rows in `moco` and the rows `loaded`.
        deletes: Each `list` with the `rows` that were deleted from it.
    """

    runs: list[Row] = field(default_factory=list)
    lists: list[Row] = field(default_factory=list)
    deletes: list[Row] = field(default_factory=list)


def shown(value: object, digits: int | None) -> str:
    """Write a value as a person would; nothing for none.

    Args:
        value: A number, a text, a date or none.
        digits: Decimal places; -2 for a share in percent; none for what is no number.
    """
    if value is None:
        return "-"
    if digits is None or not isinstance(value, (int, float, Decimal)):
        return str(value)
    if digits == PERCENT:
        return f"{value:.1%}"
    return f"{value:,.{digits}f}"


def panels(database: Database, values: Mapping[str, Any]) -> Iterator[Panel]:
    """Ask for every figure; a figure without rows has no panel."""
    for figure in FIGURES:
        yield from split(figure, database.query(figure.sql, values))


def split(figure: Figure, rows: Sequence[Row]) -> Iterator[Panel]:
    """Make a panel for each currency, since amounts of two cannot be compared."""
    if rows and "currency" not in rows[0]:
        yield Panel(figure.name, figure.title, figure, rows)
        return
    ordered = sorted(rows, key=_currency)
    for currency, group in groupby(ordered, _currency):
        yield Panel(
            f"{figure.name}-{currency.lower() or 'none'}",
            f"{figure.title}, {currency}" if currency else figure.title,
            figure,
            list(group),
        )


def _currency(row: Row) -> str:
    return str(row["currency"] or "")


def tiles(database: Database, values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the tiles' labels, figures and units, exact and for people."""
    rows = database.query(TILES.sql, values)
    rows.sort(key=lambda row: TILE_ORDER.index(row["tile"]))
    return [
        {
            "label": row["tile"],
            "exact": str(row["value"]),
            "text": _tile(row["tile"], row["value"]),
            "unit": _unit(row),
        }
        for row in rows
    ]


def _tile(tile: str, value: object) -> str:
    return shown(value, {"billability": PERCENT, "hours": 2}.get(tile, 0))


def _unit(row: Row) -> str:
    unit = {"billability": "of target hours", "hours": "hours"}.get(row["tile"])
    when = f", {row['year']}" if row["year"] else ""
    return f"{unit or row['currency'] or ''}{when}"


def render(database: Database, values: Mapping[str, Any], load: Load) -> str:
    """Return the page.

    Args:
        database: Where the marts are.
        values: Of `values_of`.
        load: How the database was loaded; without lists, `sync_runs` has them.
    """
    lists = load.lists or database.query(LOAD_HEALTH.sql, values)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True
    )
    template = environment.get_template("page.html")
    page: str = template.render(
        values=values,
        tiles=tiles(database, values),
        panels=list(panels(database, values)),
        load=load,
        lists=Panel("load", LOAD_HEALTH.title, LOAD_HEALTH, lists) if lists else None,
        vega=vl_convert.javascript_bundle().replace("</script", "<\\/script"),
        style=(HERE / "page.css").read_text(encoding="utf-8"),
        script=(HERE / "page.js").read_text(encoding="utf-8"),
    )
    return page
