"""From a random data set to judged plans, and what must not change them: the coin, and the year."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.plans.explain import recompute_quantity
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.judge.stock import judge_stock
from supplychain.plans.judge.transfers import judge_transfers
from tests.property.random_world import AS_OF, POLICIES, dearer, later, plan, random_world

ROUND_DAYS = 420  # a multiple of 1 to 7
KEY = ["order_date", "site_id", "item_id"]
seeds = st.integers(0, 2**32 - 1)
reviews = st.sampled_from([1, 3, 7])
few = settings(max_examples=8, deadline=None)


@pytest.mark.parametrize("policy", POLICIES)
@few
@given(seed=seeds, review_days=reviews)
def test_the_judges_find_nothing_and_every_quantity_is_explained(policy, seed, review_days):
    made = plan(random_world(seed), policy, review_days=review_days)
    assert judge_orders(made.dataset, made.orders, as_of=AS_OF, lost=made.demand) == ()
    assert judge_transfers(made.dataset, made.transfers, as_of=AS_OF, lost=made.demand) == ()
    assert judge_stock(made.dataset, made.stock, orders=made.orders, transfers=made.transfers) == ()
    for line in (*made.orders.lines.to_dict("records"), *made.transfers.lines.to_dict("records")):
        assert recompute_quantity(line) == pytest.approx(line["quantity"], rel=1e-9), line["line_id"]


@pytest.mark.parametrize("policy", POLICIES)
@few
@given(seed=seeds)
def test_lots_are_those_of_the_suppliers_own_rows(policy, seed):
    """Checked against the supply rows themselves, not against what the planner made of them."""
    made = plan(random_world(seed), policy)
    rows = {(one.supplier_id, one.item_id, one.site_id): one for one in made.dataset.supply}
    for line in made.orders.lines.to_dict("records"):
        found = [rows.get((line["supplier_id"], line["item_id"], site)) for site in (line["site_id"], None, "")]
        one = next(row for row in found if row is not None)
        assert line["quantity"] % one.pack_units == 0
        assert line["quantity"] >= one.minimum_order_quantity


def same_lines(one: pd.DataFrame, other: pd.DataFrame, *, days: int = 0) -> None:
    ours, theirs = (t.sort_values(KEY).reset_index(drop=True) for t in (one, other))
    assert len(ours) == len(theirs)
    assert (ours["order_date"] + pd.Timedelta(days=days)).tolist() == theirs["order_date"].tolist()
    for column in ("site_id", "item_id", "quantity"):
        assert ours[column].tolist() == theirs[column].tolist(), column


@pytest.mark.parametrize("policy", POLICIES)
@few
@given(seed=seeds, power=st.sampled_from([-2, -1, 1, 3]))
def test_the_coin_in_which_money_is_counted_changes_no_quantity(policy, seed, power):
    world = random_world(seed)
    plain, other = plan(world, policy), plan(dearer(world, 2.0**power), policy)
    same_lines(plain.orders.lines, other.orders.lines)
    assert other.orders.lines["value_base"].sum() == pytest.approx(plain.orders.lines["value_base"].sum() * 2.0**power)


@pytest.mark.parametrize("policy", POLICIES)
@few
@given(seed=seeds, rounds=st.integers(1, 12))
def test_the_year_changes_no_quantity(policy, seed, rounds):
    """Weekdays and rounds of reviews are counted from a fixed day, so the step is a multiple of all of them."""
    world = random_world(seed)
    days = ROUND_DAYS * rounds
    plain = plan(world, policy, review_days=7)
    moved = plan(later(world, days), policy, review_days=7, as_of=later(world, days).as_of)
    same_lines(plain.orders.lines, moved.orders.lines, days=days)
