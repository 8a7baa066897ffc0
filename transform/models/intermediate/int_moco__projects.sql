with projects as (
    select * from {{ ref('stg_moco__projects') }}
),

companies as (
    select * from {{ ref('stg_moco__companies') }}
),

users as (
    select * from {{ ref('stg_moco__users') }}
),

lasting as (
    select
        *,
        {{ moco_month('start_date') }} as first_month,
        {{ moco_month('coalesce(finish_date, ' ~ moco_today() ~ ')') }} as last_month
    from projects
)

select
    projects.source_relation,
    projects.id as project_id,
    projects.identifier as project_identifier,
    projects.name as project_name,
    projects.customer_id,
    coalesce(companies.name, projects.customer_name) as customer_name,
    projects.leader_id,
    trim(coalesce(users.firstname, '') || ' ' || coalesce(users.lastname, '')) as leader_name,
    projects.active as is_active,
    projects.billable as is_billable,
    coalesce(companies.intern, false) as is_internal,
    projects.fixed_price as is_fixed_price,
    case
        when projects.retainer then 'retainer'
        when projects.fixed_price then 'fixed price'
        else 'time and materials'
    end as project_type,
    projects.start_date,
    projects.finish_date,
    projects.currency,
    -- A retainer may have a budget for the month alone.
    coalesce(
        projects.budget,
        case when projects.retainer then projects.budget_monthly * greatest(
            cast(extract(year from last_month) - extract(year from first_month) as bigint) * 12
            + cast(extract(month from last_month) - extract(month from first_month) as bigint)
            + 1,
            0
        ) end
    ) as budget,
    projects.budget_expenses
from lasting as projects
left join companies
    on projects.source_relation = companies.source_relation
    and projects.customer_id = companies.id
left join users
    on projects.source_relation = users.source_relation
    and projects.leader_id = users.id
