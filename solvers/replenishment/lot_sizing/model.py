"""The facility-location model of lot sizing, reduced to the setups that are still open."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

from solvers.milp import MilpProblem
from solvers.milp.highs import open_highs
from solvers.replenishment.lot_sizing.problem import LotSizingProblem

__all__ = ["Clock", "Limits", "LotModel", "Outcome"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

Clock = Callable[[], float]

_FAR = 3  # certain setups between a period and the demand that it may still serve, in reduced models
_PRICE = 1000.0  # missing time a mean capacity costs so many of the dearest setups and units

_PLAIN = (  # measured on parts of 6 x 12 to 10 x 20: two to ten times less time to the same plans
    ("mip_heuristic_effort", 0.0),
    ("mip_heuristic_run_feasibility_jump", False),
    ("mip_heuristic_run_rins", False),
    ("mip_heuristic_run_rens", False),
    ("mip_heuristic_run_root_reduced_cost", False),
    ("mip_allow_restart", False),
    ("mip_detect_symmetry", False),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """When a solve stops: nodes of its tree, or seconds by ``clock``, without one by the solver's own."""

    nodes: int | None = None
    seconds: float | None = None
    clock: Clock | None = None

    def apply(self, highs: highspy.Highs) -> None:
        """Tell the solver."""
        if self.nodes is not None:
            highs.setOptionValue("mip_max_nodes", self.nodes)
        if self.seconds is None:
            return
        if self.clock is None:
            highs.setOptionValue("time_limit", self.seconds)
            return
        clock, end = self.clock, self.clock() + self.seconds
        highs.cbMipInterrupt.subscribe(lambda event: event.interrupt() if clock() > end else None)


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """What one model gave: cost with priced missing time, plan, proven bound, and the effort spent.

    Without a solution ``cost`` is inf. ``setups`` [N,T] are shares in (0, 1) where the model was relaxed; ``seconds``
    are those of the solver's clock.
    """

    cost: float
    quantity: Floats
    setups: Floats
    missing_time: Floats
    bound: float
    solved: bool
    infeasible: bool
    nodes: int
    seconds: float


