"""The page in a real browser: it draws, and its figures are those of the database."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from .browser import open_page
from .dbt import BIN, PROJECT
from .loading import SCHEMA, TODAY, ask_duckdb, change_duckdb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .browser import Page
    from .conftest import Built

LOAD = {
    "runs": [
        {"title": "first", "requests": 262, "records": 12000, "gone": 0},
        {"title": "second", "requests": 89, "records": 300, "gone": 1},
    ],
    "lists": [
        {"list": "activities", "moco": 3000, "loaded": 3001},
        {"list": "deals", "moco": 25, "loaded": 25},
    ],
    "deletes": [{"list": "activities", "rows": 1}],
}
CHARTS = {
    "hours", "revenue-eur", "revenue_monthly-eur", "utilization", "receivables-eur",
    "unbilled-eur", "margin-eur", "pipeline-eur", "plan", "load",
}  # fmt: skip
HOURS = f"""
select customer_name, sum(billable_hours), sum(hours) - sum(billable_hours)
from analytics.moco__time_monthly
where month > date '{TODAY}' - interval 12 months
group by 1 order by sum(hours) desc, 1 limit 15
"""
PEOPLE = f"""
select count(distinct user_id), count(distinct user_name)
from analytics.moco__utilization_monthly
where month > date '{TODAY}' - interval 12 months and billability is not null
"""
OPEN = "select sum(open_amount) from analytics.moco__receivables where is_open"
UNBILLED = f"""
select sum(unbilled_amount) from analytics.moco__unbilled_by_project
where as_of = date '{TODAY}'
"""
WEIGHTED = "select sum(weighted_amount) from analytics.moco__pipeline where is_open"
TRACKED = f"""
select sum(hours) from analytics.moco__time_monthly
where month >= date_trunc('month', date '{TODAY}') - interval 6 months
"""
INVOICED = f"""
select sum(net_total) from analytics.moco__revenue_monthly
where month > date '{TODAY}' - interval 12 months
"""


def report(
    database: str, output: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    """Run the command that writes the page."""
    command = ["-m", "report", "--database", database, "--output", str(output)]
    return subprocess.run(
        [str(BIN / "python"), *command, "--today", TODAY, *options],
        cwd=PROJECT,
        env={k: v for k, v in os.environ.items() if not k.startswith("DBT_")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def written(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's file."""
    folder = tmp_path_factory.mktemp("report")
    load, output = folder / "load.json", folder / "report.html"
    load.write_text(json.dumps(LOAD))
    done = report(str(built.path), output, "--load", str(load))
    assert done.returncode == 0, done.stderr
    return output


