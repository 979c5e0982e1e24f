{#
  A person's triggers, one after the other, each with what holds it back (`held_back_by`, NULL = it would be served). The
  state of the fold is the triggers so far with their verdicts. What was withheld as holdout paces its rule like what was
  served, so that both arms are offered the adjustment alike; but only what was shown can conflict.
#}
{% macro pace_triggers(triggers) %}{{ return(adapter.dispatch('pace_triggers', 'microlift')(triggers)) }}{% endmacro %}
{% macro default__pace_triggers(triggers) -%}
    {%- set one_each = "list_transform(" ~ triggers ~ ", lambda trigger: [trigger])" -%}
    {%- set earlier = "len(list_filter(state, lambda y: %s))" -%}
    {%- set offered = "y.rule_id = x[1].rule_id and coalesce(y.held_back_by, 'holdout') = 'holdout'" -%}
    {%- set conflicting = "y.held_back_by is null and y.session_id = x[1].session_id and y.conflict_group = x[1].conflict_group"
        ~ " and y.rule_id != x[1].rule_id" -%}
    {%- set recent = "epoch_us(x[1].triggered_at) - epoch_us(y.triggered_at) < x[1].cooldown_seconds * 1e6" -%}
    {%- set same_day = "cast(y.triggered_at as date) = cast(x[1].triggered_at as date)" -%}
    list_reduce({{ one_each }}, lambda state, x: list_append(state, struct_update(x[1], held_back_by := case
        when {{ earlier | format(conflicting) }} > 0 then 'conflict'
        when {{ earlier | format(offered ~ ' and ' ~ recent) }} > 0 then 'cooldown'
        when {{ earlier | format(offered) }} >= x[1].unit_cap then 'unit_cap'
        when {{ earlier | format(offered ~ ' and ' ~ same_day) }} >= x[1].day_cap then 'day_cap'
        when x[1].is_holdout then 'holdout'
    end)), {{ one_each }}[1][:0])
{%- endmacro %}
