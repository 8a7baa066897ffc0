select
    source_relation,
    {{ moco_month('date') }} as month,
    user_id,
    max(user_name) as user_name,
    max(team_name) as team_name,
    customer_id,
    max(customer_name) as customer_name,
    project_id,
    max(project_name) as project_name,
    currency,
    {{ moco_quantity('sum(hours)') }} as hours,
    {{ moco_quantity('sum(case when is_billable then hours else 0 end)') }} as billable_hours,
    {{ moco_quantity('sum(case when is_billed then hours else 0 end)') }} as billed_hours,
    {{ moco_quantity('sum(case when is_billable and amount is null then hours else 0 end)') }}
        as hours_without_rate,
    {{ moco_money('coalesce(sum(case when is_billable then amount end), 0)') }} as billable_amount,
    {{ moco_money('coalesce(sum(case when is_billed then amount end), 0)') }} as billed_amount,
    {{ moco_money('sum(internal_cost)') }} as internal_cost
from {{ ref('int_moco__time_entries') }}
group by source_relation, {{ moco_month('date') }}, user_id, customer_id, project_id, currency