@dataclass(frozen=True, eq=False)
class LotModel:
    """Share of each net demand [N,T] made in each period up to it: Krarup and Bilde (1977).

    The shares of one item without capacity have the convex hull as linear relaxation, so what is left to branch on is
    capacity alone.
    """

    problem: LotSizingProblem
    seed: int

    @cached_property
    def arcs(self) -> tuple[Ints, Ints, Ints]:
        """Item, period made and period due of every possible share."""
        periods = self.problem.capacity.size
        made, due = np.triu_indices(periods)
        item, pair = np.nonzero((self.net > 0.0)[:, due])
        return item, made[pair], due[pair]

    @cached_property
    def net(self) -> Floats:
        """Demand [N,T] to be made."""
        return self.problem.net_demand

    @cached_property
    def arc_cost(self) -> Floats:
        """Cost of making the whole demand there."""
        item, made, due = self.arcs
        held = np.cumsum(self.problem.holding_cost, axis=1) - self.problem.holding_cost  # of periods before
        return self.net[item, due] * (self.problem.unit_cost[item, made] + held[item, due] - held[item, made])

    @cached_property
    def offset(self) -> float:
        """Holding of initial stock, which no plan changes."""
        left = np.maximum(self.problem.initial_stock[:, None] - np.cumsum(self.problem.demand, axis=1), 0.0)
        return float((self.problem.holding_cost * left).sum())

    @cached_property
    def time_price(self) -> float:
        """Price of a unit of missing time, where capacity may be passed."""
        dearest = self.problem.setup_cost.max() + self.arc_cost.max(initial=0.0)
        return float(_PRICE * max(dearest, 1.0) / max(self.problem.capacity.mean(), 1e-9))

    def solve(
        self,
        lower: Flags,
        upper: Flags,
        *,
        strict: bool,
        relaxed: bool = False,
        start: Flags | None = None,
        gap: float = 0.0,
        limits: Limits | None = None,
        plain: bool = False,
        near: bool = True,
    ) -> Outcome:
        """Best plan whose setups [N,T] lie between ``lower`` and ``upper``; ``strict``: within capacity, else priced.

        Where setups are certain (``lower``) and ``near`` is set, demand is not served from before the last few of
        them: a good plan, not a proven one. With all setups free the bound holds for the problem. ``plain`` leaves
        out what a small model from a good start does not repay.
        """
        item, made, due = self.arcs
        before = np.cumsum(lower, axis=1)
        kept = np.flatnonzero(
            upper[item, made] & (before[item, due] - before[item, made] <= (_FAR if near else due.size))
        )
        free = upper & ~lower
        milp = self._reduced(kept, lower, free, strict)
        highs = open_highs(milp, seed=self.seed, relaxed=relaxed)
        highs.setOptionValue("mip_rel_gap", gap)
        if limits is not None:
            limits.apply(highs)
        for name, value in _PLAIN if plain else ():
            highs.setOptionValue(name, value)
        count = int(free.sum())
        if start is not None and count and not relaxed:
            columns = kept.size + np.arange(count, dtype=np.int32)
            highs.setSolution(count, columns, start[free].astype(np.float64))
        highs.run()
        return self._read(highs, kept, lower, free, whole=count > 0 and not relaxed)

    def _reduced(self, kept: Ints, lower: Flags, free: Flags, strict: bool) -> MilpProblem:
        """Columns: kept shares, free setups, missing time. Rows: demands, shares within free setups, capacity."""
        item, made, due = (part[kept] for part in self.arcs)
        problem, periods = self.problem, self.problem.capacity.size
        demand_row = np.cumsum(self.net > 0.0).reshape(self.net.shape) - 1
        setup_column = kept.size + np.cumsum(free).reshape(free.shape) - 1
        tied = np.flatnonzero(free[item, made])
        free_item, free_period = np.nonzero(free)
        demands, setups, share = int((self.net > 0.0).sum()), free_item.size, np.arange(kept.size)
        link, room = demands + np.arange(tied.size), demands + tied.size
        missing = np.arange(0 if strict else periods)
        rows = (demand_row[item, due], link, link, room + made, room + free_period, room + missing)
        columns = (share, tied, setup_column[item[tied], made[tied]], share, kept.size + np.arange(setups),
                   kept.size + setups + missing)  # fmt: skip
        values = (np.ones(kept.size), np.ones(tied.size), -np.ones(tied.size),
                  problem.unit_time[item, made] * self.net[item, due], problem.setup_time[free],
                  -np.ones(missing.size))  # fmt: skip
        width = kept.size + setups + missing.size
        matrix = sparse.csr_array(
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(room + periods, width)
        )
        return MilpProblem(
            cost=np.concatenate(
                [self.arc_cost[kept], problem.setup_cost[free], np.full(missing.size, self.time_price)]
            ),
            lower=np.zeros(width),
            upper=np.concatenate([np.full(kept.size, np.inf), np.ones(setups), np.full(missing.size, np.inf)]),
            integer=(np.arange(width) >= kept.size) & (np.arange(width) < kept.size + setups),
            matrix=matrix,
            row_lower=np.concatenate([np.ones(demands), np.full(tied.size + periods, -np.inf)]),
            row_upper=np.concatenate(
                [np.ones(demands), np.zeros(tied.size), problem.capacity - (problem.setup_time * lower).sum(axis=0)]
            ),
            offset=self.offset + float(problem.setup_cost[lower].sum()),
        )

    def _read(self, highs: highspy.Highs, kept: Ints, lower: Flags, free: Flags, *, whole: bool) -> Outcome:
        states, state, info = highspy.HighsModelStatus, highs.getModelStatus(), highs.getInfo()
        solved = state == states.kOptimal
        infeasible = state in (states.kInfeasible, states.kUnboundedOrInfeasible)
        bound = float(info.mip_dual_bound) if whole else float(info.objective_function_value) if solved else -math.inf
        quantity, setups = np.zeros(self.net.shape), lower.astype(np.float64)
        missing, cost = np.zeros(self.problem.capacity.size), math.inf
        if info.primal_solution_status == highspy.kSolutionStatusFeasible:
            values = np.array(highs.getSolution().col_value, dtype=np.float64)
            item, made, due = (part[kept] for part in self.arcs)
            setups[free] = values[kept.size : kept.size + int(free.sum())]
            # a whole setup may miss 0 by a millionth, and what is made there would then need it in full
            made_in = setups > 0.5 if whole else setups > 0.0
            share = np.where((values[: kept.size] > 1e-9) & made_in[item, made], values[: kept.size], 0.0)
            total = np.zeros(self.net.shape)
            np.add.at(total, (item, due), share)
            np.add.at(quantity, (item, made), share * self.net[item, due] / np.maximum(total[item, due], 0.5))
            extra = values[kept.size + int(free.sum()) :]
            missing[: extra.size] = np.maximum(extra, 0.0)
            cost = float(info.objective_function_value)
        return Outcome(
            cost=cost,
            quantity=quantity,
            setups=setups,
            missing_time=missing,
            bound=bound,
            solved=solved,
            infeasible=infeasible,
            nodes=max(0, int(info.mip_node_count)) if whole else 0,
            seconds=float(highs.getRunTime()),
        )
