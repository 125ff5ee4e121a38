"""Bringing packs within shared limits: against all combinations of small orders, and what must never give way."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.limit_repair import Room, repair, used
from solvers.replenishment.lots import line_value
from solvers.replenishment.marginal import block_rewards, rewarding_packs
from solvers.replenishment.problem import Curve, OrderProblem

LEVELS = np.array([0.1, 0.5, 0.9, 0.98])
seeds = st.integers(0, 2**32 - 1)


def orders(seed: int, *, rows: int = 4, groups: int = 2, minimum: bool = True) -> tuple[OrderProblem, np.ndarray]:
    """Random rows, and the packs that each is wanted for by itself."""
    rng = np.random.default_rng(seed)
    mean = rng.uniform(5, 40, rows)
    quantile = mean[:, None] * np.array([0.4, 0.9, 1.6, 2.2])
    price = rng.uniform(2, 20, rows)
    curve = Curve(LEVELS, quantile, quantile, np.column_stack((price * 0.6, price * 0.02, np.zeros(rows))))
    pack = rng.choice([1.0, 4.0, 6.0], rows)
    lot = rng.integers(1, 4, rows)
    position = rng.uniform(0, 10, rows)
    most = np.maximum(np.ceil((quantile[:, 2] - position) / pack), lot).astype(np.int64)
    breaks = np.column_stack((np.full(rows, 20.0), np.where(rng.random(rows) < 0.5, price * 0.9, price)))
    group = np.arange(rows) % groups
    value = np.bincount(group, weights=most * pack * price, minlength=groups)
    problem = OrderProblem(
        position=position, need=np.zeros(rows), pack=pack, minimum_quantity=lot * pack, limit=np.full(rows, np.inf),
        lot_allowed=np.ones(rows, bool), top_up_limit=np.full(rows, np.inf), unit_price=price,
        break_from=breaks[:, :1], break_price=breaks[:, 1:], rate=np.ones(rows), group=group,
        group_minimum=value * rng.uniform(0, 0.5, groups) if minimum else np.zeros(groups),
        runs_out=np.zeros(rows, bool), daily=mean / 10, days=np.full(rows, 10.0), holding=np.zeros(rows), curve=curve,
        by_reward=True,
    )  # fmt: skip
    return problem, most


def money_room(problem: OrderProblem, amount: float) -> Room:
    rows = np.arange(problem.pack.size)
    return Room(amount, rows, np.ones(rows.size), np.zeros(rows.size), valued=True)


def unit_room(problem: OrderProblem, amount: float, level: float = 0.0) -> Room:
    rows = np.arange(problem.pack.size)
    return Room(amount, rows, np.ones(rows.size), np.full(rows.size, level))


def reward(problem: OrderProblem, packs: np.ndarray) -> float:
    units = packs * problem.pack
    saved = units * problem.unit_price - line_value(units, problem.unit_price, problem.break_from, problem.break_price)
    return float((block_rewards(problem.curve, problem.position, units) + saved).sum())


def holds(problem: OrderProblem, packs: np.ndarray, most: np.ndarray, rooms: list[Room]) -> None:
    units = packs * problem.pack
    assert ((packs >= 0) & (packs <= most)).all()
    assert ((packs == 0) | (units >= problem.minimum_quantity - 1e-9)).all()
    for room in rooms:
        assert used(problem, room, packs).sum() <= room.amount * (1 + 1e-9) + 1e-9
    value = line_value(units, problem.unit_price, problem.break_from, problem.break_price)
    by_group = np.bincount(problem.group, weights=value, minlength=problem.group_minimum.size)
    assert ((by_group == 0) | (by_group >= problem.group_minimum * (1 - 1e-9))).all()


@settings(max_examples=60, deadline=None)
@given(seed=seeds, share=st.floats(0.0, 1.2), crowded=st.floats(0.1, 1.2))
def test_rooms_minimums_and_lots_hold(seed: int, share: float, crowded: float) -> None:
    problem, most = orders(seed, rows=8, groups=3)
    value = float(line_value(most * problem.pack, problem.unit_price, problem.break_from, problem.break_price).sum())
    rooms = [money_room(problem, share * value), unit_room(problem, crowded * float((most * problem.pack).sum()))]
    made = repair(problem, most, rooms, most=most, least=np.zeros(8, np.int64))
    holds(problem, made.packs, most, rooms)
    assert (made.over == 0).all()
    assert ((made.cause >= 0) == (made.packs < most)).all()
    assert (made.price >= 0).all()


@settings(max_examples=40, deadline=None)
@given(seed=seeds, share=st.floats(0.2, 0.9))
def test_little_is_lost_against_every_combination(seed: int, share: float) -> None:
    """Brute force over all packs of three rows: greedy loses no more than the best single pack that does not fit."""
    problem, most = orders(seed, rows=3, groups=1, minimum=False)
    problem = replace(problem, minimum_quantity=problem.pack)
    most = np.minimum(most, 7)
    room = unit_room(problem, share * float((most * problem.pack).sum()))
    made = repair(problem, np.zeros(3, np.int64), [room], most=most, least=np.zeros(3, np.int64))
    combinations = (np.array(packs) for packs in product(*(range(int(m) + 1) for m in most)))
    fits = [packs for packs in combinations if used(problem, room, packs).sum() <= room.amount + 1e-9]
    best = max(reward(problem, packs) for packs in fits)
    one_pack = max(float(block_rewards(problem.curve, problem.position, problem.pack).max()), 0.0)
    wanted = reward(problem, most)
    assert reward(problem, made.packs) >= min(best, wanted) - one_pack - float((0.1 * problem.unit_price * 42).max())


def test_with_enough_room_nothing_changes() -> None:
    problem, most = orders(3, rows=6, groups=2)
    made = repair(problem, most, [unit_room(problem, 1e9)], most=most, least=np.zeros(6, np.int64))
    assert (made.packs == most).all()
    assert (made.cause == -1).all()
    assert made.price.tolist() == [0.0]


def test_what_is_left_is_given_back() -> None:
    problem, most = orders(5, rows=6, groups=2)
    made = repair(problem, np.zeros(6, np.int64), [unit_room(problem, 1e9)], most=most, least=np.zeros(6, np.int64))
    assert (made.packs == most).all()


@pytest.mark.parametrize("minimum", [False, True])
def test_what_must_be_ordered_passes_the_room_and_is_told(minimum: bool) -> None:
    problem, most = orders(7, rows=4, groups=2, minimum=minimum)
    least = np.zeros(4, np.int64)
    least[1] = most[1]
    made = repair(problem, most, [unit_room(problem, 0.0)], most=most, least=least)
    assert made.packs[1] == most[1]
    assert made.packs[[0, 2]].tolist() == [0, 0]  # the other order goes
    units = float((made.packs * problem.pack).sum())
    assert made.over[0] == pytest.approx(units)
    value = line_value(made.packs * problem.pack, problem.unit_price, problem.break_from, problem.break_price)
    assert value[[1, 3]].sum() >= problem.group_minimum[1] * (1 - 1e-9)


def test_stock_that_is_short_takes_no_room() -> None:
    """What is ordered first serves what is owed: a level below zero."""
    problem, most = orders(11, rows=2, groups=1, minimum=False)
    owed = -float((most * problem.pack).max())
    made = repair(problem, most, [unit_room(problem, 0.0, owed)], most=most, least=np.zeros(2, np.int64))
    assert (made.packs == most).all()


def test_more_room_never_earns_less() -> None:
    """Single units that each earn: what is chosen first does not depend on the room."""
    problem, _ = orders(13, rows=5, groups=1, minimum=False)
    ones = np.ones(5)
    problem = replace(problem, pack=ones, minimum_quantity=ones, break_price=problem.unit_price[:, None])
    most = rewarding_packs(problem.curve, problem.position, ones, ones, np.full(5, 55))
    rewards = []
    for units in range(0, int(most.sum()) + 8, 7):
        made = repair(problem, most, [unit_room(problem, float(units))], most=most, least=np.zeros(5, np.int64))
        rewards.append(reward(problem, made.packs))
        assert made.packs.sum() == min(units, most.sum())
    assert np.diff(rewards).min() >= -1e-9
    assert rewards[-1] > rewards[0]


@settings(max_examples=40, deadline=None)
@given(seed=seeds, share=st.floats(0.0, 1.1))
def test_the_price_is_what_one_more_unit_saves(seed: int, share: float) -> None:
    """Single units without breaks and minimums: tried with one unit more of the room."""
    problem, _ = orders(seed, rows=5, groups=1, minimum=False)
    ones = np.ones(5)
    problem = replace(problem, pack=ones, minimum_quantity=ones, break_price=problem.unit_price[:, None])
    most = rewarding_packs(problem.curve, problem.position, ones, ones, np.full(5, 25))
    least = np.zeros(5, np.int64)
    amount = float(round(share * float(most.sum())))
    made = repair(problem, most, [unit_room(problem, amount)], most=most, least=least)
    more = repair(problem, most, [unit_room(problem, amount + 1.0)], most=most, least=least)
    saved = reward(problem, more.packs) - reward(problem, made.packs)
    assert made.price[0] == pytest.approx(saved, rel=1e-9, abs=1e-9)


def test_a_limit_that_is_passed_or_lets_nothing_in_has_no_price() -> None:
    problem, most = orders(7, rows=4, groups=2, minimum=False)
    least = np.zeros(4, np.int64)
    least[1] = most[1]
    passed = repair(problem, most, [unit_room(problem, 0.0)], most=most, least=least)
    assert passed.over[0] > 0
    assert (passed.packs < most).any()
    assert passed.price.tolist() == [0.0]  # one unit more is taken by what is ordered already
    both = repair(problem, most, [unit_room(problem, 0.0), money_room(problem, 0.0)], most=most, least=least * 0)
    assert both.price.tolist() == [0.0, 0.0]  # the other limit would still keep everything out
    alone = repair(problem, most, [unit_room(problem, 0.0), money_room(problem, 1e9)], most=most, least=least * 0)
    assert alone.price[0] > 0.0
    assert alone.price[1] == 0.0
