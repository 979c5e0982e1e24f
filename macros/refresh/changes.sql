{#
  A change log: for every key of a relation the fingerprint of its rows, and the build in which that last changed. A key
  that is gone keeps a row without fingerprint, so that what was made of it is deleted. Comparing what is there with what
  was there needs no trust in how rows arrive, and finds late, repeated, corrected and erased rows alike.
#}
{% macro changes(relation, key, fingerprint) %}
    with

    found as (
        select {{ key }} as changed_key, {{ fingerprint }} as fingerprint
        from {{ relation }} as changes_source
        where {{ key }} is not null
        group by {{ key }}
    )

    {% if is_incremental() %}
    select
        coalesce(f.changed_key, b.changed_key) as changed_key,
        f.fingerprint,
        {{ microlift.build_version() }} as version
    from found as f
    full outer join {{ this }} as b on b.changed_key = f.changed_key
    where f.fingerprint is distinct from b.fingerprint
    {% else %}
    select changed_key, fingerprint, {{ microlift.build_version() }} as version from found
    {% endif %}
{% endmacro %}
