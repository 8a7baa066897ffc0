select
    source_relation,
    {{ moco_month('date') }} as month,
    customer_id,
    max(customer_name) as customer_name,
    currency,
    count(*) as invoices,
    {{ moco_money('sum(net_total)') }} as net_total,
    {{ moco_money('sum(gross_total)') }} as gross_total
from {{ ref('int_moco__invoices') }}
where is_invoiced
group by source_relation, {{ moco_month('date') }}, customer_id, currency
