{# A column of a door's source; a blank text says as little as NULL does. #}
{% macro door_given(name, have) %}
    {{ return("nullif(trim(src." ~ name ~ "), '')" if have == 'VARCHAR' else 'src.' ~ name) }}
{% endmacro %}


{# How a door reads a column of type `have` as `want`: an expression, or none where no honest reading exists.
   `have` is none for an optional column that is not there; `epoch` is the unit of a tracker's times that are numbers. #}
{% macro door_cast(name, have, want, epoch=none) %}
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
    {%- elif want == 'timestamp' and epoch and (base == 'VARCHAR' or base in numbers) -%}
        {{ return(microlift.epoch_or_utc('cast(' ~ column ~ ' as varchar)', epoch)) }}
    {%- elif want == 'timestamp' and (base in ('VARCHAR', 'DATE') or base.startswith('TIMESTAMP')) -%}
        {{ return(microlift.to_utc(column, have)) }}
    {%- elif want == 'date' and (base in ('VARCHAR', 'DATE') or base.startswith('TIMESTAMP')) -%}
        {{ return('cast(' ~ microlift.to_utc(column, have) ~ ' as date)') }}
    {%- elif want == 'bigint' and base in ('VARCHAR', 'FLOAT', 'DOUBLE', 'DECIMAL') -%}
        {{ return(microlift.whole_number(column)) }}
    {%- elif want == 'double' and base in ('VARCHAR', 'BOOLEAN') -%}
        {{ return(microlift.number_or_flag(column)) }}
    {%- elif want in ('bigint', 'double') and (base == 'VARCHAR' or base in numbers) -%}
        {{ return('try_cast(' ~ column ~ ' as ' ~ want ~ ')') }}
    {%- else -%}
        {{ return(none) }}
    {%- endif -%}
{% endmacro %}
