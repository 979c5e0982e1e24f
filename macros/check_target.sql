{# What the models take for granted of the connection, checked before anything is built. #}
{% macro check_target() %}
    {%- if execute -%}
        {%- if target.database | lower == 'microlift' -%}
            {{ exceptions.raise_compiler_error(
                "The database is named `microlift` like the schema of the models, and DuckDB cannot tell the two apart. "
                ~ "Give the database file another name (profiles.yml: path).") }}
        {%- endif -%}
        {%- set zone = run_query("select current_setting('TimeZone')").rows[0][0] -%}
        {%- if zone not in ('UTC', 'Etc/UTC') -%}
            {{ exceptions.raise_compiler_error(
                "The connection's time zone is " ~ zone ~ ", and times without an offset would be read in it. "
                ~ "Set it to UTC (profiles.yml: settings: {TimeZone: UTC}).") }}
        {%- endif -%}
        {%- if var('hash_identifiers') and microlift.identifier_salt() | length < 16 -%}
            {{ exceptions.raise_compiler_error(
                "`hash_identifiers` is on and MICROLIFT_SALT holds fewer than 16 characters: ids could be guessed. Set the environment "
                ~ "variable to a secret of your own, and keep it: with another one every id changes.") }}
        {%- endif -%}
        {%- do microlift.check_variables() -%}
    {%- endif -%}
{% endmacro %}
