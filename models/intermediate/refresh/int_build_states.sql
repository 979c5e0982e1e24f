{# A log: each incremental model appends, with its rows, the build and the signature it was computed under. #}
{{ config(materialized='incremental', full_refresh=false) }}

select cast(null as varchar) as model, cast(null as varchar) as signature, cast(null as bigint) as version
where false
