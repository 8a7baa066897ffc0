"""The demo's chart: hours and revenue by customer."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"
"""Of Okabe and Ito's colours, which people with any colour vision tell apart."""
MOST = 15
"""More bars than this would not be readable."""


class Customer(NamedTuple):
    """A bar of the chart."""

    id: int
    name: str
    hours: float
    billable: float
    revenue: float


def labels(customers: Sequence[Customer]) -> list[str]:
    """Return a label per customer; those of one name are told apart by their ids."""
    count = Counter(customer.name for customer in customers)
    return [c.name if count[c.name] == 1 else f"{c.name} ({c.id})" for c in customers]


def draw(customers: Sequence[Customer], path: Path) -> Figure:
    """Draw the customers with the most hours, the first one on top."""
    shown = customers[:MOST]
    mpl.rcParams.update({"font.size": 11, "axes.titlesize": 12})
    figure = Figure(figsize=(12, 1.6 + 0.45 * len(shown)), layout="constrained")
    hours, revenue = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    places = range(len(shown))  # bars by name would join customers of one name
    billable = [customer.billable for customer in shown]
    other = [customer.hours - customer.billable for customer in shown]
    hours.barh(places, billable, color=BLUE, label="billable")
    hours.barh(
        places,
        other,
        left=billable,
        color=ORANGE,
        label="not billable",
        hatch="//",
        edgecolor="white",
    )
    hours.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2, frameon=False)
    hours.set_yticks(places, labels(shown))
    revenue.barh(places, [customer.revenue for customer in shown], color=GREEN)
    _dress(hours, "Hours", [customer.hours for customer in shown])
    _dress(revenue, "Revenue, EUR net", [customer.revenue for customer in shown])
    hours.invert_yaxis()
    figure.suptitle("Hours and invoiced revenue by customer", fontsize=14)
    figure.savefig(path, dpi=120)
    return figure


def _dress(axes: Axes, title: str, values: list[float]) -> None:
    """Say what the bars are, and how long."""
    axes.set_title(title, loc="left")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlim(0, max(values, default=0) * 1.2 or 1)
    for position, value in enumerate(values):
        axes.annotate(
            f"{value:,.0f}",
            (value, position),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
        )
