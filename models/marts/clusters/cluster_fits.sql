{# A log: calc_cluster_fits, downstream, appends each new fit (its post-hook). It keeps its history through full
   refreshes, so that a cluster keeps its label. #}
{{ config(materialized='incremental', full_refresh=false, on_schema_change='append_new_columns') }}

select
    {% for column in model.columns.values() -%}
        cast(null as {{ column.data_type }}) as {{ column.name }}{{ "," if not loop.last }}
    {% endfor -%}
where false
