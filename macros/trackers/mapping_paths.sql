{# The columns of a canonical event that a mapping can name. #}
{% macro mapped_columns() %}
    {{ return(['event_id', 'event_name', 'event_time', 'received_time', 'user_id', 'device_id', 'tracker_session_id', 'sequence']) }}
{% endmacro %}


{# The JSON pointers under which a path of a mapping is looked for: `visitor.id` is that key itself, or `id` in `visitor`. #}
{% macro path_pointers(path) %}
    {%- set escaped = (path | string).replace('~', '~0').replace('/', '~1') -%}
    {{ return(['/' ~ escaped] + (['/' ~ escaped.replace('.', '/')] if '.' in escaped else [])) }}
{% endmacro %}


{# The paths that an entry of a mapping lists: one, or several of which the first filled one counts. #}
{% macro entry_paths(variable, name, entry) %}
    {%- set paths = [entry] if entry is string else entry -%}
    {%- if paths is mapping or paths is not sequence or not paths or paths | reject('string') | list or '' in paths -%}
        {{ exceptions.raise_compiler_error(variable ~ ": `" ~ name ~ "` must be a key such as `action` or `visitor.id`, or a list of keys of which the "
            ~ "first filled one counts; it is " ~ tojson(entry) ~ " (docs/trackers.md).") }}
    {%- endif -%}
    {{ return(paths) }}
{% endmacro %}


{# A mapping with what it leaves out filled in: a column that is not named is read from the key of its own name. #}
{% macro checked_mapping(variable, defaults={}) %}
    {%- set given = dict(defaults, **var(variable)) if var(variable) is mapping else var(variable) -%}
    {%- set known = microlift.mapped_columns() + ['properties', 'time_unit'] -%}
    {%- if given is not mapping -%}
        {{ exceptions.raise_compiler_error(variable ~ " must be a mapping of canonical columns to keys, not " ~ tojson(given) ~ ".") }}
    {%- endif -%}
    {%- for name in given if name not in known -%}
        {{ exceptions.raise_compiler_error(variable ~ ": `" ~ name ~ "` is no canonical column. Known are " ~ known | join(', ')
            ~ "; anything else belongs under `properties` (docs/trackers.md).") }}
    {%- endfor -%}
    {%- if given.get('time_unit', 's') not in ('s', 'ms', 'us', 's_or_ms') -%}
        {{ exceptions.raise_compiler_error(variable ~ ": `time_unit` is " ~ tojson(given.time_unit) ~ "; it must be s, ms, us or s_or_ms (told by their size).") }}
    {%- endif -%}
    {%- set columns = {} -%}
    {%- for name in microlift.mapped_columns() -%}
        {%- set entry = given.get(name, name) -%}
        {%- if entry is mapping and entry.get('value') is string and entry | length == 1 -%}
            {%- do columns.update({name: {'paths': [], 'literal': entry.value}}) -%}
        {%- else -%}
            {%- do columns.update({name: {'paths': microlift.entry_paths(variable, name, entry), 'literal': none}}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return({'columns': columns, 'time_unit': given.get('time_unit'), 'is_id_named': 'event_id' in var(variable),
        'properties': microlift.checked_properties(variable, given.get('properties', 'rest'))}) }}
{% endmacro %}


{# Which properties are kept: name → paths, and whether whatever the columns leave is kept beside them. #}
{% macro checked_properties(variable, given) %}
    {%- if given == 'rest' -%}{{ return({'rest': true, 'named': {}}) }}{%- endif -%}
    {%- set named = {} -%}
    {%- if given is mapping -%}
        {%- for name, entry in given.items() if name != '*' -%}
            {%- do named.update({name: microlift.entry_paths(variable, 'properties: ' ~ name, entry)}) -%}
        {%- endfor -%}
        {%- if given.get('*', 'rest') != 'rest' -%}
            {{ exceptions.raise_compiler_error(variable ~ ": `properties: *` can only be `rest`, not " ~ tojson(given['*']) ~ ".") }}
        {%- endif -%}
        {{ return({'rest': '*' in given, 'named': named}) }}
    {%- endif -%}
    {%- for path in microlift.entry_paths(variable, 'properties', given) -%}{%- do named.update({path: [path]}) -%}{%- endfor -%}
    {{ return({'rest': false, 'named': named}) }}
{% endmacro %}


{# Where a mapping finds the times by which a table is cut into loads. #}
{% macro mapped_times(variable, defaults={}) %}
    {%- set columns = microlift.checked_mapping(variable, defaults).columns -%}
    {%- set pointers = [] -%}
    {%- for path in columns.received_time.paths + columns.event_time.paths -%}{%- do pointers.extend(microlift.path_pointers(path)) -%}{%- endfor -%}
    {{ return(pointers) }}
{% endmacro %}


{# The unit of a mapping's times that are numbers. #}
{% macro mapped_unit(variable, defaults={}) %}
    {{ return(microlift.checked_mapping(variable, defaults).time_unit) }}
{% endmacro %}
