"""Brings one evening's packs within limits that rows share, and gives back what the limits leave free."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lots import line_value, packs_for
from solvers.replenishment.marginal import block_rewards
from solvers.replenishment.problem import Curve, OrderProblem

__all__ = ["Repaired", "Room", "repair", "used"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_RUNGS = 60  # quantities of a row that are looked at between its smallest line and the most
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Room:
    """What one limit leaves to the ``rows`` [n] of tonight's problem.

    ``amount`` in the limit's unit. A row uses ``weight`` [n] for each unit of ``level`` [n] plus what is ordered, as
    far as that is positive (``level``: units that are there already); with ``valued`` it uses the value of its line in
    base currency instead.
    """

    amount: float
    rows: Ints
    weight: Floats
    level: Floats
    valued: bool = False


@dataclass(frozen=True, slots=True)
class Repaired:
    """``packs`` [K]; ``cause`` [K] the limit because of which a row has less than the most (-1: has all).

    ``price`` [L] what the best pack (or whole order) that this limit alone keeps out would earn, for each unit of the
    limit that it takes; 0 where the limit keeps out nothing that earns, and where it is passed already, since one more
    unit of it would then let nothing in. ``over`` [L] how far what must be ordered goes past it.
    """

    packs: Ints
    cause: Ints
    price: Floats
    over: Floats


def used(problem: OrderProblem, room: Room, packs: Ints) -> Floats:
    """What each of the room's rows [n] uses of it with ``packs`` [K]."""
    rows = room.rows
    units = packs[rows] * problem.pack[rows]
    if room.valued:
        return _value(problem, rows, units) * problem.rate[rows]
    use: Floats = room.weight * np.maximum(room.level + units, 0.0)
    return use


def _value(problem: OrderProblem, rows: Ints, units: Floats) -> Floats:
    return line_value(units, problem.unit_price[rows], problem.break_from[rows], problem.break_price[rows])


def repair(problem: OrderProblem, packs: Ints, rooms: Sequence[Room], *, most: Ints, least: Ints) -> Repaired:
    """Packs between ``least`` and ``most`` [K] that keep the rooms, starting from ``packs`` [K].

    Packs go where they earn least for what they free; an order that would fall below its group's minimum value goes as
    a whole, unless it holds a line that must be ordered (``least``): then it keeps what brings it to the minimum. What
    the rooms then leave is given back where it earns most. Only ``least`` lines, and what their orders need to reach
    the minimum, can pass a room. Lines are whole packs and never below the minimum quantity.
    """
    return _Repair(problem, packs, rooms, most, least).run()


class _Ladder(NamedTuple):
    """Quantities of one row: ``packs`` [R], what they earn ``reward`` [R], their ``value``, supplier's currency [R]."""

    packs: Ints
    reward: Floats
    value: Floats


