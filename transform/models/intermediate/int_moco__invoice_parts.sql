-- What each project has in an invoice, before the invoice's discount: an additional
-- service by the line that bills it, time by the entries that the invoice bills, and
-- the rest by the invoice's own project, if it names one.
with invoices as (
    select * from {{ ref('int_moco__invoices') }}
    where is_invoiced
),

-- Titles, texts and subtotals are lines too; optional ones are not in the total.
lines as (
    select * from {{ ref('stg_moco__invoice_items') }}
    where coalesce(type, 'item') = 'item' and not optional
),

line_totals as (
    select
        source_relation,
        invoice_id,
        sum(net_total) as total
    from lines
    group by 1, 2
),

totals as (
    select
        invoices.source_relation,
        invoices.invoice_id,
        invoices.project_id,
        coalesce(line_totals.total, invoices.net_total) as total
    from invoices
    left join line_totals
        on invoices.source_relation = line_totals.source_relation
        and invoices.invoice_id = line_totals.invoice_id
),

expenses as (
    select * from {{ ref('stg_moco__project_expenses') }}
),

line_expenses as (
    select
        source_relation,
        invoice_id,
        id as line_id,
        net_total,
        {{ moco_elements('expense_ids') }} as expense_id
    from lines
),

line_shares as (
    select
        line_expenses.source_relation,
        line_expenses.invoice_id,
        line_expenses.net_total,
        expenses.project_id,
        coalesce(expenses.price, 0) as price,
        sum(coalesce(expenses.price, 0)) over one_line as line_price,
        count(*) over one_line as line_count
    from line_expenses
    inner join expenses
        on line_expenses.source_relation = expenses.source_relation
        and cast(cast(line_expenses.expense_id as {{ moco_type('text') }}) as bigint) = expenses.id
    window one_line as (
        partition by line_expenses.source_relation, line_expenses.invoice_id, line_expenses.line_id
    )
),

expense_parts as (
    select
        source_relation,
        invoice_id,
        project_id,
        sum(case
            when line_price = 0
                then {{ moco_whole_division(moco_units('net_total'), 'line_count') }}
            else {{ moco_whole_division(
                moco_units('net_total') ~ ' * ' ~ moco_units('price'), moco_units('line_price')
            ) }}
        end) as units
    from line_shares
    group by 1, 2, 3
),

time_parts as (
    select
        source_relation,
        invoice_id,
        project_id,
        sum({{ moco_units('coalesce(amount, 0)') }}) as units
    from {{ ref('int_moco__time_entries') }}
    where is_billed and invoice_id is not null
    group by 1, 2, 3
),

-- Entries can be worth more than what was invoiced for them, after a reduction.
room as (
    select
        totals.source_relation,
        totals.invoice_id,
        {{ moco_units('totals.total') }} - coalesce(billed_expenses.units, 0) as units
    from totals
    left join (
        select
            source_relation,
            invoice_id,
            sum(units) as units
        from expense_parts
        group by 1, 2
    ) as billed_expenses
        on totals.source_relation = billed_expenses.source_relation
        and totals.invoice_id = billed_expenses.invoice_id
),

worth as (
    select
        source_relation,
        invoice_id,
        sum(units) as units
    from time_parts
    group by 1, 2
),

capped_time_parts as (
    select
        time_parts.source_relation,
        time_parts.invoice_id,
        time_parts.project_id,
        case
            when room.units <= 0 then 0
            when worth.units <= room.units then time_parts.units
            else {{ moco_whole_division('time_parts.units * room.units', 'worth.units') }}
        end as units
    from time_parts
    inner join room
        on time_parts.source_relation = room.source_relation
        and time_parts.invoice_id = room.invoice_id
    inner join worth
        on time_parts.source_relation = worth.source_relation
        and time_parts.invoice_id = worth.invoice_id
),

known_parts as (
    select *, 'additional services' as allocated_by from expense_parts
    union all
    select *, 'time entries' as allocated_by from capped_time_parts
),

known as (
    select
        source_relation,
        invoice_id,
        sum(units) as units
    from known_parts
    group by 1, 2
),

rest as (
    select
        totals.source_relation,
        totals.invoice_id,
        totals.project_id,
        {{ moco_units('totals.total') }} - coalesce(known.units, 0) as units,
        case
            when totals.project_id is null then 'nothing' else 'the project of the invoice'
        end as allocated_by
    from totals
    left join known
        on totals.source_relation = known.source_relation
        and totals.invoice_id = known.invoice_id
)

select * from known_parts
where units <> 0
union all
select * from rest
where units <> 0
