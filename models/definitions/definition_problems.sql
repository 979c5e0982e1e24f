with

{% for name in definition_spec() %}
{{ name }}_rows as {{ definition(name) }},
{% endfor %}
generic_checks as (
    {% for name in definition_spec() %}
    {{ definition_checks(name) }}
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select * from generic_checks
{% for subject in ['experiment', 'metric', 'plan', 'segment', 'segment_merge', 'funnel', 'signal', 'cluster', 'pattern', 'adjustment', 'taxonomy', 'planning', 'erasure'] -%}
union all
select * from {{ ref(subject ~ '_contradictions') }}
{% endfor -%}
