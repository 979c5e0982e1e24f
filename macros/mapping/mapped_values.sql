{# The positions in the list of pointers at which paths are found; pointers that are new are added to it. #}
{% macro mapping_places(paths, pointers) %}
    {%- set places = [] -%}
    {%- for path in paths -%}
        {%- for pointer in microlift.path_pointers(path) -%}
            {%- if pointer not in pointers -%}{%- do pointers.append(pointer) -%}{%- endif -%}
            {%- do places.append(pointers.index(pointer) + 1) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(places) }}
{% endmacro %}


{# A column of a mapping as text: its constant, or the first filled of its places. #}
{% macro mapped_text(column, places) %}
    {%- if column.literal is not none -%}{{ return(microlift.string_literal(column.literal)) }}{%- endif -%}
    {%- set candidates = [] -%}
    {%- for place in places -%}
        {%- do candidates.append("nullif(trim(" ~ microlift.json_scalar(microlift.element('found', place)) ~ "), '')") -%}
    {%- endfor -%}
    {{ return('coalesce(' ~ candidates | join(', ') ~ ', null)') }}
{% endmacro %}


{# Whether an object or an array stands where one value is wanted. #}
{% macro mapped_is_nested(places) %}
    {%- set checks = [] -%}
    {%- for place in places -%}{%- do checks.append(microlift.json_is_nested(microlift.element('found', place))) -%}{%- endfor -%}
    {{ return(checks | join(' or ')) }}
{% endmacro %}


{# A time as text in UTC; a number is one only where the mapping says in which unit. #}
{% macro mapped_time(text, unit) %}
    {%- set written = microlift.to_utc(text) -%}
    {{ return('coalesce(' ~ microlift.epoch_to_utc(text, unit) ~ ', ' ~ written ~ ')' if unit else written) }}
{% endmacro %}


{# The JSON object at a place, whether it stands there as an object or as text. #}
{% macro nested_text(list, place) %}
    {%- set text = microlift.json_unquoted(microlift.element(list, place)) -%}
    {{ return('case when ' ~ microlift.json_is_object(text) ~ ' then ' ~ text ~ ' end') }}
{% endmacro %}


{# The properties of a mapped event: what the columns leave (its own `properties` on top level), and those that are named. #}
{% macro mapped_properties(mapping, places) %}
    {%- set named = [] -%}
    {%- for name, at in places.items() -%}
        {%- set candidates = [] -%}
        {%- for place in at -%}
            {%- set value = microlift.element('found', place) -%}
            {%- do candidates.append('case when ' ~ microlift.json_unquoted(value) ~ ' is not null then ' ~ value ~ ' end') -%}
        {%- endfor -%}
        {%- do named.append(microlift.string_literal(name) ~ ', coalesce(' ~ candidates | join(', ') ~ ', null)') -%}
    {%- endfor -%}
    {%- set named_object = 'json_object(' ~ named | join(', ') ~ ')' -%}
    {%- if not mapping.properties.rest -%}{{ return(microlift.json_merge("'{}'", named_object)) }}{%- endif -%}
    {%- set taken = {'properties': none} -%}
    {%- for column in mapping.columns.values() -%}
        {%- for path in column.paths -%}{%- do taken.update({path: none}) -%}{%- endfor -%}
    {%- endfor -%}
    {%- set rest = microlift.json_merge('json', microlift.string_literal(tojson(taken))) -%}
    {{ return(microlift.json_merge(microlift.json_merge(rest, 'given_properties'), named_object)) }}
{% endmacro %}
