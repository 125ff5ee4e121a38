"""Small random worlds, and the plans made on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from supplychain.domain import DataSet
from supplychain.handover.expected_demand import expected_demand
from supplychain.handover.replenishment import compile_terms, plan_orders, state_from_dataset
from supplychain.plans.judge.lost import LostDemand
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.stock_plan import StockPlan
from supplychain.plans.transfer_plan import TransferPlan
from supplychain.scenario.settings import ReplenishSettings
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast

POLICIES = ("today", "textbook", "optimized")
LOTS = (1.0, 2.0, 3.0, 6.0, 12.0, 25.0)


@dataclass(frozen=True)
class Planned:
    """A world and its plans."""

    dataset: DataSet
    orders: OrderPlan
    transfers: TransferPlan
    stock: StockPlan
    demand: LostDemand


def random_world(seed: int) -> DataSet:
    """The small world with other lots, minimums, lead times, prices and stock."""
    rng = np.random.default_rng(seed)
    plain = data_set()
    suppliers = {
        key: replace(
            one,
            lead_time_mean_days=float(rng.integers(1, 30)),
            lead_time_sd_days=float(rng.uniform(0, 5)),
            minimum_order_value=float(rng.choice([0.0, 200.0, 3000.0, 20000.0])),
        )
        for key, one in plain.suppliers.items()
    }
    supply = tuple(
        replace(
            one,
            pack_units=float(rng.choice(LOTS)),
            minimum_order_quantity=float(rng.choice([1.0, 5.0, 17.0, 40.0])),
            unit_price=one.unit_price * float(rng.uniform(0.8, 1.1)),
        )
        for one in plain.supply
    )
    stock = tuple(
        replace(one, on_hand=float(rng.integers(0, 150)) + one.allocated + one.blocked) for one in plain.stock
    )
    return replace(plain, suppliers=suppliers, supply=supply, stock=stock)


def plan(dataset: DataSet, policy: str, *, review_days: int = 1, as_of: date = AS_OF) -> Planned:
    """Orders, transfers and the projection of stock."""
    settings = ReplenishSettings(policy=policy, review_days=review_days, outlook_days=14)
    terms = compile_terms(dataset, settings)
    daily = daily_means(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=daily)
    demand = forecast(daily, origin=as_of)
    made = plan_orders(dataset, terms, state, demand, settings=settings, as_of=as_of)
    return Planned(dataset, *made, expected_demand(terms, demand, settings))


def later(dataset: DataSet, days: int) -> DataSet:
    """The same world some days later."""
    step = timedelta(days=days)

    def moved(day: date | None) -> date | None:
        return None if day is None else day + step

    return replace(
        dataset,
        as_of=dataset.as_of + step,
        demand=replace(dataset.demand, first_day=dataset.demand.first_day + step),
        items={k: replace(i, introduced=moved(i.introduced), ended=moved(i.ended)) for k, i in dataset.items.items()},
        suppliers={
            k: replace(s, closures=tuple((a + step, b + step) for a, b in s.closures))
            for k, s in dataset.suppliers.items()
        },
        stock=tuple(replace(one, expiry=moved(one.expiry)) for one in dataset.stock),
        open_orders=tuple(replace(o, ordered=moved(o.ordered), due=moved(o.due)) for o in dataset.open_orders),
        transfers=tuple(replace(t, shipped=moved(t.shipped), due=moved(t.due)) for t in dataset.transfers),
    )


def dearer(dataset: DataSet, factor: float) -> DataSet:
    """The same world with all money counted in smaller coins; a power of two keeps every product exact."""
    return replace(
        dataset,
        items={k: replace(i, price=i.price * factor, unit_cost=i.unit_cost * factor) for k, i in dataset.items.items()},
        suppliers={
            k: replace(s, minimum_order_value=s.minimum_order_value * factor) for k, s in dataset.suppliers.items()
        },
        supply=tuple(replace(s, unit_price=s.unit_price * factor) for s in dataset.supply),
        price_breaks=tuple(replace(b, unit_price=b.unit_price * factor) for b in dataset.price_breaks),
        lanes=tuple(
            replace(
                lane,
                cost_per_shipment=lane.cost_per_shipment * factor,
                cost_per_unit=lane.cost_per_unit * factor,
                cost_per_kg=lane.cost_per_kg * factor,
                cost_per_km=lane.cost_per_km * factor,
            )
            for lane in dataset.lanes
        ),
        sites={
            k: replace(
                s,
                fixed_cost_per_year=s.fixed_cost_per_year * factor,
                handling_cost_per_unit=s.handling_cost_per_unit * factor,
            )
            for k, s in dataset.sites.items()
        },
    )