class _Repair:
    """State of one call: the rung of each row, what the rooms have left, the value of each group."""

    def __init__(self, problem: OrderProblem, packs: Ints, rooms: Sequence[Room], most: Ints, least: Ints) -> None:
        self.problem, self.most, self.least = problem, most, np.minimum(least, most)
        lot = _smallest(problem)
        start = np.clip(np.where(packs < lot, 0, packs), self.least, most)
        self.ladders = _ladders(problem, start, most=most, least=self.least)
        pairs = zip(self.ladders, start, strict=True)
        self.rung = [int(np.searchsorted(ladder.packs, p)) for ladder, p in pairs]
        self.floor = [int(np.searchsorted(one.packs, p)) for one, p in zip(self.ladders, self.least, strict=True)]
        self.group = [int(g) for g in problem.group]
        self.minimum = [float(value) * (1.0 - _SLACK) for value in problem.group_minimum]
        self.value = [0.0] * len(self.minimum)
        self.members: list[list[int]] = [[] for _ in self.minimum]
        for i, g in enumerate(self.group):
            self.value[g] += self.ladders[i].value[self.rung[i]]
            self.members[g].append(i)
        self.uses: list[list[tuple[int, Floats]]] = [[] for _ in self.group]
        self.rows_of: list[list[int]] = [[int(i) for i in room.rows] for room in rooms]
        for at, room in enumerate(rooms):
            for n, i in enumerate(self.rows_of[at]):
                self.uses[i].append((at, self._use(room, n, i)))
        self.left = [room.amount for room in rooms]
        self.slack = [_SLACK * max(abs(room.amount), 1.0) for room in rooms]
        for uses, rung in zip(self.uses, self.rung, strict=True):
            for at, use in uses:
                self.left[at] -= use[rung]

    def _use(self, room: Room, n: int, i: int) -> Floats:
        ladder = self.ladders[i]
        if room.valued:
            return ladder.value * float(self.problem.rate[i])
        units = room.level[n] + ladder.packs * float(self.problem.pack[i])
        use: Floats = room.weight[n] * np.maximum(units, 0.0)
        return use

    def run(self) -> Repaired:
        for at in sorted(range(len(self.left)), key=lambda at: (self.left[at], at)):
            self._trim(at)
        for g in range(len(self.minimum)):
            self._reach_minimum(g)
        self._give_back()
        packs = np.array([one.packs[r] for one, r in zip(self.ladders, self.rung, strict=True)], np.int64)
        cause, price = self._causes()
        over = np.array(
            [max(-left, 0.0) if left < -slack else 0.0 for left, slack in zip(self.left, self.slack, strict=True)]
        )
        return Repaired(packs, cause, price, over)

    def _move(self, i: int, rung: int) -> None:
        ladder, was = self.ladders[i], self.rung[i]
        self.value[self.group[i]] += float(ladder.value[rung] - ladder.value[was])
        for at, use in self.uses[i]:
            self.left[at] -= float(use[rung] - use[was])
        self.rung[i] = rung
        if rung == 0 and not any(self.rung[j] for j in self.members[self.group[i]]):
            self.value[self.group[i]] = 0.0  # exactly, whatever the sums have rounded

    def _trim(self, at: int) -> None:
        """Take packs back until the room holds, those first that earn least for what they free."""
        heap = [entry for i in self.rows_of[at] if (entry := self._loss(at, i)) is not None]
        heapq.heapify(heap)
        while heap and self.left[at] < -self.slack[at]:
            density, i = heapq.heappop(heap)
            now = self._loss(at, i)
            if now is None:
                continue
            if now[0] > density + 1e-15 * abs(density):
                heapq.heappush(heap, now)
                continue
            for j, rung in self._taken(at, i):
                self._move(j, rung)
            again = self._loss(at, i)
            if again is not None:
                heapq.heappush(heap, again)

    def _taken(self, at: int, i: int) -> list[tuple[int, int]]:
        """Rows and rungs after the next step down of a row that frees some of the room.

        Past a price break fewer units may cost more, so the step may be several rungs. Where the order would fall below
        its minimum, all of it goes.
        """
        ladder, rung, g = self.ladders[i], self.rung[i], self.group[i]
        use = next(use for room, use in self.uses[i] if room == at)
        lower = [r for r in range(self.floor[i], rung) if use[r] < use[rung]]
        if not lower:
            return []
        after = self.value[g] + float(ladder.value[lower[-1]] - ladder.value[rung])
        if after >= self.minimum[g] or self.minimum[g] <= 0.0 or after <= _SLACK * self.minimum[g]:
            return [(i, lower[-1])]
        if any(self.least[j] > 0 for j in self.members[g]):
            return []
        return [(j, 0) for j in self.members[g] if self.rung[j] > 0]

    def _loss(self, at: int, i: int) -> tuple[float, int] | None:
        """What the next step down of a row loses for what it frees of the room."""
        lost = freed = 0.0
        for j, rung in self._taken(at, i):
            lost += float(self.ladders[j].reward[self.rung[j]] - self.ladders[j].reward[rung])
            freed += sum(float(use[self.rung[j]] - use[rung]) for room, use in self.uses[j] if room == at)
        return (lost / freed, i) if freed > 0.0 else None

    def _reach_minimum(self, g: int) -> None:
        """An order below its minimum is dropped; one that must be placed is brought to it, whatever the rooms hold."""
        if self.value[g] >= self.minimum[g] or self.value[g] <= 0.0:
            return
        if not any(self.least[j] > 0 for j in self.members[g]):
            for j in self.members[g]:
                self._move(j, 0)
            return
        while self.value[g] < self.minimum[g]:
            steps = [(-self._gain(j) / max(self._worth(j), _SLACK), j) for j in self.members[g] if self._can_rise(j)]
            if not steps:
                return
            j = min(steps)[1]
            self._move(j, self.rung[j] + 1)

    def _can_rise(self, i: int) -> bool:
        return self.rung[i] + 1 < self.ladders[i].packs.size

    def _gain(self, i: int) -> float:
        reward, rung = self.ladders[i].reward, self.rung[i]
        return float(reward[rung + 1] - reward[rung])

    def _worth(self, i: int) -> float:
        value, rung = self.ladders[i].value, self.rung[i]
        return float(value[rung + 1] - value[rung])

    def _give_back(self) -> None:
        """Use what is left: whole orders that were dropped, and packs of those that are placed."""
        for g in sorted(range(len(self.minimum)), key=lambda g: (-self._whole_gain(g), g)):
            if self.value[g] <= 0.0 < self.minimum[g]:
                steps = [(j, self.ladders[j].packs.size - 1) for j in self.members[g]]
                if self._fits(steps):
                    for j, rung in steps:
                        self._move(j, rung)
        heap = [(self._density(i), i) for i in range(len(self.group)) if self._may_rise(i)]
        heapq.heapify(heap)
        while heap:
            _, i = heapq.heappop(heap)
            after = self.value[self.group[i]] + self._worth(i)
            if after >= self.minimum[self.group[i]] and self._fits([(i, self.rung[i] + 1)]):
                self._move(i, self.rung[i] + 1)
                if self._may_rise(i):
                    heapq.heappush(heap, (self._density(i), i))

    def _whole_gain(self, g: int) -> float:
        return sum(float(self.ladders[j].reward[-1] - self.ladders[j].reward[self.rung[j]]) for j in self.members[g])

    def _may_rise(self, i: int) -> bool:
        g = self.group[i]
        return self._can_rise(i) and bool(self.uses[i]) and (self.minimum[g] <= 0.0 or self.value[g] > 0.0)

    def _density(self, i: int) -> float:
        """What the next step of a row earns for its use of the rooms, each measured by what it has left; negative."""
        share = _SLACK
        for at, use in self.uses[i]:
            share += max(float(use[self.rung[i] + 1] - use[self.rung[i]]), 0.0) / max(self.left[at], self.slack[at])
        gain = self._gain(i)
        return -gain / share if gain > 0 else -gain

    def _fits(self, steps: Sequence[tuple[int, int]]) -> bool:
        more: dict[int, float] = {}
        for i, rung in steps:
            for at, use in self.uses[i]:
                more[at] = more.get(at, 0.0) + float(use[rung] - use[self.rung[i]])
        return all(use <= 0.0 or use <= self.left[at] + self.slack[at] for at, use in more.items())

    def _causes(self) -> tuple[Ints, Floats]:
        """The limit that stands in the way of each row's next pack, and the price of each limit.

        Where a whole order is left out, the limit that holds it least.
        """
        cause, price = np.full(len(self.group), -1, np.int64), np.zeros(len(self.left))
        for i, g in enumerate(self.group):
            if not self._can_rise(i) or not self.uses[i]:
                continue
            whole = self.value[g] <= 0.0 < self.minimum[g]
            next_use = {at: float(use[self.rung[i] + 1] - use[self.rung[i]]) for at, use in self.uses[i]}
            more = self._whole_use(g) if whole else next_use
            tight = {at: more[at] / max(self.left[at], self.slack[at]) for at in next_use}
            cause[i] = min(next_use, key=lambda at: (-tight[at], at))
            out = [at for at, use in more.items() if use > max(self.left[at], 0.0) + self.slack[at]]
            if len(out) == 1 and self.left[out[0]] >= -self.slack[out[0]]:
                gain = self._whole_gain(g) if whole else self._gain(i)
                price[out[0]] = max(price[out[0]], gain / more[out[0]])
        return cause, price

    def _whole_use(self, g: int) -> dict[int, float]:
        """What the whole order of a group would use of each room beyond what it uses."""
        more: dict[int, float] = {}
        for j in self.members[g]:
            for at, use in self.uses[j]:
                more[at] = more.get(at, 0.0) + float(use[-1] - use[self.rung[j]])
        return more


