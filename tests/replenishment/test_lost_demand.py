"""Demand lost before a receipt: against selling day by day."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.replenishment.lost_demand import demand_lost_before, lost_by_day, lost_quantiles, unserved_by_day

DAYS = 9
units = st.lists(st.integers(0, 9), min_size=DAYS, max_size=DAYS)


def sold_day_by_day(demand, coming, stock, *, rate=0.0, after=0):
    """Units lost and units left by day; customers who waited before come first, and what is sold comes back."""
    shelf, owed, lost, left, sold = max(stock, 0), max(-stock, 0), [], [], []
    for day in range(len(demand)):
        back = rate * sold[day - after] if after and day >= after else 0.0
        paid = min(owed, coming[day] + back)
        owed, shelf = owed - paid, shelf + coming[day] + back - paid
        sold.append(min(shelf, demand[day]))
        shelf -= sold[-1]
        lost.append(demand[day] - sold[-1])
        left.append(shelf)
    return np.cumsum(lost), np.array(left)


def course_of(demand, coming, stock, **returns):
    asked = np.cumsum(demand, dtype=float)[None]
    return asked, lost_by_day(asked, stock + np.cumsum(coming, dtype=float)[None], **returns)


@given(demand=units, coming=units, stock=st.integers(-15, 30), receipt=st.integers(1, DAYS + 1))
def test_what_is_lost_is_what_finds_nothing_day_by_day(demand, coming, stock, receipt):
    asked, course = course_of(demand, coming, stock)
    lost, _ = sold_day_by_day(demand, coming, stock)
    assert course.lost[0].tolist() == lost.tolist()
    found = demand_lost_before(asked, course, np.array([receipt]))
    assert found.lost[0] == (lost[receipt - 2] if receipt > 1 else 0.0)
    assert found.emptied[0] < receipt


@given(demand=units, coming=units, stock=st.integers(-5, 30), rate=st.sampled_from([0.25, 0.5, 1.0]),
       after=st.integers(1, 5))  # fmt: skip
def test_what_is_lost_is_not_sent_back(demand, coming, stock, rate, after):
    back = [0.0] * after + [rate * one for one in demand]
    asked = np.cumsum(demand, dtype=float)[None]
    supply = stock + np.cumsum(np.array(coming, float) + back[:DAYS])[None]
    course = lost_by_day(asked, supply, return_rate=np.array([rate]), return_days=after)
    lost, _ = sold_day_by_day(demand, coming, stock, rate=rate, after=after)
    assert course.lost[0] == pytest.approx(lost)


def unserved_day_by_day(demand, coming, stock, *, share, rate, after):
    """Units lost or waiting by day, customer group by customer group: who waits comes before who comes later."""
    shelf, owed, waiting, lost, sold, out = max(stock, 0), max(-stock, 0), 0.0, 0.0, [], []
    for day in range(len(demand)):
        shelf += coming[day] + (rate * sold[day - after] if day >= after else 0.0)
        paid = min(owed, shelf)
        owed, shelf = owed - paid, shelf - paid
        first = min(waiting, shelf)
        then = min(demand[day], shelf - first)
        shelf -= first + then
        waiting += (1.0 - share) * (demand[day] - then) - first
        lost += share * (demand[day] - then)
        sold.append(first + then)
        out.append(lost + waiting)
    return out


@given(demand=units, coming=units, stock=st.integers(-9, 30), share=st.sampled_from([0.0, 0.4, 1.0]),
       rate=st.sampled_from([0.0, 0.3, 1.0]), after=st.integers(1, 5))  # fmt: skip
def test_who_waits_is_served_first_and_sends_back_only_then(demand, coming, stock, share, rate, after):
    back = [0.0] * after + [rate * one for one in demand]
    asked = np.cumsum(demand, dtype=float)[None]
    supply = stock + np.cumsum(np.array(coming, float) + back[:DAYS])[None]
    course = unserved_by_day(asked, supply, lost_share=share, return_rate=np.array([rate]), return_days=after)
    expected = unserved_day_by_day(demand, coming, stock, share=share, rate=rate, after=after)
    assert course.lost[0] == pytest.approx(expected)


def test_shares_outside_zero_to_one_are_told():
    with pytest.raises(ValueError, match=r"lost_share: 1\.5: must be"):
        unserved_by_day(np.zeros((1, 2)), np.zeros((1, 2)), lost_share=1.5, return_rate=np.zeros(1))
    with pytest.raises(ValueError, match="shapes: demand"):
        unserved_by_day(np.zeros((1, 2)), np.zeros((1, 3)), lost_share=0.5, return_rate=np.zeros(1))


@given(demand=units, coming=units, stock=st.integers(0, 30), receipt=st.integers(1, DAYS))
def test_an_order_covers_exactly_what_comes_after_the_shelf_was_empty(demand, coming, stock, receipt):
    """The least order of which nothing is lost from its receipt on, found by trying, is what the rule asks for."""
    asked, course = course_of(demand, coming, stock)
    found = demand_lost_before(asked, course, np.array([receipt]))
    end = DAYS  # supply after the receipt counts too; it must not come too late, so none is looked at here
    early = [units if day + 1 < receipt else 0 for day, units in enumerate(coming)]
    position = stock + sum(early)
    whole = np.array([[float(sum(demand[:end]))]])
    after = np.array([[float(sum(demand[int(found.emptied[0]) : end]))]])
    need = max(whole[0, 0] - lost_quantiles(whole, after, found)[0, 0] - position, 0.0)

    def lost_after(order):
        arrivals = [units + (order if day + 1 == receipt else 0) for day, units in enumerate(early)]
        lost, _ = sold_day_by_day(demand, arrivals, stock)
        return lost[-1] - (lost[receipt - 2] if receipt > 1 else 0.0)

    assert lost_after(need) == 0.0
    assert need == 0.0 or lost_after(need - 1) == 1.0


def test_the_quantile_of_random_demand_is_never_below_what_is_needed():
    rng = np.random.default_rng(1)
    before, after = rng.gamma(2.0, 20.0, 100_000), rng.gamma(2.0, 10.0, 100_000)
    levels = np.array([0.5, 0.9, 0.98])
    for stock in (0.0, 30.0, 60.0, 200.0):
        course = lost_by_day(np.array([[40.0]]), np.array([[stock]]))
        found = demand_lost_before(np.array([[40.0]]), course, np.array([2]))
        whole, late = (np.quantile(one, levels)[None] for one in (before + after, after))
        rule = (whole - lost_quantiles(whole, late, found))[0] - stock
        right = np.quantile(np.minimum(before + after - stock, after), levels)
        assert (rule >= right - 0.5).all()
        if stock in (0.0, 200.0):  # where one case rules there is nothing to lose by looking at both apart
            assert rule == pytest.approx(right, abs=1.0)


def test_nothing_is_lost_before_tomorrow_and_shapes_must_fit():
    none = np.zeros((2, 0))
    found = demand_lost_before(none, lost_by_day(none, none), np.array([1, 1]))
    assert found.lost.tolist() == [0.0, 0.0]
    two = np.ones((2, 3))
    with pytest.raises(ValueError, match="both must be"):
        lost_by_day(two, np.ones((2, 4)))
    with pytest.raises(ValueError, match=r"receipt \(3,\)"):
        demand_lost_before(two, lost_by_day(two, two), np.array([1, 1, 1]))
    with pytest.raises(ValueError, match="day 5: demand is given until day 3"):
        demand_lost_before(two, lost_by_day(two, two), np.array([1, 5]))
