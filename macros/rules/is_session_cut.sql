{# Whether a session ends between two neighbours of a timeline: by the gap, and by the cuts that are declared (`day`: a
   new day, UTC; `campaign`: another campaign than the last one known). #}
{% macro is_session_cut(earlier, later) -%}
    ({{ later }}.event_time > {{ add_seconds(earlier ~ '.event_time', var('session_gap_seconds')) }}
    {%- if 'day' in var('session_cuts') %} or cast({{ later }}.event_time as date) > cast({{ earlier }}.event_time as date){% endif %}
    {%- if 'campaign' in var('session_cuts') %} or {{ later }}.campaign is distinct from {{ earlier }}.campaign{% endif %})
{%- endmacro %}
