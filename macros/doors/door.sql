{#
  A door: the adopter's relation or files, cast to the columns that the model's own YAML declares. A column with
  `starts_with` in its meta reads the first filled one of the source's columns that start so, one with `epoch` reads
  numbers as times of that unit, too.

  `variable` names the dbt variable: a model, a schema.table, a file or glob, or a list of these; blank closes the
  door. A required column that is missing, or a column of a type that cannot be read, stops the run with a
  message. A *value* that cannot be read, or is missing where required, is a defect of its row, and the row goes
  to the quarantine.
#}
{% macro door(variable) %}
    {%- set value = var(variable) -%}
    {%- set branches = [] -%}
    {%- for source in ([value] if value is string else value) if source | trim -%}
        {%- for relation in microlift.door_relations(variable, source | trim) -%}
            {%- do branches.append(microlift.door_select(variable, source | trim, relation)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if branches -%}
        {{ branches | join('\nunion all\n') }}
    {%- else -%}
        select
            {% for column in model.columns.values() -%}
                cast(null as {{ column.data_type }}) as {{ column.name }}{{ "," if not loop.last }}
            {% endfor -%}
        where false
    {%- endif -%}
{% endmacro %}


{# The first filled one of the columns whose names start so; a tracker may put a column for each version of a schema. #}
{% macro first_of_prefix(found, prefix, want) %}
    {%- set casts = [] -%}
    {%- for name, have in found.items() if name.startswith(prefix) -%}
        {%- do casts.append(microlift.door_cast('"' ~ name ~ '"', have, want)) -%}
    {%- endfor -%}
    {{ return('coalesce(' ~ casts | join(', ') ~ ')' if casts else 'cast(null as ' ~ want ~ ')') }}
{% endmacro %}


{# What one source of a door reads from: a relation, or one table function for each file format it holds. #}
{% macro door_relations(variable, source) %}
    {%- if microlift.is_file_pattern(source) -%}
        {{ return(microlift.read_landing(variable, source)) }}
    {%- else -%}
        {%- set relation = microlift.named_relation(source) -%}
        {%- if execute and load_relation(relation) is none -%}
            {#- Before the first build there is nothing to describe, and nothing to stop: `dbt compile` may go on. -#}
            {%- if flags.WHICH in ('run', 'build') -%}
                {{ exceptions.raise_compiler_error("The `" ~ variable ~ "` door: there is no table " ~ relation
                    ~ ". Create it, or correct the variable `" ~ variable ~ "` (docs/doors.md).") }}
            {%- endif -%}
            {{ return([]) }}
        {%- endif -%}
        {{ return([relation]) }}
    {%- endif -%}
{% endmacro %}


{% macro door_select(variable, source, relation) %}
    {%- if not execute -%}{{ return('select 1') }}{%- endif -%}
    {%- set found = {} -%}
    {%- for row in run_query('describe select * from ' ~ relation).rows -%}
        {%- do found.update({row[0] | lower: row[1] | upper}) -%}
    {%- endfor -%}
    {%- set expressions, defects, problems = [], [], [] -%}
    {%- for column in model.columns.values() if column.name not in ('load_id', 'defect', 'raw_payload') -%}
        {%- set prefix = column.config.get('meta', {}).get('starts_with') -%}
        {%- set required = column.config.get('meta', {}).get('required', false) -%}
        {%- if prefix -%}
            {%- set have = none -%}
            {%- set typed = microlift.first_of_prefix(found, prefix, column.data_type) -%}
        {%- else -%}
            {%- set have = found.get(column.name) -%}
            {%- set typed = microlift.door_cast(column.name, have, column.data_type, column.config.get('meta', {}).get('epoch')) -%}
        {%- endif -%}
        {%- if have is none and required -%}
            {%- do problems.append("column `" ~ column.name ~ "` (" ~ column.data_type ~ ") is missing") -%}
        {%- elif typed is none -%}
            {%- do problems.append("column `" ~ column.name ~ "` is " ~ have ~ " and cannot be read as "
                ~ column.data_type ~ "; cast it in the mapping model") -%}
        {%- else -%}
            {%- do expressions.append(typed ~ " as " ~ column.name) -%}
            {%- set given = microlift.door_given(column.name, have) -%}
            {%- if required -%}
                {%- do defects.append("when " ~ given ~ " is null then 'missing_" ~ column.name ~ "'") -%}
            {%- endif -%}
            {%- if have and column.data_type != 'varchar' -%}
                {%- do defects.append("when " ~ given ~ " is not null and " ~ typed
                    ~ " is null then 'unparseable_" ~ column.name ~ "'") -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error(
            "The `" ~ variable ~ "` door cannot read " ~ source ~ ": " ~ problems | join('; ')
            ~ ". Columns found: " ~ found.keys() | join(', ')
            ~ ". Write a small model that maps your columns to these names and set the variable `" ~ variable
            ~ "` to it (docs/doors.md).") }}
    {%- endif -%}
    select
        {{ expressions | join(',\n        ') }},
        {{ microlift.door_load(source, found) }} as load_id,
        case
            {% if 'defect' in found %}when src.defect is not null then src.defect{% endif %}
            {{ defects | join('\n            ') }}
        end as defect,
        {{ 'src.raw_payload' if 'raw_payload' in found else microlift.row_as_json('src') }} as raw_payload
    from {{ relation }} as src
{% endmacro %}
