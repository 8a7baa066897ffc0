with loaded as (
    {{ moco_rows('purchases', {
        'id': 'bigint',
        'identifier': 'text',
        'title': 'text',
        'date': 'date',
        'due_date': 'date',
        'status': 'text',
        'payment_method': 'text',
        'net_total': 'number',
        'gross_total': 'number',
        'currency': 'text',
        'approval_status': 'text',
        'company': 'json',
        'user': 'json',
        'created_at': 'timestamp',
        'updated_at': 'timestamp',
    }) }}
)

select
    source_relation,
    id,
    identifier,
    title,
    date,
    due_date,
    status,
    payment_method,
    net_total,
    gross_total,
    currency,
    approval_status,
    {{ moco_in('company', 'id', 'bigint') }} as supplier_id,
    {{ moco_in('company', 'name') }} as supplier_name,
    {{ moco_in('"user"', 'id', 'bigint') }} as user_id,
    created_at,
    updated_at
from loaded
