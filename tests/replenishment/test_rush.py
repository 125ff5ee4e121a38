"""Rush orders against the best of all quantities on drawn demand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.rush import RushOffers, rush_orders

LEVELS = np.linspace(0.005, 0.995, 199)


def offer(early: np.ndarray, late: np.ndarray, **parts: float) -> RushOffers:
    figures = {"supply_early": 0.0, "supply_late": 0.0, "margin": 10.0, "extra_cost": 2.0, "pack": 1.0,
               "minimum_quantity": 0.0, "most": np.inf} | parts  # fmt: skip
    return RushOffers(LEVELS, np.quantile(early, LEVELS)[None], np.quantile(late, LEVELS)[None],
                      **{name: np.array([value]) for name, value in figures.items()})  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(
    daily=st.floats(0.5, 8.0), days=st.integers(0, 12), more=st.integers(1, 25), stock=st.integers(0, 120),
    arrives=st.integers(0, 40), extra=st.floats(0.0, 12.0), pack=st.sampled_from([1.0, 6.0, 20.0]),
    least=st.integers(0, 60), most=st.sampled_from([30.0, np.inf]), seed=st.integers(0, 2**16),
)  # fmt: skip
def test_the_best_of_all_quantities(
    daily: float, days: int, more: int, stock: int, arrives: int, extra: float, pack: float, least: int, most: float,
    seed: int,
) -> None:  # fmt: skip
    rng, draws = np.random.default_rng(seed), 20_000
    early = rng.poisson(daily * days, draws)
    late = early + rng.poisson(daily * more, draws)
    found = rush_orders(offer(early, late, supply_early=stock, supply_late=stock + arrives, extra_cost=extra, pack=pack,
                              minimum_quantity=least, most=most))  # fmt: skip

    def gain(units: float) -> float:
        """Money on drawn demand: what is lost before the rush order can help stays lost."""
        lost = np.maximum(early - stock, 0.0)
        without = lost + np.maximum(late - lost - stock - arrives, 0.0)
        left = lost + np.maximum(late - lost - stock - arrives - units, 0.0)
        return float((10.0 * (without - left)).mean() - extra * units)

    lots = [count * pack for count in range(1, 400) if least <= count * pack <= most]
    best = max([0.0, *(gain(units) for units in lots)])
    units = float(found.packs[0]) * pack
    assert units == 0.0 or least <= units <= most
    assert gain(units) >= best - 0.02 * 10.0 * max(late.mean(), 1.0) * 0.5 - 1.0
    assert found.gain[0] == pytest.approx(10.0 * found.avoided[0] - extra * units)
    assert found.avoided[0] <= min(units, found.without[0]) + 1e-9


def test_dearer_than_what_is_lost_is_not_rushed() -> None:
    demand = np.random.default_rng(1).poisson(30, 5000)
    assert rush_orders(offer(demand * 0, demand, extra_cost=10.5)).packs[0] == 0
    assert rush_orders(offer(demand * 0, demand, extra_cost=1.0)).packs[0] >= 30
    assert rush_orders(offer(demand * 0, demand, supply_early=90.0, supply_late=90.0)).packs[0] == 0
    assert rush_orders(offer(demand * 0, demand, extra_cost=1.0, minimum_quantity=400.0)).packs[0] == 0


def test_what_is_lost_before_it_comes_is_not_bought() -> None:
    rng = np.random.default_rng(2)
    early = rng.poisson(40, 5000)
    late = early + rng.poisson(10, 5000)
    found = rush_orders(offer(early, late, extra_cost=0.1))
    # the last days' demand can be served, which is 10 units; of both together 65 would be rushed
    assert found.packs[0] < 30
    assert rush_orders(offer(early * 0, late, extra_cost=0.1)).packs[0] > 60
    assert found.without[0] == pytest.approx(50.0, abs=1.0)


@pytest.mark.parametrize(
    ("name", "value"), [("pack", 0.0), ("margin", -1.0), ("margin", np.nan), ("supply_late", np.inf), ("most", np.nan)]
)
def test_faults_are_told_by_name(name: str, value: float) -> None:
    demand = np.arange(100.0)
    with pytest.raises(ValueError, match=name):
        rush_orders(offer(demand, demand, **{name: value}))
    with pytest.raises(ValueError, match="shape"):
        rush_orders(offer(demand, demand)._replace(late=np.zeros((2, 3))))


def test_no_offers_give_no_orders() -> None:
    empty = RushOffers(LEVELS, np.zeros((0, 199)), np.zeros((0, 199)), *(np.zeros(0),) * 7)
    assert rush_orders(empty).packs.size == 0
