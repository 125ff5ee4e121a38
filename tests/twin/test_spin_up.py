"""The baseline's figures come from the policy: opening stock and calibration, on the bundled example."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from supplychain.datasets import load_tables
from supplychain.handover.forecast_plan import forecast_table
from supplychain.handover.forecasting import fit, forecast_inputs, predict
from supplychain.pipeline.prepare import furnish, prepare
from supplychain.pipeline.steps import Forecasted
from supplychain.scenario import load_scenario
from supplychain.service.calibration import FITTED
from supplychain.twin.life import live
from supplychain.twin.score import score_lives
from supplychain.twin.simulate import life_inputs

LIVES = list(range(8))
STEADY = ("stock_days", "fill_rate", "days", "cost_share")


@pytest.fixture(scope="module")
def baseline():
    prepared = prepare(load_tables("china_south"), load_scenario("baseline"))
    house = furnish(prepared, prepared.dataset, {})
    inputs = forecast_inputs(
        house.dataset, house.sourcing, horizon=120, levels=(0.5, 0.9), origins=2, method="window_average",
        service_level=np.full(house.terms.rows, 0.9), seed=1,
    )  # fmt: skip
    recipe = fit(inputs.history, inputs.outlook, inputs.request)
    forecast = predict(recipe, inputs.history, inputs.outlook, inputs.request)
    table = forecast_table(house.dataset, house.sourcing, forecast)
    return house, life_inputs(house, Forecasted(inputs, recipe, forecast, table))


def figures(baseline, factor: float):
    house, inputs = baseline
    twin = inputs.twin.model_copy(update={"opening_stock_factor": factor})
    outcome = live(dataclasses.replace(inputs, twin=twin), LIVES)
    return score_lives(house.dataset, house.sourcing, inputs.world, outcome, seed=inputs.seed)


@pytest.mark.slow
def test_opening_stock_no_longer_shows_and_calibration_meets_its_targets(baseline):
    house, inputs = baseline
    assert inputs.world.days - inputs.world.spin_up >= 120
    usual = figures(baseline, 1.0)
    for knob in FITTED:
        target = house.dataset.constant(knob.target)
        assert usual[knob.figure].mean() == pytest.approx(target, rel=0.03), knob.figure
    for factor in (0.5, 2.0):
        other = figures(baseline, factor)
        for name in STEADY:
            assert other[name].mean() == pytest.approx(usual[name].mean(), rel=0.02), (factor, name)
        # Stock-outs of eight lives are known to some per cent only: the paired difference must be below
        # two per cent, or not to be told from that.
        moved = (other["stockout_rate"] - usual["stockout_rate"]).to_numpy()
        error = moved.std(ddof=1) / np.sqrt(len(moved))
        assert abs(moved.mean()) <= 0.02 * usual["stockout_rate"].mean() + 2.4 * error
