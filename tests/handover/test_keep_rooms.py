"""Room at sites: orders, transfers and moves share it, and what is told is the stock of the projection."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import numpy as np
import pandas as pd
import pytest

from solvers.replenishment.marginal import block_rewards
from supplychain.domain import DataSet, Lane
from supplychain.handover.exceptions_limits import cut_by_limits, relaxed_limits
from supplychain.handover.feeding import feed, moving_tonight
from supplychain.handover.keep_limits import keep_limits
from supplychain.handover.look import look
from supplychain.handover.order_problem import plan_rows
from supplychain.handover.replenishment import compile_terms, plan_orders, state_from_dataset
from supplychain.plans.judge.order_limits import judge_limits
from supplychain.plans.judge.stock import judge_stock
from supplychain.plans.judge.transfers import judge_transfers
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.stock_plan import StockPlan
from supplychain.plans.transfer_plan import TransferPlan
from supplychain.scenario.settings import ReplenishSettings
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast

OPTIMIZED = ReplenishSettings(policy="optimized", review_days=1, outlook_days=6)
Plans = tuple[OrderPlan, TransferPlan, StockPlan]


def with_room(litres: float, *, site_id: str = "FW1") -> DataSet:
    """The small world with much stock at the dc, a lane that leaves every day, and limited room at a site."""
    world = data_set()
    there = tuple(replace(one, on_hand=one.on_hand + 400.0) if one.site_id == "WUH" else one for one in world.stock)
    return replace(
        world,
        sites={**world.sites, site_id: replace(world.sites[site_id], capacity_l=litres)},
        stock=there,
        transfers=(),
    )


def planned(world: DataSet, chosen: ReplenishSettings = OPTIMIZED) -> Plans:
    terms = compile_terms(world, chosen)
    daily = daily_means(terms)
    state = state_from_dataset(world, terms, recent_daily_sales=daily)
    return plan_orders(world, terms, state, forecast(daily), settings=chosen, as_of=AS_OF)


def litres(world: DataSet, stock: pd.DataFrame, site_id: str) -> pd.Series:
    """All stock at a site on the evening of each day."""
    mine = stock.loc[stock["site_id"].eq(site_id)]
    volume = mine["item_id"].map({item.item_id: item.volume_l for item in world.items.values()})
    return (mine["closing"] * volume.astype(float)).groupby(mine["date"].dt.date).sum()


def judged(world: DataSet, plans: Plans, *, keeps: bool = True) -> tuple:
    orders, transfers, stock = plans
    tables = {"transfers": transfers.lines, "stock": stock.days}
    found = judge_limits(world, orders, as_of=AS_OF, budget=None, keeps=keeps, **tables)
    found += judge_transfers(world, transfers, as_of=AS_OF)
    return (*found, *judge_stock(world, stock, orders=orders, transfers=transfers))


def sent(plans: Plans, site_id: str = "FW1") -> pd.DataFrame:
    """Tonight's transfers to a site."""
    lines = plans[1].lines
    return lines.loc[lines["status"].eq("proposed") & lines["destination_id"].eq(site_id)]


def free(world: DataSet) -> float:
    """Litres that the site would hold tomorrow without limits."""
    plans = planned(world)
    return float(litres(world, plans[2].days, "FW1")[AS_OF + timedelta(days=1)])


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_transfers_are_cut_to_the_room_tonight_and_on_later_evenings(share: float) -> None:
    wide = with_room(1e6)
    room = share * free(wide)
    world = with_room(room)
    plans = planned(world)
    assert judged(world, plans) == ()
    there = litres(world, plans[2].days, "FW1")
    tomorrow = AS_OF + timedelta(days=1)
    (row,) = (one for one in plans[0].limits.to_dict("records") if one["begins"].date() == tomorrow)
    assert row["before"] + row["tonight"] == pytest.approx(there[tomorrow], rel=1e-6)
    assert 0 < row["tonight"] <= float(sent(plans)["volume_l"].sum())  # part of it is sold before the evening
    assert 0 < row["transfers_left_out"] == row["left_out"]
    assert row["transfers_margin"] > 0
    assert row["price"] > 0
    assert (there.iloc[1:] <= room * 1.02).all()
    assert float(sent(plans)["quantity"].sum()) < float(sent(planned(wide))["quantity"].sum())
    (told,) = cut_by_limits(world, _tables(plans), settings=OPTIMIZED)
    assert (told.limit, told.site_id, told.unit_cost) == ("capacity_l", "FW1", row["price"])
    assert told.money == pytest.approx(row["transfers_margin"])
    assert not list(relaxed_limits(world, _tables(plans), settings=OPTIMIZED))


