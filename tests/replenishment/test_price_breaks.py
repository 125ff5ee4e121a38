"""All-units breaks of single lines against a plain walk over all quantities, and what a lower price does to cost."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.price_breaks import break_offers, idle_unit_days
from solvers.replenishment.problem import Curve, OrderProblem
from tests.replenishment.test_order_plan import LEVELS, problem

FEE = 0.02


def one_line(**changes: object) -> OrderProblem:
    """Demand 10, 14 or 18 within 14 days, 1 a day; packs of 2 at 5.0, at 4.9 from 12 and at 4.0 from 40 units on."""
    tiers = {"break_from": np.array([[12.0, 40.0]]), "break_price": np.array([[4.9, 4.0]])}
    return problem(**({"rows": 1, "rate": np.full(1, 7.0)} | tiers | changes))


def short_units(position: float, quantile: list[float]) -> float:
    """E[(D - x)+] by small steps of the straight quantile function."""
    grid = (np.arange(20_000) + 0.5) / 20_000
    demand = np.interp(grid, [0.0, *LEVELS], [0.0, *quantile])
    return float(np.maximum(demand - position, 0.0).mean())


def cost_of(asked: OrderProblem, start: float, units: float) -> float:
    """Cost of ``units`` on top of ``start``: margin, holding and waste by the curve, and each unit's own wait."""
    margin, review, waste = asked.curve.money[0]
    quantile, shelf = list(asked.curve.quantile[0]), list(asked.curve.shelf_quantile[0])
    sold = short_units(start, quantile) - short_units(start + units, quantile)
    fresh = short_units(start, shelf) - short_units(start + units, shelf)
    slices = start + (np.arange(4_000) + 0.5) / 4_000 * units
    waits = np.maximum(slices / asked.daily[0] - asked.days[0], 0.0).mean() * units
    return float(asked.holding[0] * waits + review * (units - sold) + waste * (units - fresh) - margin * sold)


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 30),
    st.lists(st.tuples(st.integers(2, 70), st.floats(0.05, 0.9)), min_size=1, max_size=3, unique_by=lambda one: one[0]),
    st.integers(1, 7),
    st.floats(0.0, 20.0),
    st.floats(0.3, 5.0),
    st.sampled_from([0.0, 3.0]),
)
def test_offers_against_a_walk_over_all_quantities(
    packs: int, steps: list[tuple[int, float]], pack: int, position: float, daily: float, waste: float
) -> None:
    """The best total of the offers and of staying is that of every whole number of packs at its own price."""
    tiers, price = sorted(steps), 5.0
    falling = []
    for start, share in tiers:
        price *= 1.0 - 0.3 * share
        falling.append((float(start), price))
    curve = Curve(
        LEVELS, np.array([[10.0, 14.0, 18.0]]), np.array([[15.0, 20.0, 30.0]]), np.array([[4.0, 0.05, waste]])
    )
    asked = one_line(
        break_from=np.array([[one[0] for one in falling]]), break_price=np.array([[one[1] for one in falling]]),
        pack=np.full(1, float(pack)), position=np.full(1, position), daily=np.full(1, daily), curve=curve,
    )  # fmt: skip
    offers = break_offers(asked, np.array([packs]), np.full(1, FEE))
    units, start = packs * pack, position + packs * pack

    def price_of(quantity: float) -> float:
        return min([5.0, *(lower for since, lower in falling if quantity >= since)])

    here = price_of(units)
    reach = {}  # the fewest packs at each lower price: beyond them only cost is added
    for more in range(1, 80):
        lower = price_of((packs + more) * pack)
        if lower < here and lower not in reach:
            reach[lower] = more
    found = {float(asked.break_price[0, tier]): int(n) for tier, n in zip(offers.tier, offers.packs, strict=True)}
    assert found == reach
    for at, (tier, more) in enumerate(zip(offers.tier, offers.packs, strict=True)):
        saves = (here - float(asked.break_price[0, tier])) * 7.0 * (1 + FEE) * units
        assert offers.saves[at] == pytest.approx(saves)
        assert offers.costs[at] == pytest.approx(cost_of(asked, start, more * pack), rel=2e-3, abs=2e-2)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.floats(0.0, 1.0), st.floats(0.2, 3.0))
def test_a_lower_break_price_never_raises_the_cost(packs: int, cheaper: float, daily: float) -> None:
    """What is paid for the units wanted, and what the packs more cost, with the best break or none."""

    def least(asked: OrderProblem) -> float:
        offers = break_offers(asked, np.array([packs]), np.full(1, FEE))
        units = packs * 2.0
        now = min([5.0, *(p for s, p in zip(asked.break_from[0], asked.break_price[0], strict=True) if units >= s)])
        return float(now * 7.0 * (1 + FEE) * units - max(0.0, offers.gain.max(initial=0.0)))

    asked = one_line(daily=np.full(1, daily))
    lower = replace(asked, break_price=np.array([[4.9 * (1 - 0.1 * cheaper), 4.0 * (1 - 0.5 * cheaper)]]))
    assert least(lower) <= least(asked) + 1e-9


def test_a_break_that_is_reached_or_dearer_is_no_offer() -> None:
    asked = one_line()
    assert break_offers(asked, np.array([20]), np.zeros(1)).row.size == 0  # 40 units have the lowest price
    assert break_offers(asked, np.array([0]), np.zeros(1)).row.size == 0  # nothing is wanted
    assert break_offers(one_line(break_price=np.full((1, 2), 6.0)), np.array([3]), np.zeros(1)).row.size == 0
    none = one_line(break_from=np.full((1, 2), np.inf), break_price=np.full((1, 2), np.inf))
    assert break_offers(none, np.array([3]), np.zeros(1)).row.size == 0
    assert break_offers(problem(), np.array([3, 3]), np.zeros(2)).row.size == 0


def test_units_that_wait_by_hand() -> None:
    """At 2 a day units 20 to 30 sell on days 10 to 15: beyond day 12 they wait 0 to 3 days, the 6 of them 9 in all."""
    found = idle_unit_days(np.array([20.0]), np.array([10.0]), daily=np.array([2.0]), days=np.array([12.0]))
    assert found.tolist() == [9.0]
    never = idle_unit_days(np.array([20.0]), np.array([10.0]), daily=np.array([0.0]), days=np.array([12.0]))
    assert math.isinf(never[0])
