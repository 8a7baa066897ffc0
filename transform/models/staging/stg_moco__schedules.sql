with loaded as (
    {{ moco_rows('schedules', {
        'id': 'bigint',
        'date': 'date',
        'am': 'boolean',
        'pm': 'boolean',
        'assignment': 'json',
        'user': 'json',
    }) }}
)

select
    source_relation,
    id,
    date,
    coalesce(am, true) as am,
    coalesce(pm, true) as pm,
    {{ moco_in('assignment', 'type') }} as assignment_type,
    {{ moco_in('assignment', 'code') }} as assignment_code,
    {{ moco_in('assignment', 'name') }} as assignment_name,
    {{ moco_in('"user"', 'id', 'bigint') }} as user_id
from loaded
