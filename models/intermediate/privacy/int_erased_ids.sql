{# A log: who is to be forgotten, as tombstones. It takes in the requests of the definitions; int_event_store, downstream, appends the
   devices of erased users (its post-hook). It keeps its rows when requests go and through full refreshes: forgotten is for good. #}
{{ config(materialized='incremental', full_refresh=false) }}

select distinct erased_id, erased_id as requested_id, cast({{ build_version() }} as bigint) as version
from {{ definition('erasures') }}
where erased_id like {{ salt_mark() }} || '-%' and length(erased_id) = 41
{%- if is_incremental() %} and erased_id not in (select erased_id from {{ this }}){% endif %}
