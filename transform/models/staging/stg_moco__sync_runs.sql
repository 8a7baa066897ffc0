with loaded as (
    {{ moco_rows('sync_runs', {
        'run_id': 'text',
        'stream': 'text',
        'started_at': 'timestamp',
        'ended_at': 'timestamp',
        'mode': 'text',
        'outcome': 'text',
        'reason': 'text',
        'records': 'bigint',
        'requests': 'bigint',
        'rows_in_moco': 'bigint',
        'rows_expected': 'bigint',
        'deletes_declared': 'bigint',
        'bookmark': 'timestamp',
    }) }}
)

select
    source_relation,
    run_id,
    stream,
    started_at,
    ended_at,
    mode,
    outcome,
    reason,
    records,
    requests,
    rows_in_moco,
    rows_expected,
    deletes_declared,
    bookmark
from loaded
