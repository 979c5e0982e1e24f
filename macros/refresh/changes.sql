{#
  A change log: for every key of a relation the fingerprint of its rows, the build in which that last changed, and whether
  the key was new then. A key that is gone keeps a row without fingerprint, so that what was made of it is deleted. Comparing
  what is there with what was there needs no trust in how rows arrive, and finds late, repeated, corrected and erased rows alike.
#}
{% macro changes(relation, key, fingerprint) %}
    with

    {{ microlift.changes_among(relation, key, fingerprint) }}
{% endmacro %}


{# The same for some keys (a query of one column), or for all, after the CTEs that these are taken from. #}
{% macro changes_among(relation, key, fingerprint, keys=none) %}
    found as (
        select {{ key }} as changed_key, {{ fingerprint }} as fingerprint
        from {{ relation }} as changes_source
        where {{ key }} is not null {{ 'and ' ~ key ~ ' in (' ~ keys ~ ')' if keys }}
        group by {{ key }}
    )

    {% if is_incremental() %},
    known as (
        select changed_key, fingerprint from {{ this }}
        {{ 'where changed_key in (' ~ keys ~ ')' if keys }}
    )

    select
        coalesce(f.changed_key, k.changed_key) as changed_key,
        f.fingerprint,
        {{ microlift.build_version() }} as version,
        k.changed_key is null as is_new
    from found as f
    full outer join known as k on k.changed_key = f.changed_key
    where f.fingerprint is distinct from k.fingerprint
    {% else %}
    select changed_key, fingerprint, {{ microlift.build_version() }} as version, true as is_new from found
    {% endif %}
{% endmacro %}
