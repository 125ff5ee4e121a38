"""Demand that is lost before an order can be here is not ordered for."""

from dataclasses import replace

import numpy as np
import pytest

from supplychain.handover.expected_demand import expected_demand
from supplychain.handover.look import look
from supplychain.handover.replenishment import compile_terms, plan_orders, state_from_dataset
from supplychain.plans.explain import explain_line
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.judge.transfers import judge_transfers
from supplychain.scenario.settings import ReplenishSettings
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast, stock


def made(share=1.0, policy="optimized", *, on_hand=None):
    """Plans where ``on_hand`` units of everything are in stock and nothing is on the way."""
    lines = stock() if on_hand is None else tuple(replace(one, on_hand=on_hand + one.blocked) for one in stock())
    dataset = data_set(stock=tuple(replace(one, allocated=0.0, backorder=0.0) for one in lines), open_orders=())
    settings = ReplenishSettings(policy=policy, review_days=3, lost_sale_share=share, outlook_days=5)
    terms = compile_terms(dataset, settings)
    daily = daily_means(terms)
    state, demand = state_from_dataset(dataset, terms, recent_daily_sales=daily), forecast(daily)
    orders, transfers, _ = plan_orders(dataset, terms, state, demand, settings=settings, as_of=AS_OF)
    lost = expected_demand(terms, demand, settings)
    return dataset, orders, transfers, (lost, look(state, demand, AS_OF, terms=terms, settings=settings))


def ordered(plan):
    lines = plan.lines[plan.lines["status"].eq("proposed")]
    return lines.groupby(["item_id", "site_id"])["quantity"].sum()


def test_with_empty_shelves_an_order_covers_the_days_after_its_receipt_alone():
    dataset, orders, transfers, (lost, seen) = made(on_hand=0.0)
    assert judge_orders(dataset, orders, as_of=AS_OF, lost=lost) == ()
    assert judge_transfers(dataset, transfers, as_of=AS_OF, lost=lost) == ()
    tonight = orders.lines[orders.lines["status"].eq("proposed")]
    alone = tonight[tonight["fed_demand"].eq(0) & tonight["lead_days"].gt(1)]
    assert len(alone)
    for line in alone.to_dict("records"):
        row = seen.terms.row_of(line["item_id"], line["site_id"])
        before = seen.view.mean(np.full(seen.terms.rows, line["lead_days"] - 1))[row]
        assert line["expected_lost"] == pytest.approx(before)
        assert "lost before this can be here" in explain_line(line)
    waits = made(0.0, on_hand=0.0)
    assert ordered(waits[1]).sum() > 1.3 * ordered(orders).sum()
    assert waits[1].lines["expected_lost"].eq(0).all()


def test_a_share_of_it_is_lost_and_the_rest_is_ordered_for():
    whole, half, none = (made(share, on_hand=0.0)[3][1] for share in (1.0, 0.5, 0.0))
    assert half.expected_lost == pytest.approx(whole.expected_lost / 2.0)
    assert half.lost_spread == pytest.approx(whole.lost_spread / 2.0)
    assert np.abs(whole.lost_spread).max() > 0.0
    assert none.expected_lost.max() == 0.0
    assert half.position == pytest.approx(none.position + half.expected_lost)


def test_full_shelves_lose_nothing():
    _, _, _, (_, seen) = made(on_hand=100_000.0)
    full = seen.state.on_hand > 0
    assert full.any()
    assert seen.expected_lost[full].max() == 0.0
    assert np.abs(seen.lost_spread[full]).max() == 0.0


def test_what_is_protected_never_falls_as_the_level_rises_and_never_passes_demand():
    for on_hand in (0.0, 10.0, 40.0, None):
        _, _, _, (_, seen) = made(on_hand=on_hand)
        gross = seen.protection_after(np.zeros_like(seen.days), seen.days)[1]
        net = seen.deviation() - seen.expected_lost[:, None]
        assert (np.diff(net, axis=1) >= -1e-9).all()
        assert (net <= gross + 1e-9).all()


@pytest.mark.parametrize("policy", ["today", "textbook"])
def test_other_rules_do_not_look_at_it(policy):
    dataset, orders, _, (lost, _) = made(policy=policy, on_hand=0.0)
    assert orders.lines["expected_lost"].eq(0).all()
    assert judge_orders(dataset, orders, as_of=AS_OF, lost=lost) == ()


@pytest.mark.parametrize("change", [-5.0, 5.0])
def test_the_judge_works_it_out_again(change):
    dataset, orders, _, (lost, _) = made(on_hand=0.0)
    lines = orders.lines.copy()
    short = lines["expected_lost"].gt(5.0) & lines["status"].eq("proposed")
    assert short.any()
    lines.loc[short, ["expected_lost", "position"]] += change
    found = judge_orders(dataset, replace(orders, lines=lines), as_of=AS_OF, lost=lost)
    assert {one.record for one in found if one.field == "expected_lost"} == set(lines.loc[short, "line_id"])


def test_without_knowing_demand_the_judge_still_sees_nonsense():
    dataset, orders, _, _ = made(on_hand=0.0)
    assert judge_orders(dataset, orders, as_of=AS_OF) == ()
    lines = orders.lines.copy()
    lines[["expected_lost", "position"]] += 1e6
    found = judge_orders(dataset, replace(orders, lines=lines), as_of=AS_OF)
    assert "expected_lost" in {one.field for one in found}
