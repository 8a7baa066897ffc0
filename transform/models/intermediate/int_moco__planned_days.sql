with entries as (
    select
        source_relation,
        id as planning_entry_id,
        user_id,
        project_id,
        deal_id,
        tentative as is_tentative,
        hours_per_day,
        {{ moco_days('starts_on', 'coalesce(ends_on, starts_on)') }} as date
    from {{ ref('stg_moco__planning_entries') }}
)

select
    source_relation,
    planning_entry_id,
    user_id,
    project_id,
    deal_id,
    is_tentative,
    date,
    hours_per_day as hours
from entries
where extract(isodow from date) < 6
