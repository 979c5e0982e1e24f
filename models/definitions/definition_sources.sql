{{ check_definition_sources() }}

-- Stops the run where a definition table cannot be read at all; says which tables stand in for the seeds.
{% for name in definition_spec() -%}
{%- do definition(name) -%}{# their relations are built before this #}
select '{{ name }}' as definition, {{ string_literal(var('definitions').get(name, 'def_' ~ name)) }} as relation
{{ "union all" if not loop.last }}
{% endfor -%}
