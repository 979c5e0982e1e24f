{#
  What is kept of an identifier: itself, or with `hash_identifiers` a salted hash. Equal ids stay equal, so that identity,
  sessions and units work as before, and whoever lacks the salt cannot tell whose they are. NULL stays NULL.
#}
{% macro identifier(column) -%}
    {{ private_hash(column, microlift.identifier_salt()) if var('hash_identifiers') else column }}
{%- endmacro %}


{# A JSON object of properties, with the private ones among them hashed in the same way. #}
{% macro without_private_text(properties) -%}
    {%- if var('hash_identifiers') and var('private_properties') -%}
        {%- set hashed = {} -%}
        {%- for name in var('private_properties') -%}
            {%- do hashed.update({name: microlift.identifier(microlift.json_text_of_key(properties, microlift.string_literal(name)))}) -%}
        {%- endfor -%}
        case when {{ json_is_object(properties) }} then {{ json_merge(properties, json_object(hashed)) }} else properties end
    {%- else -%}
        {{ properties }}
    {%- endif -%}
{%- endmacro %}


{# A raw row holds ids in ways that nobody can foresee, so it is not kept where they are private. #}
{% macro kept_payload(column) -%}
    {{ "case when " ~ column ~ " is not null then '(withheld: it may hold private identifiers)' end" if var('hash_identifiers') else column }}
{%- endmacro %}


{# The secret beside each id; check_target has seen to it that there is one. #}
{% macro identifier_salt() %}{{ return(env_var('MICROLIFT_SALT', '')) }}{% endmacro %}
