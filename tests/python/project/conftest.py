import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from compiled import CompiledModels
from harness import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse of the test's own."""
    return Warehouse(tmp_path)


@pytest.fixture(scope="session")
def quality_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CompiledModels]:
    """Shared by the tests of the taxonomy, of the pre-launch check and of adjustments."""
    models = CompiledModels(tmp_path_factory.mktemp("quality"))
    yield models
    models.connection.close()
