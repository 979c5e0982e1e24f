-- A row for each key that a public table has more than once: a join in a BI tool would count it twice.
{% for model, key in microlift.built_keys().items() %}
select
    '{{ model }}' as public_table,
    concat_ws(' | ', {% for column in key %}coalesce(cast({{ column }} as {{ dbt.type_string() }}), 'NULL'){% if not loop.last %}, {% endif %}{% endfor %}) as key_of_row,
    count(*) as number_of_rows
from {{ ref(model) }}
group by {{ key | join(', ') }}
having count(*) > 1
{% if not loop.last %}union all{% endif %}
{% else %}
select 1 where false
{% endfor %}
