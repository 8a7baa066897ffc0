with loaded as (
    {{ moco_rows('report_absences', {
        'user_id': 'bigint',
        'year': 'bigint',
        'total_vacation_days': 'number',
        'used_vacation_days': 'number',
        'planned_vacation_days': 'number',
        'sickdays': 'number',
    }) }}
)

select
    source_relation,
    user_id,
    year,
    total_vacation_days,
    used_vacation_days,
    planned_vacation_days,
    sickdays
from loaded
