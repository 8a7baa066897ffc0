-- What each additional service costs: the purchases that are assigned to it, or else
-- its own cost.
with services as (
    select * from {{ ref('stg_moco__project_expenses') }}
),

purchases as (
    select
        items.source_relation,
        items.expense_id,
        sum(items.net_total) as net_total,
        min(purchases.currency) as currency,
        count(distinct purchases.currency) as currencies
    from {{ ref('stg_moco__purchase_items') }} as items
    inner join {{ ref('stg_moco__purchases') }} as purchases
        on items.source_relation = purchases.source_relation
        and items.purchase_id = purchases.id
    where items.expense_id is not null
    group by 1, 2
)

select
    services.source_relation,
    services.id as expense_id,
    services.project_id,
    services.currency,
    {{ moco_money('services.price') }} as price,
    services.budget_relevant as is_budget_relevant,
    -- Unknown where the purchases are in another currency than the service.
    {{ moco_money('case
        when purchases.expense_id is null then services.cost
        when purchases.currencies = 1 and purchases.currency = services.currency
            then purchases.net_total
    end') }} as cost
from services
left join purchases
    on services.source_relation = purchases.source_relation
    and services.id = purchases.expense_id
