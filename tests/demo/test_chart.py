"""The chart of the demo: a bar and a label for each customer of the query."""

from __future__ import annotations

import importlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

DEMO = Path(__file__).parents[2] / "demo"


@pytest.fixture
def chart(monkeypatch: pytest.MonkeyPatch) -> Any:
    pytest.importorskip("matplotlib")
    monkeypatch.syspath_prepend(str(DEMO))
    return importlib.import_module("chart")


@pytest.mark.parametrize("names", [("Elbkontor", "Fjord"), ("Elbkontor", "Elbkontor")])
def test_bars_and_labels_agree_with_the_query(
    chart: Any, names: tuple[str, str], tmp_path: Path
) -> None:
    """Each customer has its own bar and label, also two of one name."""
    rows = [
        (7, names[0], 900.0, 500.0, 10_000.0),
        (8, names[1], 800.0, 700.0, 0.0),
        (9, "Isar Optik", 0.0, 0.0, 30_000.0),
    ]
    figure = chart.draw([chart.Customer(*row) for row in rows], tmp_path / "chart.png")
    hours, revenue = figure.axes
    labels = [label.get_text() for label in hours.get_yticklabels()]
    assert len(set(labels)) == len(rows)
    assert all(
        label.startswith(row[1]) for label, row in zip(labels, rows, strict=True)
    )
    billable, other = hours.containers
    assert [bar.get_width() for bar in billable] == [row[3] for row in rows]
    assert [bar.get_x() + bar.get_width() for bar in other] == [row[2] for row in rows]
    assert [bar.get_width() for bar in revenue.containers[0]] == [r[4] for r in rows]
    places = list(hours.get_yticks())
    for bars in (billable, other, revenue.containers[0]):
        assert [bar.get_y() + bar.get_height() / 2 for bar in bars] == places


def test_ticks_do_not_run_together(chart: Any, tmp_path: Path) -> None:
    """Large sums leave room between the numbers below the bars."""
    rows = [chart.Customer(n, f"Kundin {n}", 1e5 + n, 5e4, 1e7) for n in range(12)]
    figure = chart.draw(rows, tmp_path / "chart.png")
    for axes in figure.axes:
        boxes = [
            label.get_window_extent()
            for label in axes.get_xticklabels()
            if label.get_text()
            and axes.get_xlim()[0] <= label.get_position()[0]
            and label.get_position()[0] <= axes.get_xlim()[1]
        ]
        for left, right in pairwise(boxes):
            assert left.x1 + 3 < right.x0
