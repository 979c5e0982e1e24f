"""Dirt is there, it is counted, and a pipeline that follows the definitions gets rid of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from microlift.simulate import DemoSummary, write_demo
from microlift.simulate.vocabulary import EXPOSURE, OUTCOMES, UNKNOWN_EVENTS

SEEDS = Path(__file__).parents[3] / "seeds"
SIZE = {"users": 12_000, "events": 120_000}  # a tenth of the default
KINDS = {
    "exact_duplicate", "conflicting_payload", "late", "out_of_order", "clock_ahead", "implausible_time",
    "unparseable_time", "bot", "internal", "no_consent", "missing_message_id", "missing_ids", "unknown_event",
    "truncated_line", "not_json", "empty_line", "unknown_variant", "switcher", "hostile_string",
    "impossible_depth", "missing_element",
}  # fmt: skip


@dataclass
class Landed:
    """Parsed calls in file order, and how many lines could not be parsed."""

    summary: DemoSummary
    calls: list[dict[str, Any]] = field(default_factory=list)
    broken: int = 0
    empty: int = 0


def land(folder: Path, dirt: bool) -> Landed:
    landed = Landed(write_demo(folder, **SIZE, dirt=dirt))
    for path in landed.summary.files:
        if path.suffix != ".ndjson":
            continue
        for line in path.read_text().split("\n")[:-1]:
            if not line.strip():
                landed.empty += 1
                continue
            try:
                landed.calls.append(json.loads(line))
            except json.JSONDecodeError:
                landed.broken += 1
    return landed


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Landed:
    return land(tmp_path_factory.mktemp("dirty"), dirt=True)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Landed:
    return land(tmp_path_factory.mktemp("clean"), dirt=False)


RULES = pd.read_csv(SEEDS / "def_exclusions.csv", dtype=str).to_dict("records")


def excluded(call: dict[str, Any]) -> str | None:
    flat = {"user_agent": call["context"]["userAgent"], **call["properties"]}
    for rule in RULES:
        value = flat.get(rule["property"])
        text = json.dumps(value) if isinstance(value, bool) else value
        if text is not None and (
            rule["value"] in text if rule["operator"] == "contains" else rule["value"] == text
        ):
            return str(rule["reason"])
    return None


def plausible(call: dict[str, Any]) -> bool:
    try:
        datetime.fromisoformat(call["timestamp"])
    except ValueError:
        return False
    return "2020" < call["timestamp"] <= call["receivedAt"]


def cleaned(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is left under the definitions: first of each message, known, plausible, not excluded."""
    names = set(pd.read_csv(SEEDS / "def_events.csv")["event_name"])
    seen: set[str] = set()
    kept = []
    for call in sorted(calls, key=lambda c: c["receivedAt"]):
        identified = call.get("messageId") and (call["anonymousId"] or call["userId"])
        known = (call["event"] or "page_viewed") in names
        if identified and plausible(call) and known and not excluded(call) and call["messageId"] not in seen:
            seen.add(call["messageId"])
            kept.append(call)
    return kept


@pytest.fixture(scope="module")
def kept(dirty: Landed) -> list[dict[str, Any]]:
    return cleaned(dirty.calls)


def test_every_kind_is_there_and_counted(dirty: Landed) -> None:
    counts = dirty.summary.dirt
    assert set(counts) == KINDS
    assert min(counts.values()) >= 24
    assert dirty.empty == counts["empty_line"]
    assert dirty.broken == counts["truncated_line"] + counts["not_json"]
    assert len(dirty.calls) + dirty.broken + dirty.empty == dirty.summary.rows
    changed = {"late", "out_of_order"}  # genuine rows, not added ones
    assert dirty.summary.rows == dirty.summary.genuine + sum(n for k, n in counts.items() if k not in changed)


