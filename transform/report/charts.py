"""The charts.

Their colours are of Okabe and Ito's, which people with any colour vision tell apart.
The page sets those of text and lines, for light and dark.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import altair as alt

if TYPE_CHECKING:
    from collections.abc import Sequence

    Rows = Sequence[dict[str, Any]]

BLUE, ORANGE, GREEN, SKY = "#0072B2", "#E69F00", "#009E73", "#56B4E9"
BAR = 22
"""Pixels of a horizontal bar with the space around it."""
HEIGHT = 260
NUMBER, PERCENT = ",.2f", ".1%"
AXIS = ",~r"
MONTHS = alt.Axis(labelAngle=-90, labelExpr="slice(datum.label, 0, 7)")
AGES = (
    "not due", "1 to 30 days", "31 to 60 days", "61 to 90 days", "over 90 days",
    "no due date",
)  # fmt: skip


def nothing(_rows: Rows) -> alt.Chart:
    """Draw nothing: the tiles are texts."""
    return alt.Chart(alt.Data(values=[])).mark_point()


def hours_by_customer(rows: Rows) -> alt.Chart:
    """Draw stacked bars of billable and other hours."""
    kinds = {"billable_hours": "billable", "other_hours": "not billable"}
    data = _long(rows, kinds, "kind", "hours")
    return _bars(data, "customer_name", "hours", "Hours").encode(
        color=_colors("kind", list(kinds.values()), [BLUE, ORANGE])
    )


def revenue_by_customer(rows: Rows) -> alt.Chart:
    """Draw bars."""
    title = _money(rows, "net")
    chart = _bars(_plain(rows), "customer_name", "net_total", title)
    return chart.encode(color=alt.value(GREEN))


def revenue_monthly(rows: Rows) -> alt.Chart:
    """Draw columns, one per month."""
    title = _money(rows, "net")
    chart = _columns(_plain(rows), "month", "net_total", title)
    return chart.encode(color=alt.value(GREEN))


def utilization(rows: Rows) -> alt.LayerChart:
    """Draw a heat map of people and months."""
    x = alt.X("month:O", title=None, axis=MONTHS)
    y = alt.Y("user_name:N", title=None)
    base = alt.Chart(alt.Data(name="figure", values=_plain(rows))).encode(x=x, y=y)
    cells = base.mark_rect().encode(
        color=alt.Color(
            "billability:Q",
            title="Billability",
            scale=alt.Scale(scheme="cividis", domain=[0, 1], clamp=True),
            legend=alt.Legend(format=".0%", orient="top", gradientLength=160),
        ),
        tooltip=[
            alt.Tooltip("user_name:N", title="Person"),
            alt.Tooltip("month:O", title="Month"),
            alt.Tooltip("billability:Q", title="Billability", format=PERCENT),
            alt.Tooltip("utilization:Q", title="Utilization", format=PERCENT),
            alt.Tooltip("hours:Q", title="Hours", format=NUMBER),
        ],
    )
    # A cell of a phone is too small for its number: it is in the table.
    figures = base.transform_calculate(
        label="width < 560 ? '' : format(datum.billability, '.0%')"
    ).mark_text(fontSize=10)
    labels = figures.encode(
        text="label:N",
        color=alt.condition(
            "datum.billability > 0.5", alt.value("black"), alt.value("white")
        ),
    )
    height = BAR * len({row["user_name"] for row in rows})
    return alt.layer(cells, labels).properties(width="container", height=height)


def receivables(rows: Rows) -> alt.Chart:
    """Draw bars by age, the youngest on top."""
    title, ages = _money(rows, "gross"), list(AGES)
    chart = _bars(_plain(rows), "age", "open_amount", title, sort=ages)
    return chart.encode(color=alt.value(ORANGE))


def unbilled(rows: Rows) -> alt.Chart:
    """Draw stacked columns by month's end."""
    kinds = {
        "time_amount": "time",
        "service_amount": "additional services",
        "planned_amount": "planned billings",
    }
    data = _long(rows, kinds, "kind", "amount")
    return _columns(data, "as_of", "amount", _money(rows, "net")).encode(
        color=_colors("kind", list(kinds.values()), [BLUE, ORANGE, GREEN])
    )


def margin(rows: Rows) -> alt.Chart:
    """Draw bars to both sides of nothing."""
    chart = _bars(_plain(rows), "project", "margin", _money(rows, "net"))
    return chart.encode(
        color=alt.condition("datum.margin < 0", alt.value(ORANGE), alt.value(BLUE))
    )


def pipeline(rows: Rows) -> alt.Chart:
    """Draw the value and the weighted value of each stage side by side."""
    kinds = {"amount": "value", "weighted_amount": "weighted"}
    data = _long(rows, kinds, "kind", "money")
    stages = list(dict.fromkeys(row["stage"] for row in rows))
    title, step = _money(rows, "value"), 2 * BAR
    chart = _bars(data, "stage", "money", title, sort=stages, step=step)
    return chart.encode(
        yOffset=alt.YOffset("kind:N", sort=list(kinds.values())),
        color=_colors("kind", list(kinds.values()), [SKY, BLUE]),
    )


