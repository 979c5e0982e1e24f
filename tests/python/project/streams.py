"""Random streams of events, many small worlds of persons at once, and random ways in which they arrive."""

import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

Row = dict[str, Any]

START = datetime(2026, 1, 5)

DEFINITIONS: dict[str, list[dict[str, str]]] = {
    "experiments": [
        {"experiment_id": f"by_{unit}", "unit_type": unit, "starts_at": "2026-01-05 02:00:00"}
        for unit in ("user", "device", "session")
    ],
    "variants": [
        {"experiment_id": f"by_{unit}", "variant_id": variant}
        for unit in ("user", "device", "session")
        for variant in ("a", "b")
    ],
    "allocations": [
        {"experiment_id": "by_user", "effective_from": since, "variant_id": variant, "weight": weight}
        for since, weights in (("", ("0.9", "0.1")), ("2026-01-06 00:00:00", ("0.5", "0.5")))
        for variant, weight in zip("ab", weights, strict=True)
    ],
    "exposure_rules": [
        {"rule_id": unit, "experiment_id": f"by_{unit}", "event_name": "seen", "variant_property": "arm",
         "property": "of", "operator": "in", "value": f"every|{unit}"}
        for unit in ("user", "device", "session")
    ],
    "metrics": [
        {"metric_id": "bought", "kind": "conversion", "event_name": "bought", "window_end_hours": "12"},
        {"metric_id": "spent", "kind": "sum", "event_name": "bought", "value_property": "price",
         "window_end_hours": "12", "missing_means": "absent"},
        {"metric_id": "clicks_per_page", "kind": "ratio", "event_name": "clicked",
         "denominator_event_name": "page_viewed", "window_end_hours": "24"},
    ],
    "experiment_metrics": [
        {"experiment_id": "*", "metric_id": "bought", "role": "primary"},
        {"experiment_id": "*", "metric_id": "spent", "role": "secondary"},
        {"experiment_id": "*", "metric_id": "clicks_per_page", "role": "secondary"},
    ],
    "segments": [
        {"segment_dimension": "device", "segment": "*", "priority": "1", "source": "exposure", "attribute": "device",
         "operator": "is_known"},
        *({"segment_dimension": "archetype", "segment": "buyer", "priority": "1", "all_of": "came back and bought",
           "source": source, "attribute": attribute, "operator": "at_least", "value": "1"}
          for source, attribute in (("signal_after", "sessions"), ("metric", "bought"))),
        {"segment_dimension": "archetype", "segment": "lost", "priority": "2", "source": "funnel", "attribute": "whatever",
         "operator": "below", "value": "3", "parent": "any"},
        {"segment_dimension": "archetype", "segment": "any", "priority": "3", "source": "signal_before",
         "attribute": "clicks", "operator": "is_known", "parent": ""},
        {"segment_dimension": "clicks_before", "segment": "*", "priority": "1", "source": "signal_before",
         "attribute": "clicks", "operator": "is_known", "pool": "few"},
        {"segment_dimension": "kind", "segment": "*", "priority": "1", "source": "cluster_before", "attribute": "before",
         "operator": "is_known"},
        {"segment_dimension": "plan", "segment": "*", "priority": "1", "source": "unit", "attribute": "plan",
         "operator": "is_known"},
    ],
    "funnels": [
        {"funnel_id": "buying", "step_order": "loose", "window_hours": "3"},
        {"funnel_id": "at_once", "step_order": "strict_events", "window_hours": "3", "counted_per": "session"},
        {"funnel_id": "one_kind", "step_order": "strict", "window_hours": "24", "same_property": "device"},
        {"funnel_id": "whatever", "step_order": "any", "window_hours": "6", "counts_whom": "exposed"},
    ],
    "funnel_steps": [
        {"funnel_id": funnel, "step_number": str(number), "event_name": name,
         "is_optional": str(funnel == "one_kind" and number == 2).lower()}
        for funnel in ("buying", "at_once", "one_kind", "whatever")
        for number, name in enumerate(("page_viewed", "clicked", "bought"), start=1)
    ],
    "funnel_exclusions": [
        {"exclusion_id": "seen", "funnel_id": "buying", "event_name": "seen", "after_step": "2"},
    ],
    "signals": [
        {"signal": "clicks", "kind": "count", "event_name": "clicked"},
        {"signal": "dearest", "kind": "max", "event_name": "bought", "value_property": "price"},
    ],
    "clusterings": [
        {"clustering_id": "before", "level": "unit", "period": "pre_exposure", "method": "kmeans", "maximum_clusters": "3"},
        {"clustering_id": "since", "level": "unit", "period": "post_exposure", "method": "hierarchical", "maximum_clusters": "3",
         "sample_size": "100"},
        {"clustering_id": "visits", "level": "session", "method": "kmeans", "maximum_clusters": "3", "sample_size": "300"},
    ],
    "clustering_signals": [
        {"clustering_id": clustering, "signal": signal, "transform": "log1p"}
        for clustering, signals in (
            ("before", ("clicks", "days_since_last_session")), ("since", ("clicks", "dearest", "sessions")),
            ("visits", ("clicks", "session_seconds")),
        )
        for signal in signals
    ],
    "events": [
        {"event_name": name, "other_properties": "flag" if name == "seen" else ""}
        for name in ("seen", "page_viewed", "clicked", "bought")
    ],
    "event_properties": [
        {"event_name": "clicked", "property": "staff", "type": "boolean", "accepted": "false", "severity": "quarantine"},
        {"event_name": "bought", "property": "price", "type": "number", "severity": "flag"},
        {"event_name": "*", "property": "of", "type": "text", "is_required": "true", "severity": "quarantine"},
    ],
    "patterns": [
        {"pattern_set_id": "until_bought", "period": "post_exposure", "metric_id": "bought", "min_support_share": "0.01",
         "min_units": "2", "max_length": "3", "max_gap": "2"},
        {"pattern_set_id": "first_hour", "period": "post_exposure", "metric_id": "bought", "min_support_share": "0.01",
         "min_units": "2", "landmark_minutes": "60", "max_units": "50"},
        {"pattern_set_id": "before", "period": "pre_exposure", "metric_id": "bought", "min_support_share": "0.01",
         "min_units": "2", "max_items": "3"},
    ],
    "pattern_items": [
        {"pattern_set_id": "*", "item": name, "event_name": name, "label_property": "device" if name == "clicked" else ""}
        for name in ("page_viewed", "clicked", "seen")
    ],
    "rates": [
        {"rate": "bought", "event_name": "bought", "of_event_name": "page_viewed", "by_property": "device", "window_days": "2"},
    ],
    "adjustment_rules": [
        {"rule_id": "a", "content_variant": "x", "after_seconds": "1", "cooldown_minutes": "60", "unit_cap": "3",
         "conflict_group": "g", "holdout_share": "0.3", "metric_id": "bought"},
        {"rule_id": "b", "content_variant": "x", "conflict_group": "g", "priority": "-1", "metric_id": "spent"},
    ],
    "adjustment_conditions": [
        {"rule_id": "a", "condition_number": "1", "signal": "clicks", "operator": "at_least", "value": "2"},
        {"rule_id": "a", "condition_number": "2", "signal": "dearest", "operator": "not_equals", "value": "1"},
        {"rule_id": "b", "condition_number": "1", "rate": "bought", "bound": "upper", "operator": "at_least", "value": "0.1"},
        {"rule_id": "b", "condition_number": "2", "signal": "clicks", "operator": "at_most", "value": "1"},
    ],
    "adjustment_events": [
        {"event_name": "seen", "property": "of", "operator": "equals", "value": "user", "rule_property": "arm",
         "content_property": "device", "holdout_property": "staff"},
    ],
    "exclusions": [
        {"exclusion_id": "staff", "property": "staff", "operator": "equals", "value": "true", "reason": "internal"},
        {"exclusion_id": "opted_out", "event_name": "clicked", "property": "opts_out", "operator": "equals",
         "value": "true", "scope": "from_then_on", "reason": "no_consent"},
    ],
}  # fmt: skip


