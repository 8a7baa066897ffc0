{{ config(severity='warn') }}
with marts as (
    select
        source_relation,
        cast(extract(year from month) as bigint) as year,
        user_id,
        project_id,
        sum(planned_hours) as planned_hours
    from {{ ref('moco__plan_vs_actual_monthly') }}
    group by 1, 2, 3, 4
)

select
    reported.source_relation,
    reported.year,
    reported.user_id,
    reported.project_id,
    reported.planned_hours as reported_hours,
    marts.planned_hours
from {{ ref('stg_moco__report_planned_vs_tracked') }} as reported
left join marts
    on reported.source_relation = marts.source_relation
    and reported.year = marts.year
    and reported.user_id is not distinct from marts.user_id
    and reported.project_id is not distinct from marts.project_id
where reported.project_id is not null
    and reported.planned_hours <> coalesce(marts.planned_hours, 0)
