-- The net total of each invoice, after its discount, on the projects that it bills. The
-- running total is rounded, not each share, so that the shares add up to the cent.
with invoices as (
    select * from {{ ref('int_moco__invoices') }}
    where is_invoiced
),

running as (
    select
        *,
        sum(units) over one_invoice as all_units,
        sum(units) over (
            one_invoice order by allocated_by, project_id
            rows between unbounded preceding and current row
        ) as running_units
    from {{ ref('int_moco__invoice_parts') }}
    window one_invoice as (partition by source_relation, invoice_id)
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
