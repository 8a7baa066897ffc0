with planned as (
    select
        source_relation,
        {{ moco_month('date') }} as month,
        user_id,
        project_id,
        deal_id,
        sum(hours) as planned_hours,
        sum(case when is_tentative then hours else 0 end) as tentative_hours,
        cast(0 as decimal(18, 4)) as tracked_hours
    from {{ ref('int_moco__planned_days') }}
    group by 1, 2, 3, 4, 5
),

tracked as (
    select
        source_relation,
        {{ moco_month('date') }} as month,
        user_id,
        project_id,
        cast(null as bigint) as deal_id,
        cast(0 as decimal(18, 4)) as planned_hours,
        cast(0 as decimal(18, 4)) as tentative_hours,
        sum(hours) as tracked_hours
    from {{ ref('int_moco__time_entries') }}
    group by 1, 2, 3, 4
),

months as (
    select
        source_relation,
        month,
        user_id,
        project_id,
        deal_id,
        sum(planned_hours) as planned_hours,
        sum(tentative_hours) as tentative_hours,
        sum(tracked_hours) as tracked_hours
    from (
        select * from planned
        union all
        select * from tracked
    ) as both_sides
    group by 1, 2, 3, 4, 5
)

select
    months.source_relation,
    months.month,
    months.user_id,
    users.firstname || ' ' || users.lastname as user_name,
    months.project_id,
    projects.project_name,
    projects.customer_name,
    months.deal_id,
    deals.name as deal_name,
    {{ moco_quantity('months.planned_hours') }} as planned_hours,
    {{ moco_quantity('months.tentative_hours') }} as tentative_hours,
    {{ moco_quantity('months.tracked_hours') }} as tracked_hours,
    {{ moco_quantity('months.tracked_hours - months.planned_hours') }} as difference_hours
from months
left join {{ ref('stg_moco__users') }} as users
    on months.source_relation = users.source_relation
    and months.user_id = users.id
left join {{ ref('int_moco__projects') }} as projects
    on months.source_relation = projects.source_relation
    and months.project_id = projects.project_id
left join {{ ref('stg_moco__deals') }} as deals
    on months.source_relation = deals.source_relation
    and months.deal_id = deals.id
