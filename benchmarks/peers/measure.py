"""What a script that takes part in a comparison prints: seconds, processor seconds, peak memory and answers."""

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Measure:
    """Times parts of the work by name. For every engine alike, importing it is not part of it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.processor: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        wall, used = time.perf_counter(), time.process_time()
        yield
        self.seconds[name] = time.perf_counter() - wall
        self.processor[name] = time.process_time() - used

    def say(self, answers: dict[str, Any]) -> None:
        """Print all of it as the last line of the script."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            json.dumps(
                {"seconds": self.seconds, "processor": self.processor, "mib": peak, "answers": answers}
            )
        )
