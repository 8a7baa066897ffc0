with invoices as (
    select * from {{ ref('stg_moco__invoices') }}
),

companies as (
    select * from {{ ref('stg_moco__companies') }}
),

payments as (
    select * from {{ ref('stg_moco__invoice_payments') }}
),

-- What was paid in another currency cannot be taken off the invoice's total.
paid as (
    select
        invoices.source_relation,
        invoices.id,
        sum(case
            when coalesce(payments.currency, invoices.currency) = invoices.currency
                then payments.paid_total
        end) as total,
        max(case when payments.currency <> invoices.currency then 1 else 0 end) as has_other_currency
    from invoices
    inner join payments
        on invoices.source_relation = payments.source_relation
        and invoices.id = payments.invoice_id
    group by 1, 2
)

select
    invoices.source_relation,
    invoices.id as invoice_id,
    invoices.identifier as invoice_identifier,
    invoices.title,
    invoices.date,
    invoices.due_date,
    invoices.status,
    invoices.customer_id,
    companies.name as customer_name,
    invoices.project_id,
    invoices.currency,
    {{ moco_money('invoices.net_total') }} as net_total,
    {{ moco_money('invoices.gross_total') }} as gross_total,
    invoices.reversed as is_cancelled,
    invoices.reversal as is_cancellation,
    invoices.reversed_invoice_id as cancelled_invoice_id,
    -- MOCO sets an unpaid cancelled invoice and its cancellation to ignored. If only
    -- one of the two is ignored, both count, so that their sum is nothing.
    coalesce(
        invoices.status not in ('draft', 'disregarded', 'ignored')
        or (
            invoices.status = 'ignored'
            and counterparts.status not in ('draft', 'disregarded', 'ignored')
        ),
        false
    ) as is_invoiced,
    coalesce(invoices.status in ('created', 'sent', 'overdue', 'partially_paid'), false) as is_open,
    {{ moco_money('coalesce(paid.total, 0)') }} as paid_total,
    coalesce(paid.has_other_currency = 1, false) as has_payment_in_other_currency
from invoices
left join companies
    on invoices.source_relation = companies.source_relation
    and invoices.customer_id = companies.id
left join paid
    on invoices.source_relation = paid.source_relation
    and invoices.id = paid.id
left join invoices as counterparts
    on invoices.source_relation = counterparts.source_relation
    and coalesce(invoices.reversed_invoice_id, invoices.reversal_invoice_id) = counterparts.id
