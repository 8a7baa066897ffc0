with shares as (
    select source_relation, invoice_id, sum(net_total) as net_total
    from {{ ref('moco__revenue_by_project') }}
    group by 1, 2
)

select
    invoices.source_relation,
    invoices.invoice_id,
    invoices.net_total,
    shares.net_total as shares_total
from {{ ref('moco__receivables') }} as invoices
left join shares
    on invoices.source_relation = shares.source_relation
    and invoices.invoice_id = shares.invoice_id
where invoices.is_invoiced
    and coalesce(invoices.net_total, 0) <> coalesce(shares.net_total, 0)
