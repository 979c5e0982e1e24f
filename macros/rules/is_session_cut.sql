{# Whether a session ends between two neighbouring moments of a timeline: by the gap, and by the cuts that are declared
   (`day`: a new day, UTC; `campaign`: another campaign than the last one known, at one of the times `changed_at`). #}
{% macro is_session_cut(earlier, later, changed_at) -%}
    ({{ later }} > {{ add_seconds(earlier, var('session_gap_seconds')) }}
    {%- if 'day' in var('session_cuts') %} or cast({{ later }} as date) > cast({{ earlier }} as date){% endif %}
    {%- if 'campaign' in var('session_cuts') %} or ({{ later }} > {{ earlier }} and coalesce({{ array_contains(changed_at, later) }}, false)){% endif %})
{%- endmacro %}
