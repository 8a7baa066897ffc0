with loaded as (
    {{ moco_rows('invoice_details', {
        'id': 'bigint',
        'items': 'json',
    }) }}
),

lines as (
    select
        source_relation,
        id as invoice_id,
        {{ moco_elements('items') }} as line
    from loaded
)

select
    source_relation,
    invoice_id,
    {{ moco_in('line', 'id', 'bigint') }} as id,
    {{ moco_in('line', 'type') }} as type,
    {{ moco_in('line', 'title') }} as title,
    {{ moco_in('line', 'net_total', 'number') }} as net_total,
    coalesce({{ moco_in('line', 'optional', 'boolean') }}, false) as optional,
    {{ moco_in('line', 'service_type') }} as service_type,
    (line -> 'expense_ids') as expense_ids
from lines
