with items as (
    select * from {{ ref('stg_moco__purchase_items') }}
),

purchases as (
    select * from {{ ref('stg_moco__purchases') }}
)

select
    purchases.source_relation,
    {{ moco_month('purchases.date') }} as month,
    items.category_id,
    max(items.category_name) as category_name,
    purchases.currency,
    count(*) as items,
    {{ moco_money('sum(coalesce(items.net_total, purchases.net_total))') }} as net_total,
    {{ moco_money('sum(coalesce(items.gross_total, purchases.gross_total))') }} as gross_total
from purchases
-- A purchase without items counts as one item without a category.
left join items
    on purchases.source_relation = items.source_relation
    and purchases.id = items.purchase_id
group by purchases.source_relation, {{ moco_month('purchases.date') }}, items.category_id, purchases.currency
