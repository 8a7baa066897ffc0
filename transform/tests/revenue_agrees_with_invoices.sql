-- Three ways to the same revenue: the table that the target loaded, the months, and the
-- projects. Ignored invoices are looked at by a unit test.
with loaded as (
    {{ moco_rows('invoices', {
        'id': 'bigint', 'status': 'text', 'currency': 'text', 'net_total': 'number'
    }) }}
),

raw_revenue as (
    select source_relation, currency, {{ moco_money('sum(net_total)') }} as net_total
    from loaded
    where status not in ('draft', 'disregarded', 'ignored')
    group by 1, 2
),

ignored as (
    select source_relation, currency, sum(net_total) as net_total
    from {{ ref('moco__receivables') }}
    where is_invoiced and status = 'ignored'
    group by 1, 2
),

by_month as (
    select source_relation, currency, sum(net_total) as net_total
    from {{ ref('moco__revenue_monthly') }}
    group by 1, 2
),

by_project as (
    select source_relation, currency, sum(net_total) as net_total
    from {{ ref('moco__revenue_by_project') }}
    group by 1, 2
)

select
    raw_revenue.source_relation,
    raw_revenue.currency,
    raw_revenue.net_total + coalesce(ignored.net_total, 0) as raw_total,
    by_month.net_total as month_total,
    by_project.net_total as project_total
from raw_revenue
left join ignored
    on raw_revenue.source_relation = ignored.source_relation
    and raw_revenue.currency = ignored.currency
left join by_month
    on raw_revenue.source_relation = by_month.source_relation
    and raw_revenue.currency = by_month.currency
left join by_project
    on raw_revenue.source_relation = by_project.source_relation
    and raw_revenue.currency = by_project.currency
where raw_revenue.net_total + coalesce(ignored.net_total, 0) <> coalesce(by_month.net_total, 0)
    or raw_revenue.net_total + coalesce(ignored.net_total, 0) <> coalesce(by_project.net_total, 0)
