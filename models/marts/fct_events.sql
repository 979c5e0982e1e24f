select
    e.event_id,
    e.event_name,
    e.event_time,
    e.received_time,
    e.person_id,
    e.user_id,
    e.device_id,
    {% if var('session_source') == 'tracker' %}
    e.tracker_session_id as session_id,
    {% else %}
    s.session_id,
    {% endif %}
    e.sequence,
    e.properties,
    e.load_id
from {{ ref('int_events_valid') }} as e
{% if var('session_source') != 'tracker' -%}
left join {{ ref('int_sessions') }} as s
    on s.person_id = e.person_id and e.event_time between s.started_at and s.ended_at
{%- endif %}
