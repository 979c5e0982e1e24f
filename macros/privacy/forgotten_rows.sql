{# The rows of a door of units, of which an erased unit's are emptied: its load and the reason stay, for the account of rows. What a
   row without a readable unit says goes too, since nobody can tell whose it is. #}
{% macro forgotten_rows(door) %}
    {%- set relation = ref(door) -%}
    {%- if microlift.is_unit_test() -%}{{ return(relation) }}{%- endif -%}
    {%- do ref('int_event_store') -%}{# which logs whose devices are to be forgotten #}
    {%- if not microlift.is_anybody_erased() -%}{{ return(relation) }}{%- endif -%}
    {%- set columns = [] -%}
    {%- for column in adapter.get_columns_in_relation(relation) | map(attribute='name') if column not in ('load_id', 'defect') -%}
        {%- set text = microlift.withheld_text() if column == 'raw_payload' else 'null' -%}
        {%- set nobodys = 'when unit_id is null then ' ~ text if column in ('raw_payload', 'value', 'segments') else '' -%}
        {%- do columns.append("case when is_unit_erased then null " ~ nobodys ~ " else " ~ column ~ " end as " ~ column) -%}
    {%- endfor -%}
    (
        select {{ columns | join(', ') }}, load_id, case when is_unit_erased then 'erased' else defect end as defect
        from (
            select *, coalesce({{ tombstone('unit_id') }} in (select erased_id from {{ ref('int_erased_ids') }}), false) as is_unit_erased
            from {{ relation }}
        ) as marked
    )
{%- endmacro %}
