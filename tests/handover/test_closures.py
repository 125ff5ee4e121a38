"""A closure between tonight's order and the next: each is here by its own lead time, and tonight's lasts until then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from supplychain.domain import DataSet
from supplychain.handover.look import look
from supplychain.handover.plan_problem import days_ahead
from supplychain.handover.replenishment import compile_terms, plan_orders, state_from_dataset
from supplychain.plans.explain import explain_line
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.judge.transfers import judge_transfers
from supplychain.scenario.settings import ReplenishSettings
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast, suppliers

DAY = timedelta(days=1)


def shut(first: int, last: int) -> DataSet:
    """S1 (7 working days of lead time, daily order days) is closed from day ``first`` to ``last``."""
    closed = ((AS_OF + first * DAY, AS_OF + last * DAY),)
    known = [replace(one, closures=closed) if one.supplier_id == "S1" else one for one in suppliers()]
    return data_set(suppliers={one.supplier_id: one for one in known})


def planned(dataset: DataSet, policy: str = "optimized"):
    rule = ReplenishSettings(policy=policy, review_days=1, outlook_days=30, lost_sale_share=0.75)
    terms = compile_terms(dataset, rule)
    daily = daily_means(terms)
    made = forecast(daily)
    state = state_from_dataset(dataset, terms, recent_daily_sales=daily)
    return plan_orders(dataset, terms, state, made, settings=rule, as_of=AS_OF), (terms, state, made, rule)


@pytest.mark.parametrize("policy", ["textbook", "optimized"])
def test_tonights_order_lasts_until_the_receipt_that_the_outlook_shows(policy: str) -> None:
    """Closed from day 2 to 12: tonight's order takes 18 days, tomorrow's one day more, not 18 + 1 and 11 on top."""
    dataset = shut(2, 12)
    (orders, transfers, _), _ = planned(dataset, policy)
    lines = orders.lines.loc[orders.lines["supplier_id"].eq("S1")]
    tonight = lines.loc[lines["status"].eq("proposed")].to_dict("records")
    assert tonight
    assert {(one["lead_days"], one["review_days"]) for one in tonight} == {(18, 1)}
    assert {one["next_receipt_days"] for one in tonight} == {19}
    later = lines.loc[lines["order_date"].eq(np.datetime64(AS_OF + DAY))]
    assert later.empty or set(later["receipt_date"]) == {np.datetime64(AS_OF + 19 * DAY)}
    assert judge_orders(dataset, orders, as_of=AS_OF) == ()
    assert judge_transfers(dataset, transfers, as_of=AS_OF) == ()


def test_before_a_closure_no_more_is_ordered_than_lasts_until_the_next_receipt() -> None:
    """Closed from tomorrow to day 12: the next order day is 13 and its order is here on day 20, tonight's on day 19."""
    dataset = shut(1, 12)
    (orders, _, _), _ = planned(dataset)
    lines = orders.lines.loc[orders.lines["status"].eq("proposed") & orders.lines["supplier_id"].eq("S1")]
    keeps = lines.loc[~lines["item_id"].eq("old")].to_dict("records")  # that one ends
    assert keeps
    for line in keeps:
        assert (line["lead_days"], line["review_days"], line["next_receipt_days"]) == (19, 13, 20)
        assert line["protection_days"] == 20  # not 19 + 13
        said = explain_line(line)
        assert f"Need: until {AS_OF + 20 * DAY}, when the next delivery could be here if ordered on" in said
        assert f"ordered on {AS_OF + 13 * DAY} (20 days)" in said


@pytest.mark.parametrize(("first", "last"), [(1, 12), (2, 12), (9, 20), (200, 210)])
def test_an_order_day_lasts_until_the_next_one_is_here(first: int, last: int) -> None:
    _, (terms, state, made, rule) = planned(shut(first, last))
    situation = look(state, made, AS_OF, terms=terms, settings=rule)
    ahead = days_ahead(situation, rule)
    rows = np.flatnonzero((terms.supplier_index >= 0) & (situation.days_left > 200))
    assert rows.size
    assert (ahead.until[rows, :-1] == ahead.lead[rows, 1:]).all()


def test_without_a_closure_it_is_lead_time_and_review() -> None:
    (orders, transfers, _), (terms, state, made, rule) = planned(shut(400, 401))
    situation = look(state, made, AS_OF, terms=terms, settings=rule)
    assert (situation.next_receipt == situation.lead + situation.gap)[terms.supplier_index == 0].all()
    for lines in (orders.lines.loc[orders.lines["supplier_id"].eq("S1")], transfers.lines):
        assert (lines["next_receipt_days"] == lines["lead_days"] + lines["review_days"]).all()
