{{ config(severity='warn') }}
-- The tap reads the report once a day, and time entries in every run. So months in which
-- an entry was changed since yesterday are left out.
with changed as (
    select distinct source_relation, user_id, {{ moco_month('date') }} as month
    from {{ ref('stg_moco__activities') }}
    where updated_at >= {{ moco_today() }} - 1
),

reported as (
    select
        source_relation,
        user_id,
        {{ moco_month('date') }} as month,
        cast(round(sum(billable_seconds) / 3600.0, 1) as decimal(18, 1)) as billable_hours
    from {{ ref('stg_moco__report_utilization') }}
    where date <= {{ moco_today() }}
    group by 1, 2, 3
)

select
    reported.source_relation,
    reported.user_id,
    reported.month,
    reported.billable_hours as reported_hours,
    marts.billable_hours
from reported
left join {{ ref('moco__utilization_monthly') }} as marts
    on reported.source_relation = marts.source_relation
    and reported.user_id = marts.user_id
    and reported.month = marts.month
left join changed
    on reported.source_relation = changed.source_relation
    and reported.user_id = changed.user_id
    and reported.month = changed.month
-- The report counts seconds, the mart the hours that MOCO rounds for each entry.
where changed.month is null
    and abs(reported.billable_hours - coalesce(marts.billable_hours, 0)) > 1
