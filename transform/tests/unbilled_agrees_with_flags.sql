-- What is unbilled today, by days, is what MOCO has not flagged as billed.
with flagged as (
    select source_relation, currency, sum(amount) as amount
    from {{ ref('int_moco__billable_items') }}
    where date <= {{ moco_today() }} and not is_billed
    group by 1, 2
),

unbilled as (
    select source_relation, currency, sum(unbilled_amount - in_draft_amount) as amount
    from {{ ref('moco__unbilled_by_project') }}
    where as_of = {{ moco_today() }}
    group by 1, 2
)

select
    flagged.source_relation,
    flagged.currency,
    flagged.amount as flagged_amount,
    unbilled.amount as unbilled_amount
from flagged
left join unbilled
    on flagged.source_relation = unbilled.source_relation
    and flagged.currency is not distinct from unbilled.currency
where coalesce(flagged.amount, 0) <> coalesce(unbilled.amount, 0)
