"""Scorecards, segments and curves of random worlds with random receipts: judges find nothing, nothing is infinite."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.domain import DataSet, Receipt
from supplychain.handover.expected_demand import expected_demand
from supplychain.handover.replenishment import compile_terms, plan_orders, state_from_dataset
from supplychain.handover.scorecards import measure_suppliers
from supplychain.handover.service_plan import service_plan
from supplychain.handover.supplier_cost import supplier_cost
from supplychain.handover.supplier_plan import supplier_plan
from supplychain.handover.trade_off import Sold
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.judge.service import judge_service
from supplychain.plans.judge.stock import judge_stock
from supplychain.plans.judge.suppliers import judge_suppliers
from supplychain.plans.judge.transfers import judge_transfers
from supplychain.scenario.settings import ReplenishSettings
from tests.property.random_world import AS_OF, POLICIES, random_world
from tests.replenishment.small_world import daily_means, forecast


def with_receipts(dataset: DataSet, seed: int) -> DataSet:
    """Suppliers that keep to nothing: any lead time, parts, rejects, short and empty deliveries."""
    rng = np.random.default_rng([seed, 5])
    made = []
    for number in range(int(rng.integers(0, 60))):
        one = dataset.supply[int(rng.integers(len(dataset.supply)))]
        ordered = AS_OF - timedelta(days=int(rng.integers(60, 400)))
        units = float(rng.integers(1, 50))
        for part in range(int(rng.integers(1, 3))):
            came = float(rng.choice([0.0, units / 2, units]))
            made.append(
                Receipt(
                    f"P{number}", one.supplier_id, one.item_id, one.site_id or "WUH", ordered,
                    ordered + timedelta(days=int(rng.integers(0, 40))),
                    ordered + timedelta(days=int(rng.integers(0, 60)) + part), units, came, came * float(rng.random()),
                )
            )  # fmt: skip
    return replace(dataset, receipts=tuple(made))


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), review_days=st.sampled_from([1, 3, 7]), measured=st.booleans())
def test_the_judges_find_nothing(policy, seed, review_days, measured):
    dataset = with_receipts(random_world(seed), seed)
    how = "measured" if measured else "given"
    rule = ReplenishSettings(policy=policy, review_days=review_days, outlook_days=5, lead_times=how)
    cards = measure_suppliers(dataset)
    terms = compile_terms(dataset, rule, scorecards=cards)
    daily = daily_means(terms)
    share = cards.received if measured else None
    state = state_from_dataset(dataset, terms, recent_daily_sales=daily, received_share=share)
    demand = forecast(daily)
    cost = supplier_cost(state, demand, AS_OF, terms=terms, settings=rule, scorecards=cards)
    suppliers = supplier_plan(dataset, terms, cards, cost, settings=rule)
    assert judge_suppliers(dataset, suppliers) == ()
    sold = Sold(state.on_hand * terms.unit_cost, daily, 0.1 * daily)
    assert judge_service(dataset, service_plan(state, demand, AS_OF, terms=terms, settings=rule, sold=sold)) == ()
    orders, transfers, stock = plan_orders(dataset, terms, state, demand, settings=rule, as_of=AS_OF)
    frame, lost = suppliers.scorecards, expected_demand(terms, demand, rule)
    assert judge_orders(dataset, orders, as_of=AS_OF, scorecards=frame, lost=lost) == ()
    assert judge_transfers(dataset, transfers, as_of=AS_OF, scorecards=frame, lost=lost) == ()
    assert judge_stock(dataset, stock, orders=orders, transfers=transfers, scorecards=frame) == ()
