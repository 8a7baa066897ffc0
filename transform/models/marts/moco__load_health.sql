with runs as (
    select
        *,
        row_number() over (
            partition by source_relation, stream order by started_at desc, run_id desc
        ) as recency
    from {{ ref('stg_moco__sync_runs') }}
),

streams as (
    select
        source_relation,
        stream,
        count(*) as runs,
        max(case when outcome = 'success' then ended_at end) as last_success_at,
        sum(
            case when outcome in ('failed', 'incomplete', 'interrupted') then 1 else 0 end
        ) as failed_runs,
        sum(requests) as requests
    from runs
    group by 1, 2
)

select
    runs.source_relation,
    runs.stream,
    runs.run_id as last_run_id,
    runs.started_at as last_started_at,
    runs.mode as last_mode,
    runs.outcome as last_outcome,
    runs.reason as last_reason,
    runs.bookmark,
    streams.last_success_at,
    streams.runs,
    streams.failed_runs,
    streams.requests,
    runs.rows_in_moco,
    runs.rows_expected,
    runs.rows_in_moco - runs.rows_expected as rows_missing
from runs
inner join streams
    on runs.source_relation = streams.source_relation
    and runs.stream = streams.stream
where runs.recency = 1