def world(number: int, draw: random.Random) -> list[Row]:
    """The raw rows of one world: late sign-ins, shared devices, repeats that agree or not, broken rows, staff."""
    devices = [f"w{number}-d{place}" for place in range(draw.randint(1, 3))]
    users = [f"w{number}-u{place}" for place in range(draw.randint(0, 3))]
    moments = [
        START + timedelta(minutes=draw.choice((1, 20, 30, 31))) * draw.randint(0, 99) for _ in range(6)
    ]
    rows: list[Row] = []
    for place in range(draw.randint(4, 24)):
        event_time = draw.choice(moments) + timedelta(seconds=draw.choice((0, 0, 1, 60, 3600)))
        user = draw.choice([None, None, *users])
        properties = {
            "of": draw.choice(("every", "user", "device", "session")), "arm": draw.choice("aab"),
            "price": draw.choice((1, 2.5, "dear")), "device": draw.choice(("mobile", "desktop")),
            "staff": draw.random() < 0.05, "opts_out": draw.random() < 0.03,
        }  # fmt: skip
        rows.append({
            "event_id": f"w{number}-e{place}",
            "event_name": draw.choice(("seen", "page_viewed", "clicked", "clicked", "bought")),
            "event_time": "soon" if draw.random() < 0.03 else event_time.isoformat(sep=" "),
            "received_time": (event_time + draw.choice((1, 1, 1, 40, 3000)) * timedelta(minutes=1)).isoformat(sep=" "),
            "user_id": user,
            "device_id": draw.choice(devices) if user is None or draw.random() < 0.8 else None,
            "sequence": draw.choice((None, 1, 2)),
            "properties": properties,
        })  # fmt: skip
    repeated = [dict(draw.choice(rows)) for _ in range(draw.randint(0, 4))]
    for row in repeated:
        if draw.random() < 0.5:
            row["event_name"] = "clicked"
        if draw.random() < 0.5:
            row["user_id"] = draw.choice([row["user_id"], *users])
    return rows + repeated


