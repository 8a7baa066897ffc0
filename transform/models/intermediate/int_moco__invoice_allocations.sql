-- The net total of each invoice, after its discount, on the projects that it bills. The
-- running total is rounded, not each share, so that the shares add up to the cent.
with invoices as (
    select * from {{ ref('int_moco__invoices') }}
    where is_invoiced
),

parts as (
    select * from {{ ref('int_moco__invoice_parts') }}
),

-- A cancellation takes back what the cancelled invoice gave, project by project.
sources as (
    select
        invoices.source_relation,
        invoices.invoice_id,
        coalesce(cancelled.invoice_id, invoices.invoice_id) as parts_of
    from invoices
    left join invoices as cancelled
        on invoices.source_relation = cancelled.source_relation
        and invoices.cancelled_invoice_id = cancelled.invoice_id
),

running as (
    select
        sources.source_relation,
        sources.invoice_id,
        parts.project_id,
        parts.allocated_by,
        sum(parts.units) over one_invoice as all_units,
        sum(parts.units) over (
            one_invoice order by parts.allocated_by, parts.project_id
            rows between unbounded preceding and current row
        ) as running_units
    from sources
    inner join parts
        on sources.source_relation = parts.source_relation
        and sources.parts_of = parts.invoice_id
    window one_invoice as (partition by sources.source_relation, sources.invoice_id)
),

scaled as (
    select
        running.source_relation,
        running.invoice_id,
        running.project_id,
        running.allocated_by,
        running.running_units,
        {{ moco_whole_division(
            moco_units('invoices.net_total') ~ ' * running.running_units',
            'running.all_units * 100'
        ) }} as running_cents
    from running
    inner join invoices
        on running.source_relation = invoices.source_relation
        and running.invoice_id = invoices.invoice_id
    where running.all_units <> 0
),

allocated as (
    select
        source_relation,
        invoice_id,
        project_id,
        allocated_by,
        cast(
            cast(
                running_cents - coalesce(lag(running_cents) over (
                    partition by source_relation, invoice_id
                    order by allocated_by, project_id
                ), 0) as decimal(18, 0)
            ) * 0.01 as decimal(18, 2)
        ) as net_total
    from scaled
),

-- Lines that add up to nothing say nothing of the invoice's total.
unscaled as (
    select
        invoices.source_relation,
        invoices.invoice_id,
        invoices.project_id,
        case
            when invoices.project_id is null then 'nothing' else 'the project of the invoice'
        end as allocated_by,
        invoices.net_total
    from invoices
    left join (select distinct source_relation, invoice_id from scaled) as done
        on invoices.source_relation = done.source_relation
        and invoices.invoice_id = done.invoice_id
    where done.invoice_id is null
)

select * from allocated
where net_total <> 0
union all
select * from unscaled
where net_total <> 0
