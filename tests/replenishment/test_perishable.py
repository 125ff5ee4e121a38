"""Goods that expire, against a plain simulation with a list of batches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.simulation import Levels, StockedItems, simulate, simulate_perishable


def live(rule, item, demand, newest_first):
    """One SKU, one replication: batches [last day of sale, units]."""
    low, up_to, pack, minimum = rule
    lead, review, share, start, life = item
    batches, due, waiting = [[life - 1, start]], [], 0
    seen = dict.fromkeys(("orders", "short", "expired", "stock", "backlog"), 0)

    def take(wanted):
        left = wanted
        for batch in sorted(batches, key=lambda b: -b[0] if newest_first else b[0]):
            units = min(left, batch[1])
            batch[1] -= units
            left -= units
        return wanted - left

    for day, asked in enumerate(demand):
        position = sum(b[1] for b in batches) + sum(q for _, q in due) - waiting
        if day % review == 0 and position <= low:
            due.append((day + lead, -(-max(up_to - position, minimum) // pack) * pack))
            seen["orders"] += 1
        batches += [[day + life - 1, q] for at, q in due if at == day]
        due = [(at, q) for at, q in due if at > day]
        waiting -= take(waiting)
        short = asked - take(asked)
        waiting += int(np.float32(share) * np.float32(short))
        seen["short"] += short
        seen["stock"] += sum(b[1] for b in batches)
        seen["backlog"] += waiting
        seen["expired"] += sum(b[1] for b in batches if b[0] <= day)
        batches = [b for b in batches if b[0] > day and b[1] > 0]
    return seen


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_batches_live_as_the_plain_simulation_says(seed, newest_first):
    rng = np.random.default_rng(seed)
    days, lanes = int(rng.integers(1, 60)), 2
    low, life, lead = int(rng.integers(-5, 40)), int(rng.integers(1, 9)), int(rng.integers(0, 5))
    rule = (low, low + int(rng.integers(1, 30)), int(rng.integers(1, 6)), int(rng.integers(1, 12)))
    review, share, opening = int(rng.integers(1, 4)), float(rng.choice([0.0, 0.4, 1.0])), int(rng.integers(0, 30))
    demand = rng.poisson(6, (1, days, lanes)).astype(np.uint16)
    items = StockedItems.of(1, lead_time_days=lead, review_days=review, backlog_share=share, initial_stock=opening)
    levels = Levels.of([rule[0]], [rule[1]], pack=rule[2], minimum_quantity=rule[3])
    result = simulate_perishable(levels, items, demand, shelf_life_days=life, newest_first=newest_first)
    item = (lead, review, share, opening, life)
    seen = [live(rule, item, demand[0, :, r].tolist(), newest_first) for r in range(lanes)]
    assert result.orders[0] == sum(s["orders"] for s in seen) / lanes
    assert result.short_units[0] == sum(s["short"] for s in seen) / lanes
    assert result.expired_units[0] == sum(s["expired"] for s in seen) / lanes
    assert result.mean_stock[0] == sum(s["stock"] for s in seen) / (lanes * days)
    assert result.mean_backlog[0] == sum(s["backlog"] for s in seen) / (lanes * days)


def test_what_never_expires_is_the_fast_simulation():
    rng = np.random.default_rng(3)
    demand = rng.poisson(5, (3, 120, 4)).astype(np.uint16)
    items = StockedItems.of(3, lead_time_days=[0, 2, 6], backlog_share=[1.0, 0.5, 0.0], holding_cost=1.0,
                            backlog_cost=2.0, shortage_cost=3.0, order_cost=4.0)  # fmt: skip
    levels = Levels.of([10, 20, 40], [25, 30, 60], pack=[1, 4, 6])
    slow = simulate_perishable(levels, items, demand, shelf_life_days=500, warm_up_days=9)
    fast = simulate(levels, items, demand, warm_up_days=9)
    for name in ("fill_rate", "stockout_days", "mean_stock", "mean_backlog", "orders", "units_ordered", "short_units"):
        np.testing.assert_array_equal(getattr(slow, name), getattr(fast, name))
    np.testing.assert_allclose(slow.cost, fast.cost, rtol=1e-12)
    assert slow.expired_units.tolist() == [0.0, 0.0, 0.0]


def test_a_shelf_life_of_no_days_is_refused():
    demand = np.ones((1, 4, 1), np.uint16)
    with pytest.raises(ValueError, match=r"shelf_life_days.*waste_cost"):
        simulate_perishable(Levels.base_stock([5]), StockedItems.of(1, lead_time_days=0), demand,
                            shelf_life_days=0, waste_cost=np.nan)  # fmt: skip
