with employments as (
    select
        *,
        -- An employment without a first day counts from the account's first time entry.
        coalesce("from", min_date.first_date) as first_day,
        least(coalesce("to", {{ moco_today() }}), {{ moco_today() }}) as last_day
    from {{ ref('stg_moco__user_employments') }} as employments
    left join (
        select
            source_relation as account,
            min(date) as first_date
        from {{ ref('stg_moco__activities') }}
        group by 1
    ) as min_date
        on employments.source_relation = min_date.account
),

employment_days as (
    select
        source_relation,
        user_id,
        pattern,
        weekly_target_hours,
        {{ moco_days('first_day', 'last_day') }} as date
    from employments
),

weekdays as (
    select
        *,
        cast(extract(isodow from date) as integer) - 1 as weekday
    from employment_days
),

-- The weekly model has Monday to Friday; a day that it lacks has no target.
half_days as (
    select
        source_relation,
        user_id,
        date,
        sum({{ moco_half_day('am') }}) as am_hours,
        sum({{ moco_half_day('pm') }}) as pm_hours
    from weekdays
    group by 1, 2, 3
),

absences as (
    select
        source_relation,
        user_id,
        date,
        max(case when am then 1 else 0 end) as away_am,
        max(case when pm then 1 else 0 end) as away_pm,
        max(case when am and assignment_code = '3' then 1 else 0 end) as sick_am,
        max(case when pm and assignment_code = '3' then 1 else 0 end) as sick_pm
    from {{ ref('stg_moco__schedules') }}
    where coalesce(assignment_type, 'Absence') = 'Absence'
    group by 1, 2, 3
),

away as (
    select
        half_days.*,
        -- Who falls ill on holiday is ill: that half day is no holiday.
        coalesce(sick_am * am_hours + sick_pm * pm_hours, 0) as sick_hours,
        coalesce(
            (away_am - sick_am) * am_hours + (away_pm - sick_pm) * pm_hours, 0
        ) as absence_hours
    from half_days
    left join absences
        on half_days.source_relation = absences.source_relation
        and half_days.user_id = absences.user_id
        and half_days.date = absences.date
)

select
    source_relation,
    user_id,
    date,
    cast(am_hours + pm_hours as decimal(18, 4)) as target_hours,
    cast(absence_hours as decimal(18, 4)) as absence_hours,
    cast(sick_hours as decimal(18, 4)) as sick_hours,
    cast(am_hours + pm_hours - absence_hours as decimal(18, 4)) as available_hours
from away
