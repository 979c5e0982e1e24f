"""What each tracker exports of one and the same story, as its vendor documents the format.

An unknown visitor is shown a variant at 10:00:00, and signs up a minute later, which is when the tracker learns who it is.
The pages that the formats follow are cited in docs/trackers.md.
"""

import json
from pathlib import Path
from typing import Any

import duckdb

Record = dict[str, Any]

EXPERIMENT, VARIANT = "button_copy", "b"
SHOWN_AT, SIGNED_UP_AT = "2026-01-05T10:00:00", "2026-01-05T10:01:00"
SHOWN, SIGNED_UP = 1767607200, 1767607260


def params(**values: str | int | float) -> list[Record]:
    """GA4's parameters: the value under the name of its type, integers as texts."""
    kinds = {str: "string_value", int: "int_value", float: "double_value"}
    return [
        {"key": key, "value": {kinds[type(value)]: str(value) if isinstance(value, int) else value}}
        for key, value in values.items()
    ]


def ga4() -> list[Record]:
    both = {
        "user_pseudo_id": "ga4-device",
        "stream_id": "7",
        "platform": "WEB",
        "device": {"category": "Mobile"},
    }
    return [
        both
        | {
            "event_name": "experience_impression",
            "event_timestamp": str(SHOWN * 1_000_000),
            "event_server_timestamp_offset": "2000000",
            "event_params": params(ga_session_id=5, exp_variant_string=f"ML-{EXPERIMENT}-{VARIANT}"),
            "batch_ordering_id": "2",
            "batch_event_index": "3",
            "user_properties": params(plan="pro"),
        },
        both
        | {
            "event_name": "sign_up",
            "event_timestamp": str(SIGNED_UP * 1_000_000),
            "user_id": "ga4-user",
            "event_params": params(ga_session_id=5, value=1.5),
            "items": [{"item_id": "sku", "quantity": 1}],
        },
    ]


def mixpanel() -> list[Record]:
    return [
        {
            "event": "$experiment_started",
            "properties": {
                "time": SHOWN,
                "distinct_id": "$device:mixpanel-device",
                "$device_id": "mixpanel-device",
                "$insert_id": "mixpanel-1",
                "mp_processing_time_ms": SHOWN * 1000 + 2000,
                "Experiment name": EXPERIMENT,
                "Variant name": VARIANT,
                "$current_url": "https://shop.example/cart?x=1",
            },
        },
        {
            "event": "Sign up",
            "properties": {
                "time": SIGNED_UP * 1000,
                "distinct_id": "mixpanel-user",
                "$device_id": "mixpanel-device",
                "$user_id": "mixpanel-user",
                "$insert_id": "mixpanel-2",
                "value": 1.5,
            },
        },
    ]


def amplitude() -> list[Record]:
    both = {"device_id": "amplitude-device", "session_id": SHOWN * 1000, "platform": "Web"}
    return [
        both
        | {
            "uuid": "amplitude-1",
            "event_type": "[Experiment] Exposure",
            "event_time": "2026-01-05 10:00:00.000000",
            "server_upload_time": "2026-01-05 10:00:02.000000",
            "event_id": 3,
            "user_id": None,
            "event_properties": {"flag_key": EXPERIMENT, "variant": VARIANT},
            "user_properties": {"plan": "pro"},
        },
        both
        | {
            "uuid": "amplitude-2",
            "event_type": "Sign up",
            "event_time": "2026-01-05 10:01:00.000000",
            "server_upload_time": "2026-01-05 10:01:02.000000",
            "event_id": 4,
            "user_id": "amplitude-user",
            "event_properties": {"value": 1.5},
            "user_properties": {"plan": "pro"},
        },
    ]


