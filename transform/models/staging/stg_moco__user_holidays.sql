with loaded as (
    {{ moco_rows('user_holidays', {
        'id': 'bigint',
        'year': 'bigint',
        'title': 'text',
        'days': 'number',
        'hours': 'number',
        'user': 'json',
    }) }}
)

select
    source_relation,
    id,
    year,
    title,
    days,
    hours,
    {{ moco_in('"user"', 'id', 'bigint') }} as user_id
from loaded
