from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.handover.shelves import Shelves


class Naive:
    """One row as a list of [days left, units], in plain Python."""

    def __init__(self, units: float, life: int) -> None:
        self.life = life
        self.lots = [[d + 1, units / life] for d in range(life)] if life else [[0, units]]

    @property
    def on_hand(self) -> float:
        return sum(units for _, units in self.lots)

    def take(self, wanted: float, *, oldest_first: bool) -> tuple[float, float]:
        """Units taken and their mean days left."""
        taken, weighted = 0.0, 0.0
        for lot in sorted(self.lots, key=lambda lot: lot[0], reverse=not oldest_first):
            part = min(lot[1], wanted - taken)
            lot[1] -= part
            taken += part
            weighted += part * lot[0]
        return taken, weighted / taken if taken > 1e-12 else 0.0

    def receive(self, units: float, days_left: int) -> None:
        self.lots.append([min(max(days_left, 1), self.life) if self.life else 0, units])

    def expire(self) -> float:
        if not self.life:
            return 0.0
        waste = sum(units for days, units in self.lots if days == 1)
        self.lots = [[days - 1, units] for days, units in self.lots if days > 1]
        return waste


LIVES = st.lists(st.sampled_from([0, 0, 1, 2, 5]), min_size=1, max_size=5)
STEP = st.tuples(st.sampled_from(["sell", "ship", "receive", "expire"]), st.integers(0, 2**31))


@settings(deadline=None)
@given(LIVES, st.lists(STEP, max_size=25), st.integers(0, 2**31))
def test_against_naive_lists(lives, steps, seed):
    random = np.random.default_rng(seed)
    rows = len(lives)
    opening = random.integers(0, 30, rows).astype(float)
    shelves = Shelves(opening, life_days=np.array(lives))
    naive = [Naive(units, life) for units, life in zip(opening, lives, strict=True)]
    for kind, number in steps:
        draw = np.random.default_rng(number)
        amount = draw.integers(0, 25, rows).astype(float)
        if kind == "sell":
            sold = shelves.sell(amount)
            np.testing.assert_allclose(
                sold, [one.take(w, oldest_first=True)[0] for one, w in zip(naive, amount, strict=True)], atol=1e-9
            )
        elif kind == "ship":
            amount = np.minimum(amount, shelves.on_hand)
            left = shelves.ship(np.arange(rows), amount)
            for row, one in enumerate(naive):
                taken, mean = one.take(amount[row], oldest_first=False)
                assert taken == pytest.approx(amount[row], abs=1e-9)
                if not lives[row]:
                    assert left[row] == 0
                elif taken > 1e-9:
                    assert left[row] in {max(1, int(mean + 1e-9)), max(1, int(mean - 1e-9))}
        elif kind == "receive":
            days = draw.integers(-1, 9, rows)
            shelves.receive(amount, days)
            for one, units, left in zip(naive, amount, days, strict=True):
                one.receive(units, int(left))
        else:
            np.testing.assert_allclose(shelves.expire(), [one.expire() for one in naive], atol=1e-9)
        np.testing.assert_allclose(shelves.on_hand, [one.on_hand for one in naive], atol=1e-9)
        assert (shelves.on_hand >= -1e-9).all()


def test_first_expired_first_out():
    shelves = Shelves(np.array([0.0]), life_days=np.array([3]))
    shelves.receive(np.array([5.0]), np.array([3]))
    shelves.receive(np.array([2.0]), np.array([1]))
    assert shelves.sell(np.array([1.0])).tolist() == [1.0]
    assert shelves.expire().tolist() == [1.0]  # of the two that were on their last day one is left
    assert shelves.on_hand.tolist() == [5.0]
    assert shelves.expire().tolist() == [0.0]
    assert shelves.expire().tolist() == [5.0]


def test_transfers_take_the_freshest():
    shelves = Shelves(np.array([0.0, 7.0]), life_days=np.array([5, 0]))
    shelves.receive(np.array([4.0, 0.0]), np.array([1, 0]))
    shelves.receive(np.array([4.0, 0.0]), np.array([5, 0]))
    assert shelves.ship(np.array([0, 1]), np.array([6.0, 2.0])).tolist() == [3, 0]  # (4 x 5 + 2 x 1) / 6 = 3.7
    assert shelves.on_hand.tolist() == [2.0, 5.0]
    assert shelves.expire().tolist() == [2.0, 0.0]


def test_two_transfers_from_one_row():
    shelves = Shelves(np.array([10.0]), life_days=np.array([0]))
    shelves.ship(np.array([0, 0]), np.array([3.0, 4.0]))
    assert shelves.on_hand.tolist() == [3.0]


def test_the_opening_stock_is_not_the_callers_array():
    mine = np.array([3.0])
    Shelves(mine, life_days=np.array([0])).sell(np.array([1.0]))
    assert mine.tolist() == [3.0]


def test_no_rows():
    shelves = Shelves(np.zeros(0), life_days=np.zeros(0, np.int64))
    assert shelves.expire().shape == (0,)
