{#
  The end of every tracker's mapping: canonical columns from a CTE `mapped` whose ids and times are still texts. A value that
  cannot be what it stands for is a defect of its row, and never a silent NULL.

  `units` are those of times that are numbers; `zone` is the zone of the clock that event times are told in.
#}
{% macro tracker_events(units={}, zone='UTC') %}
    {%- set times = ['event_time', 'received_time'] -%}
    typed as (
        select
            {{ microlift.all_but(times + ['sequence', 'properties', 'problem']) }},
            {% for time in times -%}
            nullif(trim({{ time }}), '') as {{ time }}_given,
            {{ microlift.epoch_or_utc('trim(' ~ time ~ ')', units.get(time)) }} as {{ time }}_read,
            {% endfor -%}
            sequence as sequence_given,
            {{ microlift.whole_number('sequence') }} as sequence,
            case when json is not null and problem is null then properties end as properties,
            problem
        from mapped
    )

    select
        case when json is not null then event_id end as event_id,
        event_name,
        {{ microlift.zone_to_utc('event_time_read', zone) if zone != 'UTC' else 'event_time_read' }} as event_time,
        received_time_read as received_time,
        user_id,
        device_id,
        tracker_session_id,
        sequence,
        properties,
        load_id,
        case
            when json is null then 'broken_json'
            {% for column in ['event_id', 'event_name', 'user_id', 'device_id', 'tracker_session_id'] -%}
            when {{ microlift.is_nested_json(column) }} then 'unparseable_{{ column }}'
            {% endfor -%}
            when problem is not null then problem
            {% for time in times -%}
            when {{ time }}_given is not null and {{ time }}_read is null then 'unparseable_{{ time }}'
            {% endfor -%}
            when sequence_given is not null and sequence is null then 'unparseable_sequence'
        end as defect,
        raw_payload
    from typed
{% endmacro %}


{# The first of several nested values (name → JSON text) that is there and no JSON object, as a reason code. #}
{% macro first_broken(documents, is_sound='object') %}
    case
        {% for name, json in documents.items() -%}
        when {{ json }} is not null and not {{ microlift.json_is_object(json) if is_sound == 'object' else microlift.json_is_pairs(json) }}
            then 'broken_{{ name }}'
        {% endfor -%}
    end
{% endmacro %}
