-- Units of each rule by what happened to them first inside its dates (intention to treat), and their outcomes since then.
with

firsts as (
    select a.*
    from {{ ref('fct_adjustments') }} as a
    inner join {{ ref('int_adjustment_rules') }} as r on r.rule_id = a.rule_id
    where a.served_at >= r.starts_at and a.served_at < r.ends_at
    qualify row_number() over (partition by a.rule_id, a.unit_id order by a.served_at, a.sequence, a.adjustment_id) = 1
)

select
    rule_id,
    is_holdout,
    count(*) as units,
    count(*) filter (where is_ripe) as ripe_units,
    count(*) filter (where is_ripe and has_converted) as conversions,
    -- Exact, and therefore the same in any order.
    cast(coalesce(sum(cast(outcome_value as decimal(18, 6))) filter (where is_ripe), 0) as double) as value_sum
from firsts
group by rule_id, is_holdout
