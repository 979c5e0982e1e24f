{#
  Points of clusterings: for each key, the values of a clustering's signals in the order of their places, as they are.
  `population` is a CTE of keys, `found` one of keys, signal and value, `signals` the signals of these clusterings.
  What never happened is 0 where the signal's kind says so; what is no number below 10⁹ in size is unknown, NULL.
#}
{% macro cluster_points(keys, population, found, signals) %}
    select
        {% for key in keys %}p.{{ key }}, {% endfor %}
        s.clustering_id,
        s.basis,
        {{ list_map(sorted_list(struct({
            'position': 's.position',
            'value': 'case when f.signal is null then case when s.missing_is_zero then 0 end when abs(f.value) < 1e9 then f.value end'
        })), 'x.value') }} as point
    from {{ population }} as p
    cross join {{ signals }} as s
    left join {{ found }} as f
        on f.signal = s.signal and f.basis = s.basis{% for key in keys %} and f.{{ key }} = p.{{ key }}{% endfor %}
    group by {% for key in keys %}p.{{ key }}, {% endfor %}s.clustering_id, s.basis
{% endmacro %}


{# A value on the scale that its signal is compared on. Changes near zero count more; what is below zero mirrors it. #}
{% macro transformed(value, transform) -%}
    case when {{ transform }} = 'log1p' then sign({{ value }}) * ln(1 + abs({{ value }})) else {{ value }} end
{%- endmacro %}


{# A point in the space of a fit (an alias with its lists): transformed, centred, scaled; what is unknown is the mean, 0. #}
{% macro standardised(point, fit) -%}
    {{ each_position(point, "coalesce((" ~ microlift.transformed(point ~ '[i]', fit ~ '.transforms[i]') ~ " - " ~ fit ~ ".means[i]) * "
        ~ fit ~ ".scales[i], 0)") }}
{%- endmacro %}


{# The nearest cluster of each point, and the second, under the fits in force. Of equally near ones it is the first label. #}
{% macro nearest_clusters(keys, points) %}
    select
        {{ keys | join(', ') }},
        clustering_id,
        basis,
        {{ element('clusters', element('nearest', 1) ~ '.place') }} as cluster,
        {{ element('nearest', 1) }}.distance as distance,
        {{ element('clusters', element('nearest', 2) ~ '.place') }} as second_cluster,
        {{ element('nearest', 2) }}.distance as second_distance,
        coalesce(1 - {{ element('nearest', 1) }}.distance / nullif({{ element('nearest', 2) }}.distance, 0), 0) as margin
    from (
        select
            *,
            list_sort({{ each_position('clusters', struct({'distance': distance_between('place', 'centroids[i]'), 'place': 'i'})) }}) as nearest
        from (
            select {% for key in keys %}p.{{ key }}, {% endfor %}p.basis, m.clustering_id, m.clusters, m.centroids, {{ standardised('p.point', 'm') }} as place
            from {{ points }} as p
            inner join {{ ref('int_cluster_models') }} as m on m.clustering_id = p.clustering_id
        ) as placed
    ) as measured
{% endmacro %}
