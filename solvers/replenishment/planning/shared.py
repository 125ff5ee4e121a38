"""Prices on what groups share: budgets, suppliers' capacities, room in warehouses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.replenishment.planning.problem import Limits, PlanProblem
from solvers.replenishment.planning.tables import GroupCaps, GroupPrices, tiers

__all__ = [
    "KINDS",
    "Index",
    "Ledger",
    "LimitPrices",
    "Use",
    "first_prices",
    "group_prices",
    "group_use",
    "limits_of",
    "next_prices",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

KINDS = ("budget", "capacity", "volume")
_SLACK = 1e-9
_SHARPNESS = 5.0  # a fifth away from the limit a price moves by the whole step
_NEGLIGIBLE = 0.02  # of the first price tried; below it a limit has none


class Use(NamedTuple):
    """What groups use of the limits of each kind, or prices or ends of them: one array a kind."""

    budget: Floats
    capacity: Floats
    volume: Floats


class Index(NamedTuple):
    """Which limit of a kind each group and day uses, [G,T] (-1: none)."""

    budget: Ints
    capacity: Ints
    volume: Ints


@dataclass
class LimitPrices:
    """Prices of all limits, and the first ones that are tried."""

    price: Use
    first: Use


def limits_of(limits: Limits, groups: int, days: int) -> tuple[Use, Index]:
    """Amounts of all limits, and who uses which; a kind without limits is used by nobody."""
    none = np.full((groups, days), -1, np.int64)
    amounts = Use(limits.budget, limits.capacity, limits.volume)
    given = (limits.budget_of, limits.capacity_of, limits.volume_of)
    used = [index if amount.size else none for amount, index in zip(amounts, given, strict=True)]
    return amounts, Index(*used)


def group_prices(prices: Use, index: Index, group: int) -> GroupPrices:
    """Prices [T] of what a group uses."""
    return GroupPrices(*(_look_up(price, of[group]) for price, of in zip(prices, index, strict=True)))


def _look_up(price: Floats, index: Ints) -> Floats:
    if price.size == 0:
        return np.zeros(index.size)
    found: Floats = np.where(index >= 0, price[np.maximum(index, 0)], 0.0)
    return found


def group_use(problem: PlanProblem, rows: Ints, packs: Ints) -> tuple[Floats, Floats, Floats]:
    """Base currency, units and litres that packs [n,T] of the rows [n] of a group use on each day [T]."""
    first, price = tiers(problem, rows)
    at = (packs[:, :, None] >= first[:, None, :]).sum(axis=2) - 1
    paid = price[np.arange(rows.size)[:, None], np.maximum(at, 0)]
    units = packs * problem.pack[rows][:, None]
    value = (units * paid * problem.rate[rows][:, None]).sum(axis=0)
    there = problem.position[rows][:, None] - problem.before[rows] + np.cumsum(units, axis=1)
    litres = (np.maximum(there, 0.0) * problem.volume_l[rows][:, None]).sum(axis=0)
    return value, units.sum(axis=0), litres


class Ledger:
    """What groups use of shared limits: ``used`` by limit, and of each group and day ``own`` [3,G,T]."""

    def __init__(self, amounts: Use, given_over: Use, index: Index, own: Floats) -> None:
        self.amounts, self.given_over, self.index, self.own = amounts, given_over, index, own
        self.used = self._sums()

    @classmethod
    def of(cls, problem: PlanProblem, rows_of: Callable[[int], Ints]) -> Ledger:
        """A ledger of what is given alone; a limit that this breaks is as large as that takes."""
        amounts, index = limits_of(problem.limits, problem.groups, problem.days)
        packs = np.maximum(problem.fixed_packs, 0)
        own = np.zeros((len(KINDS), problem.groups, problem.days))
        for group in range(problem.groups):
            rows = rows_of(group)
            own[:, group] = group_use(problem, rows, packs[rows])
        ledger = cls(amounts, amounts, index, own)
        ledger.given_over = Use(*(np.maximum(u - a, 0.0) for u, a in zip(ledger.used, amounts, strict=True)))
        ledger.amounts = Use(*(np.maximum(u, a) for u, a in zip(ledger.used, amounts, strict=True)))
        return ledger

    def book_all(self, uses: Sequence[tuple[Floats, Floats, Floats]]) -> None:
        """Enter what all groups use."""
        self.own = np.array(uses).transpose(1, 0, 2)
        self.used = self._sums()

    def book(self, group: int, use: tuple[Floats, Floats, Floats]) -> None:
        """Enter what one group uses now."""
        for kind, (index, used) in enumerate(zip(self.index, self.used, strict=True)):
            there = index[group] >= 0
            np.add.at(used, index[group][there], use[kind][there] - self.own[kind, group][there])
        self.own[:, group] = use

    def broken(self) -> list[tuple[int, int]]:
        """Limits that do not hold, those broken most first."""
        found = [
            (-self.over(kind, int(limit)) / max(float(amount[limit]), 1e-9), kind, int(limit))
            for kind, amount in enumerate(self.amounts)
            for limit in range(amount.size)
            if self.over(kind, int(limit)) > 0.0
        ]
        return [(kind, limit) for _, kind, limit in sorted(found)]

    def over(self, kind: int, limit: int) -> float:
        """How far a limit is broken; 0 when it holds."""
        amount, used = float(self.amounts[kind][limit]), float(self.used[kind][limit])
        return used - amount if used > amount * (1.0 + _SLACK) + _SLACK else 0.0

    def users(self, kind: int, limit: int) -> list[int]:
        """Groups that use the limit, those that use most of it first."""
        groups = np.flatnonzero((self.index[kind] == limit).any(axis=1))
        return sorted((int(g) for g in groups), key=lambda g: (-self.of_group(g, kind, limit), g))

    def payers(self, prices: Use) -> list[int]:
        """Groups that use a limit with a price."""
        paid = np.zeros(self.own.shape[1], np.bool_)
        for price, index in zip(prices, self.index, strict=True):
            if price.size:
                paid |= ((index >= 0) & (price[np.maximum(index, 0)] > 0.0)).any(axis=1)
        return [int(g) for g in np.flatnonzero(paid)]

    def of_group(self, group: int, kind: int, limit: int) -> float:
        """What a group uses of a limit."""
        return float(self.own[kind, group][self.index[kind][group] == limit].sum())

    def of_use(self, use: tuple[Floats, Floats, Floats], group: int, kind: int, limit: int) -> float:
        """What a group would use of a limit."""
        return float(use[kind][self.index[kind][group] == limit].sum())

    def worth(self, group: int, prices: Use) -> float:
        """What a group's use costs at the prices."""
        total = 0.0
        for kind, price in enumerate(prices):
            there = self.index[kind][group] >= 0
            total += float(price[self.index[kind][group][there]] @ self.own[kind, group][there]) if price.size else 0.0
        return total

    def caps_of(self, group: int, less: tuple[int, int, float] | None) -> GroupCaps:
        """What a group may use: its own and what is left; of the limit ``less`` (kind, number) the amount given."""
        days = self.own.shape[2]
        room = np.full(days, np.inf)
        cap_of, caps = np.full((2, days), -1, np.int64), np.full((2, days), np.inf)
        for kind, index in enumerate(self.index):
            for t in np.flatnonzero(index[group] >= 0):
                limit = int(index[group, t])
                at_most = self._at_most(group, kind, limit, less)
                if kind == KINDS.index("volume"):
                    room[t] = at_most
                else:
                    first = int(np.flatnonzero(index[group] == limit)[0])
                    cap_of[kind, t], caps[kind, first] = first, at_most
        return GroupCaps(cap_of, caps, room)

    def _at_most(self, group: int, kind: int, limit: int, less: tuple[int, int, float] | None) -> float:
        if less is not None and less[:2] == (kind, limit):
            return less[2]
        own = self.of_group(group, kind, limit)
        return own + max(float(self.amounts[kind][limit] - self.used[kind][limit]), 0.0)

    def _sums(self) -> Use:
        sums = []
        for kind, (index, amount) in enumerate(zip(self.index, self.amounts, strict=True)):
            there = index >= 0
            found = np.bincount(index[there], weights=self.own[kind][there], minlength=amount.size)
            sums.append(found.astype(np.float64))
        return Use(*sums)


