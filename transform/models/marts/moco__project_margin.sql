with projects as (
    select * from {{ ref('int_moco__projects') }}
),

time_entries as (
    select
        source_relation,
        project_id,
        sum(hours) as hours,
        sum(case when is_billable then hours else 0 end) as billable_hours,
        sum(case when is_billable then amount else 0 end) as billable_amount,
        sum(internal_cost) as cost,
        sum(case when internal_cost is null then hours else 0 end) as hours_without_rate
    from {{ ref('int_moco__time_entries') }}
    group by 1, 2
),

services as (
    select
        source_relation,
        project_id,
        sum(case when is_budget_relevant then price else 0 end) as budget_amount,
        sum(cost) as cost,
        sum(case when cost is null then 1 else 0 end) as without_cost
    from {{ ref('int_moco__service_costs') }}
    group by 1, 2
),

invoiced as (
    select
        source_relation,
        project_id,
        currency,
        sum(net_total) as net_total
    from {{ ref('moco__revenue_by_project') }}
    group by 1, 2, 3
),

sums as (
    select
        projects.*,
        {{ moco_quantity('coalesce(time_entries.hours, 0)') }} as hours,
        {{ moco_quantity('coalesce(time_entries.billable_hours, 0)') }} as billable_hours,
        {{ moco_money('coalesce(time_entries.billable_amount, 0)') }} as billable_time_amount,
        {{ moco_money(
            'coalesce(time_entries.billable_amount, 0) + coalesce(services.budget_amount, 0)'
        ) }} as delivered_amount,
        {{ moco_money('coalesce(invoiced.net_total, 0)') }} as invoiced_amount,
        {{ moco_money('coalesce(time_entries.cost, 0)') }} as time_cost,
        {{ moco_quantity('coalesce(time_entries.hours_without_rate, 0)') }} as hours_without_rate,
        {{ moco_money('coalesce(services.cost, 0)') }} as service_cost,
        coalesce(services.without_cost, 0) as services_without_cost
    from projects
    left join time_entries
        on projects.source_relation = time_entries.source_relation
        and projects.project_id = time_entries.project_id
    left join services
        on projects.source_relation = services.source_relation
        and projects.project_id = services.project_id
    left join invoiced
        on projects.source_relation = invoiced.source_relation
        and projects.project_id = invoiced.project_id
        and projects.currency = invoiced.currency
),

revenues as (
    select
        *,
        {%- if var('moco__profitability') == 'budget_first' %}
        -- A running project counts its budget as long as less than that is invoiced.
        case
            when is_active and budget > invoiced_amount then budget
            else invoiced_amount
        end as revenue,
        {%- else %}
        invoiced_amount as revenue,
        {%- endif %}
        -- Hours cost in the account's currency, which cannot be taken off another one.
        coalesce(currency = '{{ var("moco__account_currency") }}', false)
            and services_without_cost = 0 as has_margin,
        is_active and not is_internal as is_sold
    from sums
),

margins as (
    select
        *,
        {{ moco_money('case when has_margin then revenue - time_cost - service_cost end') }}
            as margin
    from revenues
)

select
    source_relation,
    project_id,
    project_identifier,
    project_name,
    project_type,
    customer_id,
    customer_name,
    leader_name,
    is_active,
    is_internal,
    currency,
    budget,
    budget_expenses,
    hours,
    billable_hours,
    billable_time_amount,
    delivered_amount,
    {{ moco_money('budget - delivered_amount') }} as budget_left,
    -- What is overrun takes nothing off other projects.
    {{ moco_money('case when is_sold then greatest(
        budget - coalesce(budget_expenses, 0) - billable_time_amount, 0 * budget
    ) end') }} as not_yet_delivered_amount,
    {{ moco_money('case when is_sold then greatest(budget - invoiced_amount, 0 * budget) end') }}
        as not_yet_invoiced_amount,
    invoiced_amount,
    revenue,
    time_cost,
    hours_without_rate,
    service_cost,
    services_without_cost,
    margin,
    {{ moco_share('margin', 'revenue') }} as margin_share
from margins
