with loaded as (
    {{ moco_rows('report_utilization', {
        'user_id': 'bigint',
        'date': 'date',
        'target_hours': 'number',
        'billable_seconds': 'bigint',
        'unbillable_seconds': 'bigint',
    }) }}
)

select
    source_relation,
    user_id,
    date,
    target_hours,
    billable_seconds,
    unbillable_seconds
from loaded
