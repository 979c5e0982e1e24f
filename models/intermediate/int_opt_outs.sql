-- Who is left out beyond single events, and from when. A user is left out wherever they are signed in, and on their
-- devices while nobody is; a device of which an anonymous visitor said so is left out as a whole.
with

said as (
    select user_id, device_id, opt_out_reason as reason, coalesce(opt_out_since, timestamp '1900-01-01') as opted_out_at
    from {{ ref('int_event_store') }}
    where opt_out_reason is not null
),

users as (
    select user_id as id, min(opted_out_at) as opted_out_at, {{ first_by('reason', struct({'t': 'opted_out_at', 'r': 'reason'})) }} as reason
    from said
    where user_id is not null
    group by user_id
),

devices as (
    select device_id as id, min(opted_out_at) as opted_out_at, {{ first_by('reason', struct({'t': 'opted_out_at', 'r': 'reason'})) }} as reason
    from said
    where user_id is null and device_id is not null
    group by device_id
),

devices_of_users as (
    select
        e.device_id as id,
        min(u.opted_out_at) as opted_out_at,
        {{ first_by('u.reason', struct({'t': 'u.opted_out_at', 'r': 'u.reason'})) }} as reason
    from {{ ref('int_event_store') }} as e
    inner join users as u on u.id = e.user_id
    where e.device_id is not null
    group by e.device_id
)

select 'user' as who, id, opted_out_at, reason from users
union all
select 'device', id, opted_out_at, reason from devices
union all
select 'device of a user', id, opted_out_at, reason from devices_of_users