def calls(tracker: str) -> list[Record]:
    """Calls of Segment's spec."""
    both = {"anonymousId": f"{tracker}-device", "context": {"page": {"path": "/cart"}, "sessionId": 5}}
    return [
        both
        | {
            "messageId": f"{tracker}-1",
            "type": "track",
            "event": "Experiment Viewed",
            "originalTimestamp": f"{SHOWN_AT}.000Z",
            "receivedAt": "2026-01-05T10:00:02.000Z",
            "properties": {"experiment_id": EXPERIMENT, "variation_id": VARIANT},
        },
        both
        | {
            "messageId": f"{tracker}-2",
            "type": "identify",
            "userId": f"{tracker}-user",
            "originalTimestamp": f"{SIGNED_UP_AT}.000Z",
            "receivedAt": "2026-01-05T10:01:02.000Z",
            "traits": {"plan": "pro"},
        },
    ]


def call_tables(tracker: str) -> dict[str, list[Record]]:
    """The same calls as rows of the warehouse tables."""
    shown, identified = calls(tracker)
    common = {"anonymous_id": f"{tracker}-device", "context_page_path": "/cart", "context_session_id": 5}
    row = common | {"original_timestamp": shown["originalTimestamp"], "received_at": shown["receivedAt"]}
    later = common | {
        "original_timestamp": identified["originalTimestamp"],
        "received_at": identified["receivedAt"],
    }
    return {
        "experiment_viewed": [
            row
            | {"id": shown["messageId"], "event": "experiment_viewed", "event_text": "Experiment Viewed"}
            | shown["properties"]
        ],
        "identifies": [
            later | {"id": identified["messageId"], "user_id": identified["userId"], "plan": "pro"}
        ],
    }


def posthog() -> list[Record]:
    return [
        {
            "uuid": "posthog-1",
            "event": "$feature_flag_called",
            "distinct_id": "posthog-device",
            "timestamp": f"{SHOWN_AT}Z",
            "created_at": "2026-01-05T10:00:02Z",
            "properties": {
                "$device_id": "posthog-device",
                "$session_id": "posthog-session",
                "$feature_flag": EXPERIMENT,
                "$feature_flag_response": VARIANT,
                "$device_type": "Mobile",
            },
            "person_properties": {"plan": "pro"},
        },
        {
            "uuid": "posthog-2",
            "event": "$identify",
            "distinct_id": "posthog-user",
            "timestamp": f"{SIGNED_UP_AT}Z",
            "created_at": "2026-01-05T10:01:02Z",
            "properties": {
                "$device_id": "posthog-device",
                "$anon_distinct_id": "posthog-device",
                "$user_id": "posthog-user",
                "distinct_id": "posthog-user",
                "$session_id": "posthog-session",
                "$set": {"plan": "pro"},
            },
            "person_properties": {},
        },
    ]


def heap() -> list[Record]:
    both = {"user_id": 71, "session_id": 72, "device_type": "Mobile"}
    return [
        both
        | {
            "event_id": 73,
            "time": SHOWN_AT.replace("T", " "),
            "event_table_name": "experiment_viewed",
            "experiment": EXPERIMENT,
            "variant": VARIANT,
            "identity": None,
        },
        both
        | {
            "event_id": 74,
            "time": SIGNED_UP_AT.replace("T", " "),
            "event_table_name": "sign_up",
            "identity": "heap-user",
        },
    ]


def gtm() -> list[Record]:
    both = {"client_id": "gtm-device", "session_id": "5", "page_location": "https://shop.example/cart?x=1"}
    return [
        both
        | {
            "event": "experiment_viewed",
            "gtm.uniqueEventId": 3,
            "timestamp": SHOWN * 1000,
            "received_at": SHOWN * 1000 + 2000,
            "event_id": "gtm-1",
            "experiment": EXPERIMENT,
            "variant": VARIANT,
            "user_properties": {"plan": "pro"},
        },
        both
        | {
            "event": "purchase",
            "gtm.uniqueEventId": 4,
            "timestamp": SIGNED_UP * 1000,
            "received_at": SIGNED_UP * 1000 + 2000,
            "event_id": "gtm-2",
            "user_id": "gtm-user",
            "ecommerce": {"value": 1.5, "currency": "EUR", "items": [{"item_id": "sku"}]},
        },
    ]


