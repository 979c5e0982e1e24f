-- What segment rules ask of each exposed unit, as it was known at exposure. Grain: experiment × unit × source ×
-- attribute.
with

wanted as (select distinct source, attribute from {{ ref('int_segment_rules') }}),

at_exposure as (
    select
        e.experiment_id,
        e.unit_id,
        w.source,
        w.attribute,
        {{ json_text('e.attributes', 'w.attribute') }} as value,
        'at_exposure' as basis
    from {{ ref('int_exposures') }} as e
    cross join wanted as w
    where w.source = 'exposure' and e.source_door = 'events'
),

known_before as (
    select
        e.experiment_id,
        e.unit_id,
        w.source,
        w.attribute,
        {{ last_by('a.value', 'a.known_at') }} as value,
        'pre_exposure' as basis
    from {{ ref('int_exposures') }} as e
    cross join wanted as w
    left join {{ ref('int_unit_attributes_checked') }} as a
        on a.unit_id = e.unit_id and a.attribute = w.attribute and a.status = 'valid' and a.known_at <= e.exposed_at
    where w.source = 'unit'
    group by e.experiment_id, e.unit_id, w.source, w.attribute
)

select * from at_exposure
union all
select * from known_before
