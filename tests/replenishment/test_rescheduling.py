"""Orders on the way against a plain search over days and packs."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from solvers.replenishment.demand_curve import units_short
from solvers.replenishment.rescheduling import Change, OrdersOnTheWay, advise

LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99])


def one_order(
    *, daily: float = 10.0, days: int = 30, stock: float = 100.0, quantity: float = 100.0, due: int = 5, **more
):
    """One order of an item with Poisson demand and steady stock."""
    mean = daily * np.arange(1, days + 1)
    fields = {
        "levels": LEVELS,
        "quantile": np.maximum(poisson.ppf(LEVELS, mean[:, None]), 0.0)[None],
        "supply": np.full((1, days), stock),
        "planned": np.zeros((1, days)),
        "quantity": np.array([quantity]),
        "delivery": np.array([0]),
        "due": np.array([due]),
        "allowed": np.ones((1, days + 1), bool),
        "fixed": np.array([False]),
        "reorder_day": np.array([20]),
        "margin": np.array([10.0]),
        "holding": np.array([0.02]),
        "last_day": np.array([days]),
        "unsold_cost": np.array([0.5]),
        "pack": np.array([10.0]),
        "minimum_quantity": np.array([0.0]),
        "room": np.array([0.0]),
        "least_saving": np.array([0.0]),
        "least_days": 1,
    }
    arrays = {key: np.array([value]) if isinstance(value, int | float | bool) else value for key, value in more.items()}
    if "least_days" in more:
        arrays["least_days"] = more["least_days"]
    return OrdersOnTheWay(**(fields | arrays))


def short(orders: OrdersOnTheWay, day: int, supply: float) -> float:
    return max(float(units_short(supply, orders.quantile[0, day - 1], orders.levels)), 0.0)


def lost_if(orders: OrdersOnTheWay, day: int) -> float:
    """Units lost when the order comes on ``day``: the worst excess of demand over supply, day by day."""
    days, quantity = orders.supply.shape[1], float(orders.quantity[0])
    worst = 0.0
    for d in range(1, days + 1):
        supply = float(orders.supply[0, d - 1])
        if d < day:
            worst = max(worst, short(orders, d, supply))
        elif d < max(orders.reorder_day[0], orders.due[0]):
            worst = max(worst, short(orders, d, supply + quantity))
    return worst


def brute_force_day(orders: OrdersOnTheWay) -> tuple[float, int, float]:
    """Cheapest allowed day, what it saves, and that when no more is lost than the order brings."""
    held = float(orders.holding[0] * orders.quantity[0])
    cost = {
        day: float(orders.margin[0]) * lost_if(orders, day) - held * day for day in range(1, orders.supply.shape[1] + 2)
    }
    allowed = [day for day in cost if orders.allowed[0, day - 1]]
    best = min(allowed, key=lambda day: (cost[day], day))
    due, units = int(orders.due[0]), float(orders.quantity[0])
    risked = min(lost_if(orders, best) - lost_if(orders, due), units)
    return cost[due] - cost[best], best, held * (best - due) - float(orders.margin[0]) * risked


def brute_force_packs(orders: OrdersOnTheWay) -> float:
    """Most that a smaller quantity saves."""
    last = int(orders.last_day[0])
    pack, whole = float(orders.pack[0]), float(orders.quantity[0])
    days = range(min(int(orders.due[0]), last), last + 1)
    supply = {day: float(orders.supply[0, day - 1]) for day in days}
    worst = max(days, key=lambda day: (short(orders, day, supply[day]), -day))
    before = max((short(orders, d, float(orders.supply[0, d - 1])) for d in range(1, int(orders.due[0]))), default=0.0)

    def lost(units: float) -> float:
        return max(before, *(short(orders, day, supply[day] + units) for day in (worst, last)))

    def money(units: float) -> float:
        sold = min(max(lost(0.0) - lost(units), 0.0), units)
        return float(orders.margin[0]) * sold - float(orders.unsold_cost[0]) * (units - sold)

    least = math.ceil(float(orders.minimum_quantity[0]) / pack - 1e-12)
    packs = [0, *range(max(least, 1), int(whole // pack) + 1)]
    return max(money(n * pack) for n in packs) - money(whole)


problems = st.fixed_dictionaries(
    {
        "daily": st.floats(0.2, 30.0),
        "stock": st.floats(-20.0, 400.0),
        "quantity": st.integers(1, 40).map(lambda packs: 10.0 * packs),
        "due": st.integers(1, 24),
        "margin": st.one_of(st.just(0.0), st.floats(0.001, 50.0)),
        "holding": st.floats(0.001, 0.5),
        "unsold_cost": st.floats(0.0, 20.0),
        "reorder_day": st.integers(1, 24),
        "minimum_quantity": st.sampled_from([0.0, 25.0, 60.0]),
    }
)


@settings(max_examples=150, deadline=None)
@given(given=problems, earliest=st.integers(1, 10), last=st.integers(1, 24))
def test_the_advice_saves_as_much_as_the_best_day_or_the_best_quantity(given, earliest, last) -> None:
    allowed = (np.arange(1, 26) >= min(earliest, given["due"]))[None]
    orders = one_order(days=24, allowed=allowed, last_day=np.array([last]), **given)
    advice = advise(orders)
    day_saving, best_day, told = brute_force_day(orders)
    pack_saving = max(brute_force_packs(orders), 0.0)
    by_day = abs(best_day - given["due"]) >= 1 and told > pack_saving
    if day_saving > 0 and told != pytest.approx(pack_saving, abs=1e-6):
        assert advice.saving[0] == pytest.approx(told if by_day else pack_saving, abs=1e-6)
    assert abs(advice.lost_saved[0]) <= orders.quantity[0] + 1e-6
    parts = orders.margin * advice.lost_saved + orders.unsold_cost * advice.unsold_saved + advice.holding_saved
    assert advice.saving[0] == pytest.approx(float(parts[0]), abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(given=problems, room=st.integers(0, 30))
def test_an_order_grows_by_the_packs_that_a_plain_search_finds(given, room) -> None:
    due = min(given["due"], 10)
    more = given | {"due": due, "quantity": 10.0, "reorder_day": due + 9}
    orders = one_order(days=24, room=10.0 * room, allowed=np.zeros((1, 25), bool), **(more | {"unsold_cost": 0.0}))
    supply, days = float(orders.supply[0, 0]), range(due, due + 9)
    held = float(orders.holding[0]) * 9

    def lost(units: float) -> float:
        """From tomorrow until another order comes: what is lost before the receipt stays lost."""
        before = max((short(orders, d, supply) for d in range(1, due)), default=0.0)
        return max(before, *(short(orders, d, supply + units) for d in days))

    def value(packs: int) -> float:
        saved = lost(10.0) - lost(10.0 + 10.0 * packs)
        return float(orders.margin[0]) * saved - held * 10.0 * packs

    best = max(value(packs) for packs in range(room + 1))
    advice = advise(orders)
    assert advice.saving[0] == pytest.approx(max(best, 0.0), abs=1e-6)
    if best > 1e-6:
        assert advice.change[0] == Change.INCREASE
        assert (advice.quantity[0] - 10.0) % 10.0 == 0
        assert 0 < advice.quantity[0] - 10.0 <= 10.0 * room


def test_more_units_save_nothing_of_what_is_lost_before_they_come() -> None:
    """Nothing there at ten a day, an order on day 15 and another on day 20: only what days 15 to 19 ask for counts."""
    orders = one_order(stock=0.0, due=15, quantity=60.0, room=1000.0, holding=0.001, allowed=np.zeros((1, 31), bool))
    assert advise(orders).change[0] == Change.KEEP  # 60 units come for five days
    small = advise(replace(orders, quantity=np.array([10.0])))
    assert small.change[0] == Change.INCREASE
    assert small.lost_saved[0] == pytest.approx(40.0, abs=2.0)
    assert small.quantity[0] <= 10.0 + 80.0


def test_an_earlier_day_saves_nothing_that_the_plans_own_line_brings_meanwhile() -> None:
    """Nothing there, an order on day 15: ten days sooner save 100 units, and 30 where the plan has a line on day 8."""
    late = one_order(stock=0.0, due=15, quantity=200.0, reorder_day=8, allowed=(np.arange(1, 32) >= 5)[None])
    assert advise(late).lost_saved[0] == pytest.approx(100.0, abs=4.0)
    planned = np.where(np.arange(1, 31) >= 8, 300.0, 0.0)[None]
    assert advise(replace(late, planned=planned)).lost_saved[0] == pytest.approx(30.0, abs=4.0)


def several(parts: list[OrdersOnTheWay], **changes) -> OrdersOnTheWay:
    """Orders side by side."""
    same = ("levels", "least_days")
    names = [name for name in OrdersOnTheWay.__dataclass_fields__ if name not in same]
    arrays = {name: np.concatenate([getattr(one, name) for one in parts]) for name in names}
    return replace(parts[0], **(arrays | changes))


lines = st.fixed_dictionaries(
    {
        "daily": st.floats(0.2, 30.0),
        "stock": st.floats(-20.0, 400.0),
        "quantity": st.integers(1, 40).map(lambda packs: 10.0 * packs),
        "margin": st.floats(0.0, 50.0),
        "holding": st.floats(0.001, 0.5),
    }
)


@settings(max_examples=80, deadline=None)
@given(
    given=st.lists(lines, min_size=1, max_size=4), due=st.integers(1, 24), earliest=st.integers(1, 10),
    least_days=st.integers(1, 3),
)  # fmt: skip
def test_orders_of_one_delivery_come_on_the_day_that_is_best_for_all(given, due, earliest, least_days) -> None:
    allowed = (np.arange(1, 26) >= min(earliest, due))[None]
    allowed[:, -1] = False
    fields = {
        "days": 24,
        "due": due,
        "allowed": allowed,
        "reorder_day": 40,
        "unsold_cost": 0.0,
        "least_days": least_days,
    }
    parts = [one_order(**(one | fields)) for one in given]

    def saved(one: OrdersOnTheWay, day: int, most: float = np.inf) -> float:
        units = min(max(lost_if(one, due) - lost_if(one, day), -most), most)
        return float(one.margin[0]) * units + float(one.holding[0] * one.quantity[0]) * (day - due)

    days = [day for day in range(1, 25) if allowed[0, day - 1]]
    best = max(days, key=lambda day: (round(sum(saved(one, day) for one in parts), 9), -day))
    told = sum(saved(one, best, float(one.quantity[0])) for one in parts)
    advice = advise(several(parts, delivery=np.zeros(len(parts), np.int64)))
    assert np.ptp(advice.day) == 0
    if abs(told) > 1e-6:
        moves = abs(best - due) >= least_days and told > 0
        assert float(advice.saving.sum()) == pytest.approx(told if moves else 0.0, abs=1e-6)
        assert set(advice.change == Change.KEEP) == {not moves}
    alone = advise(several(parts, delivery=np.arange(len(parts))))
    each = [advise(one) for one in parts]
    assert alone.saving.tolist() == pytest.approx([float(one.saving[0]) for one in each])
    assert alone.saving.sum() >= advice.saving.sum() - 1e-6


def test_an_order_that_is_cut_comes_with_the_others_of_its_delivery() -> None:
    much = one_order(stock=200.0, due=15, quantity=400.0, unsold_cost=2.0)
    late = one_order(stock=50.0, due=15, quantity=200.0, unsold_cost=0.0)
    alone = advise(much)
    assert alone.change[0] == Change.DECREASE
    assert alone.day[0] == 15
    advice = advise(several([much, late], delivery=np.array([3, 3])))
    assert advice.change.tolist() == [Change.DECREASE, Change.ADVANCE]
    assert advice.day[0] == advice.day[1] < 15
    assert advice.quantity[0] == alone.quantity[0]
    held = 0.02 * float(advice.quantity[0]) * (15 - int(advice.day[0]))
    assert advice.saving[0] == pytest.approx(float(alone.saving[0]) - held)
    later = one_order(stock=200.0, due=2, quantity=400.0, unsold_cost=2.0)
    idle = one_order(stock=200.0, due=2, quantity=100.0, margin=40.0, unsold_cost=0.0, holding=0.2)
    both = advise(several([later, idle], delivery=np.array([3, 3])))
    assert both.change[1] == Change.POSTPONE
    assert both.day[0] == both.day[1] > 2
    risk = max(lost_if(later, int(both.day[0])) - lost_if(later, 2), 0.0)
    assert both.lost_saved[0] == pytest.approx(float(advise(later).lost_saved[0]) - risk)


def test_an_order_that_nobody_misses_is_cancelled_while_the_others_of_its_delivery_move() -> None:
    needless = one_order(stock=5000.0, due=15, quantity=50.0, unsold_cost=0.0)
    late = one_order(stock=50.0, due=15, quantity=200.0, unsold_cost=0.0)
    advice = advise(several([needless, late], delivery=np.array([7, 7])))
    assert advice.change.tolist() == [Change.CANCEL, Change.ADVANCE]
    held = advise(several([replace(needless, fixed=np.array([True])), late], delivery=np.array([7, 7])))
    assert held.change.tolist() == [Change.KEEP, Change.KEEP]
    with pytest.raises(ValueError, match="orders of one delivery must be due on the same day"):
        several([needless, replace(late, due=np.array([14]))], delivery=np.array([7, 7]))


def test_an_order_that_comes_after_stock_has_run_out_is_advanced_to_the_day_before() -> None:
    orders = one_order(stock=50.0, due=15, quantity=200.0)
    advice = advise(orders)
    assert advice.change[0] == Change.ADVANCE
    assert 3 <= advice.day[0] <= 6  # 50 units last five days
    assert advice.lost_saved[0] == pytest.approx(lost_if(orders, 15) - lost_if(orders, int(advice.day[0])))
    assert advice.saving[0] > 0


def test_an_order_long_before_it_is_needed_is_postponed_and_costs_no_sales_worth_telling() -> None:
    advice = advise(one_order(stock=200.0, due=2, quantity=100.0, margin=40.0))
    assert advice.change[0] == Change.POSTPONE
    assert 12 <= advice.day[0] <= 19
    assert advice.holding_saved[0] == pytest.approx(0.02 * 100 * (advice.day[0] - 2))
    assert advice.lost_saved[0] <= 0


def test_an_order_that_nobody_misses_is_cancelled_only_if_it_can_be_placed_again_in_time() -> None:
    needless = {"stock": 5000.0, "due": 3, "unsold_cost": 0.0}
    assert advise(one_order(**needless)).change[0] == Change.CANCEL
    late = advise(one_order(**needless, reorder_day=40))
    assert late.change[0] == Change.POSTPONE
    assert late.quantity[0] == 100.0


@pytest.mark.parametrize("margin", [0.0, 0.001])
def test_an_order_of_what_earns_nothing_goes_and_loses_no_more_than_its_own_units(margin) -> None:
    """Thirty days at ten a day and nothing there: 300 are short, of which the order could have served 50."""
    orders = one_order(stock=0.0, due=2, quantity=50.0, margin=margin, unsold_cost=0.0, reorder_day=10)
    advice = advise(orders)
    assert advice.change[0] == Change.CANCEL
    assert advice.lost_saved[0] == pytest.approx(-50.0)
    assert advice.holding_saved[0] == pytest.approx(0.02 * 50 * 29)
    assert advice.saving[0] == pytest.approx(0.02 * 50 * 29 - 50 * margin)
    thin = advise(replace(orders, margin=np.array([0.3])))  # less than holding its units to the end would cost
    assert thin.change[0] != Change.CANCEL
    assert thin.day[0] <= 6


def test_what_does_not_sell_before_its_last_day_is_left_out() -> None:
    orders = one_order(
        stock=60.0, due=2, quantity=200.0, last_day=10, unsold_cost=30.0, allowed=np.zeros((1, 31), bool)
    )
    advice = advise(orders)
    assert advice.change[0] == Change.DECREASE
    assert 20 <= advice.quantity[0] <= 60  # about 100 asked for in ten days, 60 there
    assert advise(replace(orders, minimum_quantity=np.array([190.0]))).change[0] == Change.CANCEL
    gone = advise(replace(orders, last_day=np.array([0])))
    assert gone.change[0] == Change.CANCEL
    assert gone.unsold_saved[0] == pytest.approx(200.0)


def test_what_is_fixed_keeps_and_small_savings_are_not_worth_a_call() -> None:
    orders = one_order(stock=50.0, due=15, quantity=200.0)
    assert advise(replace(orders, fixed=np.array([True]))).change[0] == Change.KEEP
    saving = float(advise(orders).saving[0])
    assert advise(replace(orders, least_saving=np.array([saving * 1.01]))).change[0] == Change.KEEP
    fewer = advise(replace(orders, least_days=30))
    assert fewer.change[0] == Change.DECREASE  # on its own day: ten a day for sixteen days
    assert 140 <= fewer.quantity[0] <= 180
    assert advise(replace(orders, least_days=30, unsold_cost=np.array([0.0]))).change[0] == Change.KEEP


def test_no_orders_give_no_advice() -> None:
    orders = one_order()
    none = {
        name: getattr(orders, name)[:0]
        for name in OrdersOnTheWay.__dataclass_fields__
        if name not in ("levels", "least_days")
    }
    assert advise(replace(orders, **none)).change.shape == (0,)


def test_all_faults_are_named_at_once() -> None:
    orders = one_order()
    with pytest.raises(ValueError, match=r"supply: shape \(1, 3\).*margin: shape \(2,\)"):
        replace(orders, supply=np.zeros((1, 3)), margin=np.zeros(2))
    with pytest.raises(ValueError, match=r"quantity: must be.*due: must be.*pack: must be above 0"):
        replace(orders, quantity=np.array([np.nan]), due=np.array([0]), pack=np.array([0.0]))
