{{ config(severity='warn') }}
with loaded as (
    {{ moco_rows('purchases', {'currency': 'text', 'net_total': 'number'}) }}
),

raw_purchases as (
    select source_relation, currency, {{ moco_money('sum(net_total)') }} as net_total
    from loaded
    group by 1, 2
),

by_category as (
    select source_relation, currency, sum(net_total) as net_total
    from {{ ref('moco__purchases_by_category') }}
    group by 1, 2
)

select
    raw_purchases.source_relation,
    raw_purchases.currency,
    raw_purchases.net_total as raw_total,
    by_category.net_total as category_total
from raw_purchases
left join by_category
    on raw_purchases.source_relation = by_category.source_relation
    and raw_purchases.currency = by_category.currency
where raw_purchases.net_total is distinct from by_category.net_total
