{{ config(severity='warn') }}
-- Every day of MOCO's own report has the target hours of the model, and the other way
-- round. Whether MOCO's target hours are those before or after absences is not
-- documented, so that a day may agree with either.
with reported as (
    select * from {{ ref('stg_moco__report_utilization') }}
    where date <= {{ moco_today() }}
),

covered as (
    select source_relation, min(date) as first_day, max(date) as last_day
    from reported
    group by 1
),

modelled as (
    select days.*
    from {{ ref('int_moco__target_days') }} as days
    inner join covered
        on days.source_relation = covered.source_relation
        and days.date between covered.first_day and covered.last_day
)

select
    coalesce(reported.source_relation, modelled.source_relation) as source_relation,
    coalesce(reported.user_id, modelled.user_id) as user_id,
    coalesce(reported.date, modelled.date) as date,
    reported.target_hours as reported_hours,
    modelled.target_hours as modelled_hours
from reported
full outer join modelled
    on reported.source_relation = modelled.source_relation
    and reported.user_id = modelled.user_id
    and reported.date = modelled.date
where coalesce(reported.target_hours, 0) not in (
    coalesce(modelled.target_hours, 0),
    coalesce(modelled.available_hours, 0),
    coalesce(modelled.available_hours - modelled.sick_hours, 0)
)
