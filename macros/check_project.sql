{#
  What the models take for granted of the project that microlift is a package of, checked before anything is built: that
  names mean microlift's own models, and that the configuration of the adopter's models does not reach microlift's.
  (`microlift doctor` sees the same without dbt: microlift.scaffold.faults.)
#}
{% macro check_project() %}
    {%- if not execute or project_name == 'microlift' -%}{{ return('') }}{%- endif -%}
    {%- set others, own, moved, gates, stops, problems = {}, [], [], [], [], [] -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed', 'snapshot') -%}
        {%- if node.package_name != 'microlift' -%}
            {%- do others.update({node.name: true}) -%}
        {%- else -%}
            {%- do own.append(node.name) -%}
            {%- do gates.append(node.unique_id) if 'gate' in node.tags -%}
            {%- if node.schema != 'microlift' -%}
                {%- do moved.append(node.name ~ " (schema " ~ node.schema ~ ")") -%}
            {%- elif node.config.get('meta', {}).get('refresh_by') and node.config.materialized != 'incremental' -%}
                {%- do moved.append(node.name ~ " (materialized " ~ node.config.materialized ~ ")") -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'test' and node.config.severity | lower == 'error' -%}
        {%- do stops.append(node.attached_node) -%}
    {%- endfor -%}
    {%- set shared = own | select('in', others) | sort -%}
    {%- if shared and not invocation_args_dict.get('require_ref_searches_node_package_before_root') -%}
        {%- do problems.append("Your project has " ~ shared | join(', ') ~ " as microlift has, and microlift's models would read "
            ~ "yours. Add `require_ref_searches_node_package_before_root: true` to `flags:`.") -%}
    {%- endif -%}
    {%- if moved -%}
        {%- do problems.append("A configuration of yours reaches microlift's models: " ~ (moved | sort)[:3] | join(', ')
            ~ (" and " ~ (moved | length - 3) ~ " more" if moved | length > 3 else "") ~ ". Write it under your project's name (`models: "
            ~ project_name ~ ":`), not right under `models:` or `seeds:`.") -%}
    {%- endif -%}
    {%- if gates | reject('in', stops) | list -%}
        {%- do problems.append("A configuration of yours turns the gates of microlift off: their tests are not there, or only warn. "
            ~ "Write it under your project's name (`data_tests: " ~ project_name ~ ":`).") -%}
    {%- endif -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error("Change dbt_project.yml (docs/packages.md):\n- " ~ problems | join('\n- ')) }}
    {%- endif -%}
    {%- if not var('definitions') -%}
        {%- do exceptions.warn("microlift: the variable `definitions` names no table, so the demo's experiments stand in for yours "
            ~ "(docs/definitions.md).") -%}
    {%- endif -%}
{% endmacro %}
