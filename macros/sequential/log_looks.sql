{# Post-hook of calc_sequential: the log takes in the looks that it does not hold yet, in the transaction of the table. #}
{% macro log_looks() %}
    insert into {{ ref('int_sequential_log') }} by name
    select c.*, timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as logged_at
    from {{ this }} as c
    where not exists (
        select 1 from {{ ref('int_sequential_log') }} as l where {{ microlift.same_look('l', 'c') }}
    )
{% endmacro %}

{# A look of a rule under one plan: what the log holds once. #}
{% macro same_look(a, b) -%}
    {%- for column in ['experiment_id', 'metric_id', 'variant_id', 'baseline_variant_id', 'rule', 'plan_id', 'look_at'] -%}
    {{ a }}.{{ column }} = {{ b }}.{{ column }}{{ " and " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# Post-hook of int_plan_state: what the plan says now, where that is not what the log says last. #}
{% macro log_plan() %}
    insert into {{ ref('int_plan_log') }} by name
    with

    last_told as (
        select experiment_id, hypothesis_id, field, {{ microlift.last_by("coalesce(value, '')", 'logged_at') }} as value
        from {{ ref('int_plan_log') }}
        group by experiment_id, hypothesis_id, field
    )

    select
        coalesce(s.experiment_id, l.experiment_id) as experiment_id,
        coalesce(s.hypothesis_id, l.hypothesis_id) as hypothesis_id,
        coalesce(s.field, l.field) as field,
        s.value,
        timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f") }}' as logged_at
    from {{ this }} as s
    full outer join last_told as l
        on l.experiment_id = s.experiment_id and l.hypothesis_id = s.hypothesis_id and l.field = s.field
    where l.field is null or coalesce(s.value, '') != l.value
{% endmacro %}