def _tables(plans: Plans) -> dict[str, pd.DataFrame]:
    return {**plans[0].to_tables(), **plans[1].to_tables(), **plans[2].to_tables()}


def test_a_wide_room_changes_nothing_and_is_told_as_the_projection_has_it() -> None:
    world = with_room(1e6)
    plain = replace(world, sites={**world.sites, "FW1": replace(world.sites["FW1"], capacity_l=None)})
    made, without = planned(world), planned(plain)
    for one, other in zip((*made[0].to_tables().items(), *made[1].to_tables().items()),
                          (*without[0].to_tables().items(), *without[1].to_tables().items()), strict=True):  # fmt: skip
        if one[0] != "order_limits":
            pd.testing.assert_frame_equal(one[1], other[1])
    row = made[0].limits.iloc[0]
    assert row["before"] + row["tonight"] == pytest.approx(
        litres(world, made[2].days, "FW1")[row["begins"].date()], rel=0.02
    )
    assert row["price"] == 0.0


def test_the_dc_that_sends_has_more_room() -> None:
    """What leaves the dc tonight is not in its stock on the day after."""
    world = with_room(1e6, site_id="WUH")
    plans = planned(world)
    assert judged(world, plans) == ()
    rows = plans[0].limits.loc[plans[0].limits["site_id"].eq("WUH")]
    assert len(rows)
    lanes = (Lane("WUH", "FW1", 180.0, 1.0, cost_per_kg=0.2, departures=(3,)),)
    rare = replace(world, lanes=(*lanes, *(one for one in world.lanes if one.destination_id != "FW1")))
    assert judged(rare, planned(rare)) == ()


@pytest.mark.parametrize("policy", ["today", "textbook"])
def test_other_policies_send_past_the_room_and_tell(policy: str) -> None:
    chosen = OPTIMIZED.model_copy(update={"policy": policy})
    wide = planned(with_room(1e6), chosen)
    world = with_room(20.0)
    plans = planned(world, chosen)
    pd.testing.assert_frame_equal(plans[1].lines, wide[1].lines)
    assert judged(world, plans, keeps=False) == ()
    if len(sent(plans)):
        assert any(one.site_id == "FW1" for one in relaxed_limits(world, _tables(plans), settings=chosen))
    assert not list(cut_by_limits(world, _tables(plans), settings=chosen))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_transfers_that_share_a_room_earn_as_much_as_any_other(share: float) -> None:
    """Against every combination of whole units: three items of one size, from a dc that has enough."""
    chosen = OPTIMIZED.model_copy(update={"rebalance": False})
    wide = with_room(1e6)
    terms = compile_terms(wide, chosen)
    daily = np.minimum(daily_means(terms), 1.5)
    state = state_from_dataset(wide, terms, recent_daily_sales=daily)
    situation = look(state, forecast(daily), AS_OF, terms=terms, settings=chosen)
    site = terms.sites.index("FW1")
    rows = np.flatnonzero((terms.origin_row >= 0) & (terms.site_index == site))
    feeding = feed(situation, rows, chosen, explain=True)
    assert feeding is not None
    wanted = np.rint(feeding.units).astype(int)
    assert (wanted > 0).sum() >= 2
    room = share * float((terms.volume_l[rows] * (wanted + state.on_hand[rows])).sum())
    shared = replace(terms.shared, capacity_l=np.where(np.arange(len(terms.sites)) == site, room, np.inf))
    limited = look(state, forecast(daily), AS_OF, terms=replace(terms, shared=shared), settings=chosen)
    feeding = feed(limited, rows, chosen, explain=True)
    assert feeding is not None
    none = np.zeros(0, np.int64)
    orders = plan_rows(limited, none, chosen, group=none, group_minimum=np.zeros(0), spread=True)
    made = keep_limits(replace(orders, moving=moving_tonight(limited, feeding, chosen)), chosen, fed=feeding.planned)
    assert made.moving is not None
    (limit,) = made.limits
    units = made.moving.quantity
    problem = feeding.planned.problem

    def earned(quantity: np.ndarray) -> float:
        return float(block_rewards(problem.curve, problem.position, quantity.astype(float)).sum())

    litre, level = terms.volume_l[rows], state.on_hand[rows] - daily[rows]  # nothing else comes tomorrow

    def used(quantity: np.ndarray) -> float:
        return float((litre * np.maximum(level + quantity, 0.0)).sum())

    best = max(
        earned(np.array(combination))
        for combination in product(*(range(int(most) + 1) for most in wanted))
        if used(np.array(combination)) <= room + 1e-6
    )
    assert used(units) <= room + 1e-6
    assert used(units) == pytest.approx(limit.before)
    assert earned(units) >= best - 1e-6 * abs(best) - float(limit.price) * litre.max()
    assert (made.moving.cause[units < wanted] > 0).all()
