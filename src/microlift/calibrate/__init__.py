"""What the methods really do: coverage and error rates by enumeration, or by simulation where that is impossible."""

from collections.abc import Callable

import pyarrow as pa

from microlift.calibrate import means

STUDIES: dict[str, Callable[[int], pa.Table]] = {
    "means": means.run,
}