@pytest.fixture(scope="module")
def page(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with open_page(written, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def table(page: Page, figure: str) -> list[list[str]]:
    """Return the exact values of the table behind a chart."""
    rows: list[list[str]] = page.run(
        f"""return [...document.querySelectorAll('#{figure} tbody tr')].map(
        row => [...row.cells].map(cell => cell.dataset.value))"""
    )
    return rows


def column(page: Page, figure: str, index: int) -> Decimal:
    """Return the sum of a column of the table behind a chart."""
    return sum((Decimal(row[index]) for row in table(page, figure)), Decimal(0))


def test_each_chart_is_drawn_without_an_error(page: Page) -> None:
    marks = page.run(
        """return Object.fromEntries([...document.querySelectorAll('figure')].map(
        figure => [figure.id, figure.querySelectorAll(
            '.chart svg .mark-rect path, .chart svg .mark-symbol path').length]))"""
    )
    assert set(marks) == CHARTS
    assert [name for name, count in marks.items() if count < 2] == []
    assert page.console() == []


def test_the_page_asks_for_nothing_but_itself(page: Page, written: Path) -> None:
    page.requests()  # the browser's own, of its first tab
    page.open()
    asked = [url for url in page.requests() if not url.startswith(("data:", "blob:"))]
    assert set(asked) == {written.as_uri()}


def test_tables_hold_what_the_database_says(page: Page, built: Built) -> None:
    hours = ask_duckdb(built.path, HOURS)
    assert [
        (name, Decimal(billable), Decimal(other))
        for name, billable, other in table(page, "hours")
    ] == hours
    [(wanted,)] = ask_duckdb(built.path, OPEN)
    assert column(page, "receivables-eur", 3) == wanted
    [(wanted,)] = ask_duckdb(built.path, UNBILLED)
    last = table(page, "unbilled-eur")[-1]
    assert sum(map(Decimal, last[2:])) == wanted
    [(wanted,)] = ask_duckdb(built.path, WEIGHTED)
    assert column(page, "pipeline-eur", 4) == wanted
    [(wanted,)] = ask_duckdb(built.path, TRACKED)
    assert column(page, "plan", 2) == wanted
    [(wanted,)] = ask_duckdb(built.path, INVOICED)
    assert column(page, "revenue_monthly-eur", 2) == wanted


def test_people_of_the_same_name_are_not_taken_for_one(
    page: Page, built: Built
) -> None:
    [(people, names)] = ask_duckdb(built.path, PEOPLE)
    assert names < people, "the sandbox has two of them"
    cells = [(row[0], row[1]) for row in table(page, "utilization")]
    assert len({name for name, _ in cells}) == people
    assert len(cells) == len({*cells}), "one row per person and month"


@pytest.mark.parametrize(
    ("figure", "columns", "field"),
    [
        ("hours", (1, 2), "hours"),
        ("revenue-eur", (2,), "net_total"),
        ("revenue_monthly-eur", (2,), "net_total"),
        ("utilization", (2,), "billability"),
        ("receivables-eur", (3,), "open_amount"),
        ("unbilled-eur", (2, 3, 4), "amount"),
        ("margin-eur", (6,), "margin"),
        ("pipeline-eur", (3, 4), "money"),
        ("plan", (1, 2), "hours"),
        ("load", (1, 2), "rows"),
    ],
)
def test_charts_draw_what_their_tables_hold(
    page: Page, figure: str, columns: tuple[int, ...], field: str
) -> None:
    drawn = page.run(
        f"return window.charts.get('{figure}').view.data('figure')"
        f".map(row => row['{field}'])"
    )
    held = [float(row[index] or 0) for row in table(page, figure) for index in columns]
    assert sorted(drawn) == pytest.approx(sorted(held))
    assert any(held)


def test_tiles_are_those_of_the_mart(page: Page, built: Built) -> None:
    shown = page.run(
        """return Object.fromEntries([...document.querySelectorAll('.tile')].map(
        tile => [tile.dataset.tile, tile.dataset.value]))"""
    )
    wanted = ask_duckdb(
        built.path,
        f"""select tile, value from analytics.moco__tiles
        where year is null or year = {TODAY[:4]}""",
    )
    assert {tile: Decimal(value) for tile, value in shown.items()} == dict(wanted)


def test_everyone_can_read_it(page: Page) -> None:
    labels = page.run(
        """return [...document.querySelectorAll('figure .chart svg')].map(
        svg => svg.getAttribute('aria-label') || svg.parentElement.ariaLabel
            || svg.querySelector('[aria-label]')?.getAttribute('aria-label'))"""
    )
    assert len(labels) == len(CHARTS)
    assert all(labels)
    assert page.run("return document.documentElement.lang") == "en"
    headings = page.run(
        "return [...document.querySelectorAll('figure h2')].map(h => h.innerText)"
    )
    assert len(set(headings)) == len(CHARTS)


def test_it_follows_light_and_dark(page: Page) -> None:
    colors = {}
    script = """return [getComputedStyle(document.body).backgroundColor,
        document.querySelector('.chart svg text').getAttribute('fill')]"""
    for scheme in ("dark", "light"):  # the page was light before
        page.change_scheme(scheme)
        colors[scheme] = page.run(script)
    (back, text), (dark_back, dark_text) = colors["light"], colors["dark"]
    assert (back, dark_back) == ("rgb(255, 255, 255)", "rgb(22, 24, 26)")
    assert (text, dark_text) == ("#1b1b1b", "#ececec")
    assert page.console() == []


def test_it_fits_a_phone(page: Page) -> None:
    page.open(width=360)
    wide = page.run(
        """return [...document.querySelectorAll('body, figure, .chart svg')]
        .filter(box => box.getBoundingClientRect().right > innerWidth + 1).length"""
    )
    assert wide == 0
    assert page.run("return document.documentElement.scrollWidth <= innerWidth")
    page.open()


def test_the_load_is_shown(page: Page) -> None:
    assert table(page, "load") == [
        ["activities", "3000", "3001"],
        ["deals", "25", "25"],
    ]
    assert "activities: 1 row" in page.run(
        "return document.querySelector('#deletes').innerText"
    )
    assert "12,000" in page.run("return document.querySelector('#runs').innerText")


def test_names_cannot_break_out_of_the_page(built: Built, tmp_path: Path) -> None:
    path, output = tmp_path / "moco.duckdb", tmp_path / "report.html"
    shutil.copy(built.path, path)
    evil = "</script><script>document.title=1</script>&<b>"
    marts = ("time_monthly", "revenue_monthly", "receivables")
    change_duckdb(
        path,
        [
            f"update analytics.moco__{mart} set customer_name = '{evil}'"
            for mart in marts
        ],
    )
    assert report(str(path), output).returncode == 0
    with open_page(output, tmp_path / "profile") as opened:
        assert opened.run("return document.title").startswith("MOCO")
        assert table(opened, "hours")[0][0] == evil
        assert opened.console() == []


def test_currencies_get_charts_of_their_own(built: Built, tmp_path: Path) -> None:
    path, output = tmp_path / "moco.duckdb", tmp_path / "report.html"
    shutil.copy(built.path, path)
    pick = "invoice_id in (select min(invoice_id) from analytics.moco__receivables"
    change = "update analytics.moco__receivables set currency = 'CHF'"
    change_duckdb(path, [f"{change} where {pick} where is_open)"])
    [(francs,)] = ask_duckdb(path, f"{OPEN} and currency = 'CHF'")
    assert report(str(path), output).returncode == 0
    with open_page(output, tmp_path / "profile") as opened:
        assert column(opened, "receivables-chf", 3) == francs
        titles = opened.run(
            "return [...document.querySelectorAll('figure h2')].map(h => h.innerText)"
        )
        assert "Open invoices by age, gross, CHF" in titles
        assert "Open invoices by age, gross, EUR" in titles


def test_postgres_gives_the_same_page(
    written: Path, built_postgres: str, tmp_path: Path
) -> None:
    output, load = tmp_path / "report.html", tmp_path / "load.json"
    load.write_text(json.dumps(LOAD))
    done = report(built_postgres, output, "--load", str(load))
    assert done.returncode == 0, done.stderr
    assert _figures(output) == _figures(written)


def _figures(path: Path) -> list[str]:
    """Return what the page says, less how many zeros a decimal ends with."""
    text = path.read_text(encoding="utf-8")
    body = text[text.index("<body>") : text.index('<script type="module">')]
    return [line for line in body.splitlines() if "data-value" not in line]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--account", "other"), f"name one of the accounts by --account: {SCHEMA}"),
        (("--schema", "nowhere"), "nowhere"),
        (("--load", "missing.json"), "missing.json"),
    ],
)
def test_wrong_input_is_one_line(
    options: tuple[str, ...], words: str, built: Built, tmp_path: Path
) -> None:
    done = report(str(built.path), tmp_path / "report.html", *options)
    assert done.returncode == 1
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
