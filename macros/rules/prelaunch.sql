{# What the facts of a row of quality_prelaunch amount to: the first of these that holds. #}
{% macro prelaunch_status() -%}
    {%- set limit = var('prelaunch_max_missing') -%}
    case
        when phase = 'ended' then 'ended'
        when event_name is null then 'no exposure rule'
        when events_of_name = 0 and quarantined_events > 0 then 'all quarantined'
        when events_of_name = 0 and event_last_seen_at is null then 'never seen'
        when events_of_name = 0 then 'silent'
        when events = 0 then 'never matched'
        when greatest(unread_share, missing_unit_share, missing_property_share) > {{ limit }} then 'properties missing'
        when events_of_unknown_variants > {{ limit }} * events then 'unknown variant'
        when silent_variants is not null then 'variant missing'
        when internal_events = events then 'internal only'
        else 'fires'
    end
{%- endmacro %}


{# The same in words, with what to do. #}
{% macro prelaunch_advice() -%}
    {%- set days = var('prelaunch_days') ~ ' days' -%}
    {%- set definition = "case role when 'exposure' then 'exposure_rules' when 'funnel step' then 'funnel_steps' else 'metrics' end" -%}
    case status
        when 'ended' then 'Nothing: the experiment has ended.'
        when 'no exposure rule' then 'No rule says what an exposure is: add one to exposure_rules.'
        when 'all quarantined' then 'In {{ days }} every ''' || event_name || ''' was quarantined, the last for ' || last_reason
            || ': see quality_quarantine.'
        when 'never seen' then 'No ''' || event_name || ''' has ever arrived: instrument it, or correct the name in ' || {{ definition }} || '.'
        when 'silent' then 'No ''' || event_name || ''' in {{ days }}, the last on ' || cast(event_last_seen_at as date) || ': see what has stopped it.'
        when 'never matched' then '''' || event_name || ''' arrives, but none in {{ days }} meets the condition: correct the property that is sent, or '
            || {{ definition }} || '.'
        when 'properties missing' then 'Send what is missing: ' || concat_ws('; ',
            case when unread_share > 0 then '''' || read_property || ''' cannot be read in ' || round(100 * unread_share, 1) || '%' end,
            case when missing_unit_share > 0 then 'the unit''s id is absent in ' || round(100 * missing_unit_share, 1) || '%' end,
            case when missing_property_share > 0 then property_problems end) || '.'
        when 'unknown variant' then events_of_unknown_variants || ' of ' || events || ' exposures name a variant that is not defined, such as '''
            || unknown_variant || ''': correct the tracking, or add it to variants.'
        when 'variant missing' then 'No exposure in {{ days }} to ' || silent_variants || ': see that the variant is served and tracked.'
        when 'internal only' then 'Only staff has sent it, and staff is excluded: fine before the launch, not after it.'
        else 'Nothing.'
    end
{%- endmacro %}
