from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.domain import Override
from supplychain.handover.forecast_overrides import forecast_overrides
from supplychain.handover.forecast_plan import forecast_table
from supplychain.handover.forecasting import adjust, factors, forecast_inputs
from supplychain.handover.history import build_history
from supplychain.plans.forecast_table import ForecastTable
from supplychain.plans.judge.forecast import judge_forecast
from tests.handover.test_history import AS_OF, at, history_of, world
from tests.replenishment.small_world import forecast

TOMORROW = AS_OF + timedelta(days=1)
H = 60


@dataclass(frozen=True)
class Change:
    operation: str
    value: float
    where: dict[str, Any] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None


def sold(*shares: tuple[str, float]):
    return world(history_of([(15, zone, "coat", units, math.nan, False, True) for zone, units in shares]))


def test_a_change_of_some_zones_counts_by_their_share():
    dataset, sourcing = sold(("Z1", 6.0), ("Z3", 2.0))
    change = Change("multiply", 3.0, {"site_id": ("Z3",)}, TOMORROW + timedelta(days=2), TOMORROW + timedelta(days=4))
    factor, plus = factors(dataset, sourcing, [change], first_day=TOMORROW, days=10)
    row = at(sourcing, "coat", "WUH")
    assert factor[row] == pytest.approx([1, 1, 1.5, 1.5, 1.5, 1, 1, 1, 1, 1])
    assert not plus.any()


def test_changes_of_items_tiers_and_additions():
    dataset, sourcing = sold(("Z1", 6.0), ("Z2", 2.0))
    apparel = Change("multiply", 2.0, {"category": ("apparel",)})
    rural = Change("add", 8.0, {"tier": ("rural",), "item_id": ("coat",)})
    factor, plus = factors(dataset, sourcing, [apparel, rural], first_day=TOMORROW, days=3)
    row = at(sourcing, "coat", "WUH")
    assert factor[row].tolist() == [2.0] * 3
    assert plus[row] == pytest.approx([2.0] * 3)
    others = [r for r, (item, _) in enumerate(sourcing.row_keys()) if item != "coat" and not dataset.items[item].ended]
    assert (factor[others] == 1).all()
    assert not plus[others].any()


def test_changes_compose():
    dataset, sourcing = sold(("Z1", 1.0))
    twice = [Change("multiply", 2.0), Change("multiply", 1.5)]
    factor, _ = factors(dataset, sourcing, twice, first_day=TOMORROW, days=2)
    assert factor[at(sourcing, "coat", "WUH")].tolist() == [3.0, 3.0]


def override(**more: Any) -> Override:
    fields = {
        "item_id": "coat",
        "site_id": "WUH",
        "first": TOMORROW + timedelta(days=1),
        "last": TOMORROW + timedelta(days=2),
    }
    return Override(who="Li", why="fair", **(fields | more))


def test_an_override_takes_the_place_of_the_model_and_of_changes():
    dataset, sourcing = sold(("Z1", 1.0))
    dataset = replace(
        dataset,
        overrides=(override(value=7.0), override(item_id="milk", factor=0.5), override(site_id="NEW", value=3.0)),
    )
    factor, plus = factors(dataset, sourcing, [Change("multiply", 2.0), Change("add", 4.0)], first_day=TOMORROW, days=4)
    row, milk = at(sourcing, "coat", "WUH"), at(sourcing, "milk", "WUH")
    assert factor[row].tolist() == [2, 0, 0, 2]
    assert plus[row].tolist() == [4, 7, 7, 4]
    assert factor[milk].tolist() == [2, 1, 1, 2]
    assert plus[milk, 1] == plus[milk, 0] / 2
    made = adjust(forecast(np.full(sourcing.rows, 5.0), horizon=4, protection=(3,)), factor=factor, plus=plus)
    assert made.mean[row].tolist() == [14, 7, 7, 14]
    assert made.mu[row].tolist() == [28]


def test_nothing_is_expected_outside_the_days_on_sale_but_what_a_planner_says():
    dataset, sourcing = sold(("Z1", 1.0))
    items = dict(dataset.items)
    items["coat"] = replace(items["coat"], ended=TOMORROW + timedelta(days=1))
    items["milk"] = replace(items["milk"], introduced=TOMORROW + timedelta(days=2))
    dataset = replace(dataset, items=items)
    factor, plus = factors(dataset, sourcing, [Change("add", 4.0)], first_day=TOMORROW, days=4)
    row, milk = at(sourcing, "coat", "WUH"), at(sourcing, "milk", "WUH")
    assert factor[row].tolist() == [1, 1, 0, 0]
    assert plus[row].tolist() == [4, 4, 0, 0]
    assert factor[milk].tolist() == [0, 0, 1, 1]
    said = replace(dataset, overrides=(override(value=7.0),))
    assert factors(said, sourcing, [], first_day=TOMORROW, days=4)[1][row].tolist() == [0, 7, 7, 0]
    items["coat"] = replace(items["coat"], ended=TOMORROW - timedelta(days=9))
    over = replace(dataset, items=items)
    factor, plus = factors(over, sourcing, [], first_day=TOMORROW, days=4)
    assert factor[row].tolist() == [0, 0, 0, 0]


def test_nothing_to_adjust_gives_the_forecast_itself():
    plain = forecast(np.array([1.0, 0.0]), horizon=H)
    assert adjust(plain, factor=np.ones((2, H)), plus=np.zeros((2, H))) is plain


