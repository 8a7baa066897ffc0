with loaded as (
    {{ moco_rows('users', {
        'id': 'bigint',
        'firstname': 'text',
        'lastname': 'text',
        'active': 'boolean',
        'extern': 'boolean',
        'unit': 'json',
        'created_at': 'timestamp',
        'updated_at': 'timestamp',
    }) }}
)

select
    source_relation,
    id,
    firstname,
    lastname,
    coalesce(active, true) as active,
    coalesce(extern, false) as extern,
    {{ moco_in('unit', 'id', 'bigint') }} as unit_id,
    {{ moco_in('unit', 'name') }} as unit_name,
    created_at,
    updated_at
from loaded
