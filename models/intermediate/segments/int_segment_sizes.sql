-- Size of each candidate segment, and the segment it is reported as. Segments that are too small meet others where
-- their dimension sends them (`int_segment_stops`), turn by turn, until they are large enough together; the last stop is
-- 'other'.
with recursive

by_variant as (
    select c.experiment_id, c.segment_dimension, c.segment, x.variant_id, count(*) as units
    from {{ ref('int_segment_candidates') }} as c
    inner join {{ ref('int_exposures') }} as x on x.experiment_id = c.experiment_id and x.unit_id = c.unit_id
    group by c.experiment_id, c.segment_dimension, c.segment, x.variant_id
),

-- Segments made by '*' go where its rule sends them.
routes as (
    select
        c.experiment_id,
        c.segment_dimension,
        c.segment,
        case when c.segment in ('other', 'unknown') then null when r.segment is null then '*' else c.segment end as route,
        coalesce(t.last_turn, 3) as last_turn
    from (select distinct experiment_id, segment_dimension, segment from by_variant) as c
    left join (select distinct segment_dimension, segment from {{ ref('int_segment_rules') }}) as r
        on r.segment_dimension = c.segment_dimension and r.segment = c.segment
    left join (select distinct segment_dimension, last_turn from {{ ref('int_segment_stops') }}) as t
        on t.segment_dimension = c.segment_dimension
),

-- A variant that nobody of the segment saw has no units.
cells as (
    select r.*, v.variant_id, coalesce(b.units, 0) as units
    from routes as r
    inner join {{ ref('dim_variants') }} as v on v.experiment_id = r.experiment_id
    left join by_variant as b
        on b.experiment_id = r.experiment_id and b.segment_dimension = r.segment_dimension and b.segment = r.segment
        and b.variant_id = v.variant_id
),

moves as (
    select *, 0 as turn, cast(null as varchar) as stop, false as is_settled from cells

    union all
    select
        experiment_id, segment_dimension, segment, route, last_turn, variant_id, units, turn, stop,
        coalesce(
            stop = 'other' or segment_dimension = 'all' or (
                sum(units) over stop_units >= {{ var('minimum_segment_units') }}
                and min(variant_units) over stop_units >= {{ var('minimum_variant_units') }}
            ), false
        ) and stop is not null as is_settled
    from (
        select *, sum(units) over (partition by experiment_id, segment_dimension, stop, variant_id) as variant_units
        from (
            select
                m.experiment_id, m.segment_dimension, m.segment, m.route, m.last_turn, m.variant_id, m.units, m.turn + 1 as turn,
                case when m.turn = 0 then m.segment when m.turn + 1 = m.last_turn then 'other' else s.stop end as stop
            from moves as m
            left join {{ ref('int_segment_stops') }} as s
                on s.segment_dimension = m.segment_dimension and s.segment = m.route and s.turn = m.turn + 1
            where not m.is_settled
        ) as moved
    ) as met
    window stop_units as (partition by experiment_id, segment_dimension, stop)
)

select
    experiment_id,
    segment_dimension,
    segment,
    cast(sum(units) filter (where turn = 1) as bigint) as units,
    cast(min(units) filter (where turn = 1) as bigint) as smallest_variant_units,
    max(stop) filter (where is_settled) as reported_segment
from moves
group by experiment_id, segment_dimension, segment
