with loaded as (
    {{ moco_rows('project_payment_schedules', {
        'id': 'bigint',
        'date': 'date',
        'title': 'text',
        'net_total': 'number',
        'billed': 'boolean',
        'project': 'json',
        'created_at': 'timestamp',
        'updated_at': 'timestamp',
    }) }}
)

select
    source_relation,
    id,
    date,
    title,
    net_total,
    coalesce(billed, false) as billed,
    {{ moco_in('project', 'id', 'bigint') }} as project_id,
    created_at,
    updated_at
from loaded
