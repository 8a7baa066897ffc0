with loaded as (
    {{ moco_rows('account_internal_hourly_rates', {
        'id': 'bigint',
        'year': 'bigint',
        'rate': 'number',
    }) }}
)

select
    source_relation,
    id as user_id,
    year,
    rate
from loaded
