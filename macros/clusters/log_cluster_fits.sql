{# Post-hook of calc_cluster_fits: the log takes in the fits that it does not hold yet, in the transaction of the table. #}
{% macro log_cluster_fits() %}
    insert into {{ ref('cluster_fits') }} by name
    select f.*, timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as fitted_at
    from {{ this }} as f
    where f.number_of_clusters is not null and not exists (
        select 1 from {{ ref('cluster_fits') }} as l where l.clustering_id = f.clustering_id and l.fit_number = f.fit_number
    )
{% endmacro %}