RATES = st.lists(st.sampled_from([0.0, 0.3, 2.0, 40.0]), min_size=1, max_size=4)


@settings(deadline=None)
@given(RATES, st.integers(0, 2**32))
def test_adjust_keeps_a_forecast_a_forecast(rates, seed):
    random = np.random.default_rng(seed)
    plain = forecast(np.array(rates), horizon=H)
    shape = plain.mean.shape
    factor = random.choice([0.0, 0.5, 1.0, 3.0], shape)
    plus = random.choice([0.0, 0.0, 2.5, -1.0], shape)
    made = adjust(plain, factor=factor, plus=plus)
    np.testing.assert_allclose(made.mean, np.maximum(0.0, plain.mean * factor + plus))
    for p, days in enumerate(plain.protection_days):
        np.testing.assert_allclose(made.mu[:, p], made.mean[:, :days].sum(axis=1), atol=1e-9)
    assert (np.diff(made.quantile, axis=2) >= -1e-9).all()
    assert (made.quantile >= 0).all()
    assert np.isfinite(made.variance).all()
    same = (made.mu == plain.mu) & (plain.mu > 0)
    np.testing.assert_allclose(made.quantile[same], plain.quantile[same])


def test_a_factor_scales_everything():
    plain = forecast(np.array([2.0, 0.5]), horizon=H)
    made = adjust(plain, factor=np.full((2, H), 3.0), plus=np.zeros((2, H)))
    np.testing.assert_allclose(made.mean, 3 * plain.mean)
    np.testing.assert_allclose(made.variance, 9 * plain.variance)
    np.testing.assert_allclose(made.mu, 3 * plain.mu)
    np.testing.assert_allclose(made.quantile, 3 * plain.quantile)
    assert made.model == plain.model


def test_inputs_cut_the_grid_at_the_horizon():
    dataset, sourcing = sold(("Z1", 1.0))
    common = {
        "levels": (0.5, 0.9),
        "origins": 2,
        "method": "ses",
        "service_level": np.full(sourcing.rows, 0.9),
        "seed": 3,
    }
    made = forecast_inputs(dataset, sourcing, horizon=20, **common)
    assert made.request.protection_days == (3, 7, 14)
    assert made.outlook.price_ratio.shape == (sourcing.rows, 20)
    assert made.history.rows == sourcing.rows
    assert forecast_inputs(dataset, sourcing, horizon=2, **common).request.protection_days == (2,)


def test_the_table_holds_the_forecast_and_passes_its_judge():
    dataset, sourcing = sold(("Z1", 1.0))
    plain = forecast(np.linspace(0.0, 9.0, sourcing.rows), horizon=H)
    table = forecast_table(dataset, sourcing, plain)
    assert judge_forecast(dataset, table, as_of=AS_OF) == ()
    back = ForecastTable.from_tables(table.to_tables())
    assert all(getattr(back, name) is getattr(table, name) for name in ("models", "daily", "quantiles", "coverage"))
    for row, (item, site) in enumerate(sourcing.row_keys()):
        daily = table.daily[(table.daily["item_id"] == item) & (table.daily["site_id"] == site)]
        np.testing.assert_array_equal(daily["mean"], plain.mean[row])
        assert daily["date"].dt.date.tolist() == [TOMORROW + timedelta(days=d) for d in range(H)]
        lines = table.quantiles[(table.quantiles["item_id"] == item) & (table.quantiles["site_id"] == site)]
        for p, days in enumerate(plain.protection_days):
            one = lines[lines["protection_days"] == days]
            np.testing.assert_array_equal(one["quantile"], plain.quantile[row, p])
            assert one["level"].tolist() == list(plain.levels)
            assert set(one["expected"]) == {plain.mu[row, p]}


def test_a_missing_table_is_named():
    with pytest.raises(KeyError, match="forecast_models"):
        ForecastTable.from_tables({})


def test_overridden_days_hold_the_model_the_planner_and_what_came():
    dataset, sourcing = world(
        history_of([(15, "Z1", "coat", 4.0, math.nan, False, True), (16, "Z1", "coat", 1.0, math.nan, False, False)])
    )
    first = dataset.demand.first_day
    around = override(first=first + timedelta(days=15), last=TOMORROW + timedelta(days=1), value=7.0)
    dataset = replace(dataset, overrides=(around, override(site_id="NEW", value=3.0)))
    model = forecast(np.full(sourcing.rows, 5.0), horizon=4, protection=(3,))
    factor, plus = factors(dataset, sourcing, [], first_day=TOMORROW, days=4)
    history = build_history(dataset, sourcing)
    final = adjust(model, factor=factor, plus=plus)
    told = forecast_overrides(dataset, sourcing, history, model=model, final=final).set_index("date")
    day = {name: np.datetime64(first, "D") + shift for name, shift in (("known", 15), ("sold out", 16))}
    assert told.loc[day["known"], "actual"] == 4.0
    assert math.isnan(told.loc[day["known"], "model"])
    assert math.isnan(told.loc[day["sold out"], "actual"])
    ahead = told.loc[told.index > np.datetime64(AS_OF)]
    assert ahead["model"].tolist() == [5.0, 5.0]
    assert ahead["overridden"].tolist() == [7.0, 7.0]
    assert ahead["actual"].isna().all()
    assert set(told["who"]) == {"Li"}
