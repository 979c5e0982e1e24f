with

interactions as (
    select *, {{ test_id(["'experiments'", 'experiment_id', 'other_experiment_id', 'metric_id']) }} as test_id
    from {{ ref('calc_experiment_interactions') }}
)

select
    {{ all_but(['test_id'], 'i') }},
    {{ correction_columns('t') }}
from interactions as i
left join {{ ref('calc_corrections') }} as t on t.test_id = i.test_id and i.term = 'interaction'
