-- Every row of unit attributes, judged. The same unit, attribute and moment twice: equal rows repeat, different
-- ones contradict each other and both are set aside.
with

attributes as (
    select
        {{ all_but(['unit_id', 'value', 'raw_payload']) }},
        {{ identifier('unit_id') }} as unit_id,
        case when attribute in ('{{ var("private_properties") | join("', '") }}') then {{ identifier('value') }} else value end as value,
        {{ kept_payload('raw_payload') }} as raw_payload
    from {{ forgotten_rows('input_unit_attributes') }}
),

placed as (
    select
        *,
        row_number() over (same_key order by load_id) as place,
        count(distinct coalesce(value, '')) over (same_key) > 1 as is_contradicted
    from attributes
    window same_key as (partition by unit_id, attribute, known_at, defect is null)
)

select
    unit_id,
    attribute,
    value,
    known_at,
    load_id,
    raw_payload,
    case when defect is null and is_contradicted then 'contradictory_attribute' else defect end as quarantine_reason,
    case
        when defect = 'erased' then 'excluded'
        when defect is not null or is_contradicted then 'quarantined'
        when place = 1 then 'valid'
        else 'duplicate'
    end as status
from placed
