-- A device that was seen with exactly one user is that user's, before and after the sign-in. A shared device
-- (several users) stays a unit of its own where nobody is signed in.
select device_id, min(user_id) as user_id
from {{ ref('int_events_kept') }}
where device_id is not null and user_id is not null
group by device_id
having count(distinct user_id) = 1
