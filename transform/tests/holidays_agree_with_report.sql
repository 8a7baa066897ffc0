{{ config(severity='warn') }}
select
    reported.source_relation,
    reported.user_id,
    reported.year,
    reported.total_vacation_days,
    marts.entitled_days,
    reported.used_vacation_days + reported.planned_vacation_days as reported_vacation_days,
    marts.taken_days + marts.planned_days as vacation_days,
    reported.sickdays as reported_sick_days,
    marts.sick_days
from {{ ref('stg_moco__report_absences') }} as reported
left join {{ ref('moco__vacation_yearly') }} as marts
    on reported.source_relation = marts.source_relation
    and reported.user_id = marts.user_id
    and reported.year = marts.year
where reported.total_vacation_days <> coalesce(marts.entitled_days, 0)
    or reported.used_vacation_days + reported.planned_vacation_days
        <> coalesce(marts.taken_days + marts.planned_days, 0)
    or reported.sickdays <> coalesce(marts.sick_days, 0)
