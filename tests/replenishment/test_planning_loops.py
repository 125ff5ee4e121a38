"""Loops of the order planner against the same figures found the plain way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.planning.ascend import MANY_TRUCKS, lower_bounds
from solvers.replenishment.planning.cut import moves_of
from solvers.replenishment.planning.fill import fill_up
from solvers.replenishment.planning.paths import follow, pack_prices
from solvers.replenishment.planning.rows import GroupRows, GroupTerms, row_cost, shared, totals
from solvers.replenishment.planning.tables import GroupCaps, GroupPrices, group_rows, group_terms
from tests.replenishment.test_planning import problem


def group(seed: int, rows: int, days: int, *, caps: GroupCaps | None = None) -> tuple[GroupRows, GroupTerms]:
    """A group at prices on what is shared, some of whose lines are given."""
    random = np.random.default_rng(seed)
    one = problem(seed, rows=rows, days=days)
    given_packs = np.where(random.random((rows, days)) < 0.1, random.integers(0, 2, (rows, days)), -1)
    one = replace(one, fixed_packs=np.where(given_packs > 0, one.lot_packs[:, None], given_packs))
    prices = GroupPrices(*(random.exponential(0.05, days) for _ in range(3)))
    every = np.arange(rows)
    return group_rows(one, every, prices), group_terms(one, 0, every, prices, caps)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_every_set_of_order_days_costs_what_its_rows_cost_alone(seed: int, days: int) -> None:
    rows, terms = group(seed, 3, days)
    base, dual = pack_prices(rows, terms), np.zeros((3, days))
    packs, asked = np.zeros((3, days), np.int64), np.zeros((2, 3, days), np.int64)
    asked[1] = MANY_TRUCKS
    found = lower_bounds(rows, terms, base, dual)
    for pattern in range(1 << days):
        used = (pattern >> np.arange(days)) & 1 == 1
        cost = follow(rows, pattern, asked, base, packs) + used.sum() * terms.order_cost
        if np.any(rows.fixed[:, ~used] > 0):
            cost = np.inf
        assert found[pattern] == pytest.approx(cost, rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_a_cut_costs_and_frees_what_the_plan_with_it_does(seed: int) -> None:
    random = np.random.default_rng(seed)
    n, days = 3, 4
    caps = GroupCaps(
        random.integers(-1, 2, (2, days)), random.uniform(1.0, 200.0, (2, 2)), random.choice([5.0, 30.0, np.inf], days)
    )
    rows, terms = group(seed, n, days, caps=caps)
    packs = random.integers(0, 3, (n, days))
    use, moves = shared(rows, terms, packs, n), np.zeros((2, days + 1))
    for i, t in zip(*np.nonzero((packs > 0) & (rows.fixed < 0) & (packs.sum(axis=1) <= 4)[:, None]), strict=True):
        fewer = int(random.integers(1, packs[i, t] + 1))
        moves_of(rows, terms, packs, use, int(i), int(t), fewer, moves)
        for to in range(t + 1, days + 1):
            if to < days and (packs[i, to] == 0 or rows.fixed[i, to] >= 0):
                assert moves[1, to] == 0.0
                continue
            trial = packs.copy()
            trial[i, t] -= fewer
            if to < days:
                trial[i, to] += fewer
            rise = row_cost(rows, terms, i, trial[i]) - row_cost(rows, terms, i, packs[i])
            freed = passed(terms, use) - passed(terms, shared(rows, terms, trial, n))
            assert moves[0, to] == pytest.approx(rise, abs=1e-8)
            assert moves[1, to] == pytest.approx(freed, abs=1e-9)


def passed(terms: GroupTerms, use: tuple[np.ndarray, np.ndarray]) -> float:
    """How far all caps are passed, each as a share of itself."""
    most = np.concatenate((terms.caps.ravel(), terms.room))
    used = np.concatenate((use[0].ravel(), use[1]))
    known = np.isfinite(most)
    over = used[known] / most[known] - 1.0
    return float(over[over > 1e-9].sum())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.5, 6.0))
def test_filling_up_takes_the_cheapest_step_each_time(seed: int, minimum: float) -> None:
    rows, terms = group(seed, 3, 3)
    terms = terms._replace(minimum_value=minimum * terms.minimum_value)
    packs = np.maximum(rows.fixed, 0)
    expected, reached = packs.copy(), True
    for t in range(3):
        while (missing := terms.minimum_value - totals(rows, expected, 3)[1][t]) > 1e-6:
            steps = []
            for i in np.flatnonzero(rows.fixed[:, t] < 0).tolist():
                for line in more_on(rows, i, expected[i], t):
                    trial = expected.copy()
                    trial[i] = line
                    gain = totals(rows, trial, 3)[1][t] - totals(rows, expected, 3)[1][t]
                    rise = row_cost(rows, terms, i, line) - row_cost(rows, terms, i, expected[i])
                    if gain > 0.0 and rise < np.inf:
                        steps.append((rise / min(gain, missing), trial))
            if not steps:
                reached = False
                break
            expected = min(steps, key=lambda step: step[0])[1]
        if not reached:
            break
    assert fill_up(rows, terms, packs, 7) == reached
    assert np.array_equal(packs, expected)


def more_on(rows: GroupRows, i: int, line: np.ndarray, t: int) -> list[np.ndarray]:
    """A row's lines [T] with more on a day: a pack more in all, or a pack or the whole of a later line moved."""
    more = 1 if line[t] > 0 else int(rows.lot[i])
    found = [line + more * (np.arange(line.size) == t)]
    for source in range(t + 1, line.size):
        if line[source] == 0 or rows.fixed[i, source] >= 0:
            continue
        for taken in (more, max(int(line[source]), more)):
            if taken == more and line[source] - more < rows.lot[i]:
                continue
            new = line.copy()
            new[t] += taken
            new[source] = max(line[source] - taken, 0)
            found.append(new)
    return found
