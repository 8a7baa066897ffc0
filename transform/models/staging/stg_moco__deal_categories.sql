with loaded as (
    {{ moco_rows('deal_categories', {
        'id': 'bigint',
        'name': 'text',
        'probability': 'number',
    }) }}
)

select
    source_relation,
    id,
    name,
    probability
from loaded
