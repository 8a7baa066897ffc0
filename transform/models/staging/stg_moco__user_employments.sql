with loaded as (
    {{ moco_rows('user_employments', {
        'id': 'bigint',
        'weekly_target_hours': 'number',
        'pattern': 'json',
        'from': 'date',
        'to': 'date',
        'user': 'json',
        'created_at': 'timestamp',
        'updated_at': 'timestamp',
    }) }}
)

select
    source_relation,
    id,
    weekly_target_hours,
    pattern,
    "from",
    "to",
    {{ moco_in('"user"', 'id', 'bigint') }} as user_id,
    created_at,
    updated_at
from loaded
