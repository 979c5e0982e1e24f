with

compared as (
    select
        *,
        sample_ratio_p_value < {{ var('sample_ratio_alpha') }} as is_ratio_broken
    from {{ ref('calc_adjustments') }}
),

judged as (
    select
        c.*,
        {{ correction_columns('t') }},
        r.rule_name, r.content_variant, r.metric_id,
        case
            when not c.is_causal then 'not causal'
            when c.is_ratio_broken then 'cannot be trusted'
            when not t.is_significant then 'no difference shown'
            when (c.difference > 0) = (r.better = 'higher') then 'helps'
            else 'harms'
        end as verdict
    from compared as c
    inner join {{ ref('int_adjustment_rules') }} as r on r.rule_id = c.rule_id
    inner join {{ ref('calc_corrections') }} as t on t.test_id = {{ test_id(["'adjustment rule'", 'c.rule_id']) }}
)

select
    rule_id, rule_name, content_variant, metric_id, verdict,
    -- The numbers in words.
    case
        when not is_causal then note || coalesce('; of ' || ripe_units_served || ' units served, ' || {{ percent('rate_served') }} || ' converted', '')
        when is_ratio_broken then 'sample ratio mismatch: ' || {{ percent('observed_holdout_share') }} || ' of the units were withheld, '
            || {{ percent('declared_holdout_share') }} || ' declared'
        else {{ percent('rate_served') }} || ' of ' || ripe_units_served || ' units served converted, ' || {{ percent('rate_held_out') }} || ' of '
            || ripe_units_held_out || ' held out: ' || {{ rounded('100 * difference', 2) }} || ' points (' || {{ rounded('100 * difference_low', 2) }}
            || ' to ' || {{ rounded('100 * difference_high', 2) }} || '), corrected p ' || {{ rounded('p_adjusted', 4) }}
    end as reading,
    is_causal,
    units_served, units_held_out, ripe_units_served, ripe_units_held_out, conversions_served, conversions_held_out,
    rate_served, rate_held_out, value_per_unit_served, value_per_unit_held_out,
    declared_holdout_share, observed_holdout_share, sample_ratio_p_value, sample_ratio_method,
    difference, difference_low, difference_high, relative_lift, relative_lift_low, relative_lift_high, p_value,
    family, is_confirmatory, correction, tests_in_family, p_bonferroni, p_holm, p_hochberg, p_benjamini_hochberg,
    p_benjamini_yekutieli, p_adjusted, alpha, is_significant,
    method, method_reason, confidence, note
from judged
