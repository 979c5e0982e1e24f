{{ config(post_hook="{{ microlift.log_plan() }}") }}

-- depends_on: {{ ref('int_plan_log') }}
-- The plan of every experiment that has had its first look, a row a field. The row of no hypothesis marks that look.
-- Grain: experiment × hypothesis × field.
{% set fields = ['metric_id', 'segment_dimension', 'family', 'correction', 'alpha', 'direction', 'non_inferiority_lift',
    'smallest_lift', 'power', 'stopping_rule', 'looks', 'spending_gamma', 'planned_units'] %}
with

looked_at as (select distinct experiment_id from {{ ref('agg_variant_metrics_by_look') }}),

plans as (
    select h.*, e.ends_at
    from {{ ref('int_hypotheses') }} as h
    inner join looked_at as l on l.experiment_id = h.experiment_id
    inner join {{ ref('dim_experiments') }} as e on e.experiment_id = h.experiment_id
)

select experiment_id, '' as hypothesis_id, 'first_look' as field, 'seen' as value from looked_at
{%- for field in fields + ['ends_at'] %}
union all
select experiment_id, hypothesis_id, '{{ field }}', cast({{ field }} as varchar) from plans
{%- endfor %}
