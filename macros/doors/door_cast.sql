{# A column of a door's source; a blank text says as little as NULL does. #}
{% macro door_given(name, have) %}
    {{ return("nullif(trim(src." ~ name ~ "), '')" if have == 'VARCHAR' else 'src.' ~ name) }}
{% endmacro %}


{# How a door reads a column of type `have` as `want`: an expression, or none where no honest reading exists.
   `have` is none for an optional column that is not there. #}
{% macro door_cast(name, have, want) %}
    {%- set column = microlift.door_given(name, have) -%}
    {%- set numbers = ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'UTINYINT', 'USMALLINT', 'UINTEGER',
        'UBIGINT', 'FLOAT', 'DOUBLE', 'DECIMAL') -%}
    {%- set base = (have or '').split('(')[0] -%}
    {%- if have is none or have == '"NULL"' -%}
        {{ return('cast(null as ' ~ want ~ ')') }}
    {%- elif want == 'varchar' and (base in ('STRUCT', 'MAP', 'JSON') or have.endswith(']')) -%}
        {{ return(microlift.value_as_json(column)) }}
    {%- elif want == 'varchar' -%}
        {{ return(column if base == 'VARCHAR' else 'cast(' ~ column ~ ' as varchar)') }}
    {%- elif want == 'timestamp' and (base in ('VARCHAR', 'DATE') or base.startswith('TIMESTAMP')) -%}
        {{ return(microlift.to_utc(column, have)) }}
    {%- elif want == 'date' and (base in ('VARCHAR', 'DATE') or base.startswith('TIMESTAMP')) -%}
        {{ return('try_cast(' ~ column ~ ' as date)') }}
    {%- elif want in ('bigint', 'double') and (base == 'VARCHAR' or base in numbers) -%}
        {{ return('try_cast(' ~ column ~ ' as ' ~ want ~ ')') }}
    {%- else -%}
        {{ return(none) }}
    {%- endif -%}
{% endmacro %}