def plan(rows: Rows) -> alt.Chart:
    """Draw planned and tracked hours of each month side by side."""
    kinds = {"planned_hours": "planned", "tracked_hours": "tracked"}
    data = _long(rows, kinds, "kind", "hours")
    return _columns(data, "month", "hours", "Hours").encode(
        xOffset=alt.XOffset("kind:N", sort=list(kinds.values())),
        color=_colors("kind", list(kinds.values()), [SKY, BLUE]),
    )


def load(rows: Rows) -> alt.Chart:
    """Draw two marks per list, one on the other where the numbers are equal."""
    kinds = {"moco": "in MOCO", "loaded": "in the database"}
    data = _long(rows, kinds, "where", "rows")
    lists = [row["list"] for row in rows]
    shapes = alt.Scale(domain=list(kinds.values()), range=["circle", "cross"])
    return (
        alt.Chart(alt.Data(name="figure", values=data))
        .mark_point(strokeWidth=2)
        .encode(
            x=alt.X(
                "rows:Q",
                title="Rows (the scale is logarithmic)",
                scale=alt.Scale(type="symlog"),
                axis=alt.Axis(format=AXIS, values=[0, 10, 100, 1000, 10**4, 10**5]),
            ),
            y=alt.Y("list:N", title=None, sort=lists),
            shape=alt.Shape("where:N", title=None, scale=shapes),
            size=alt.condition(
                "datum.where === 'in MOCO'", alt.value(130), alt.value(30)
            ),
            color=_colors("where", list(kinds.values()), [BLUE, ORANGE]),
            tooltip=["list:N", "where:N", alt.Tooltip("rows:Q", format=",")],
        )
        .properties(width="container", height=18 * len(rows))
    )


# ---- parts


def _bars(  # noqa: PLR0913 - what a bar chart is made of
    data: list[dict[str, Any]],
    name: str,
    value: str,
    title: str,
    *,
    sort: list[str] | None = None,
    step: int = BAR,
) -> alt.Chart:
    """Draw horizontal bars in the order of the rows."""
    names = sort or list(dict.fromkeys(row[name] for row in data))
    here = {row[name] for row in data}
    return (
        alt.Chart(alt.Data(name="figure", values=data))
        .mark_bar()
        .encode(
            x=alt.X(f"{value}:Q", title=title, axis=alt.Axis(format=AXIS, tickCount=6)),
            y=alt.Y(f"{name}:N", title=None, sort=names),
            tooltip=_tooltips(data, value),
        )
        .properties(width="container", height=step * max(len(here), 1))
    )


def _columns(
    data: list[dict[str, Any]], name: str, value: str, title: str
) -> alt.Chart:
    """Draw vertical bars, one per month or day."""
    return (
        alt.Chart(alt.Data(name="figure", values=data))
        .mark_bar()
        .encode(
            x=alt.X(f"{name}:O", title=None, axis=MONTHS),
            y=alt.Y(f"{value}:Q", title=title, axis=alt.Axis(format=AXIS)),
            tooltip=_tooltips(data, value),
        )
        .properties(width="container", height=HEIGHT)
    )


def _tooltips(data: list[dict[str, Any]], value: str) -> list[alt.Tooltip]:
    """Show the texts of a row, and the value."""
    texts = [name for name, seen in (data[0] if data else {}).items() if _is_text(seen)]
    return [
        *(alt.Tooltip(f"{name}:N", title=name.replace("_", " ")) for name in texts),
        alt.Tooltip(f"{value}:Q", title=value.replace("_", " "), format=NUMBER),
    ]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _colors(name: str, values: list[str], colors: list[str]) -> alt.Color:
    return alt.Color(
        f"{name}:N",
        title=None,
        scale=alt.Scale(domain=values, range=colors),
        legend=alt.Legend(orient="top"),
    )


def _money(rows: Rows, what: str) -> str:
    """Name an axis of amounts; all rows have one currency."""
    currency = next((row["currency"] for row in rows if row["currency"]), None)
    return f"{currency}, {what}" if currency else what


def _plain(rows: Rows) -> list[dict[str, Any]]:
    """Make values that JSON has of those that a database has."""
    return [{name: _value(value) for name, value in row.items()} for row in rows]


def _value(value: object) -> object:
    """Return a number, a text or nothing for a value out of a database."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (int, float, str)) or value is None:
        return value
    return str(value)


def _long(
    rows: Rows, kinds: dict[str, str], kind: str, value: str
) -> list[dict[str, Any]]:
    """Make one row per value out of one row with several."""
    return [
        {
            **{name: seen for name, seen in row.items() if name not in kinds},
            kind: label,
            value: row[name],
        }
        for row in _plain(rows)
        for name, label in kinds.items()
    ]
