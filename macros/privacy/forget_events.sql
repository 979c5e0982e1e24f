{#
  Erasure in int_event_store. Of a row of an erased person only its load and the reason stay, so that the account of rows still
  adds up. Rows are emptied as they are read, so that what raw files still hold is never written; post-hooks empty what was
  written before the wish, or before a device was known to be theirs.
#}
{% macro forgotten_events(rows) %}
    {%- if not microlift.is_anybody_erased() -%}{{ return('select * from ' ~ rows) }}{%- endif -%}
    {%- set replaced = [] -%}
    {%- for column, value in microlift.values_when_forgotten().items() -%}
        {%- do replaced.append(value ~ ' as ' ~ column) -%}
    {%- endfor -%}
    select * exclude (is_user_erased, is_device_erased) replace (
        {{ replaced | join(',\n        ') }}
    )
    from (
        select *, {{ is_erased('user_id') }} as is_user_erased, {{ is_erased('device_id') }} as is_device_erased
        from {{ rows }}
    ) as marked
{%- endmacro %}


{#
  What becomes of each column. Three kinds of rows change: those of an erased person; those of somebody else on a device of
  such a person, which stay theirs without the device; and those without any readable id, whose text goes, since nobody
  can tell whose it is. The ids of the first are tombstones until log_erased_devices has read them.
#}
{% macro values_when_forgotten() %}
    {%- set theirs = 'is_user_erased or (user_id is null and is_device_erased)' -%}
    {%- set nobodys = 'user_id is null and device_id is null' -%}
    {%- set others = {
        'device_id': "when is_device_erased then null",
        'row_hash': "when is_device_erased then " ~ row_hash('(row_hash, true)'),
        'raw_payload': "when is_device_erased then null when raw_payload is not null and " ~ nobodys ~ " then " ~ microlift.withheld_text(),
        'properties': "when " ~ nobodys ~ " then '{}'",
        'tracker_session_id': "when " ~ nobodys ~ " then null"
    } -%}
    {%- set own = {'exclusion_reason': "'erased'", 'user_id': tombstone_of_kept('user_id'), 'device_id': tombstone_of_kept('device_id')} -%}
    {%- set values = {} -%}
    {%- for column in ['exclusion_reason', 'user_id', 'device_id', 'event_id', 'event_name', 'event_time', 'received_time', 'sequence',
        'tracker_session_id', 'properties', 'raw_payload', 'quarantine_reason', 'property_problems', 'opt_out_reason', 'opt_out_since', 'row_hash'] -%}
        {%- do values.update({column: "case when " ~ theirs ~ " then " ~ own.get(column, 'null') ~ " " ~ others.get(column, '')
            ~ " else " ~ column ~ " end"}) -%}
    {%- endfor -%}
    {{ return(values) }}
{% endmacro %}


{# Post-hooks of int_event_store, in this order and in the transaction of its rows: devices on which an erased user was seen are
   theirs, also where nobody was signed in; what is still there of them goes; the tombstones have been read. #}
{% macro log_erased_devices() %}
    {%- if not microlift.is_anybody_erased() -%}{{ return('select 1') }}{%- endif -%}
    insert into {{ ref('int_erased_ids') }}
    select device, min(requested_id), {{ microlift.build_version() }}
    from (
        select device_id as device, user_id as requested_id from {{ this }} where exclusion_reason = 'erased'
        {%- if microlift.is_anybody_new() %}
        union all
        select {{ tombstone_of_kept('device_id') }}, {{ tombstone_of_kept('user_id') }} from {{ this }}
        where exclusion_reason is distinct from 'erased' and {{ is_erased('user_id') }}
        {%- endif %}
    ) as seen
    where device is not null and requested_id is not null and device not in (select erased_id from {{ ref('int_erased_ids') }})
    group by device
{% endmacro %}

{% macro forget_stored_events() %}
    {%- if not (microlift.is_anybody_erased() and microlift.is_anybody_new()) -%}{{ return('select 1') }}{%- endif -%}
    {%- set assigned = [] -%}
    {%- for column, value in microlift.values_when_forgotten().items() -%}
        {%- do assigned.append(column ~ ' = ' ~ value) -%}
    {%- endfor -%}
    update {{ this }} set
        {{ assigned | join(',\n        ') }}
    from (
        select rowid as place, {{ is_erased('user_id') }} as is_user_erased, {{ is_erased('device_id') }} as is_device_erased
        from {{ this }}
        where exclusion_reason is distinct from 'erased'
    ) as marked
    where {{ this.identifier }}.rowid = marked.place
        and (is_user_erased or is_device_erased or (user_id is null and device_id is null))
{% endmacro %}

{% macro drop_read_tombstones() %}
    {{ return("update " ~ this ~ " set user_id = null, device_id = null where exclusion_reason = 'erased' and "
        ~ "(user_id is not null or device_id is not null)" if microlift.is_anybody_erased() else 'select 1') }}
{% endmacro %}

{# Whether somebody is to be forgotten of whom the store has not been cleared since. #}
{% macro is_anybody_new() %}
    {{ return(run_query("select 1 from " ~ ref('int_erased_ids') ~ " where version > " ~ microlift.last_build_of('int_event_store')
        ~ " limit 1").rows | length > 0) }}
{% endmacro %}
