-- depends_on: {{ ref('definition_problems') }}
-- An expected effect in standard deviations: Cohen's h and d are, and the log of an odds ratio becomes a d by the logistic
-- distribution's (Hasselblad & Hedges 1995, Psychol. Bull. 117:167-178).
select
    c.candidate_id,
    coalesce(c.candidate_name, c.candidate_id) as candidate_name,
    case c.effect_size_name
        when 'odds_ratio' then ln(cast(c.effect_size as double)) * sqrt(3) / pi()
        else cast(c.effect_size as double)
    end as expected_effect,
    c.experiment_id,
    c.metric_id,
    v.variant_id,
    cast(c.feasibility as double) as feasibility,
    cast(c.alignment as double) as alignment,
    c.description
from {{ definition('candidates') }} as c
left join {{ ref('dim_variants') }} as v
    on v.experiment_id = c.experiment_id and not v.is_control and v.variant_id = coalesce(c.variant_id, v.variant_id)
