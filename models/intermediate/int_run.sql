-- This run, one row: stamped on every validation.
select
    '{{ invocation_id }}' as run_id,
    timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as run_at
