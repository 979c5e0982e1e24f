{#
  After a build, what history still holds of rows that are gone. A key that is gone leaves its change log once every table that
  is refreshed by it has taken that in, and an id that repeated leaves with its last row; samples of failing rows that were
  taken before somebody was erased are withheld, also where the message of a refresh repeats them.
#}
{% macro purge_history() %}
    {%- set states, erased, validations = ref('int_build_states'), ref('int_erased_ids'), ref('quality_validations') -%}
    {%- set repeated, store = ref('int_repeated_ids'), ref('int_event_store') -%}
    {%- set logs = [
        ('person_id', ref('int_person_changes'), 'fingerprint is null'),
        ('unit_id', ref('int_unit_door_changes'), 'fingerprint is null'),
        ('unit_id', ref('int_unit_attribute_changes'), 'fingerprint is null'),
        ('unit_id', ref('int_event_unit_changes'), 'true')
    ] -%}
    {%- if not execute or flags.WHICH not in ('run', 'build') or not load_relation(states) -%}{{ return('') }}{%- endif -%}
    {%- for key, log, is_gone in logs if load_relation(log) %}
        delete from {{ log }} where {{ is_gone }} and version <= {{ microlift.taken_in_by_all(key) }};
    {%- endfor -%}
    {%- if microlift.is_anybody_erased() and load_relation(repeated) %}
        delete from {{ repeated }} where event_id not in (
            select event_id from {{ store }} where event_id in (select event_id from {{ repeated }})
        );
    {%- endif -%}
    {%- if microlift.is_anybody_erased() and load_relation(validations) -%}
        {%- set newest = modules.datetime.datetime.utcfromtimestamp(run_query("select max(version) from " ~ erased).rows[0][0] | int // 1000000) %}
        update {{ validations }}
        set failing_sample = '[]', observed_value = null, message = '(withheld: somebody was erased since)'
        where failing_sample != '[]' and run_at < timestamp '{{ newest }}';
        {%- set runs = api.Relation.create(database=states.database, schema=states.schema, identifier='refresh_runs') -%}
        {%- if load_relation(runs) %}
        update {{ runs }} set message = '(withheld: somebody was erased since)' where message is not null and started_at < timestamp '{{ newest }}'
        {%- endif -%}
    {%- endif -%}
{% endmacro %}


{# The build up to which every table that is refreshed by a key knows its changes. One never built takes in everything. #}
{% macro taken_in_by_all(key) %}
    {%- set names = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.meta.get('refresh_by') == key -%}
        {%- do names.append("'" ~ node.name ~ "'") -%}
    {%- endfor -%}
    {{ return("(select coalesce(min(version), -1) from (select max(version) as version from " ~ ref('int_build_states') ~ " where model in ("
        ~ names | join(', ') ~ ") group by model) as latest)") }}
{% endmacro %}
