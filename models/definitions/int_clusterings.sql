-- depends_on: {{ ref('definition_problems') }}
-- The signature tells whether a stored fit is still one of this definition: all that it depends on but the data.
with

rules as (
    select
        signal,
        {% for column in ['kind', 'event_name', 'property', 'operator', 'operand', 'value_property', 'same_property', 'until_event_name',
            'at_least', 'within_seconds'] -%}
        {{ "|| ':' || " if not loop.first }}coalesce(cast({{ column }} as varchar), '')
        {% endfor -%}
        as rule
    from {{ ref('int_signals') }}
),

signals as (
    select
        s.clustering_id,
        {{ joined_text("s.signal || ':' || s.transform || ':' || s.weight || ':' || coalesce(d.rule, '')", "';'", 's.position') }} as signals
    from {{ ref('int_clustering_signals') }} as s
    left join rules as d on d.signal = s.signal
    group by s.clustering_id
),

typed as (
    select
        clustering_id,
        level,
        coalesce(period, 'session') as basis,
        method,
        coalesce(cast(minimum_clusters as integer), 2) as minimum_clusters,
        coalesce(cast(maximum_clusters as integer), greatest(8, coalesce(cast(minimum_clusters as integer), 2))) as maximum_clusters,
        coalesce(cast(sample_size as integer), 2000) as sample_size,
        coalesce(cast(seed as integer), 1) as seed,
        description
    from {{ definition('clusterings') }}
)

select
    t.*,
    {{ stable_hash("concat_ws('|', t.basis, t.method, t.minimum_clusters, t.maximum_clusters, t.sample_size, t.seed, s.signals, '"
        ~ local_md5(tojson(variables_of_meaning())) ~ "')") }} as signature
from typed as t
inner join signals as s on s.clustering_id = t.clustering_id
