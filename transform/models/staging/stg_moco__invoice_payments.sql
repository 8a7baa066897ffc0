with loaded as (
    {{ moco_rows('invoice_payments', {
        'id': 'bigint',
        'date': 'date',
        'invoice': 'json',
        'paid_total': 'number',
        'paid_total_in_account_currency': 'number',
        'currency': 'text',
        'created_at': 'timestamp',
        'updated_at': 'timestamp',
    }) }}
)

select
    source_relation,
    id,
    date,
    {{ moco_in('invoice', 'id', 'bigint') }} as invoice_id,
    paid_total,
    paid_total_in_account_currency,
    currency,
    created_at,
    updated_at
from loaded
