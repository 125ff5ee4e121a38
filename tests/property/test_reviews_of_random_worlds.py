"""Action messages and exceptions of random worlds with odd but valid data: their judges find nothing."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.domain import DataSet, OpenOrder, Receipt, StockLine
from supplychain.handover.look import look
from supplychain.handover.order_actions import order_actions
from supplychain.handover.order_exceptions import order_exceptions
from supplychain.handover.orders import plan_orders
from supplychain.handover.replenishment import compile_terms, state_from_dataset
from supplychain.plans.judge.order_actions import judge_order_actions
from supplychain.plans.judge.order_exceptions import judge_exceptions
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.judge.stock import judge_stock
from supplychain.plans.judge.transfers import judge_transfers
from supplychain.scenario.settings import ReplenishSettings
from tests.messages import raw_numbers
from tests.property.random_world import AS_OF, POLICIES, random_world
from tests.replenishment.small_world import daily_means, forecast

DUE = (-400, -3, 0, 1, 5, 30, 119, 120, 121, 365, 45_000)


def odd_world(seed: int) -> DataSet:
    """Prices below cost, goods that keep for a day, a closed dc, orders due any time, past orders of any size."""
    plain, rng = random_world(seed), np.random.default_rng([seed, 7])
    items = {
        key: replace(
            one,
            price=one.price * float(rng.choice([0.0, 0.3, 1.0, 1.0])),
            shelf_life_days=[None, one.shelf_life_days, 1, 3][int(rng.integers(4))],
        )
        for key, one in plain.items.items()
    }
    sites = dict(plain.sites)
    if rng.random() < 0.4:
        sites["CDU"] = replace(sites["CDU"], status=str(rng.choice(["closed", "candidate"])))
    sold = [one for one in plain.supply if one.site_id is None]
    orders, receipts = [], []
    for number in range(int(rng.integers(1, 12))):
        one, due = sold[int(rng.integers(len(sold)))], int(rng.choice(DUE))
        ordered = AS_OF - timedelta(days=int(rng.integers(1, 30)) + max(-due, 0))
        site = str(rng.choice(["WUH", "CDU"]))
        units = float(rng.choice([0.3, 1, 8, 60, 400, 1205.838516, 20_000]))
        orders.append(
            OpenOrder(f"P{number}", one.supplier_id, one.item_id, site, units, ordered, AS_OF + timedelta(days=due))
        )
        usual = float(rng.integers(1, 200))
        for past in range(int(rng.integers(0, 9))):
            day, many = AS_OF - timedelta(days=30 + 9 * past), usual * float(rng.choice([0.02, 0.7, 1.0, 1.2, 30.0]))
            receipts.append(Receipt(f"R{number}_{past}", one.supplier_id, one.item_id, site, day, day, day, many, many))
    undated = tuple(StockLine("WUH", one, float(rng.integers(1, 80))) for one in ("milk", "soap"))
    kept = tuple(one for one in plain.stock if (one.item_id, one.site_id) not in {("milk", "WUH"), ("soap", "WUH")})
    return replace(
        plain, items=items, sites=sites, open_orders=tuple(orders), receipts=tuple(receipts), transfers=(),
        stock=(*kept, *undated),
    )  # fmt: skip


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), share=st.sampled_from([0.0, 0.5, 1.0]))
def test_the_judges_find_nothing(policy, seed, share):
    dataset = odd_world(seed)
    rule = ReplenishSettings(policy=policy, review_days=3, outlook_days=5, lost_sale_share=share, lead_times="given")
    terms = compile_terms(dataset, rule)
    daily = daily_means(terms)
    state, demand = state_from_dataset(dataset, terms, recent_daily_sales=daily), forecast(daily)
    orders, transfers, stock = plan_orders(dataset, terms, state, demand, settings=rule, as_of=AS_OF)
    assert judge_orders(dataset, orders, as_of=AS_OF) == ()
    assert judge_transfers(dataset, transfers, as_of=AS_OF) == ()
    assert judge_stock(dataset, stock, orders=orders, transfers=transfers) == ()
    situation = look(state, demand, AS_OF, terms=terms, settings=rule)
    lines = {"order_lines": orders.lines, "transfer_lines": transfers.lines}
    actions = order_actions(dataset, situation, settings=rule, **lines)
    kept = {"orders": orders, "transfers": transfers, "settings": rule, "days_ahead": situation.days_ahead}
    assert judge_order_actions(dataset, actions, **kept) == ()
    frame = order_exceptions(
        dataset,
        situation,
        {**orders.to_tables(), "order_actions": actions},
        settings=rule,
        quantity=np.tile(daily[:, None], (1, 60)),
        first_day=np.datetime64(AS_OF) - 59,
    )
    assert judge_exceptions(dataset, frame, orders=orders) == ()
    texts = [*frame[["what", "why", "fix", "money_is"]].to_numpy().ravel(), *actions["reason"]]
    assert raw_numbers(texts) == []
