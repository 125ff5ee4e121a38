"""The pool of plans: its prices are those of the master problem, its choice that of enumeration."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.planning.groups import Answer
from solvers.replenishment.planning.pool import Pool
from solvers.replenishment.planning.shared import Index, Use

DAYS = 2
NOTHING = Use(np.zeros(1), np.zeros(1), np.zeros(DAYS))


def pool_of(random: np.random.Generator, *, groups: int, plans: int) -> tuple[Pool, list[list[Answer]]]:
    """Plans that cost less the more they use; one budget for all, a room a day, and a capacity for the first two."""
    made = [[_plan(number, random) for number in range(plans)] for _ in range(groups)]
    mean = np.mean([plan.use for group in made for plan in group], axis=0)
    share = random.uniform(0.3, 1.2)
    amounts = Use(np.array([groups * mean[0].sum() * share]), np.array([2.0 * mean[1].sum()]), groups * mean[2] * share)
    index = Index(
        np.zeros((groups, DAYS), np.int64),
        np.where(np.arange(groups)[:, None] < 2, 0, -1) + np.zeros((groups, DAYS), np.int64),
        np.tile(np.arange(DAYS), (groups, 1)),
    )
    pool = Pool(amounts, index, np.zeros(0, np.int64))
    for plan in range(plans):
        pool.add(range(groups), [group[plan] for group in made])
    return pool, made


def _plan(number: int, random: np.random.Generator) -> Answer:
    use = tuple(random.uniform(0.0, 10.0, DAYS) for _ in range(3))
    cost = 100.0 - sum(float(one.sum()) for one in use) + random.uniform(0.0, 20.0)
    return Answer(np.array([[number] * DAYS]), cost, cost, -np.inf, use, relaxed=False)


def _ceiling(amount: float) -> Use:
    return Use(np.full(1, amount), np.full(1, amount), np.full(DAYS, amount))


def _over(pool: Pool, chosen: list[Answer]) -> np.ndarray:
    used = np.array(
        [
            sum(plan.use[0].sum() for plan in chosen),
            sum(plan.use[1].sum() for plan in chosen[:2]),
            *sum(plan.use[2] for plan in chosen),
        ]
    )
    return np.maximum(used - pool.amount, 0.0)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_prices_are_those_of_the_best_mixture(seed: int) -> None:
    random = np.random.default_rng(seed)
    pool, made = pool_of(random, groups=4, plans=5)
    ceiling = random.uniform(0.5, 5.0)
    prices = pool.prices(_ceiling(ceiling))
    flat = np.concatenate(prices)

    def bound(price: np.ndarray) -> float:
        """What the groups cost at least at prices, less the worth of the limits: the master's dual."""
        least = 0.0
        for g, group in enumerate(made):
            least += min(
                plan.cost
                + price[0] * plan.use[0].sum()
                + (price[1] * plan.use[1].sum() if g < 2 else 0.0)
                + price[2:] @ plan.use[2]
                for plan in group
            )
        return least - float(price @ pool.amount)

    assert ((flat >= 0.0) & (flat <= ceiling * (1 + 1e-9))).all()
    best = bound(flat)
    others = [np.clip(flat + random.normal(0.0, 0.3, flat.size), 0.0, ceiling) for _ in range(200)]
    others += [random.uniform(0.0, ceiling, flat.size) for _ in range(200)]
    assert all(bound(other) <= best + 1e-6 for other in others)


def _with_penalty(pool: Pool, chosen: Sequence[Answer]) -> float:
    return sum(plan.cost for plan in chosen) + 320.0 * float(_over(pool, list(chosen)).sum())


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_no_group_alone_has_a_better_choice(seed: int) -> None:
    pool, made = pool_of(np.random.default_rng(seed), groups=5, plans=4)
    found = pool.choose(NOTHING, _ceiling(20.0))
    cost = _with_penalty(pool, found)
    for g, group in enumerate(made):
        for plan in group:
            assert cost <= _with_penalty(pool, [*found[:g], plan, *found[g + 1 :]]) + 1e-6


def test_choice_is_nearly_as_good_as_enumeration() -> None:
    excess = []
    for seed in range(30):
        pool, made = pool_of(np.random.default_rng(seed), groups=5, plans=4)
        best = min(_with_penalty(pool, one) for one in product(*made))
        excess.append(_with_penalty(pool, pool.choose(NOTHING, _ceiling(20.0))) / best - 1.0)
    assert np.median(excess) <= 1e-9
    assert np.mean(excess) <= 0.002


def test_plans_that_mix_well_are_kept_and_a_plan_counts_once() -> None:
    random = np.random.default_rng(7)
    pool, made = pool_of(random, groups=3, plans=60)
    pool.add(range(3), [group[0] for group in made])
    assert [len(group.answers) for group in pool.groups] == [60, 60, 60]
    before = pool.prices(_ceiling(5.0))
    assert all(len(group.answers) < 60 for group in pool.groups)
    after = pool.prices(_ceiling(5.0))
    assert np.allclose(np.concatenate(before), np.concatenate(after))


@pytest.mark.parametrize("size", [1.0, 1e7, 1e12])
def test_prices_of_limits_of_which_nothing_is_left_keep_the_largest_plans_out(size: float) -> None:
    """At the prices no group gains by a plan that uses what is not there, be it a hundred million units at a time."""
    random = np.random.default_rng(3)
    zero = np.zeros(DAYS)
    amounts = Use(np.zeros(1), np.zeros(1), np.zeros(DAYS))
    index = Index(np.zeros((3, DAYS), np.int64), np.full((3, DAYS), -1), np.full((3, DAYS), -1))
    pool = Pool(amounts, index, np.zeros(0, np.int64))
    saved = []
    for g in range(3):
        units = size * random.uniform(0.5, 2.0, DAYS)
        saved.append((units.sum(), 50.0))
        plans = [Answer(np.array([[n] * DAYS]), 100.0 - 50.0 * n, 0.0, -np.inf, (units * n, zero, zero), relaxed=False)
                 for n in (0, 1)]  # fmt: skip
        pool.add([g, g], plans)
    price = float(pool.prices(_ceiling(100.0)).budget[0])
    assert 0.0 < price <= 100.0
    assert all(price * units >= money * (1 - 1e-6) for units, money in saved)
