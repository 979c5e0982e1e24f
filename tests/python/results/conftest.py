"""No warning may reach the user, wherever numpy, pandas or scipy raise it."""

import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Of what other tests leave to the garbage collector, which comes when it likes.
        warnings.simplefilter("ignore", ResourceWarning)
        yield
