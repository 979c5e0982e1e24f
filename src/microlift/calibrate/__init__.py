"""What the methods really do: coverage and error rates by enumeration, or by simulation where that is impossible."""

from collections.abc import Callable

import pyarrow as pa

from microlift.calibrate import interactions, multiplicity, sample_ratio

Study = Callable[[int], pa.Table]

STUDIES: dict[str, Study] = {
    "interactions": interactions.run,
    "multiplicity": multiplicity.run,
    "sample_ratio": sample_ratio.run,
}
