with loaded as (
    {{ moco_rows('purchases', {
        'id': 'bigint',
        'items': 'json',
    }) }}
),

positions as (
    select
        source_relation,
        id as purchase_id,
        {{ moco_elements('items') }} as position
    from loaded
)

select
    source_relation,
    purchase_id,
    {{ moco_in('position', 'id', 'bigint') }} as id,
    {{ moco_in('position', 'title') }} as title,
    {{ moco_in('position', 'net_total', 'number') }} as net_total,
    {{ moco_in('position', 'gross_total', 'number') }} as gross_total,
    {{ moco_in("(position -> 'category')", 'id', 'bigint') }} as category_id,
    {{ moco_in("(position -> 'category')", 'name') }} as category_name,
    {{ moco_in("(position -> 'expense')", 'id', 'bigint') }} as expense_id,
    {{ moco_in("(position -> 'expense' -> 'project')", 'id', 'bigint') }} as project_id
from positions
