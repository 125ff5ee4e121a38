"""One run of the bundled example, shared by the golden plans and the notebook."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from supplychain.service import RunResult, run

SCENARIO = "optimized"


@dataclass(frozen=True)
class Lived:
    """A run and the folder in which it was made; its steps are reused by whoever runs there again."""

    folder: Path
    result: RunResult


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    folder = tmp_path_factory.mktemp("optimized")
    return Lived(folder, run(SCENARIO, until="route", store=folder / ".supplychain"))