def first_prices(problem: PlanProblem, amounts: Use) -> LimitPrices:
    """No prices yet; the first one tried makes stock about twice as dear to hold as it is."""
    left = np.median(problem.money[:, :, 1]) if problem.rows else 0.0
    value, litres = (
        np.median(x) if problem.rows else 1.0 for x in (problem.unit_price * problem.rate, problem.volume_l)
    )
    scale = (left / max(value, 1e-9), left, left / max(litres, 1e-9))
    zero = Use(*(np.zeros_like(amount) for amount in amounts))
    return LimitPrices(zero, Use(*(np.full_like(x, max(s, 1e-9)) for x, s in zip(zero, scale, strict=True))))


def next_prices(prices: LimitPrices, use: Use, amounts: Use, step: float) -> bool:
    """Raise the prices of limits that do not hold, lower those of limits with room; whether any price moved.

    Each price changes by a factor that grows with how far its use is from the limit, its logarithm by ``step`` at
    most: limits share their users, so that prices found one by one would chase each other (multiplicative weights:
    Plotkin, Shmoys and Tardos 1995).
    """
    moved = False
    for price, first, used, amount in zip(prices.price, prices.first, use, amounts, strict=True):
        over = used > amount * (1.0 + _SLACK) + _SLACK
        away = np.clip(_SHARPNESS * (used / np.maximum(amount, 1e-12) - 1.0), -1.0, 1.0)
        new = np.where(price > 0.0, price * np.exp(step * away), np.where(over, first, 0.0))
        new = np.where((new < _NEGLIGIBLE * first) & ~over, 0.0, new)
        moved = moved or bool((np.abs(new - price) > 1e-3 * price).any())
        price[:] = new
    return moved
