with loaded as (
    {{ moco_rows('companies', {
        'id': 'bigint',
        'type': 'text',
        'identifier': 'text',
        'name': 'text',
        'active': 'boolean',
        'intern': 'boolean',
        'currency': 'text',
        'created_at': 'timestamp',
        'updated_at': 'timestamp',
    }) }}
)

select
    source_relation,
    id,
    type,
    identifier,
    name,
    coalesce(active, true) as active,
    coalesce(intern, false) as intern,
    currency,
    created_at,
    updated_at
from loaded
