select
    source_relation,
    item_type,
    item_id,
    project_id,
    project_name,
    customer_id,
    customer_name,
    date,
    billed_on,
    is_billed,
    is_in_draft,
    invoice_id,
    hours,
    amount,
    currency
from {{ ref('int_moco__billable_items') }}
-- What was billed on the day itself, or before, was unbilled on no day.
where date is not null and (billed_on is null or billed_on > date)
