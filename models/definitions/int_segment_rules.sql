-- depends_on: {{ ref('definition_problems') }}
-- Conditions of segment rules. Those with one label in `all_of` make one rule together; each other one is a rule.
with

conditions as (
    select
        segment_dimension,
        segment,
        all_of,
        cast(priority as integer) as priority,
        source,
        attribute,
        operator,
        value,
        case source
            {%- for source, basis in segment_sources().items() %}
            when '{{ source }}' then '{{ basis }}'
            {%- endfor %}
        end as known,
        coalesce(all_of, source || ' ' || attribute || ' ' || operator || ' ' || coalesce(value, '')) as rule
    from {{ definition('segments') }}
)

select
    segment_dimension,
    segment,
    dense_rank() over (partition by segment_dimension order by priority, segment, all_of is null, rule) as place,
    all_of is not null as is_compound,
    -- Conditions of compound rules are bits of a number, so that what a unit fulfils of them is one number.
    case when all_of is not null then cast(power(2, dense_rank() over (
        partition by segment_dimension, all_of is not null order by source, attribute, operator, value
    ) - 1) as bigint) end as condition_bit,
    source,
    attribute,
    operator,
    value,
    -- Segments of a dimension exclude each other, so one input of behaviour after exposure decides about all of them.
    case
        when count(*) filter (where known = 'post_exposure') over (partition by segment_dimension) > 0 then 'post_exposure'
        when count(*) filter (where known = 'at_exposure') over (partition by segment_dimension) > 0 then 'at_exposure'
        else 'pre_exposure'
    end as basis
from conditions