class Arrivals:
    """A folder of files in which the rows of many worlds arrive, in an order of each world's own."""

    def __init__(self, folder: Path, worlds: int, rounds: int, seed: int) -> None:
        self.folder = folder
        self.draw = random.Random(seed)
        folder.mkdir(parents=True)
        self.rounds: list[list[Row]] = [[] for _ in range(rounds)]
        for number in range(worlds):
            # Some worlds are silent in most rounds, so that a refresh has units to leave alone.
            own_rounds = self.draw.sample(range(rounds), self.draw.randint(1, rounds))
            for row in world(number, self.draw):
                self.rounds[self.draw.choice(own_rounds)].append(row)

    def land(self, number: int) -> None:
        """Write the files of one round; from the second on, one earlier file loses rows and another goes.

        What is known of some units (`attributes.csv`) changes from round to round, whether or not they come again.
        """
        rows = self.rounds[number]
        self.draw.shuffle(rows)
        middle = len(rows) // 2
        self.write(f"round{number}a", rows[:middle])
        self.write(f"round{number}b", rows[middle:])
        if number:
            self.write("round0b", self.rounds[0][middle : len(self.rounds[0]) - number])
        if number == 2:
            (self.folder / "round1a.ndjson").unlink()
        self._write_attributes(number)

    def write(self, name: str, rows: list[Row]) -> None:
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (self.folder / f"{name}.ndjson").write_text(text)

    def _write_attributes(self, number: int) -> None:
        draw = random.Random(number)
        known_at = START + timedelta(hours=3)
        rows = [
            f"w{world}-{unit},plan,{'pro' if draw.random() < 0.1 * number else 'free'},{known_at}\n"
            for world in range(0, 400, 3)
            for unit in ("u0", "d0")
            if world % 4 != number
        ]
        (self.folder / "attributes.csv").write_text("unit_id,attribute,value,known_at\n" + "".join(rows))
