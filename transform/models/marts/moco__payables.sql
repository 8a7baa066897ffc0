with purchases as (
    select * from {{ ref('stg_moco__purchases') }}
),

paid as (
    select
        purchases.source_relation,
        purchases.id,
        sum(case
            when coalesce(payments.currency, purchases.currency) = purchases.currency
                then payments.total
        end) as total,
        max(case when payments.currency <> purchases.currency then 1 else 0 end) as has_other_currency
    from purchases
    inner join {{ ref('stg_moco__purchase_payments') }} as payments
        on purchases.source_relation = payments.source_relation
        and purchases.id = payments.purchase_id
    group by 1, 2
),

balances as (
    select
        purchases.*,
        {{ moco_money('coalesce(paid.total, 0)') }} as paid_total,
        {{ moco_money('purchases.gross_total - coalesce(paid.total, 0)') }} as open_amount,
        coalesce(paid.has_other_currency = 1, false) as has_payment_in_other_currency,
        {{ moco_today() }} - purchases.due_date as days_overdue
    from purchases
    left join paid
        on purchases.source_relation = paid.source_relation
        and purchases.id = paid.id
)

select
    source_relation,
    id as purchase_id,
    identifier as purchase_identifier,
    title,
    supplier_id,
    supplier_name,
    date,
    due_date,
    status,
    approval_status,
    payment_method,
    currency,
    {{ moco_money('net_total') }} as net_total,
    {{ moco_money('gross_total') }} as gross_total,
    paid_total,
    has_payment_in_other_currency,
    open_amount <> 0 as is_open,
    open_amount,
    case when open_amount <> 0 then days_overdue end as days_overdue,
    case when open_amount <> 0 then {{ moco_age_bucket('days_overdue') }} end as age
from balances
