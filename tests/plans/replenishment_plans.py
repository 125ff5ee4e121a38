"""Plans of the small made-up network, made by the planner itself, for tests of judges and explanations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from supplychain.domain import DataSet
from supplychain.handover.expected_demand import expected_demand
from supplychain.handover.replenishment import compile_terms, plan_orders, state_from_dataset
from supplychain.plans.judge.lost import LostDemand
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.stock_plan import StockPlan
from supplychain.plans.transfer_plan import TransferPlan
from supplychain.scenario.settings import ReplenishSettings
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast, suppliers

POLICIES = ("today", "textbook", "optimized")


@dataclass(frozen=True)
class Plans:
    """A data set and what was planned on it."""

    dataset: DataSet
    orders: OrderPlan
    transfers: TransferPlan
    stock: StockPlan
    demand: LostDemand


@cache
def plans(policy: str, review_days: int = 1) -> Plans:
    """Plans of one policy; the dairy's minimum is out of reach for one dc, so that an order waits."""
    dear = [replace(one, minimum_order_value=1_000.0) if one.supplier_id == "S3" else one for one in suppliers()]
    dataset = data_set(suppliers={one.supplier_id: one for one in dear})
    settings = ReplenishSettings(policy=policy, review_days=review_days, lost_sale_share=0.75)
    terms = compile_terms(dataset, settings)
    daily = daily_means(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=daily)
    demand = forecast(daily)
    made = plan_orders(dataset, terms, state, demand, settings=settings, as_of=AS_OF)
    return Plans(dataset, *made, expected_demand(terms, demand, settings))
