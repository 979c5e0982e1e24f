"""Events to try a new project with: two weeks of a small shop that tests a note beside the basket."""

import json
import random
from datetime import datetime, timedelta
from pathlib import Path

VISITORS = 4000


def write_events(file: Path, visitors: int = VISITORS) -> None:
    """Write a line an event: visitors see the basket with or without the note, and some order.

    The note is planted to help on phones and to do nothing on desktops. Same number of visitors, same bytes.
    """
    draw = random.Random(1)
    with file.open("w", encoding="utf-8") as lines:
        for visitor in range(visitors):
            variant = draw.choice(["no_note", "note"])
            device = draw.choice(["phone", "phone", "desktop"])
            seen = datetime(2026, 3, 2) + timedelta(minutes=draw.randrange(14 * 24 * 60))
            shown = {"experiment_id": "shipping_note", "variant_id": variant, "device": device}
            events: list[tuple[str, datetime, dict[str, object]]] = [("experiment_viewed", seen, dict(shown))]
            chance = 0.20 + (0.07 if variant == "note" and device == "phone" else 0)
            if draw.random() < chance:
                ordered = seen + timedelta(minutes=draw.randrange(2, 40))
                events.append(("order_placed", ordered, {"value": round(draw.lognormvariate(3.5, 0.5), 2)}))
            for number, (name, time, properties) in enumerate(events):
                event = {"event_id": f"{visitor}-{number}", "event_name": name, "event_time": time.isoformat(),
                         "device_id": f"visitor-{visitor}", "properties": properties}  # fmt: skip
                lines.write(json.dumps(event) + "\n")
