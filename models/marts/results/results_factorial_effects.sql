with

effects as (
    select *, {{ test_id(['experiment_id', 'metric_id', 'effect']) }} as test_id
    from {{ ref('calc_factorial_effects') }}
)

select
    {{ all_but(['test_id'], 'e') }},
    {{ correction_columns('t') }}
from effects as e
inner join {{ ref('calc_corrections') }} as t on t.test_id = e.test_id
