"""Categories, regions and the nation: what adds up and what has a spread of its own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from forecasts import fit, predict
from supplychain.handover.forecast_levels import forecast_levels
from supplychain.handover.forecasting import adjust, forecast_inputs
from supplychain.plans.forecast_table import LEVEL_COLUMNS
from tests.handover.test_history import DAYS, history_of, world

H = 7
LEVELS = (0.1, 0.5, 0.9)


@pytest.fixture(scope="module")
def made():
    random = np.random.default_rng(1)
    entries = [
        (day, zone, item, float(random.poisson(mean)), math.nan, False, True)
        for day in range(DAYS)
        for zone in ("Z1", "Z2")
        for item, mean in (("coat", 8.0), ("milk", 20.0), ("phone", 3.0))
    ]
    dataset, sourcing = world(history_of(entries))
    inputs = forecast_inputs(
        dataset,
        sourcing,
        horizon=H,
        levels=LEVELS,
        origins=2,
        method="combination",
        service_level=np.full(sourcing.rows, 0.9),
        seed=1,
        holidays=(),
    )
    model = predict(fit(inputs.history, inputs.outlook, inputs.request), inputs.history, inputs.outlook, inputs.request)
    return dataset, sourcing, inputs, model


def table_of(made, factor):
    dataset, sourcing, inputs, model = made
    final = adjust(model, factor=np.full(model.mean.shape, factor), plus=np.zeros(model.mean.shape))
    return final, forecast_levels(dataset, sourcing, inputs, model=model, final=final)


def test_every_level_adds_up_to_the_rows(made):
    dataset, sourcing, _, _ = made
    final, table = table_of(made, 1.0)
    assert list(table.columns) == LEVEL_COLUMNS
    assert len(table) == len(table.drop_duplicates(["of", "name", "protection_days", "level"]))
    whole = final.mu.sum(axis=0)
    for level in ("nation", "region", "category"):
        sums = table[(table["of"] == level) & (table["level"] == 0.5)].groupby("protection_days")["expected"].sum()
        np.testing.assert_allclose(sums.loc[list(final.protection_days)], whole, atol=1e-6)
    row = [dataset.items[item].category == "apparel" for item, _ in sourcing.row_keys()]
    apparel = table[(table["of"] == "category") & (table["name"] == "apparel") & (table["level"] == 0.9)]
    np.testing.assert_allclose(apparel["expected"], final.mu[row].sum(axis=0))


def test_quantiles_rise_and_lie_around_what_the_sum_says(made):
    _, table = table_of(made, 1.0)
    nation = table[(table["of"] == "nation") & (table["protection_days"] == H)].set_index("level")
    assert nation["quantile"].is_monotonic_increasing
    assert nation["quantile"][0.1] < nation["direct"][0.5] < nation["quantile"][0.9]
    assert nation["direct"][0.5] == pytest.approx(2 * (8 + 20 + 3) * H, rel=0.15)


def test_the_planners_changes_scale_both_views(made):
    _, plain = table_of(made, 1.0)
    _, more = table_of(made, 1.5)
    for column in ("expected", "direct", "quantile"):
        np.testing.assert_allclose(more[column], 1.5 * plain[column], rtol=1e-9)


def test_errors_of_items_cancel_out_in_part(made):
    final, table = table_of(made, 1.0)
    nation = table[(table["of"] == "nation") & (table["protection_days"] == H) & (table["level"] == 0.9)]
    ours = float(nation["quantile"].iloc[0] - nation["direct"].iloc[0])
    added = float((final.quantile[:, -1, 2] - final.mu[:, -1]).sum())
    assert ours < added
