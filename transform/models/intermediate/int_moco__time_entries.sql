with activities as (
    select * from {{ ref('stg_moco__activities') }}
),

projects as (
    select * from {{ ref('int_moco__projects') }}
),

companies as (
    select * from {{ ref('stg_moco__companies') }}
),

users as (
    select * from {{ ref('stg_moco__users') }}
),

rates as (
    select * from {{ ref('stg_moco__account_internal_hourly_rates') }}
)

select
    activities.source_relation,
    activities.id as activity_id,
    activities.date,
    activities.hours,
    activities.billable as is_billable,
    activities.billed as is_billed,
    activities.invoice_id,
    activities.project_id,
    coalesce(projects.project_name, activities.project_name) as project_name,
    activities.task_id,
    activities.task_name,
    activities.customer_id,
    coalesce(companies.name, activities.customer_name) as customer_name,
    activities.user_id,
    trim(
        coalesce(users.firstname, activities.user_firstname, '') || ' '
        || coalesce(users.lastname, activities.user_lastname, '')
    ) as user_name,
    users.unit_name as team_name,
    projects.currency,
    coalesce(projects.is_fixed_price, false) as is_fixed_price,
    {{ moco_money('activities.hours * activities.hourly_rate') }} as amount,
    {{ moco_money('activities.hours * rates.rate') }} as internal_cost
from activities
left join projects
    on activities.source_relation = projects.source_relation
    and activities.project_id = projects.project_id
left join companies
    on activities.source_relation = companies.source_relation
    and activities.customer_id = companies.id
left join users
    on activities.source_relation = users.source_relation
    and activities.user_id = users.id
left join rates
    on activities.source_relation = rates.source_relation
    and activities.user_id = rates.user_id
    and extract(year from activities.date) = rates.year
