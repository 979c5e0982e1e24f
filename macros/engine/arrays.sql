{# Ordered lists and folds: what unit timelines are made of. An element is `x`, positions start at 1. #}

{% macro array_contains(list, value) %}{{ return(adapter.dispatch('array_contains', 'microlift')(list, value)) }}{% endmacro %}
{% macro default__array_contains(list, value) %}list_contains({{ list }}, {{ value }}){% endmacro %}

{# A struct of name → expression, in this order: the order in which sorted lists compare. #}
{% macro struct(fields) %}{{ return(adapter.dispatch('struct', 'microlift')(fields)) }}{% endmacro %}
{% macro default__struct(fields) -%}
    {%- set pairs = [] -%}
    {%- for name, expression in fields.items() -%}{%- do pairs.append(name ~ ' := ' ~ expression) -%}{%- endfor -%}
    {{ return('struct_pack(' ~ pairs | join(', ') ~ ')') }}
{%- endmacro %}

{# Aggregate: the values of a group as a sorted list, of all its rows or of those for which a condition holds. #}
{% macro sorted_list(expression, condition=none) %}{{ return(adapter.dispatch('sorted_list', 'microlift')(expression, condition)) }}{% endmacro %}
{% macro default__sorted_list(expression, condition) %}list_sort(list({{ expression }}){{ ' filter (where ' ~ condition ~ ')' if condition }}){% endmacro %}

{# The positions of a list at which a condition on `i` holds. #}
{% macro positions_where(list, condition) %}{{ return(adapter.dispatch('positions_where', 'microlift')(list, condition)) }}{% endmacro %}
{% macro default__positions_where(list, condition) %}list_filter(range(1, len({{ list }}) + 1), lambda i: {{ condition }}){% endmacro %}

{# A new list, made from each element `x` of a list. #}
{% macro list_map(list, expression) %}{{ return(adapter.dispatch('list_map', 'microlift')(list, expression)) }}{% endmacro %}
{% macro default__list_map(list, expression) %}list_transform({{ list }}, lambda x: {{ expression }}){% endmacro %}

{# Fold a list into one state: `state` is carried, `x` is the element. `initial` has the elements' type. #}
{% macro fold(list, initial, expression) %}{{ return(adapter.dispatch('fold', 'microlift')(list, initial, expression)) }}{% endmacro %}
{% macro default__fold(list, initial, expression) %}list_reduce({{ list }}, lambda state, x: {{ expression }}, {{ initial }}){% endmacro %}

{# The value that goes with the smallest sort key of a group. #}
{% macro first_by(value, key) %}{{ return(adapter.dispatch('first_by', 'microlift')(value, key)) }}{% endmacro %}
{% macro default__first_by(value, key) %}arg_min({{ value }}, {{ key }}){% endmacro %}

{% macro last_by(value, key) %}{{ return(adapter.dispatch('last_by', 'microlift')(value, key)) }}{% endmacro %}
{% macro default__last_by(value, key) %}arg_max({{ value }}, {{ key }}){% endmacro %}

{# A row for each element of a list. Two in one select advance together. #}
{% macro explode(list) %}{{ return(adapter.dispatch('explode', 'microlift')(list)) }}{% endmacro %}
{% macro default__explode(list) %}unnest({{ list }}){% endmacro %}

{# A sum of floating numbers in a stated order, so that it is the same to the last bit every time. #}
{% macro ordered_sum(expression, key) %}{{ return(adapter.dispatch('ordered_sum', 'microlift')(expression, key)) }}{% endmacro %}
{% macro default__ordered_sum(expression, key) %}sum({{ expression }} order by {{ key }}){% endmacro %}

{# The element of a list at a position. #}
{% macro element(list, position) %}{{ return(adapter.dispatch('element', 'microlift')(list, position)) }}{% endmacro %}
{% macro default__element(list, position) %}{{ list }}[{{ position }}]{% endmacro %}

{# Up to so many elements from either end of a list. #}
{% macro first_elements(list, count) %}{{ return(adapter.dispatch('first_elements', 'microlift')(list, count)) }}{% endmacro %}
{% macro default__first_elements(list, count) %}{{ list }}[:{{ count }}]{% endmacro %}

{% macro last_elements(list, count) %}{{ return(adapter.dispatch('last_elements', 'microlift')(list, count)) }}{% endmacro %}
{% macro default__last_elements(list, count) %}{{ list }}[greatest(len({{ list }}) - {{ count }}, 0) + 1:]{% endmacro %}

{# The elements of a list at a list of positions. #}
{% macro elements(list, positions) %}{{ return(adapter.dispatch('elements', 'microlift')(list, positions)) }}{% endmacro %}
{% macro default__elements(list, positions) %}list_select({{ list }}, {{ positions }}){% endmacro %}

{# For positions at which parts of a list start: where each part ends. #}
{% macro part_ends(positions, list) %}{{ return(adapter.dispatch('part_ends', 'microlift')(positions, list)) }}{% endmacro %}
{% macro default__part_ends(positions, list) -%}
    list_transform(list_append({{ positions }}[2:], len({{ list }}) + 1), lambda x: x - 1)
{%- endmacro %}

{# Aggregate: texts of a group in one, in a stated order. #}
{% macro joined_text(text, separator, key) %}{{ return(adapter.dispatch('joined_text', 'microlift')(text, separator, key)) }}{% endmacro %}
{% macro default__joined_text(text, separator, key) %}string_agg({{ text }}, {{ separator }} order by {{ key }}){% endmacro %}

{# The number of elements of a list. #}
{% macro length_of(list) %}{{ return(adapter.dispatch('length_of', 'microlift')(list)) }}{% endmacro %}
{% macro default__length_of(list) %}len({{ list }}){% endmacro %}

{# The Euclidean distance of two lists of numbers. #}
{% macro distance_between(list, other) %}{{ return(adapter.dispatch('distance_between', 'microlift')(list, other)) }}{% endmacro %}
{% macro default__distance_between(list, other) %}list_distance({{ list }}, {{ other }}){% endmacro %}

{# A new list, made from each position `i` of a list. #}
{% macro each_position(list, expression) %}{{ return(adapter.dispatch('each_position', 'microlift')(list, expression)) }}{% endmacro %}
{% macro default__each_position(list, expression) %}list_transform(range(1, len({{ list }}) + 1), lambda i: {{ expression }}){% endmacro %}

{# Aggregate: a map of the keys and values of a group; no key comes twice. `element` looks one up, NULL where it is not. #}
{% macro map_of(key, value) %}{{ return(adapter.dispatch('map_of', 'microlift')(key, value)) }}{% endmacro %}
{% macro default__map_of(key, value) %}map_from_entries(list(struct_pack(k := {{ key }}, v := {{ value }}))){% endmacro %}
