{# What a row was loaded with: what the source says, else its name; of events, with the day of receipt, so that a
   relation that grows is read again by the day and not as a whole. #}
{% macro door_load(source, found) %}
    {%- if 'load_id' in found -%}{{ return('src.load_id') }}{%- endif -%}
    {%- set name = microlift.string_literal(source) -%}
    {%- set received = 'received_time' if 'received_time' in found else 'event_time' -%}
    {%- if 'event_time' not in model.columns or received not in found -%}{{ return(name) }}{%- endif -%}
    {%- set time = microlift.door_cast(received, found[received], 'timestamp') -%}
    {{ return(name ~ " || coalesce('/' || cast(cast(" ~ time ~ " as date) as varchar), '/undated')") }}
{% endmacro %}
