-- One row per tile of MOCO's overview, year and currency.
with hours as (
    select
        source_relation,
        'hours' as tile,
        cast(extract(year from month) as bigint) as year,
        cast(null as {{ moco_type('text') }}) as currency,
        {{ moco_quantity('sum(hours)') }} as value
    from {{ ref('moco__time_monthly') }}
    group by 1, 2, 3, 4
),

invoiced as (
    select
        source_relation,
        'invoiced' as tile,
        cast(extract(year from month) as bigint) as year,
        currency,
        {{ moco_quantity('sum(net_total)') }} as value
    from {{ ref('moco__revenue_monthly') }}
    group by 1, 2, 3, 4
),

billable as (
    select
        source_relation,
        'billable' as tile,
        cast(null as bigint) as year,
        currency,
        {{ moco_quantity('sum(unbilled_amount - in_draft_amount)') }} as value
    from {{ ref('moco__unbilled_by_project') }}
    where as_of = {{ moco_today() }}
    group by 1, 2, 3, 4
),

not_yet_delivered as (
    select
        source_relation,
        'not yet delivered' as tile,
        cast(null as bigint) as year,
        currency,
        {{ moco_quantity('sum(not_yet_delivered_amount)') }} as value
    from {{ ref('moco__project_margin') }}
    where not_yet_delivered_amount is not null
    group by 1, 2, 3, 4
),

not_yet_invoiced as (
    select
        source_relation,
        'not yet invoiced' as tile,
        cast(null as bigint) as year,
        currency,
        {{ moco_quantity('sum(not_yet_invoiced_amount)') }} as value
    from {{ ref('moco__project_margin') }}
    where not_yet_invoiced_amount is not null
    group by 1, 2, 3, 4
),

billability as (
    select
        source_relation,
        'billability' as tile,
        cast(extract(year from month) as bigint) as year,
        cast(null as {{ moco_type('text') }}) as currency,
        {{ moco_share('sum(billable_hours)', 'sum(available_hours)') }} as value
    from {{ ref('moco__utilization_monthly') }}
    group by 1, 2, 3, 4
),

outstanding as (
    select
        source_relation,
        'outstanding' as tile,
        cast(null as bigint) as year,
        currency,
        {{ moco_quantity('sum(open_amount)') }} as value
    from {{ ref('moco__receivables') }}
    where is_open
    group by 1, 2, 3, 4
),

weighted_leads as (
    select
        source_relation,
        'weighted leads' as tile,
        cast(null as bigint) as year,
        currency,
        {{ moco_quantity('sum(weighted_amount)') }} as value
    from {{ ref('moco__pipeline') }}
    where status = 'pending'
    group by 1, 2, 3, 4
),

tiles as (
    {%- for tile in [
        'hours', 'invoiced', 'billable', 'not_yet_delivered', 'billability', 'outstanding',
        'not_yet_invoiced', 'weighted_leads'
    ] %}
    select * from {{ tile }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select * from tiles
