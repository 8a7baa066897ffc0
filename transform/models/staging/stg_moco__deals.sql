with loaded as (
    {{ moco_rows('deals', {
        'id': 'bigint',
        'name': 'text',
        'status': 'text',
        'reminder_date': 'date',
        'closed_on': 'date',
        'money': 'number',
        'currency': 'text',
        'service_period_from': 'date',
        'service_period_to': 'date',
        'user': 'json',
        'company': 'json',
        'category': 'json',
        'created_at': 'timestamp',
        'updated_at': 'timestamp',
    }) }}
)

select
    source_relation,
    id,
    name,
    status,
    reminder_date,
    closed_on,
    money,
    currency,
    service_period_from,
    service_period_to,
    {{ moco_in('"user"', 'id', 'bigint') }} as user_id,
    {{ moco_in('company', 'id', 'bigint') }} as company_id,
    {{ moco_in('company', 'name') }} as company_name,
    {{ moco_in('category', 'id', 'bigint') }} as category_id,
    {{ moco_in('category', 'name') }} as category_name,
    {{ moco_in('category', 'probability', 'number') }} as category_probability,
    created_at,
    updated_at
from loaded
