{# A time zone that a variable names, if the engine knows it; else the run stops with the fix. #}
{% macro known_zone(variable) %}
    {%- set zone = var(variable) | trim -%}
    {%- if execute and run_query("select 1 from pg_timezone_names() where name = " ~ microlift.string_literal(zone)).rows | length == 0 -%}
        {{ exceptions.raise_compiler_error("The variable `" ~ variable ~ "` is `" ~ zone ~ "`, which is no known time zone. "
            ~ "Use a name such as UTC or America/Los_Angeles (docs/trackers.md).") }}
    {%- endif -%}
    {{ return(zone) }}
{% endmacro %}
