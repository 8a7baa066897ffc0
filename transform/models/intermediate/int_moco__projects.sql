with projects as (
    select * from {{ ref('stg_moco__projects') }}
),

companies as (
    select * from {{ ref('stg_moco__companies') }}
),

users as (
    select * from {{ ref('stg_moco__users') }}
),

months as (
    select
        *,
        cast(
            extract(year from last_day) * 12 + extract(month from last_day)
            - extract(year from start_date) * 12 - extract(month from start_date) + 1
            as bigint
        ) as months
    from (
        select *, coalesce(finish_date, {{ moco_today() }}) as last_day
        from projects
    ) as lasting
),

-- A retainer may have a budget for the month alone.
budgeted as (
    select
        source_relation,
        id,
        coalesce(
            budget,
            case when retainer then budget_monthly * greatest(months, 0) end
        ) as budget
    from months
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
    {{ moco_money('budgeted.budget') }} as budget,
    {{ moco_money('projects.budget_expenses') }} as budget_expenses
from projects
inner join budgeted
    on projects.source_relation = budgeted.source_relation
    and projects.id = budgeted.id
left join companies
    on projects.source_relation = companies.source_relation
    and projects.customer_id = companies.id
left join users
    on projects.source_relation = users.source_relation
    and projects.leader_id = users.id
