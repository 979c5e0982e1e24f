import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser import chromium
from compiled import CompiledModels
from harness import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse of the test's own."""
    return Warehouse(tmp_path)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CompiledModels]:
    """The project's SQL, compiled once for all tests that fill its tables themselves."""
    models = CompiledModels(tmp_path_factory.mktemp("compiled"))
    yield models
    models.connection.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium; skips where none is installed."""
    yield from chromium()
