with loaded as (
    {{ moco_rows('project_expenses', {
        'id': 'bigint',
        'date': 'date',
        'title': 'text',
        'quantity': 'number',
        'unit_price': 'number',
        'unit_cost': 'number',
        'price': 'number',
        'cost': 'number',
        'currency': 'text',
        'budget_relevant': 'boolean',
        'billable': 'boolean',
        'billed': 'boolean',
        'invoice_id': 'bigint',
        'project': 'json',
        'company': 'json',
        'created_at': 'timestamp',
        'updated_at': 'timestamp',
    }) }}
)

select
    source_relation,
    id,
    date,
    title,
    quantity,
    coalesce(price, quantity * unit_price) as price,
    coalesce(cost, quantity * unit_cost) as cost,
    currency,
    coalesce(budget_relevant, false) as budget_relevant,
    coalesce(billable, true) as billable,
    coalesce(billed, false) as billed,
    invoice_id,
    {{ moco_in('project', 'id', 'bigint') }} as project_id,
    {{ moco_in('company', 'id', 'bigint') }} as customer_id,
    created_at,
    updated_at
from loaded
