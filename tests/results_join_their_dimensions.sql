-- A row for each key of a public table that its dimension lacks: a BI tool's inner join would lose it.
-- `all` stands for every experiment, segment or variant together, and has no row in a dimension.
{% set dimensions = {
    "dim_experiments": ["experiment_id"],
    "dim_metrics": ["metric_id"],
    "dim_variants": ["experiment_id", "variant_id"],
    "dim_segments": ["experiment_id", "segment_dimension", "segment"],
} %}
{% set no_segment = ["results_interactions"] %}
{% set queries, built = [], microlift.built_keys() %}
{% for model, key in built.items() if not model.startswith("dim_") %}
{% for dimension, columns in dimensions.items() if dimension in built and columns | select("in", key) | list == columns and not (dimension == "dim_segments" and model in no_segment) %}
{% set query %}
select distinct
    '{{ model }}' as public_table,
    '{{ dimension }}' as dimension,
    concat_ws(' | ', {{ columns | join(', ') }}) as key_of_row
from {{ ref(model) }} as facts
where
    {% for column in columns %}{{ column }} is not null and {{ column }} != 'all' and {% endfor %}not exists (
        select 1 from {{ ref(dimension) }} as known
        where {% for column in columns %}known.{{ column }} = facts.{{ column }}{% if not loop.last %} and {% endif %}{% endfor %}
    )
{% endset %}
{% do queries.append(query) %}
{% endfor %}
{% endfor %}
{{ queries | join("union all") or "select 1 where false" }}
