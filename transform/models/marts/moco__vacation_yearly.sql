with entitlements as (
    select
        source_relation,
        user_id,
        year,
        sum(days) as entitled_days
    from {{ ref('stg_moco__user_holidays') }}
    group by 1, 2, 3
),

half_days as (
    select
        *,
        cast(extract(year from date) as bigint) as year,
        (case when am then 1 else 0 end + case when pm then 1 else 0 end) * 0.5 as days
    from {{ ref('stg_moco__schedules') }}
    where coalesce(assignment_type, 'Absence') = 'Absence'
),

absences as (
    select
        source_relation,
        user_id,
        year,
        sum(case when assignment_code = '4' and date <= {{ moco_today() }} then days else 0 end)
            as taken_days,
        sum(case when assignment_code = '4' and date > {{ moco_today() }} then days else 0 end)
            as planned_days,
        sum(case when assignment_code = '3' then days else 0 end) as sick_days
    from half_days
    group by 1, 2, 3
),

years as (
    select
        coalesce(entitlements.source_relation, absences.source_relation) as source_relation,
        coalesce(entitlements.user_id, absences.user_id) as user_id,
        coalesce(entitlements.year, absences.year) as year,
        coalesce(entitlements.entitled_days, 0) as entitled_days,
        coalesce(absences.taken_days, 0) as taken_days,
        coalesce(absences.planned_days, 0) as planned_days,
        coalesce(absences.sick_days, 0) as sick_days
    from entitlements
    full outer join absences
        on entitlements.source_relation = absences.source_relation
        and entitlements.user_id = absences.user_id
        and entitlements.year = absences.year
)

select
    years.source_relation,
    years.year,
    years.user_id,
    users.firstname || ' ' || users.lastname as user_name,
    coalesce(users.active, true) as is_active,
    {{ moco_quantity('years.entitled_days') }} as entitled_days,
    {{ moco_quantity('years.taken_days') }} as taken_days,
    {{ moco_quantity('years.planned_days') }} as planned_days,
    {{ moco_quantity('years.entitled_days - years.taken_days - years.planned_days') }} as remaining_days,
    {{ moco_quantity('years.sick_days') }} as sick_days
from years
left join {{ ref('stg_moco__users') }} as users
    on years.source_relation = users.source_relation
    and years.user_id = users.id
