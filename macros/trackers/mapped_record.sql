{#
  The CTE `mapped` of records (CTE `records`: load_id, json, raw_payload) under a mapping, which is data:
  canonical column → key, list of keys of which the first filled one counts, or {value: constant}. No text of a mapping is
  ever SQL; keys become literals.
#}
{% macro mapped_record(variable, defaults={}) %}
    {%- set mapping = microlift.checked_mapping(variable, defaults) -%}
    {%- set pointers, texts, taken = [], {}, {'properties': none} -%}
    {%- for name, column in mapping.columns.items() -%}
        {%- do texts.update({name: microlift.mapped_text(column, microlift.mapping_places(column.paths, pointers))}) -%}
        {%- for path in column.paths -%}{%- do taken.update({path: none}) -%}{%- endfor -%}
    {%- endfor -%}
    {%- set named = {} -%}
    {%- for name, paths in mapping.properties.named.items() -%}
        {%- set values = [] -%}
        {%- for path in paths -%}{%- for pointer in microlift.path_pointers(path) -%}
            {%- do values.append(microlift.json_value('json', pointer)) -%}
        {%- endfor -%}{%- endfor -%}
        {%- do named.update({name: 'coalesce(' ~ values | join(', ') ~ ', null)'}) -%}
    {%- endfor %}
    found as (
        select
            *,
            {{ microlift.json_texts('json', pointers) }} as found,
            {{ microlift.json_document(microlift.json_value('json', '/properties')) }} as properties_given
        from records
    ),

    mapped as (
        select
            load_id,
            json,
            raw_payload,
            {{ microlift.first_broken({'properties': 'properties_given'}) if mapping.properties.rest else 'cast(null as varchar)' }} as problem,
            {{ microlift.json_merge_all(
                ([microlift.json_without('json', taken), 'properties_given'] if mapping.properties.rest else [])
                + [microlift.json_object(named)]
            ) }} as properties,
            {% for name, text in texts.items() if name != 'event_id' -%}
            {{ text }} as {{ name }},
            {% endfor -%}
            {% if mapping.is_id_named -%}
            {{ texts.event_id }} as event_id
            {%- else -%}
            -- Rows without an id are told by what they say, so that a row that comes twice counts once.
            coalesce({{ texts.event_id }}, {{ microlift.fingerprint(['event_name', microlift.epoch_or_utc('event_time', mapping.time_unit),
                'user_id', 'device_id', 'sequence', 'properties']) }}) as event_id
            {%- endif %}
        from found
    )
{% endmacro %}


{# A column of a mapping as text: its constant, or the first filled of its places. #}
{% macro mapped_text(column, places) %}
    {%- if column.literal is not none -%}{{ return(microlift.string_literal(column.literal)) }}{%- endif -%}
    {%- set candidates = [] -%}
    {%- for place in places -%}{%- do candidates.append("nullif(trim(" ~ microlift.element('found', place) ~ "), '')") -%}{%- endfor -%}
    {{ return('coalesce(' ~ candidates | join(', ') ~ ', null)') }}
{% endmacro %}


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
