from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from supplychain.pipeline.cache import StepCache
from supplychain.pipeline.prepare import House
from supplychain.pipeline.steps import Forecasted, forecast_step
from supplychain.store import Store
from supplychain.twin.life import LifeInputs
from supplychain.twin.simulate import life_inputs
from tests.small_house import add_scenario, furnished, write_project

Build = Callable[..., tuple[House, Forecasted, LifeInputs]]


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("twin"))


@pytest.fixture(scope="session")
def build(project: Path) -> Build:
    """House, forecast and inputs of the lives of a scenario body and settings; steps are made once."""
    store = Store.open(project / "store")
    made: dict[tuple[str, ...], tuple[House, Forecasted, LifeInputs]] = {}

    def make(body: str = "", *sets: str) -> tuple[House, Forecasted, LifeInputs]:
        key = (body, *sets)
        if key not in made:
            name = add_scenario(project, f"s{len(made)}", body) if body else "small"
            house = furnished(project, name, sets)
            forecasted = forecast_step(StepCache(store), house)
            made[key] = (house, forecasted, life_inputs(house, forecasted))
        return made[key]

    return make
