with invoices as (
    select
        *,
        case when is_open then gross_total - paid_total else 0 end as open_amount,
        case when is_open then {{ moco_today() }} - due_date end as days_overdue
    from {{ ref('int_moco__invoices') }}
)

select
    source_relation,
    invoice_id,
    invoice_identifier,
    title,
    customer_id,
    customer_name,
    project_id,
    date,
    due_date,
    status,
    is_invoiced,
    is_cancelled,
    is_cancellation,
    currency,
    net_total,
    gross_total,
    paid_total,
    has_payment_in_other_currency,
    is_open,
    cast(open_amount as decimal(18, 2)) as open_amount,
    days_overdue,
    case when is_open then {{ moco_age_bucket('days_overdue') }} end as age
from invoices
