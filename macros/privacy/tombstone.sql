{#
  What stands for the id of somebody who is to be forgotten: a salted hash, so that the wish can be kept without the id.
  Before it stand eight digits of the salt's own hash: a list that was made under another salt would match nobody, and is
  told by them (erasure_contradictions). `microlift.erase.tombstone` is the same in Python.
#}
{% macro tombstone(id) -%}
    {{ microlift.salt_mark() }} || '-' || {{ private_hash(id, microlift.identifier_salt()) }}
{%- endmacro %}

{% macro salt_mark() %}{{ return("left(" ~ private_hash("''", microlift.identifier_salt()) ~ ", 8)") }}{% endmacro %}

{# The same of an id as the tables keep it: with `hash_identifiers` it is hashed already. #}
{% macro tombstone_of_kept(column) -%}
    {{ microlift.salt_mark() ~ " || '-' || " ~ column if var('hash_identifiers') else tombstone(column) }}
{%- endmacro %}


{# Whether anybody has to be forgotten: else none of the SQL for it is written. #}
{% macro is_anybody_erased() %}
    {%- if microlift.is_unit_test() -%}{{ return(false) }}{%- endif -%}
    {%- set log = ref('int_erased_ids') -%}
    {%- if not (execute and load_relation(log)) -%}{{ return(false) }}{%- endif -%}
    {{ return(run_query("select 1 from " ~ log ~ " limit 1").rows | length > 0) }}
{% endmacro %}

{# Whether an id, as it is kept, is among those to be forgotten. #}
{% macro is_erased(column) -%}
    coalesce({{ tombstone_of_kept(column) }} in (select erased_id from {{ ref('int_erased_ids') }}), false)
{%- endmacro %}

{# What stands for text of which nobody can tell whose it is, once somebody has to be forgotten. #}
{% macro withheld_text() %}{{ return("'(withheld: it may hold private identifiers)'") }}{% endmacro %}
