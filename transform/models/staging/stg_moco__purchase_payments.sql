with loaded as (
    {{ moco_rows('purchase_payments', {
        'id': 'bigint',
        'date': 'date',
        'purchase': 'json',
        'total': 'number',
        'currency': 'text',
        'created_at': 'timestamp',
        'updated_at': 'timestamp',
    }) }}
)

select
    source_relation,
    id,
    date,
    {{ moco_in('purchase', 'id', 'bigint') }} as purchase_id,
    total,
    currency,
    created_at,
    updated_at
from loaded
