{{ config(enabled='stg_access_log' in var('events')) }}
{%- set entry = '^(\\S+) (\\S+) (\\S+) \\[([^\\]]+)\\] "((?:[^"\\\\]|\\\\.)*)" (\\d{3}|-) (\\d+|-)(?: "((?:[^"\\\\]|\\\\.)*)" "((?:[^"\\\\]|\\\\.)*)")?\\s*$' %}

-- Apache HTTP Server, "Log Files": the common and the combined format (httpd.apache.org/docs/2.4/logs.html). Files of one
-- line an entry, `.log` or `.log.gz`.
with

lines as (
    {{ read_lines(landing_paths('access_log', 'lines')) }}
),

-- Entries have no id. Two equal ones of a file are two requests, so that the place among the equal ones tells them apart;
-- a file that is delivered once more has the same ids.
entries as (
    select
        *,
        {{ regex_groups('line', entry, ['ip', 'identity', 'account', 'time', 'request', 'status', 'bytes', 'referrer', 'user_agent']) }} as entry,
        row_number() over (partition by load_id, line order by line) as repeat
    from lines
),

parsed as (
    select
        *,
        entry.ip != '' as is_entry,
        {{ parse_time('entry.time', '%d/%b/%Y:%H:%M:%S %z') }} as event_time,
        {{ regex_groups('entry.request', '^(\\S+) ([^ ?]*)(?:\\?(\\S*))?(?: (\\S+))?$', ['method', 'path', 'query', 'protocol']) }} as request
    from entries
)

select
    case when is_entry then {{ fingerprint(['line', 'repeat']) }} end as event_id,
    case when is_entry then 'request' end as event_name,
    event_time,
    cast(null as timestamp) as received_time,
    cast(null as varchar) as user_id,
    {% if var('access_log_unit') == 'ip_and_user_agent' -%}
    case when is_entry then {{ fingerprint(['entry.ip', 'entry.user_agent']) }} end as device_id,
    {%- else -%}
    nullif(entry.ip, '') as device_id,
    {%- endif %}
    cast(null as varchar) as tracker_session_id,
    cast(null as bigint) as sequence,
    case when is_entry then {{ json_merge_all([json_object({
        'ip': 'entry.ip', 'account': "nullif(entry.account, '-')", 'method': "nullif(request.method, '')", 'page_path': "nullif(request.path, '')",
        'query': "nullif(request.query, '')", 'protocol': "nullif(request.protocol, '')", 'status': "nullif(entry.status, '-')",
        'bytes': "nullif(entry.bytes, '-')", 'referrer': "nullif(nullif(entry.referrer, '-'), '')",
        'user_agent': "nullif(nullif(entry.user_agent, '-'), '')"
    })]) }} end as properties,
    load_id,
    case
        when not is_entry then 'unparseable_line'
        when event_time is null then 'unparseable_event_time'
    end as defect,
    line as raw_payload
from parsed
