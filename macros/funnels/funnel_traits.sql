{# What the defined funnels ask of the SQL; a trait that none has is left out of it. #}
{% macro funnel_traits() %}
    {%- set funnels, rules, steps = ref('int_funnels'), ref('int_funnel_rules'), ref('int_funnel_steps') -%}
    {{ return({
        'any_order': microlift.any_row(funnels, "step_order = 'any'"),
        'in_order': microlift.any_row(funnels, "step_order != 'any'"),
        'strict': microlift.any_row(funnels, "step_order like 'strict%'"),
        'held_values': microlift.any_row(funnels, 'held_property is not null'),
        'conditions': microlift.any_row(rules, 'operator is not null'),
        'breaks': microlift.any_row(rules, '(effect >> 24) & 4095 > 0'),
        'optional': microlift.any_row(steps, 'is_optional')
    }) }}
{% endmacro %}
