with allocations as (
    select * from {{ ref('int_moco__invoice_allocations') }}
)

select
    allocations.source_relation,
    allocations.invoice_id,
    invoices.invoice_identifier,
    invoices.date,
    invoices.customer_id,
    invoices.customer_name,
    allocations.project_id,
    projects.project_name,
    allocations.allocated_by,
    invoices.currency,
    allocations.net_total
from allocations
inner join {{ ref('int_moco__invoices') }} as invoices
    on allocations.source_relation = invoices.source_relation
    and allocations.invoice_id = invoices.invoice_id
left join {{ ref('int_moco__projects') }} as projects
    on allocations.source_relation = projects.source_relation
    and allocations.project_id = projects.project_id
