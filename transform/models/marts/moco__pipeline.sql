with deals as (
    select
        deals.*,
        coalesce(categories.name, deals.category_name) as stage,
        coalesce(categories.probability, deals.category_probability) as probability
    from {{ ref('stg_moco__deals') }} as deals
    left join {{ ref('stg_moco__deal_categories') }} as categories
        on deals.source_relation = categories.source_relation
        and deals.category_id = categories.id
)

select
    source_relation,
    id as deal_id,
    name as deal_name,
    company_id,
    company_name,
    user_id,
    status,
    coalesce(status in ('potential', 'pending'), false) as is_open,
    -- The stage counts while a deal is pending; else MOCO shows the status alone.
    case when status = 'pending' then stage else status end as stage,
    {{ moco_quantity("case when status = 'pending' then probability end") }} as probability,
    cast(created_at as date) as created_on,
    reminder_date,
    closed_on,
    service_period_from,
    service_period_to,
    currency,
    {{ moco_money('money') }} as amount,
    {{ moco_money("case when status = 'pending' then money * coalesce(probability, 0) * 0.01 else 0 end") }}
        as weighted_amount
from deals
