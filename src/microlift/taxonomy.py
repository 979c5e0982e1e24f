"""The taxonomy of events as JSON Schema (draft 2020-12), for the people who instrument the site.

A schema asks for what the warehouse accepts, in the form in which a tracker should send it: numbers as numbers (the
warehouse reads "3" as well, since exports write numbers as texts) and no blank texts (the warehouse takes them for
absent). So an event that a schema accepts breaks no rule of the warehouse.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TYPES = {
    "text": "string",
    "timestamp": "string",
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
}
TIME = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?"
    r"(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?$"
)
LONGEST_STEM = 80

Schema = dict[str, Any]


@dataclass(frozen=True)
class Property:
    """A row of ``dim_event_properties``."""

    property: str
    type: str | None = None
    is_required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    accepted: str | None = None
    severity: str = "flag"
    description: str | None = None


@dataclass(frozen=True)
class Event:
    """A row of ``dim_events`` with its properties."""

    event_name: str
    other_properties: str = "allowed"
    description: str | None = None
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True)
class Taxonomy:
    """All events; ``is_closed`` where the warehouse quarantines events of other names."""

    events: tuple[Event, ...]
    is_closed: bool


def read(connection: duckdb.DuckDBPyConnection) -> Taxonomy:
    """The taxonomy of a built warehouse. Raises duckdb.CatalogException where it has none."""
    properties: dict[str, list[Property]] = {}
    for event_name, *values in connection.execute(
        "select event_name, property, type, is_required, minimum, maximum, accepted, severity, description"
        " from microlift.dim_event_properties order by event_name, property"
    ).fetchall():
        properties.setdefault(event_name, []).append(Property(*values))
    events = connection.execute(
        "select event_name, other_properties, description from microlift.dim_events order by event_name"
    ).fetchall()
    listed = connection.execute("select count(*) from microlift.int_event_names").fetchone()
    return Taxonomy(
        tuple(
            Event(name, other, description, tuple(properties.get(name, ())))
            for name, other, description in events
        ),
        bool(listed and listed[0]),
    )


def property_schema(rule: Property) -> Schema:
    """The schema of one property's value; an optional property may also be null."""
    schema: Schema = {} if rule.description is None else {"description": rule.description}
    if rule.type is None:
        if rule.is_required:
            schema["not"] = {"enum": [None, ""]}
    else:
        name = TYPES[rule.type]
        schema["type"] = name if rule.is_required else [name, "null"]
    if rule.type == "timestamp":
        schema |= {"format": "date-time", "pattern": TIME}
    if rule.type == "text":
        schema["minLength"] = max(1, int(rule.minimum or 0))
        if rule.maximum is not None:
            schema["maxLength"] = int(rule.maximum)
    else:
        if rule.minimum is not None:
            schema["minimum"] = _number(rule.minimum)
        if rule.maximum is not None:
            schema["maximum"] = _number(rule.maximum)
    if rule.accepted is not None:
        values = [_typed(text, rule.type) for text in rule.accepted.split("|") if text]
        schema["enum"] = values if rule.is_required else [*values, None]
    schema["x-severity"] = rule.severity
    return schema


def event_schema(event: Event) -> Schema:
    """The schema of the ``properties`` object of one event."""
    schema: Schema = {"title": event.event_name}
    if event.description is not None:
        schema["description"] = event.description
    schema |= {
        "type": "object",
        "properties": {rule.property: property_schema(rule) for rule in event.properties},
    }
    if required := [rule.property for rule in event.properties if rule.is_required]:
        schema["required"] = required
    if event.other_properties != "allowed":
        schema |= {"additionalProperties": False, "x-severity": event.other_properties}
    return schema


def combined_schema(taxonomy: Taxonomy) -> Schema:
    """One schema of ``{"event_name": …, "properties": {…}}`` for all events, without references to other files."""
    stems = file_stems([event.event_name for event in taxonomy.events])
    name: Schema = {"type": "string"}
    if taxonomy.is_closed:
        name = {"enum": list(stems)}
    schema: Schema = {
        "$schema": DRAFT,
        "title": "Events",
        "type": "object",
        "required": ["event_name"],
        "properties": {"event_name": name, "properties": {"type": "object"}},
    }
    if taxonomy.events:
        schema["allOf"] = [_condition(event, stems[event.event_name]) for event in taxonomy.events]
        schema["$defs"] = {stems[event.event_name]: event_schema(event) for event in taxonomy.events}
    return schema


def write(taxonomy: Taxonomy, folder: Path) -> tuple[list[Path], list[Path]]:
    """Write ``events.schema.json`` and ``events/<event>.schema.json``.

    Returns the files written, and those in ``events/`` that are of no event of the taxonomy.
    """
    stems = file_stems([event.event_name for event in taxonomy.events])
    (folder / "events").mkdir(parents=True, exist_ok=True)
    files = {folder / "events.schema.json": combined_schema(taxonomy)}
    for event in taxonomy.events:
        path = folder / "events" / f"{stems[event.event_name]}.schema.json"
        files[path] = {"$schema": DRAFT, **event_schema(event)}
    for path, schema in files.items():
        path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    left = sorted(set((folder / "events").glob("*.schema.json")) - set(files))
    return list(files), left


def file_stems(names: list[str]) -> dict[str, str]:
    """A name for the file of each event. Names that no file can have, or two would share, end in a hash."""
    plain = {name: re.sub(r"[^A-Za-z0-9_-]", "_", name)[:LONGEST_STEM] for name in names}
    uses = Counter(stem.lower() for stem in plain.values())
    return {
        name: stem
        if stem == name and uses[stem.lower()] == 1
        else f"{stem}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        for name, stem in plain.items()
    }


def _condition(event: Event, stem: str) -> Schema:
    then: Schema = {"properties": {"properties": {"$ref": f"#/$defs/{stem}"}}}
    if any(rule.is_required for rule in event.properties):
        then["required"] = ["properties"]
    return {
        "if": {"properties": {"event_name": {"const": event.event_name}}, "required": ["event_name"]},
        "then": then,
    }


def _number(value: float) -> float | int:
    return int(value) if value.is_integer() else value


def _typed(text: str, type_name: str | None) -> Any:
    if type_name in ("integer", "number"):
        return _number(float(text))
    return text == "true" if type_name == "boolean" else text
