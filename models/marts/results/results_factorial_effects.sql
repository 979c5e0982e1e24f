with

effects as (
    select *, {{ test_id(['experiment_id', 'metric_id', 'effect']) }} as test_id
    from {{ ref('calc_factorial_effects') }}
)

select
    {{ all_but(['test_id'], 'e') }},
    t.family,
    t.correction,
    t.tests_in_family,
    t.p_bonferroni,
    t.p_holm,
    t.p_hochberg,
    t.p_benjamini_hochberg,
    t.p_benjamini_yekutieli,
    t.p_adjusted,
    t.alpha,
    t.is_significant
from effects as e
inner join {{ ref('calc_corrections') }} as t on t.test_id = e.test_id
