{#
  What a table was computed under, as one hash: the code of the model and of all that it is made from, the rows of the
  definitions among them (models tagged `definition`), and the variables that carry meaning. Lineage tells what an edit
  changes: a new metric does not recompute the sessions, a new session gap recomputes whatever follows from it. Made once a
  model: the answer is kept beside its other facts.
#}
{% macro build_signature() %}
    {%- if 'build_signature' not in model -%}{%- do model.update({'build_signature': microlift.sign_build()}) -%}{%- endif -%}
    {{ return(model['build_signature']) }}
{% endmacro %}

{% macro sign_build() %}
    {%- set seen, queue, parts, definitions = [], [model.unique_id], [], [] -%}
    {%- for _ in range(graph.nodes | length) if queue -%}
        {%- set unique_id = queue.pop() -%}
        {%- set node = graph.nodes.get(unique_id) -%}
        {#- A gate lets rows pass or not; it says nothing of what they are. -#}
        {%- if node and node.resource_type == 'model' and 'gate' not in node.tags -%}
            {%- do parts.append(unique_id ~ ' ' ~ node.checksum.checksum) -%}
            {%- if 'definition' in node.tags -%}
                {%- do definitions.append(node) -%}
            {%- else -%}
                {%- for parent in node.depends_on.nodes if parent not in seen -%}
                    {%- do seen.append(parent) -%}
                    {%- do queue.append(parent) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do parts.extend(microlift.content_hashes(definitions)) -%}
    {{ return(local_md5((parts | sort | join(';')) ~ tojson(microlift.variables_of_meaning()))) }}
{% endmacro %}


{# The rows of small tables as a hash each, whatever their order; each is asked of the engine once a run. #}
{% macro content_hashes(nodes) %}
    {%- set known = graph.setdefault('microlift_content_hashes', {}) -%}
    {%- set queries, hashes = [], [] -%}
    {%- for node in nodes if invocation_id ~ ' ' ~ node.unique_id not in known -%}
        {%- set relation = api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias) -%}
        {%- set hash, source = ("'absent'", '') if load_relation(relation) is none
            else (bag_hash('rows_of_it'), " from " ~ relation ~ " as rows_of_it") -%}
        {%- do queries.append("select '" ~ node.unique_id ~ "' as name, " ~ hash ~ " as hash" ~ source) -%}
    {%- endfor -%}
    {%- for row in (run_query(queries | join(' union all ')).rows if queries else []) -%}
        {%- do known.update({invocation_id ~ ' ' ~ row[0]: row[0] ~ ' ' ~ row[1]}) -%}
    {%- endfor -%}
    {%- for node in nodes -%}
        {%- do hashes.append(known[invocation_id ~ ' ' ~ node.unique_id]) -%}
    {%- endfor -%}
    {{ return(hashes) }}
{% endmacro %}


{# Variables that change what a unit's rows say. Those that only read the results differently are not among them. #}
{% macro variables_of_meaning() %}
    {%- set values = {} -%}
    {%- for name in [
        'session_gap_seconds', 'signal_landmark_minutes', 'session_source', 'session_cuts', 'campaign_property', 'page_view_events', 'plausible_from',
        'clock_tolerance_seconds', 'max_payload_bytes',
        'mixpanel_time_zone', 'hash_identifiers', 'private_properties',
        'generic_mapping', 'kafka_mapping', 'growthbook_mapping', 'vwo_mapping', 'access_log_unit'
    ] -%}
        {%- do values.update({name: var(name)}) -%}
    {%- endfor -%}
    {%- do values.update({'salt': local_md5(microlift.identifier_salt())}) if var('hash_identifiers') -%}
    {{ return(values) }}
{% endmacro %}
