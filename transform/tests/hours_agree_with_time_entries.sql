-- The hours of the mart are those of the table that the target loaded, to the second decimal.
with loaded as (
    {{ moco_rows('activities', {'hours': 'number'}) }}
),

raw_hours as (
    select source_relation, sum(hours) as hours
    from loaded
    group by 1
),

mart_hours as (
    select source_relation, sum(hours) as hours
    from {{ ref('moco__time_monthly') }}
    group by 1
)

select
    raw_hours.source_relation,
    raw_hours.hours as raw_hours,
    mart_hours.hours as mart_hours
from raw_hours
left join mart_hours
    on raw_hours.source_relation = mart_hours.source_relation
where raw_hours.hours is distinct from mart_hours.hours
