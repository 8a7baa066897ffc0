with targets as (
    select
        source_relation,
        user_id,
        {{ moco_month('date') }} as month,
        sum(target_hours) as target_hours,
        sum(absence_hours) as absence_hours,
        sum(sick_hours) as sick_hours,
        sum(available_hours) as available_hours
    from {{ ref('int_moco__target_days') }}
    group by 1, 2, 3
),

tracked as (
    select
        source_relation,
        user_id,
        {{ moco_month('date') }} as month,
        max(user_name) as user_name,
        sum(hours) as hours,
        sum(case when is_billable then hours else 0 end) as billable_hours
    from {{ ref('int_moco__time_entries') }}
    where date <= {{ moco_today() }}
    group by 1, 2, 3
),

users as (
    select * from {{ ref('stg_moco__users') }}
),

months as (
    select
        coalesce(targets.source_relation, tracked.source_relation) as source_relation,
        coalesce(targets.user_id, tracked.user_id) as user_id,
        coalesce(targets.month, tracked.month) as month,
        tracked.user_name,
        coalesce(targets.target_hours, 0) as target_hours,
        coalesce(targets.absence_hours, 0) as absence_hours,
        coalesce(targets.sick_hours, 0) as sick_hours,
        coalesce(targets.available_hours, 0) as available_hours,
        coalesce(tracked.hours, 0) as hours,
        coalesce(tracked.billable_hours, 0) as billable_hours
    from targets
    full outer join tracked
        on targets.source_relation = tracked.source_relation
        and targets.user_id = tracked.user_id
        and targets.month = tracked.month
)

select
    months.source_relation,
    months.month,
    months.user_id,
    coalesce(users.firstname || ' ' || users.lastname, months.user_name) as user_name,
    users.unit_name as team_name,
    coalesce(users.active, true) as is_active,
    {{ moco_quantity('months.target_hours') }} as target_hours,
    {{ moco_quantity('months.absence_hours') }} as absence_hours,
    {{ moco_quantity('months.sick_hours') }} as sick_hours,
    {{ moco_quantity('months.available_hours') }} as available_hours,
    {{ moco_quantity('months.hours') }} as hours,
    {{ moco_quantity('months.billable_hours') }} as billable_hours,
    {{ moco_share('months.hours', 'months.available_hours') }} as utilization,
    {{ moco_share('months.billable_hours', 'months.available_hours') }} as billability
from months
left join users
    on months.source_relation = users.source_relation
    and months.user_id = users.id
where months.target_hours <> 0 or months.hours <> 0
