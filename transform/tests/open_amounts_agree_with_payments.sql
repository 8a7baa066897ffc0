with payments as (
    {{ moco_rows('invoice_payments', {
        'invoice': 'json', 'paid_total': 'number', 'currency': 'text'
    }) }}
),

paid as (
    select
        source_relation,
        {{ moco_in('invoice', 'id', 'bigint') }} as invoice_id,
        {{ moco_money('sum(paid_total)') }} as paid_total
    from payments
    group by 1, 2
)

select
    invoices.source_relation,
    invoices.invoice_id,
    invoices.open_amount
from {{ ref('moco__receivables') }} as invoices
left join paid
    on invoices.source_relation = paid.source_relation
    and invoices.invoice_id = paid.invoice_id
where not invoices.has_payment_in_other_currency
    and invoices.open_amount <> case
        when invoices.is_open then invoices.gross_total - coalesce(paid.paid_total, 0)
        else 0
    end
