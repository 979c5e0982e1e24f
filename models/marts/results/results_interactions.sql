with

interactions as (
    select *, {{ test_id(['experiment_id', 'segment_dimension', 'metric_id']) }} as test_id
    from {{ ref('calc_interactions') }}
),

dimensions as (select distinct experiment_id, segment_dimension, basis from {{ ref('dim_segments') }})

select
    {{ all_but(['test_id'], 'i') }},
    d.basis,
    {{ correction_columns('t') }}
from interactions as i
left join {{ ref('calc_corrections') }} as t on t.test_id = i.test_id and i.term = 'interaction'
inner join dimensions as d on d.experiment_id = i.experiment_id and d.segment_dimension = i.segment_dimension
