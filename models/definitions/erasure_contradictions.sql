-- depends_on: {{ ref('definition_sources') }}
select
    'erasures' as definition, 'erased_id=' || coalesce(erased_id, '') as row_key,
    case when erased_id like '________-%' and length(erased_id) = 41 then 'it was made under another MICROLIFT_SALT'
        else 'it is no tombstone: an id must not stand here in the clear' end as problem,
    'make it with `microlift erase` or the macro `tombstone`, under the salt of the build' as fix
from {{ definition('erasures') }}
where not coalesce(erased_id like {{ salt_mark() }} || '-%' and length(erased_id) = 41, false)
