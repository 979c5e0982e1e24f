"""A seeded demo: 28 days of raw events of eight experiments whose truths are known, and of everyday dirt.

``landing/segment/<received day>.ndjson`` holds tracker calls as Segment lays them down, a JSON object a line:

- ``messageId``, ``type`` (``track`` or ``page``), ``event`` (the event's name; ``null`` for a page call,
  which is the event ``page_viewed`` and says so in ``name``), ``anonymousId``, ``userId`` (``null`` until the
  visitor has signed in);
- ``originalTimestamp`` and ``timestamp`` (when it happened; always equal: no clock is corrected), ``sentAt``,
  ``receivedAt``: ISO 8601 with milliseconds, ``Z``;
- ``properties``: ``visitor_type``; ``experiment_id`` and ``variant_id`` on ``experiment_viewed``; ``revenue``
  on ``order_placed``; ``rule_id``, ``content_variant`` and ``is_holdout`` on ``adjustment_served``;
  ``depth``, ``element``, and, on dirt, ``internal``, ``email``, ``consent``, ``label``;
- ``context``: ``userAgent``, ``device.type``, ``country``, ``page.path``, ``campaign.source``.

``landing/events/part-*.parquet`` holds the same as canonical columns: event_id, event_name, event_time,
received_time (both TIMESTAMP, UTC), device_id, user_id, tracker_session_id (null), sequence, and properties, a
JSON text with the keys ``device``, ``country``, ``traffic_source``, ``user_agent``, ``page_path`` and the
properties above.

A retry repeats a message with later ``sentAt`` and ``receivedAt`` and is otherwise equal. Beside the events
lie ``demo.json`` (the arguments), ``unit_attributes.csv`` (unit_id, attribute, value, known_at) and
``calendar.csv`` (starts_at, ends_at, event_name, kind).
"""

from .truths import Truth, planted_truths
from .write import DemoSummary, write_demo

__all__ = ["DemoSummary", "Truth", "planted_truths", "write_demo"]
