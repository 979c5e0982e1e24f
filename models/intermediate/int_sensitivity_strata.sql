-- The whole experiment analysed in other ways than the declared one: without the units that saw two variants, and
-- without the cap of winsorised metrics. Grain: analysis × experiment × metric × variant × allocation epoch.
-- depends_on: {{ ref('validate_exposures') }}
with

units as (select * from {{ ref('int_analysed_units') }} where kind != 'quantile'),

without_contaminated_units as (
    select
        u.experiment_id, u.metric_id, u.kind, u.variant_id, u.allocation_epoch,
        {{ stratum_statistics('u') }}
    from units as u
    inner join {{ ref('int_exposures') }} as x on x.experiment_id = u.experiment_id and x.unit_id = u.unit_id
    where not x.is_contaminated
    group by u.experiment_id, u.metric_id, u.kind, u.variant_id, u.allocation_epoch
),

without_winsorising as (
    select
        u.experiment_id, u.metric_id, u.kind, u.variant_id, u.allocation_epoch,
        {{ stratum_statistics('u', 'uncapped_value') }}
    from units as u
    where u.cap is not null
    group by u.experiment_id, u.metric_id, u.kind, u.variant_id, u.allocation_epoch
),

combined as (
    select 'without_contaminated_units' as analysis, * from without_contaminated_units
    union all
    select 'without_winsorising', * from without_winsorising
)

select
    c.analysis,
    c.experiment_id,
    'all' as segment_dimension,
    'all' as segment,
    c.metric_id,
    c.kind,
    c.variant_id,
    c.allocation_epoch,
    {{ stratum_columns('c', 'c.kind') }}
from combined as c
