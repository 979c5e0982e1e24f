{#
  What each definition table holds. Per column: `key` (part of the unique key), `required`, `type` (integer, number,
  timestamp, boolean), `accepted` values, `minimum`, `references` ('table.column', or '*' where allowed) and `name` (a
  property key: letters, digits, _ . : - and blank, so that no definition can reach into a JSON path).
#}
{% macro definition_spec() %}
    {{ return(dict(
        microlift.experiments_spec(), **dict(microlift.events_spec(), **dict(
            microlift.behaviour_spec(), **dict(microlift.adjustments_spec(), **microlift.planning_spec())
        ))
    )) }}
{% endmacro %}


{# The columns of a condition on an event. #}
{% macro condition_columns() %}
    {{ return({'property': {'name': true}, 'operator': {'accepted': microlift.operators()}, 'value': {}}) }}
{% endmacro %}

{# How a condition compares (macro `matches`). #}
{% macro operators() %}
    {{ return(['equals', 'not_equals', 'contains', 'starts_with', 'in', 'at_least', 'at_most', 'above', 'below', 'is_known']) }}
{% endmacro %}

{# Procedures that correct a family of tests. #}
{% macro corrections() %}
    {{ return(['bonferroni', 'holm', 'hochberg', 'benjamini_hochberg', 'benjamini_yekutieli']) }}
{% endmacro %}

{# When a planned test may stop its experiment (docs/sequential.md); the first is the default. #}
{% macro stopping_rules() %}
    {{ return(['fixed_horizon', 'obrien_fleming', 'pocock', 'hwang_shih_decani', 'always_valid', 'bayesian']) }}
{% endmacro %}

{# Those of them that are calibrated to a number of looks. #}
{% macro rules_with_looks() %}
    {{ return(['obrien_fleming', 'pocock', 'hwang_shih_decani', 'bayesian']) }}
{% endmacro %}

{# The same, and the scheme in which some tests of a plan open others. #}
{% macro plan_corrections() %}{{ return(microlift.corrections() + ['hierarchical']) }}{% endmacro %}
