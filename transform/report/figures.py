"""What the page shows: each figure's question, query, columns and chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from report import charts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import altair as alt

    Draw = Callable[[Sequence[dict[str, Any]]], alt.Chart | alt.LayerChart]

MONTHS = 12
MOST = 15
"""More bars than this would not be readable."""


def values_of(account: str, today: date) -> dict[str, Any]:
    """Return the values that the queries refer to.

    Args:
        account: The `source_relation` of the page.
        today: The day that the marts were built at. `since` is the first of twelve
            months, the running one included.
    """
    months = today.year * 12 + today.month - 1 - (MONTHS - 1)
    since = date(months // 12, months % 12 + 1, 1)
    return {"account": account, "today": today, "since": since, "most": MOST}


@dataclass(frozen=True)
class Column:
    """A column of the table behind a chart.

    Attributes:
        name: Its name in the query.
        title: What stands above it, with the unit.
        digits: Decimal places of a number; -2 shows a share in percent. None is for
            texts and dates.
    """

    name: str
    title: str
    digits: int | None = None


@dataclass(frozen=True)
class Figure:
    """A chart with the table behind it.

    Attributes:
        name: Its id on the page.
        title: What is shown, with the unit.
        text: How to read it, in a sentence or two.
        sql: The query; see `Database.query` and `values_of`.
        columns: The columns of the table, in order.
        draw: Makes the chart of the rows.
    """

    name: str
    title: str
    text: str
    sql: str
    columns: tuple[Column, ...]
    draw: Draw


CURRENCY = Column("currency", "Currency")
MONTH = Column("month", "Month")
CUSTOMER = Column("customer_name", "Customer")

FIGURES = (
    Figure(
        "hours",
        "Hours by customer, last 12 months",
        f"The {MOST} customers with the most hours. Billable hours are verrechenbare"
        " Stunden.",
        """
        select coalesce(customer_name, 'no customer') as customer_name,
            sum(billable_hours) as billable_hours,
            sum(hours - billable_hours) as other_hours
        from {schema}.moco__time_monthly
        where source_relation = {account} and month >= cast({since} as date)
        group by customer_name
        order by sum(hours) desc, coalesce(customer_name, 'no customer')
        limit {most}
        """,
        (
            CUSTOMER,
            Column("billable_hours", "Billable hours", 2),
            Column("other_hours", "Other hours", 2),
        ),
        charts.hours_by_customer,
    ),
    Figure(
        "revenue",
        "Invoiced revenue by customer, last 12 months, net",
        f"The {MOST} customers with the largest invoices in each currency, without"
        " drafts. Cancellations are taken off.",
        """
        select coalesce(customer_name, 'no customer') as customer_name,
            currency, net_total
        from (
            select customer_name, currency, sum(net_total) as net_total,
                row_number() over (
                    partition by currency order by sum(net_total) desc, customer_name
                ) as place
            from {schema}.moco__revenue_monthly
            where source_relation = {account} and month >= cast({since} as date)
            group by customer_name, currency
        ) as customers
        where place <= {most}
        order by currency, place
        """,
        (CUSTOMER, CURRENCY, Column("net_total", "Revenue, net", 2)),
        charts.revenue_by_customer,
    ),
    Figure(
        "revenue_monthly",
        "Invoiced revenue by month, net",
        "By the date of the invoice. The running month is not over.",
        """
        select month, currency, sum(net_total) as net_total
        from {schema}.moco__revenue_monthly
        where source_relation = {account} and month >= cast({since} as date)
        group by month, currency
        order by currency, month
        """,
        (MONTH, CURRENCY, Column("net_total", "Revenue, net", 2)),
        charts.revenue_monthly,
    ),
    Figure(
        "utilization",
        "Billability by person and month, percent",
        "Billable hours in relation to target hours without absences; illness stays in"
        " (Verrechenbarkeit). People of the same name are shown with their ids.",
        """
        select
            case
                when min(user_id) over (partition by full_name)
                    = max(user_id) over (partition by full_name)
                then full_name
                else full_name || ' (' || cast(user_id as varchar) || ')'
            end as user_name,
            month, billability, utilization, hours, available_hours
        from (
            select user_id, coalesce(user_name, 'no name') as full_name, month,
                billability, utilization, hours, available_hours
            from {schema}.moco__utilization_monthly
            where source_relation = {account} and month >= cast({since} as date)
                and billability is not null
        ) as months
        order by user_name, month
        """,
        (
            Column("user_name", "Person"),
            MONTH,
            Column("billability", "Billability, %", -2),
            Column("utilization", "Utilization, %", -2),
            Column("hours", "Hours", 2),
            Column("available_hours", "Available hours", 2),
        ),
        charts.utilization,
    ),
    Figure(
        "receivables",
        "Open invoices by age, gross",
        "What customers still have to pay (offene Rechnungen), by days after the due"
        " date.",
        """
        select age, currency, count(*) as invoices, sum(open_amount) as open_amount
        from {schema}.moco__receivables
        where source_relation = {account} and is_open
        group by age, currency
        order by currency, min(days_overdue), age
        """,
        (
            Column("age", "Age"),
            CURRENCY,
            Column("invoices", "Invoices", 0),
            Column("open_amount", "Open amount, gross", 2),
        ),
        charts.receivables,
    ),
    Figure(
        "unbilled",
        "Unbilled work at the end of each month, net",
        "Time, additional services and planned billings that were not yet on an invoice"
        " (nicht abgerechnete Leistungen). The last bar is today.",
        """
        select as_of, currency,
            sum(unbilled_time_amount) as time_amount,
            sum(unbilled_service_amount) as service_amount,
            sum(unbilled_planned_amount) as planned_amount
        from {schema}.moco__unbilled_by_project
        where source_relation = {account} and as_of >= cast({since} as date)
        group by as_of, currency
        order by currency, as_of
        """,
        (
            Column("as_of", "Day"),
            CURRENCY,
            Column("time_amount", "Time", 2),
            Column("service_amount", "Additional services", 2),
            Column("planned_amount", "Planned billings", 2),
        ),
        charts.unbilled,
    ),
    Figure(
        "margin",
        "Margin by project, net",
        "Revenue less hours at internal rates and other costs (Rentabilität), for the"
        f" {MOST} projects with the largest revenue.",
        """
        select
            coalesce(project_name, 'no name')
                || coalesce(' (' || project_identifier || ')', '') as project,
            customer_name, currency, revenue, time_cost, service_cost, margin
        from {schema}.moco__project_margin
        where source_relation = {account} and margin is not null
        order by revenue desc, project_identifier
        limit {most}
        """,
        (
            Column("project", "Project"),
            CUSTOMER,
            CURRENCY,
            Column("revenue", "Revenue", 2),
            Column("time_cost", "Cost of hours", 2),
            Column("service_cost", "Cost of services", 2),
            Column("margin", "Margin", 2),
        ),
        charts.margin,
    ),
    Figure(
        "pipeline",
        "Open leads by stage",
        "Value of the leads, and what it is worth at the probability of the stage"
        " (gewichtet).",
        """
        select coalesce(stage, 'no stage') as stage, currency, count(*) as leads,
            sum(amount) as amount, sum(weighted_amount) as weighted_amount
        from {schema}.moco__pipeline
        where source_relation = {account} and is_open
        group by stage, currency
        order by currency, max(probability), stage
        """,
        (
            Column("stage", "Stage"),
            CURRENCY,
            Column("leads", "Leads", 0),
            Column("amount", "Value", 2),
            Column("weighted_amount", "Weighted value", 2),
        ),
        charts.pipeline,
    ),
    Figure(
        "plan",
        "Planned and tracked hours by month",
        "Six months back and two ahead (Planung und Erfassung).",
        """
        select month, sum(planned_hours) as planned_hours,
            sum(tracked_hours) as tracked_hours
        from {schema}.moco__plan_vs_actual_monthly
        where source_relation = {account} and month
            between date_trunc('month', cast({today} as date)) - interval '6 months'
            and date_trunc('month', cast({today} as date)) + interval '2 months'
        group by month
        order by month
        """,
        (
            MONTH,
            Column("planned_hours", "Planned hours", 2),
            Column("tracked_hours", "Tracked hours", 2),
        ),
        charts.plan,
    ),
)

TILES = Figure(
    "tiles",
    "The tiles of MOCO's overview",
    "Hours, invoiced and billability are those of the year; the others are of today.",
    """
    select tile, year, currency, value
    from {schema}.moco__tiles
    where source_relation = {account}
        and (year is null or year = extract(year from cast({today} as date)))
    order by tile, currency
    """,
    (
        Column("tile", "Tile"),
        Column("year", "Year"),
        CURRENCY,
        Column("value", "Value", 2),
    ),
    charts.nothing,
)

LOAD_HEALTH = Figure(
    "load",
    "Rows in MOCO and in the database, list by list",
    "As the last run of the tap has counted them.",
    """
    select stream as list, rows_in_moco as moco, rows_expected as loaded
    from {schema}.moco__load_health
    where source_relation = {account}
        and rows_in_moco is not null and rows_expected is not null
    order by rows_in_moco desc, stream
    """,
    (
        Column("list", "List"),
        Column("moco", "Rows in MOCO", 0),
        Column("loaded", "Rows in the database", 0),
    ),
    charts.load,
)
