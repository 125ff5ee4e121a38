"""Choice among sources, against choices worked out one by one and against simulated years."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from solvers.replenishment.source_choice import Sources, choose_sources, source_costs

MONEY = st.floats(1.0, 500.0)


def sources(count: int, **changes: object) -> Sources:
    parts = {
        "landed_cost": 20.0, "margin": 15.0, "daily_demand": 4.0, "daily_variance": 9.0, "lead_mean": 20.0,
        "lead_sd": 4.0, "review_days": 7.0, "minimum_quantity": 0.0, "pack": 1.0, "holding_share": 0.25,
        "paid_days": 0.0,
    }  # fmt: skip
    return Sources(**{name: np.broadcast_to(np.array(changes.get(name, value), float), (count,)).copy()
                      for name, value in parts.items()})  # fmt: skip


@given(cost=MONEY, margin=MONEY, daily=st.floats(0.1, 50.0), lead=st.floats(1.0, 60.0), late=st.floats(0.0, 15.0),
       review=st.floats(1.0, 40.0), least=st.floats(0.0, 300.0), pack=st.sampled_from([1.0, 6.0, 24.0]))  # fmt: skip
def test_parts_by_hand(
    cost: float, margin: float, daily: float, lead: float, late: float, review: float, least: float, pack: float
) -> None:
    one = source_costs(sources(1, landed_cost=cost, margin=margin, daily_demand=daily, daily_variance=2 * daily,
                               lead_mean=lead, lead_sd=late, review_days=review, minimum_quantity=least, pack=pack,
                               paid_days=30.0))  # fmt: skip
    lot = float(one.lot[0])
    yearly = max(365 * daily, 1.0)
    assert lot % pack == pytest.approx(0.0, abs=1e-6)
    assert lot >= max(least, 1.0) * (1 - 1e-9)
    assert lot - pack < max(least, yearly / 365 * review, 1.0) * (1 + 1e-9)
    spread = np.sqrt(2 * daily * (lead + review) + (daily * late) ** 2)
    holding = 0.25 * cost

    def chosen_and_lost(z: float) -> float:
        short = quad(lambda x: (x - z) * norm.pdf(x), z, max(z, 0) + 9)[0]
        return holding * spread * (z + short) + margin * spread * short * yearly / lot  # a lost unit stays on hand

    z = float(one.safety_units[0]) / spread
    found = chosen_and_lost(z)
    assert found <= min(chosen_and_lost(other) for other in np.linspace(0.0, 4.5, 19)) * (1 + 1e-3) + 1e-9
    short = quad(lambda x: (x - z) * norm.pdf(x), z, z + 9)[0]
    assert float(one.lost_margin[0]) == pytest.approx(margin * spread * short * yearly / lot, rel=1e-4, abs=1e-6)
    parts = (one.purchase, one.payment, one.cycle_stock, one.safety_stock, one.lost_margin)
    right = [yearly * cost, -0.25 * yearly * cost * 30 / 365, holding * lot / 2, holding * z * spread]
    assert [float(part[0]) for part in parts[:4]] == pytest.approx(right, rel=1e-9, abs=1e-9)
    assert float(one.total[0]) == pytest.approx(sum(float(part[0]) for part in parts))


def simulated(one: Sources, at: int, *, years: int = 40, seed: int = 0) -> float:
    """Money a year when the source is used day by day: reviews, lots, random lead times, lost sales."""
    rng = np.random.default_rng(seed)
    lot = float(source_costs(one).lot[at])
    mean, spread = float(one.daily_demand[at]), float(np.sqrt(one.daily_variance[at]))
    lead, late = float(one.lead_mean[at]), float(one.lead_sd[at])
    review, lives = int(one.review_days[at]), 60
    level = mean * (lead + review) + float(source_costs(one).safety_units[at])
    days = years * 365 // lives * 6
    stock, coming = np.full(lives, level), np.zeros((lives, days + 200))
    held = lost = sold = 0.0
    for day in range(days):
        arrived = coming[:, day]
        stock, asked = stock + arrived, np.maximum(rng.normal(mean, spread, lives), 0.0)
        served = np.minimum(stock, asked)
        stock = stock - served
        if day >= 100:
            held, lost, sold = held + stock.sum(), lost + (asked - served).sum(), sold + served.sum()
        if day % review == 0:
            position = stock + coming[:, day + 1 :].sum(axis=1)
            units = np.ceil(np.maximum(level - position, 0.0) / lot) * lot
            takes = np.clip(np.rint(rng.normal(lead, late, lives)), 1, 190).astype(int)
            coming[np.arange(lives), day + takes] += units
    measured = (days - 100) * lives / 365
    cost = float(one.landed_cost[at])
    # a lost unit is not bought; the model counts it as bought and its margin as lost
    return (
        (sold + lost) / measured * cost
        + one.holding_share[at] * cost * held / (days - 100) / lives
        + float(one.margin[at]) * lost / measured
    )


def test_the_choice_is_the_one_of_simulated_years() -> None:
    price = 40.0
    cost = np.array([20.0, 20.3, 20.1, 21.5])
    several = sources(4, landed_cost=cost, margin=price - cost, lead_mean=[45.0, 10.0, 45.0, 3.0],
                      lead_sd=[12.0, 1.0, 2.0, 0.5], minimum_quantity=[0.0, 0.0, 400.0, 0.0])  # fmt: skip
    real = np.array([simulated(several, at) for at in range(4)])
    total = source_costs(several).total
    row, nobody = np.zeros(4, np.int64), np.zeros(4, np.bool_)
    chosen = int(choose_sources(row, total, incumbent=nobody, threshold=0.0)[0])
    assert chosen == int(real.argmin()) == 1  # dearer by the unit, but little stock
    np.testing.assert_array_equal(np.argsort(total), np.argsort(real))
    np.testing.assert_allclose(total - total[1], real - real[1], atol=0.35 * np.ptp(real))


@given(data=st.data(), threshold=st.floats(0.0, 0.2))
def test_choice_by_brute_force(data: st.DataObject, threshold: float) -> None:
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    row = np.repeat(np.arange(len(sizes)), sizes)
    total = np.array(data.draw(st.lists(st.integers(-50, 100), min_size=row.size, max_size=row.size)), float)
    used = [data.draw(st.integers(-1, size - 1)) for size in sizes]
    incumbent = np.zeros(row.size, np.bool_)
    right = []
    for n, size in enumerate(sizes):
        own = [int(at) for at in np.flatnonzero(row == n)]
        assert len(own) == size
        best = min(own, key=lambda at: (total[at], at))
        if used[n] >= 0:
            incumbent[own[used[n]]] = True
            kept = own[used[n]]
            best = best if total[kept] - total[best] > threshold * abs(total[kept]) else kept
        right.append(best)
    assert choose_sources(row, total, incumbent=incumbent, threshold=threshold).tolist() == right


def test_what_nobody_asks_for_comes_from_where_a_unit_costs_least() -> None:
    costs = source_costs(sources(2, daily_demand=0.0, daily_variance=0.0, landed_cost=[9.0, 8.0]))
    assert costs.total[1] < costs.total[0]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("landed_cost", np.nan, "landed_cost"),
        ("lead_sd", -1.0, "lead_sd"),
        ("pack", 0.0, "pack"),
        ("review_days", 0.0, "review_days"),
        ("paid_days", np.inf, "paid_days"),
    ],
)
def test_faults_are_told_by_name(name: str, value: float, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        dataclasses.replace(sources(2), **{name: np.array([1.0, value])})


def test_all_faults_of_a_choice_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"threshold.*row: each.*incumbent"):
        choose_sources(np.array([0, 2, 2]), np.ones(3), incumbent=np.array([False, True, True]), threshold=2.0)
    with pytest.raises(ValueError, match="shape"):
        dataclasses.replace(sources(2), margin=np.ones(3))
