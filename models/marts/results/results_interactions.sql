with

interactions as (
    select *, {{ test_id(['experiment_id', 'segment_dimension', 'metric_id']) }} as test_id
    from {{ ref('calc_interactions') }}
)

select
    {{ all_but(['test_id'], 'i') }},
    t.family,
    t.is_confirmatory,
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
from interactions as i
left join {{ ref('calc_corrections') }} as t on t.test_id = i.test_id and i.term = 'interaction'
