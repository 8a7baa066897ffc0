with projects as (
    select * from {{ ref('int_moco__projects') }}
),

-- The hours of a fixed price are paid with the price: its planned billings count.
time_entries as (
    select
        source_relation,
        'time entry' as item_type,
        activity_id as item_id,
        project_id,
        date,
        hours,
        amount,
        currency,
        is_billed,
        invoice_id
    from {{ ref('int_moco__time_entries') }}
    where is_billable and not is_fixed_price
),

additional_services as (
    select
        source_relation,
        'additional service' as item_type,
        id as item_id,
        project_id,
        date,
        cast(null as decimal(18, 4)) as hours,
        {{ moco_money('price') }} as amount,
        currency,
        billed as is_billed,
        invoice_id
    from {{ ref('stg_moco__project_expenses') }}
    where billable
),

planned_billings as (
    select
        schedules.source_relation,
        'planned billing' as item_type,
        schedules.id as item_id,
        schedules.project_id,
        schedules.date,
        cast(null as decimal(18, 4)) as hours,
        {{ moco_money('schedules.net_total') }} as amount,
        projects.currency,
        schedules.billed as is_billed,
        cast(null as bigint) as invoice_id
    from {{ ref('stg_moco__project_payment_schedules') }} as schedules
    left join projects
        on schedules.source_relation = projects.source_relation
        and schedules.project_id = projects.project_id
),

items as (
    select * from time_entries
    union all
    select * from additional_services
    union all
    select * from planned_billings
),

invoices as (
    select * from {{ ref('int_moco__invoices') }}
)

select
    items.source_relation,
    items.item_type,
    items.item_id,
    items.project_id,
    projects.project_name,
    projects.customer_id,
    projects.customer_name,
    items.date,
    items.hours,
    items.amount,
    items.currency,
    items.is_billed,
    items.invoice_id,
    coalesce(items.is_billed and invoices.status = 'draft', false) as is_in_draft,
    -- What was only marked as billed has no invoice, so no other day is known.
    case
        when not items.is_billed or invoices.status = 'draft' then null
        else greatest(coalesce(invoices.date, items.date), items.date)
    end as billed_on
from items
left join projects
    on items.source_relation = projects.source_relation
    and items.project_id = projects.project_id
left join invoices
    on items.source_relation = invoices.source_relation
    and items.invoice_id = invoices.invoice_id
