"""Plans of groups seen so far, the prices that their best mixture asks for, and the best choice among them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from solvers.milp.highs import solve_highs
from solvers.milp.problem import MilpProblem
from solvers.replenishment.planning.anneal import anneal
from solvers.replenishment.planning.groups import Answer
from solvers.replenishment.planning.shared import KINDS, Index, Use

__all__ = ["Pool"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SWEEPS = 30  # of all groups, in which each takes the plan that is best beside the others'
_FIRM = 16.0  # times the penalty of going past a limit
_TRIES, _HOT, _COLD = 10000, 3.0, 0.001  # tries a group; heat to begin with, of what plans are apart, and its end
_FEW = 100  # groups, below which the choice is annealed more than once
_LEAST_SCALE = 1e-6  # of what the plans may use of a limit, in which it is measured: nothing may be left of it
_KEPT = 40  # plans of a group; those that cost most at the prices go


class _Group:
    """Plans of one group: ``limits`` [m] that it uses, ``slot`` [3,T] which of them, plans and their costs and use."""

    def __init__(self, slot: Ints, limits: Ints) -> None:
        self.slot, self.limits = slot, limits
        self.answers: list[Answer] = []
        self.cost: Floats = np.zeros(0)
        self.use: Floats = np.zeros((0, limits.size))

    def add(self, answer: Answer) -> None:
        """Take a plan, unless it is there already."""
        if any(np.array_equal(answer.packs, old.packs) for old in self.answers):
            return
        used = np.concatenate([np.asarray(one) for one in answer.use])
        slots = self.slot.ravel()
        there = slots >= 0
        own = np.bincount(slots[there], weights=used[there], minlength=self.limits.size)[: self.limits.size]
        self.answers.append(answer)
        self.cost = np.append(self.cost, answer.cost)
        self.use = np.vstack((self.use, own))

    def keep(self, places: Ints) -> None:
        """Forget all plans but those at ``places``."""
        self.answers = [self.answers[p] for p in places]
        self.cost, self.use = self.cost[places], self.use[places]


class Pool:
    """Plans of all groups, at most some of each.

    Limits of all kinds are numbered one after the other; capacities that one order of one group uses are not among
    them (a group's plan keeps them by itself).
    """

    def __init__(self, amounts: Use, index: Index, alone: Ints) -> None:
        self.sizes = [amount.size for amount in amounts]
        starts = np.concatenate(([0], np.cumsum(self.sizes)))[: len(KINDS)]
        self.amount: Floats = np.concatenate(amounts)
        left_out = np.zeros(self.amount.size, np.bool_)
        left_out[starts[KINDS.index("capacity")] + alone] = True
        self.groups = [
            _group(np.stack([of[g] for of in index]), starts, left_out) for g in range(index.budget.shape[0])
        ]

    def add(self, groups: Sequence[int], answers: Sequence[Answer]) -> None:
        """Take one more plan of each of the groups."""
        for number, answer in zip(groups, answers, strict=True):
            self.groups[number].add(answer)

    def prices(self, ceiling: Use) -> Use:
        """Prices at which no plan of the pool would make the best mixture of plans cheaper.

        The dual of Dantzig and Wolfe's master problem (1960): one mixture a group, within the limits, each of which
        may give way at its price in ``ceiling``. Forgets plans that are dear at these prices.
        """
        most, top = np.zeros(self.amount.size), np.concatenate(ceiling)
        for group in self.groups:
            most[group.limits] += group.use.max(axis=0, initial=0.0)
        scarce = np.flatnonzero(most > self.amount)
        place = np.full(self.amount.size, -1, np.int64)
        place[scarce] = np.arange(scarce.size)
        scale = np.maximum(self.amount[scarce], _LEAST_SCALE * most[scarce])
        solution = solve_highs(
            self._master(place, scale, top[scarce] * scale), gap=0.0, node_limit=None, seconds=None, start=None,
            seed=1, progress=None, interior=True,
        )  # fmt: skip
        price = np.zeros(self.amount.size)
        if solution.row_dual is not None:
            price[scarce] = np.maximum(-solution.row_dual[len(self.groups) :], 0.0) / scale
        self._forget(price, solution.values)
        return self._split(price)

    def _master(self, place: Ints, scale: Floats, penalty: Floats) -> MilpProblem:
        """The scarce limits, of which limit n is row ``place`` [n], in units of ``scale``."""
        first = self._first()
        columns = int(first[-1])
        rows, cols, values = (
            [np.repeat(np.arange(len(self.groups)), np.diff(first))],
            [np.arange(columns)],
            [np.ones(columns)],
        )
        for start, group in zip(first, self.groups, strict=False):
            there = np.flatnonzero(place[group.limits] >= 0)
            used = group.use[:, there] / scale[place[group.limits[there]]]
            plan, limit = np.nonzero(used)
            rows.append(len(self.groups) + place[group.limits[there[limit]]])
            cols.append(start + plan)
            values.append(used[plan, limit])
        rows.append(len(self.groups) + np.arange(scale.size))
        cols.append(columns + np.arange(scale.size))
        values.append(np.full(scale.size, -1.0))
        shape = (len(self.groups) + scale.size, columns + scale.size)
        matrix = sparse.csr_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(cols))), shape=shape)
        ones = np.ones(len(self.groups))
        return MilpProblem.of(
            np.concatenate([*(group.cost for group in self.groups), penalty]),
            matrix,
            row_lower=np.concatenate((ones, np.full(scale.size, -np.inf))),
            row_upper=np.concatenate((ones, self.amount[place >= 0] / scale)),
        )

    def _forget(self, price: Floats, weight: Floats | None) -> None:
        start = 0
        for group in self.groups:
            size = group.cost.size
            if size > _KEPT and weight is not None:
                priced = group.cost + group.use @ price[group.limits]
                chosen = weight[start : start + size] > 1e-9
                order = np.lexsort((np.arange(size), priced, ~chosen))
                group.keep(np.sort(order[: max(_KEPT, int(chosen.sum()))]))
            start += size

    def choose(self, prices: Use, penalty: Use) -> list[Answer]:
        """One plan of each group, so that all together cost little; going past a limit costs ``penalty`` and more.

        Annealed from what is cheapest at the prices (the fewer groups, the more often), then each group in turn takes
        what is best beside the others' plans.
        """
        top = np.concatenate(penalty)
        firm = _FIRM * top
        found: list[tuple[float, int, list[int]]] = []
        for chosen in self._anneal(np.concatenate(prices), top):
            used = self._used(chosen)
            self._take_turns(chosen, used, firm)
            cost = sum(float(group.cost[plan]) for group, plan in zip(self.groups, chosen, strict=True))
            found.append((cost + float(np.maximum(used - self.amount, 0.0) @ firm), len(found), chosen))
        chosen = min(found, key=lambda one: one[:2])[2]
        return [group.answers[plan] for group, plan in zip(self.groups, chosen, strict=True)]

    def _used(self, chosen: list[int]) -> Floats:
        used = np.zeros(self.amount.size)
        for group, plan in zip(self.groups, chosen, strict=True):
            used[group.limits] += group.use[plan]
        return used

    def _first(self) -> Ints:
        """Number of the first plan of each group, and of the end, when plans of all groups follow each other [G+1]."""
        first: Ints = np.cumsum([0, *(group.cost.size for group in self.groups)]).astype(np.int64)
        return first

    def _anneal(self, price: Floats, penalty: Floats) -> list[list[int]]:
        first, count = self._first(), len(self.groups)
        slots = max((group.limits.size for group in self.groups), default=0)
        use, limits = np.zeros((int(first[-1]), slots)), np.full((count, slots), -1, np.int64)
        start, apart = np.zeros(count, np.int64), []
        for g, group in enumerate(self.groups):
            use[first[g] : first[g + 1], : group.limits.size] = group.use
            limits[g, : group.limits.size] = group.limits
            priced = group.cost + group.use @ price[group.limits]
            start[g] = np.argmin(priced)
            apart.append(float(priced.mean() - priced.min()))
        hot = max(_HOT * float(np.median(apart)), 1e-9)
        cost = np.concatenate([group.cost for group in self.groups])
        found: list[list[int]] = []
        for seed in range(1 + _FEW // max(count, 1)):
            chosen = first[:-1] + start
            anneal(
                first, cost, use, limits, self.amount, penalty, chosen, (hot, _COLD * hot), _FIRM,
                _TRIES * count, np.random.default_rng(seed),
            )  # fmt: skip
            found.append([int(c) for c in chosen - first[:-1]])
        return found

    def _take_turns(self, chosen: list[int], used: Floats, penalty: Floats) -> None:
        """Let each group in turn take the plan that is best beside the others', until none changes its own."""
        for _ in range(_SWEEPS):
            moved = False
            for g, group in enumerate(self.groups):
                others = used[group.limits] - group.use[chosen[g]]
                over = np.maximum(others + group.use - self.amount[group.limits] * (1.0 + 1e-12), 0.0)
                cost = group.cost + over @ penalty[group.limits]
                best = int(np.argmin(cost))
                if cost[best] < cost[chosen[g]] - 1e-9:
                    used[group.limits] = others + group.use[best]
                    chosen[g], moved = best, True
            if not moved:
                break

    def _split(self, flat: Floats) -> Use:
        return Use(*np.split(flat, np.cumsum(self.sizes)[:-1]))


def _group(of: Ints, starts: Ints, left_out: npt.NDArray[np.bool_]) -> _Group:
    """``of`` [3,T] which limit of each kind a group uses."""
    flat = np.where(of >= 0, of + starts[:, None], -1)
    flat = np.where((flat >= 0) & left_out[np.maximum(flat, 0)], -1, flat) if left_out.size else flat
    limits, slot = np.unique(flat, return_inverse=True)
    slot = slot.reshape(flat.shape)
    if limits.size and limits[0] == -1:
        limits, slot = limits[1:], slot - 1
    return _Group(slot, limits)
