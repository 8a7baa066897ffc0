-- An item counts from its day until the day of its invoice: two events. Their running
-- totals are what was unbilled at the end of each month, and today.
with items as (
    select * from {{ ref('moco__unbilled_items') }}
    where date <= {{ moco_today() }}
),

events as (
    select
        source_relation,
        project_id,
        currency,
        {{ moco_month('date') }} as month,
        item_type,
        coalesce(hours, 0) as hours,
        coalesce(amount, 0) as amount,
        case when is_in_draft then coalesce(amount, 0) else 0 end as draft_amount,
        case when amount is null then coalesce(hours, 0) else 0 end as hours_without_rate
    from items
    union all
    select
        source_relation,
        project_id,
        currency,
        {{ moco_month('billed_on') }} as month,
        item_type,
        -coalesce(hours, 0) as hours,
        -coalesce(amount, 0) as amount,
        0 as draft_amount,
        case when amount is null then -coalesce(hours, 0) else 0 end as hours_without_rate
    from items
    where billed_on <= {{ moco_today() }}
),

changes as (
    select
        source_relation,
        project_id,
        currency,
        month,
        sum(hours) as hours,
        sum(case when item_type = 'time entry' then amount else 0 end) as time_amount,
        sum(case when item_type = 'additional service' then amount else 0 end) as service_amount,
        sum(case when item_type = 'planned billing' then amount else 0 end) as planned_amount,
        sum(draft_amount) as draft_amount,
        sum(hours_without_rate) as hours_without_rate
    from events
    group by 1, 2, 3, 4
),

first_months as (
    select
        source_relation,
        project_id,
        currency,
        min(month) as first_month
    from changes
    group by 1, 2, 3
),

days as (
    select
        source_relation,
        project_id,
        currency,
        {{ moco_days('first_month', moco_today()) }} as month
    from first_months
),

months as (
    select *
    from days
    where extract(day from month) = 1
),

totals as (
    select
        months.source_relation,
        months.project_id,
        months.currency,
        months.month,
        sum(changes.hours) over running as hours,
        sum(changes.time_amount) over running as time_amount,
        sum(changes.service_amount) over running as service_amount,
        sum(changes.planned_amount) over running as planned_amount,
        sum(changes.draft_amount) over running as draft_amount,
        sum(changes.hours_without_rate) over running as hours_without_rate
    from months
    left join changes
        on months.source_relation = changes.source_relation
        and months.month = changes.month
        and coalesce(months.project_id, 0) = coalesce(changes.project_id, 0)
        and coalesce(months.currency, '') = coalesce(changes.currency, '')
    window running as (
        partition by months.source_relation, months.project_id, months.currency
        order by months.month
        rows between unbounded preceding and current row
    )
)

select
    totals.source_relation,
    cast(least(
        totals.month + interval '1 month' - interval '1 day', {{ moco_today() }}
    ) as date) as as_of,
    totals.project_id,
    projects.project_name,
    projects.project_type,
    projects.customer_id,
    projects.customer_name,
    projects.leader_name,
    totals.currency,
    {{ moco_quantity('totals.hours') }} as unbilled_hours,
    {{ moco_quantity('totals.hours_without_rate') }} as hours_without_rate,
    {{ moco_money('totals.time_amount') }} as unbilled_time_amount,
    {{ moco_money('totals.service_amount') }} as unbilled_service_amount,
    {{ moco_money('totals.planned_amount') }} as unbilled_planned_amount,
    {{ moco_money('totals.time_amount + totals.service_amount + totals.planned_amount') }} as unbilled_amount,
    {{ moco_money('totals.draft_amount') }} as in_draft_amount
from totals
left join {{ ref('int_moco__projects') }} as projects
    on totals.source_relation = projects.source_relation
    and totals.project_id = projects.project_id
where totals.hours <> 0
    or totals.time_amount <> 0
    or totals.service_amount <> 0
    or totals.planned_amount <> 0