def _ladders(problem: OrderProblem, start: Ints, *, most: Ints, least: Ints) -> list[_Ladder]:
    """Quantities of all rows from none to the most, with what they earn beyond none."""
    lot = _smallest(problem)
    rungs = [_rungs(*(int(x) for x in one)) for one in zip(lot, start, most, least, strict=True)]
    row = np.repeat(np.arange(most.size), [one.size for one in rungs])
    packs = np.concatenate(rungs) if rungs else np.zeros(0, np.int64)
    units = packs * problem.pack[row]
    curve = Curve(problem.curve.levels, *(np.ascontiguousarray(part[row]) for part in problem.curve[1:]))
    reward = block_rewards(curve, problem.position[row], units)
    value = _value(problem, row, units)
    reward = reward + (units * problem.unit_price[row] - value) * problem.rate[row]
    ends = np.cumsum([0, *(one.size for one in rungs)])
    return [_Ladder(packs[a:b], reward[a:b], value[a:b]) for a, b in pairwise(ends)]


def _smallest(problem: OrderProblem) -> Ints:
    """Packs of the smallest line of each row [K]."""
    return packs_for(np.ones_like(problem.pack), np.maximum(problem.minimum_quantity, problem.pack), problem.pack)


def _rungs(lot: int, start: int, most: int, least: int) -> Ints:
    """None, the smallest line, then even steps to the most; where it starts, and the least that must be, among them."""
    if most <= 0:
        return np.zeros(1, np.int64)
    step = max(1, -(-(most - lot) // _RUNGS))
    between = np.arange(min(lot, most), most, step)
    rungs: Ints = np.unique(np.concatenate(([0], between, [start, most, least]))).astype(np.int64)
    return rungs
