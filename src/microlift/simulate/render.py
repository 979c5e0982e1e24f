"""The two shapes in which event frames are written, as SQL over a relation of spelled-out frames.

All interpolated texts come from the vocabulary, where they are free of characters that JSON escapes (values
that are not are stored as ready-made JSON), so plain concatenation yields valid JSON.
"""

from __future__ import annotations


def _pair(key: str, value: str, text: bool = True) -> str:
    """SQL for ``"key":value``, null where the value is null, so that ``concat_ws`` leaves the key out."""
    quote = '"' if text else ""
    return f"""'"{key}":{quote}' || {value} || '{quote}'"""


def _or_null(key: str, value: str) -> str:
    return f"""'"{key}":' || coalesce('"' || {value} || '"', 'null')"""


def _time(column: str) -> str:
    return f"strftime(epoch_ms({column}), '%Y-%m-%dT%H:%M:%S.%gZ')"


_MESSAGE = "'m-' || to_hex(message)"
_ANONYMOUS = "'a-' || to_hex(anon)"
_USER = "'u-' || lpad(\"user\"::varchar, 8, '0')"
_CLIENT_TIME = f"coalesce(broken_time::varchar, {_time('time')})"
_MONEY = "(cents // 100)::varchar || '.' || lpad((cents % 100)::varchar, 2, '0')"

_PROPERTIES = ",\n".join(
    [
        _pair("visitor_type", "visitor"),
        _pair("experiment_id", "experiment"),
        _pair("variant_id", "variant"),
        _pair("rule_id", "rule"),
        _pair("content_variant", "content"),
        _pair("is_holdout", "holdout", text=False),
        _pair("revenue", _MONEY, text=False),
        _pair("depth", "depth", text=False),
        _pair("element", "element"),
        "extra::varchar",
    ]
)

_FLAT = ",\n".join(
    [
        _pair("device", "device"),
        _pair("country", "country"),
        _pair("traffic_source", "source"),
        _pair("user_agent", "agent"),
        _pair("page_path", "path"),
        _PROPERTIES,
    ]
)

_CONTEXT = " || ".join(
    [
        """'"context":{"userAgent":"' || agent""",
        """'","device":{"type":"' || device""",
        """'"},"country":"' || country""",
        """'","page":{"path":"' || path""",
        """'"},"campaign":{"source":"' || source || '"}}'""",
    ]
)

_LINE = f"""
'{{' || concat_ws(',',
    {_pair("messageId", _MESSAGE)},
    case when event = 'page_viewed' then '"type":"page","event":null,"name":"page_viewed"'
         else '"type":"track","event":"' || event || '"' end,
    {_or_null("anonymousId", _ANONYMOUS)},
    {_or_null("userId", _USER)},
    {_pair("originalTimestamp", _CLIENT_TIME)},
    {_pair("sentAt", _time("sent"))},
    {_pair("receivedAt", _time("received"))},
    {_pair("timestamp", _CLIENT_TIME)},
    '"properties":{{' || concat_ws(',', {_PROPERTIES}) || '}}',
    {_CONTEXT}
) || '}}'
"""


def segment_lines(relation: str, since: int, until: int) -> str:
    """SQL for the NDJSON lines of the rows received in [since, until), in file order, line ends included."""
    return f"""
with lines as (
    select position, message, "row", {_LINE} as whole, "cut", junk
    from {relation}
    where received >= {since} and received < {until}
)
select
    coalesce(junk::varchar, case when "cut" is null then whole else left(whole, "cut") end) || chr(10) as line
from lines
order by position, message, "row"
"""


def canonical_rows(relation: str) -> str:
    """SQL for the canonical columns, in order of arrival."""
    return f"""
select
    {_MESSAGE} as event_id,
    event::varchar as event_name,
    case when broken_time is null then epoch_ms(time)
         else try_cast(broken_time::varchar as timestamp) end as event_time,
    epoch_ms(received) as received_time,
    {_ANONYMOUS} as device_id,
    {_USER} as user_id,
    null::varchar as tracker_session_id,
    sequence::bigint as sequence,
    '{{' || concat_ws(',', {_FLAT}) || '}}' as properties
from {relation}
order by position, message, "row"
"""
