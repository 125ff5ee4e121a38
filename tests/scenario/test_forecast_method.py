"""What a scenario may name is what the engine can do."""

from __future__ import annotations

from typing import get_args

from forecasts.methods import AUTO, METHODS
from supplychain.handover.forecast_components import METHODS as TAKE_APART
from supplychain.scenario.settings import ForecastSettings


def test_every_method_can_be_named_in_a_scenario_file():
    names = get_args(ForecastSettings.model_fields["method"].annotation)
    assert len(names) == len(set(names))
    assert set(names) == {AUTO, *METHODS}
    assert ForecastSettings().method == AUTO


def test_models_that_take_demand_apart_can_be_named_too():
    assert set(TAKE_APART) <= set(METHODS)