def recordings() -> list[Record]:
    """A session-recording tool's events, of which only a mapping knows what they mean."""
    both = {"recording_id": "r9", "replay_url": "https://recordings.example/9", "visitor": "generic-device"}
    return [
        both | {"id": "generic-1", "action": "experiment_viewed", "at_ms": SHOWN * 1000, "stored_ms": SHOWN * 1000 + 2000,
                "experiment": EXPERIMENT, "variant": VARIANT},
        both | {"id": "generic-2", "action": "rage_click", "at_ms": SIGNED_UP * 1000, "stored_ms": SIGNED_UP * 1000 + 2000,
                "account": "generic-user", "selector": "#buy"},
    ]  # fmt: skip


def kafka() -> list[Record]:
    """Records as sinks write them; the value of the first carries its schema."""
    shown = {
        "name": "experiment_viewed",
        "at": f"{SHOWN_AT}Z",
        "device": "kafka-device",
        "experiment": EXPERIMENT,
        "variant": VARIANT,
    }
    signed_up = {
        "name": "sign_up",
        "at": f"{SIGNED_UP_AT}Z",
        "device": "kafka-device",
        "user": "kafka-user",
        "value": 1.5,
    }
    return [
        {"topic": "events", "partition": 0, "offset": 17, "timestamp": SHOWN * 1000 + 2000, "key": "k",
         "value": json.dumps({"schema": {"type": "struct"}, "payload": shown})},
        {"topic": "events", "partition": 0, "offset": 18, "timestamp": SIGNED_UP * 1000 + 2000, "key": "k",
         "value": json.dumps(signed_up)},
    ]  # fmt: skip


def assignments(tracker: str, experiment: str, variant: str, visitor: str) -> list[Record]:
    """Rows of a table of exposures."""
    both = {visitor: f"{tracker}-device", "browser": "Firefox"}
    return [
        both | {"timestamp": f"{SHOWN_AT}Z", "received_at": "2026-01-05T10:00:02Z", experiment: EXPERIMENT, variant: VARIANT,
                "user_id": None},
        both | {"timestamp": f"{SIGNED_UP_AT}Z", "received_at": "2026-01-05T10:01:02Z", experiment: "another", variant: "a",
                "user_id": f"{tracker}-user"},
    ]  # fmt: skip


# What a project has to say of formats that are its own.
MAPPINGS = {
    "generic_mapping": {
        "event_id": "id", "event_name": "action", "event_time": "at_ms", "received_time": "stored_ms", "time_unit": "ms",
        "device_id": ["cookie", "visitor"], "user_id": "account",
        "properties": {"replay_id": "recording_id", "*": "rest"},
    },
    "kafka_mapping": {"event_name": "name", "event_time": "at", "device_id": "device", "user_id": "user"},
}  # fmt: skip

EXPORTS = {
    "ga4": ga4(),
    "mixpanel": mixpanel(),
    "amplitude": amplitude(),
    "segment": calls("segment"),
    "rudderstack": calls("rudderstack"),
    "posthog": posthog(),
    "heap": heap(),
    "gtm": gtm(),
    "generic": recordings(),
    "kafka": kafka(),
    "growthbook": assignments("growthbook", "experiment_id", "variation_id", "anonymous_id"),
    "vwo": assignments("vwo", "campaign_id", "combination_id", "visitor_id"),
}


def write_lines(path: Path, records: list[Record]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, records)))


def typed(lines: Path) -> str:
    """A query that reads lines with the types of a warehouse: times, nested structs and lists."""
    return f"from read_json('{lines}', format = 'newline_delimited', sample_size = -1, maximum_depth = -1)"


def write_parquet(lines: Path, parquet: Path) -> None:
    duckdb.execute(f"copy ({typed(lines)}) to '{parquet}'")


def write_csv(lines: Path, csv: Path) -> None:
    """As exporters write nested values into CSV: JSON in a cell."""
    columns = duckdb.execute(f"describe {typed(lines)}").fetchall()
    cells = [
        f'to_json("{name}") as "{name}"' if "STRUCT" in kind or kind.endswith("]") else f'"{name}"'
        for name, kind, *_ in columns
    ]
    duckdb.execute(f"copy (select {', '.join(cells)} {typed(lines)}) to '{csv}' (header)")
