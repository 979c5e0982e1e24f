with

generic_checks as (
    {% for name in definition_spec() %}
    {{ definition_checks(name) }}
    {{ "union all" if not loop.last }}
    {% endfor %}
)

select * from generic_checks
union all
select * from {{ ref('definition_contradictions') }}
