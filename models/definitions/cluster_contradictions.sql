-- depends_on: {{ ref('definition_sources') }}
{% set most_clusters, largest_samples = 20, {'kmeans': 100000, 'hierarchical': 5000} -%}
with

clusterings as (
    select *, case level when 'unit' then period else level end as basis
    from {{ definition('clusterings') }}
),

signals as (select * from {{ definition('clustering_signals') }})

select
    'clusterings' as definition, 'clustering_id=' || coalesce(clustering_id, '') as row_key,
    'it clusters units and period is blank' as problem, 'say pre_exposure or post_exposure' as fix
from clusterings
where level = 'unit' and period is null

union all
select 'clusterings', 'clustering_id=' || coalesce(clustering_id, ''), 'it clusters sessions and has a period', 'leave period blank'
from clusterings
where level = 'session' and period is not null

union all
select
    'clusterings', 'clustering_id=' || coalesce(clustering_id, ''), 'its maximum_clusters ' || maximum_clusters || ' is below its minimum',
    'let maximum_clusters be at least minimum_clusters (blank = 2)'
from clusterings
where try_cast(maximum_clusters as bigint) < coalesce(try_cast(minimum_clusters as bigint), 2)

union all
select
    'clusterings', 'clustering_id=' || coalesce(clustering_id, ''), 'it allows more clusters than a reader can tell apart',
    'ask for at most {{ most_clusters }}'
from clusterings
where greatest(try_cast(minimum_clusters as bigint), try_cast(maximum_clusters as bigint)) > {{ most_clusters }}
{% for method, largest in largest_samples.items() %}
union all
select
    'clusterings', 'clustering_id=' || coalesce(clustering_id, ''), 'its sample_size is too large for {{ method }}',
    'ask for at most {{ largest }}; everybody is scored whatever the sample'
from clusterings
where method = '{{ method }}' and try_cast(sample_size as bigint) > {{ largest }}
{% endfor %}
union all
select 'clusterings', 'clustering_id=' || coalesce(clustering_id, ''), 'seed is ' || seed, 'give a number of at most 2147483647'
from clusterings
where try_cast(seed as bigint) > 2147483647

union all
select 'clusterings', 'clustering_id=' || clustering_id, 'it has no signals', 'name them in clustering_signals'
from clusterings
where clustering_id is not null and clustering_id not in (select s.clustering_id from signals as s where s.clustering_id is not null)

union all
select
    'clustering_signals', 'clustering_id=' || coalesce(clustering_id, '') || ', signal=' || coalesce(signal, ''), 'weight is ' || weight,
    'give a positive number, or take the row away'
from signals
where try_cast(weight as double) = 0

union all
select
    'clustering_signals', 'clustering_id=' || s.clustering_id || ', signal=' || s.signal,
    'signal ''' || s.signal || ''' is no number that a ' || c.level || ' has' || coalesce(' (' || c.period || ')', ''),
    'use one of signals, or of those that docs/behaviour.md lists'
from signals as s
inner join clusterings as c on c.clustering_id = s.clustering_id
where s.signal not in (select d.signal from {{ definition('signals') }} as d where d.signal is not null)
    and not case c.basis
        {%- for basis in ['pre_exposure', 'post_exposure', 'session'] %}
        when '{{ basis }}' then s.signal in ('{{ cluster_signals(basis) | join("', '") }}')
        {%- endfor %}
        else true
    end
