{# Post-hook of every such model: what it has taken in, in the transaction of its rows. That is no more than what the
   models it reads had taken in, so that building a part of the project loses nothing. #}
{% macro record_build() %}
    {%- set parents = microlift.refreshed_ancestors() -%}
    insert into {{ ref('int_build_states') }}
    select
        '{{ model.name }}',
        '{{ microlift.build_signature() }}',
        least({{ microlift.build_version() }}
            {%- for parent in parents -%}
            , coalesce((select max(version) from {{ ref('int_build_states') }} where model = '{{ parent }}'), -1)
            {%- endfor %})
{% endmacro %}


{# In its place where the next build is to take in everything anew. #}
{% macro forget_builds() %}delete from {{ ref('int_build_states') }} where model = '{{ model.name }}'{% endmacro %}


{# Names of the models upstream that are refreshed by touched keys. #}
{% macro refreshed_ancestors() %}
    {%- set seen, queue, names = [], model.depends_on.nodes | list, [] -%}
    {%- for _ in range(graph.nodes | length) if queue -%}
        {%- set node = graph.nodes.get(queue.pop()) -%}
        {%- if node and node.resource_type == 'model' and node.unique_id not in seen -%}
            {%- do seen.append(node.unique_id) -%}
            {%- if 'refresh_by' in node.config.meta -%}
                {%- do names.append(node.name) -%}
            {%- else -%}
                {%- do queue.extend(node.depends_on.nodes) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}