def test_counts_can_be_found_again(dirty: Landed) -> None:
    counts, calls = dirty.summary.dirt, dirty.calls
    reasons = Counter(excluded(c) for c in calls)
    assert {k: reasons[k] for k in ("internal", "no_consent", "bot")} == {
        k: counts[k] for k in ("internal", "no_consent", "bot")
    }
    assert sum("messageId" not in c for c in calls) == counts["missing_message_id"]
    assert sum(c["anonymousId"] is None and c["userId"] is None for c in calls) == counts["missing_ids"]
    assert sum(c["event"] in UNKNOWN_EVENTS for c in calls) == counts["unknown_event"]
    assert sum(c["properties"].get("depth") == 250 for c in calls) == counts["impossible_depth"]
    clicks = [c for c in calls if c["event"] == "element_clicked"]
    assert sum("element" not in c["properties"] for c in clicks) == counts["missing_element"]
    assert sum("label" in c["properties"] for c in calls) == counts["hostile_string"]
    assert sum(c["timestamp"][:4] in ("1970", "0001") for c in calls) == counts["implausible_time"]
    assert sum(not c["timestamp"].startswith(("19", "20", "00")) for c in calls) <= counts["unparseable_time"]
    stamped = [c for c in calls if len(c["timestamp"]) == 24 and c["timestamp"][:7] != "2026-13"]
    assert sum(c["timestamp"] > c["receivedAt"] for c in stamped) == counts["clock_ahead"]


def test_repeats_are_equal_and_conflicts_are_not(dirty: Landed) -> None:
    delivery = ("sentAt", "receivedAt")
    payloads: dict[str, list[str]] = {}
    for call in dirty.calls:
        if "messageId" in call:
            body = {k: v for k, v in call.items() if k not in delivery}
            payloads.setdefault(call["messageId"], []).append(json.dumps(body, sort_keys=True))
    repeated = [p for p in payloads.values() if len(p) > 1]
    same = sum(len(p) - len(set(p)) for p in repeated)
    different = sum(len(set(p)) - 1 for p in repeated)
    assert same == dirty.summary.dirt["exact_duplicate"]
    assert different == dirty.summary.dirt["conflicting_payload"]


def test_files_are_out_of_order_but_by_received_day(dirty: Landed) -> None:
    received = [c["receivedAt"] for c in dirty.calls]
    assert received != sorted(received)
    assert [r[:10] for r in received] == sorted(r[:10] for r in received)
    assert max(received) < "2026-02-02"


def test_what_counts_is_left_unchanged(dirty: Landed, clean: Landed, kept: list[dict[str, Any]]) -> None:
    """After cleaning, outcomes and first exposures are those of the same demo without dirt."""

    def outcomes(calls: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
        return {
            (
                c["messageId"],
                c["event"],
                c["timestamp"],
                c["anonymousId"],
                c["userId"],
                c["properties"].get("revenue"),
            )
            for c in calls
            if c["event"] in OUTCOMES
        }

    def first_exposures(calls: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
        shown = sorted(
            (c for c in calls if c["event"] == EXPOSURE), key=lambda c: c["timestamp"], reverse=True
        )
        return {
            (c["anonymousId"], c["properties"]["experiment_id"]): c["properties"]["variant_id"] for c in shown
        }

    assert outcomes(kept) == outcomes(clean.calls)
    assert outcomes(dirty.calls) != outcomes(clean.calls)  # keeping what is to be dropped would show
    assert first_exposures(kept) == first_exposures(clean.calls)
    assert {c["messageId"] for c in clean.calls} <= {c["messageId"] for c in kept}


def test_switchers_and_unknown_labels_come_after_the_first_exposure(
    dirty: Landed, clean: Landed, kept: list[dict[str, Any]]
) -> None:
    counts = dirty.summary.dirt
    known = set(pd.read_csv(SEEDS / "def_variants.csv")["variant_id"])
    genuine = {c["messageId"] for c in clean.calls}
    added = [c for c in kept if c["event"] == EXPOSURE and c["messageId"] not in genuine]
    unknown = [c for c in added if c["properties"]["variant_id"] not in known]
    assert len(unknown) == counts["unknown_variant"]
    assert len(added) - len(unknown) == counts["switcher"]
    exposed = len(
        {(c["anonymousId"], c["properties"]["experiment_id"]) for c in clean.calls if c["event"] == EXPOSURE}
    )
    assert counts["switcher"] == pytest.approx(0.003 * exposed, rel=0.1)


def test_bots_are_few_and_busy(dirty: Landed) -> None:
    bots = Counter(c["anonymousId"] for c in dirty.calls if c["context"]["userAgent"].find("bot") >= 0)
    people = Counter(c["anonymousId"] for c in dirty.calls)
    assert min(bots.values()) > 5 * pd.Series(people).median()
    assert any(c["event"] == EXPOSURE for c in dirty.calls if c["anonymousId"] in bots)


def test_parquet_has_the_same_dirt_but_broken_lines(tmp_path: Path) -> None:
    summary = write_demo(tmp_path, users=600, events=6_000, file_format="parquet")
    assert set(summary.dirt) == KINDS - {"truncated_line", "not_json", "empty_line"}
