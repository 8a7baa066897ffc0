with loaded as (
    {{ moco_rows('report_planned_vs_tracked', {
        'year': 'bigint',
        'user_id': 'bigint',
        'project_id': 'bigint',
        'planned_hours': 'number',
        'tracked_hours': 'number',
    }) }}
)

select
    source_relation,
    year,
    nullif(user_id, 0) as user_id,
    nullif(project_id, 0) as project_id,
    planned_hours,
    tracked_hours
from loaded
