with loaded as (
    {{ moco_rows('planning_entries', {
        'id': 'bigint',
        'starts_on': 'date',
        'ends_on': 'date',
        'hours_per_day': 'number',
        'tentative': 'boolean',
        'user': 'json',
        'project': 'json',
        'task': 'json',
        'deal': 'json',
    }) }}
)

select
    source_relation,
    id,
    starts_on,
    ends_on,
    hours_per_day,
    coalesce(tentative, false) as tentative,
    {{ moco_in('"user"', 'id', 'bigint') }} as user_id,
    {{ moco_in('project', 'id', 'bigint') }} as project_id,
    {{ moco_in('task', 'id', 'bigint') }} as task_id,
    {{ moco_in('deal', 'id', 'bigint') }} as deal_id
from loaded
