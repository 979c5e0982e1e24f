{#
  What counts of the raw events, as three steps that a view each shows (`int_events_checked`, `int_events_kept`,
  `int_events_valid`). A refresh takes the same steps from the rows of some persons alone, since a condition on the person
  behind an event cannot be tried before its row has come through all of them.
#}
{% macro valid_events_of_touched() %}
    {%- set whole = ref('int_events_valid') -%}
    {%- if microlift.is_unit_test() -%}{{ return(whole) }}{%- endif -%}
    {%- set persons = microlift.change_log('person_id') -%}
    {%- do ref('int_build_states') -%}
    {%- set since = microlift.built_until() -%}
    {%- set some = microlift.valid_events_of("select changed_key from " ~ persons ~ " where version > " ~ since) -%}
    {{ return(whole if since is none else some) }}
{% endmacro %}


{# Those that may be of these persons (a query of one column): under their own id, or under a device that is theirs. #}
{% macro valid_events_of(persons) -%}
    (
        with

        ids as (
            {{ persons }}
            union all
            select device_id from {{ ref('int_identity') }} where user_id in ({{ persons }})
        ),

        store_of_ids as (select * from {{ ref('int_event_store') }} where coalesce(user_id, device_id) in (from ids)),

        repeats_of_ids as (select * from {{ ref('int_event_repeats') }} where coalesce(user_id, device_id) in (from ids)),

        checked as ({{ microlift.events_checked('store_of_ids') }}),

        kept as ({{ microlift.events_kept('checked', 'repeats_of_ids') }})

        {{ microlift.events_valid('kept') }}
    )
{%- endmacro %}


{% macro events_checked(store) -%}
with

opt_outs as (select * from {{ ref('int_opt_outs') }}),

judged as (
    select
        {{ microlift.all_but(['quarantine_reason', 'exclusion_reason', 'opt_out_reason', 'opt_out_since'], 's') }},
        coalesce(
            s.quarantine_reason, case when {{ microlift.in_future('s.received_time') }} then 'received_in_future' end
        ) as quarantine_reason,
        coalesce(
            s.exclusion_reason,
            case
                when s.event_time >= u.opted_out_at then u.reason
                when s.event_time >= d.opted_out_at then d.reason
                when s.user_id is null and s.event_time >= o.opted_out_at then o.reason
                {% if var('as_of') %}when s.received_time > {{ microlift.time_of_variable('as_of') }} then 'received_after_as_of'{% endif %}
            end
        ) as found_exclusion
    from {{ store }} as s
    left join opt_outs as u on u.who = 'user' and u.id = s.user_id
    left join opt_outs as d on d.who = 'device' and d.id = s.device_id
    left join opt_outs as o on o.who = 'device of a user' and o.id = s.device_id
)

select
    {{ microlift.all_but(['found_exclusion', 'raw_payload']) }},
    case when quarantine_reason is null then found_exclusion end as exclusion_reason,
    case
        when raw_payload is not null then raw_payload
        when quarantine_reason is not null or found_exclusion != 'erased'
            then {{ microlift.event_as_json() }}
    end as raw_payload
from judged
{%- endmacro %}


{% macro events_kept(checked, repeats) -%}
select event_id, event_name, event_time, received_time, user_id, device_id, tracker_session_id, sequence, properties, load_id, row_hash, version
from {{ checked }} as c
-- A join, since `not exists` would first gather the distinct ids of all events.
anti join {{ repeats }} as r on r.event_id = c.event_id
where quarantine_reason is null and exclusion_reason is null

union all
select event_id, event_name, event_time, received_time, user_id, device_id, tracker_session_id, sequence, properties, load_id, row_hash, version
from {{ repeats }}
where status = 'valid'
{%- endmacro %}


{% macro events_valid(kept) -%}
select
    e.*,
    coalesce(e.user_id, i.user_id, e.device_id) as person_id
from {{ kept }} as e
left join {{ ref('int_identity') }} as i on i.device_id = e.device_id
{%- endmacro %}
