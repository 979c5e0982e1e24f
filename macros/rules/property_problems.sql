{#
  What the properties of an event (a JSON object as text) say against the taxonomy: a list of (property, problem, severity),
  NULL where nothing is wrong. Each property is read once for its rule; an event without rules is not read.

  A value is judged by its text, as everywhere in the definitions, since exporters write numbers as texts: "3" is a number. A
  property that is null or a blank text is absent. `rules` is a column of int_event_rules.
#}
{% macro property_problems(properties, rules) %}{{ return(adapter.dispatch('property_problems', 'microlift')(properties, rules)) }}{% endmacro %}

{% macro default__property_problems(properties, rules) -%}
    {%- set text = "nullif(json_extract_string(x.found, '$'), '')" -%}
    nullif(list_concat(
        list_filter(
            list_transform(
                list_transform(
                    list_transform({{ rules }}.rules, lambda rule: struct_pack(rule := rule, found := json_extract({{ properties }}, rule.property))),
                    lambda x: struct_pack(rule := x.rule, is_text := starts_with(x.found, '"'), actual := {{ text }})
                ),
                lambda x: struct_pack(
                    property := x.rule.property, problem := {{ microlift.property_problem('x.rule', 'x.is_text', 'x.actual') }},
                    severity := x.rule.severity
                )
            ),
            lambda x: x.problem is not null
        ),
        {#- A hostile payload has thousands of keys; ten tell enough. #}
        case when {{ rules }}.other_properties != 'allowed' then list_transform(
            list_sort(list_filter(
                list_distinct(json_keys({{ properties }})), lambda key: not list_contains({{ rules }}.known_properties, key)
            ))[:10],
            lambda key: struct_pack(property := key, problem := 'unknown_property', severity := {{ rules }}.other_properties)
        ) end
    ), [])
{%- endmacro %}


{# The problem of one property, NULL where there is none. #}
{% macro property_problem(rule, is_text, actual) -%}
    case
        when {{ actual }} is null then case when {{ rule }}.is_required then 'missing_property' end
        when {{ microlift.wrong_type(rule ~ '.type', is_text, actual) }} then 'wrong_property_type'
        when {{ rule }}.accepted is not null and not {{ array_contains(
            rule ~ '.accepted', microlift.comparable_value(rule ~ '.type', actual)) }} then 'property_value_not_allowed'
        when {{ rule }}.has_range and not coalesce(
            case when {{ rule }}.type = 'text' then length({{ actual }}) else try_cast({{ actual }} as double) end
            between coalesce({{ rule }}.minimum, '-infinity') and coalesce({{ rule }}.maximum, 'infinity'), false) then 'property_out_of_range'
    end
{%- endmacro %}


{# Whether a value is of another type than the one that is named. #}
{% macro wrong_type(type, is_text, actual) -%}
    {%- set number = "try_cast(" ~ actual ~ " as double)" -%}
    not coalesce(case {{ type }}
        when 'text' then {{ is_text }}
        when 'number' then isfinite({{ number }})
        when 'integer' then isfinite({{ number }}) and {{ number }} = trunc({{ number }})
        when 'boolean' then {{ actual }} in ('true', 'false')
        when 'timestamp' then {{ is_text }} and isfinite({{ to_utc(actual) }})
        else true
    end, false)
{%- endmacro %}


{# A value in the one spelling in which it is compared with accepted ones: 1, 1.0 and 1e0 are one number. #}
{% macro comparable_value(type, actual) -%}
    case when {{ type }} in ('integer', 'number') then cast(try_cast({{ actual }} as double) as varchar) else {{ actual }} end
{%- endmacro %}


{# Of such a list, the problem for which the event is quarantined. #}
{% macro quarantining_problem(problems) %}{{ return(adapter.dispatch('quarantining_problem', 'microlift')(problems)) }}{% endmacro %}
{% macro default__quarantining_problem(problems) -%}
    list_filter({{ problems }}, lambda x: x.severity = 'quarantine')[1]
{%- endmacro %}
