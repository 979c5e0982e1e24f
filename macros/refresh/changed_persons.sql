{#
  The change log of persons. To compare them all means to read every event; so where rows have only been added, and none
  that bears on others but by its id or its device, those persons are compared that it can bear on.
#}
{% macro changed_persons() %}
    {%- set fingerprint = bag_hash('row_hash', hashed=true) -%}
    {%- set everybody = microlift.changes(ref('int_events_valid'), 'person_id', fingerprint) -%}
    {%- set few = microlift.changes_among(
        microlift.valid_events_of('select id from perhaps_changed'), 'person_id', fingerprint, 'select id from perhaps_changed'
    ) -%}
    {%- set store, repeats = ref('int_event_store'), ref('int_event_repeats') -%}
    {%- for read_when_asked in ['int_build_states', 'int_load_changes', 'int_opt_outs', 'int_erased_ids'] -%}{%- do ref(read_when_asked) -%}{%- endfor -%}
    {%- set since = none if microlift.is_unit_test() else microlift.built_until() -%}
    {%- if since is none or not microlift.has_only_grown(since) -%}{{ return(everybody) }}{%- endif -%}
    with

    arrived as (select event_id, user_id, device_id from {{ store }} where version > {{ since }}),

    -- Older rows of an id that came again may count no more.
    contenders as (select event_id, user_id, device_id from {{ repeats }} where event_id in (select event_id from arrived)),

    ids as (
        select user_id as id from (from arrived union all from contenders) as users
        union
        select device_id from (from arrived union all from contenders) as devices
    ),

    -- Whose a device is depends on all who were signed in on it.
    perhaps_changed as (
        select id from ids where id is not null
        union
        select user_id from {{ store }} where user_id is not null and device_id in (select id from ids where id is not null)
    ),

    {{ few }}
{% endmacro %}


{# Whether the valid events of this build are those of the build before, and some of the rows that arrived since then: no load
   changed or went, nobody was erased, nobody who opted out or does so now is among the new rows, and no row waits for its received time
   to pass. A build under an `as_of` notes no state, since that may leave out any row. #}
{% macro has_only_grown(since) %}
    {%- set store = ref('int_event_store') -%}
    {%- set arrived = "from " ~ store ~ " where version > " ~ since -%}
    {{ return(not run_query(
        "select 1 from " ~ ref('int_load_changes') ~ " where version > " ~ since ~ " and not is_new"
        ~ " union all select 1 from " ~ ref('int_erased_ids') ~ " where version > " ~ since
        ~ " union all select 1 from " ~ ref('int_opt_outs') ~ " where id in (select user_id " ~ arrived ~ ") or id in (select device_id " ~ arrived ~ ")"
        ~ " union all select 1 from " ~ store ~ " where received_time > timestamp '" ~ (modules.datetime.datetime.utcfromtimestamp(since | int // 1000000) + modules.datetime.timedelta(days=1)) ~ "'"
        ~ " limit 1"
    ).rows) }}
{% endmacro %}
