"""Why a stop cannot be served: the smallest set of constraints without which it fits on a vehicle of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from solvers.routing.problem import RoutingProblem

__all__ = ["Reason", "binding_constraints"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Constraints that bind together (``load_0``, ``load_1``, ..., ``tier``, ``window``, ``shift``, ``fleet``).

    Without all of them the stop fits on an empty vehicle of type ``vehicle``; with any of them it does not.
    """

    constraints: tuple[str, ...]
    vehicle: int


def binding_constraints(problem: RoutingProblem, stop: int) -> Reason | None:
    """The smallest set of constraints to relax so that one vehicle serves the stop alone; None when it fits as is.

    ``fleet``: no vehicle of a suitable type exists (count 0). Among sets of equal size the first in the order above,
    among types the first, is named. Returns None also when there is no vehicle type at all to try.
    """
    names = [*(f"load_{k}" for k in range(problem.demand.shape[1])), "tier", "window", "shift", "fleet"]
    broken = [_broken(problem, v, stop) for v in range(len(problem.vehicles))]
    for size in range(len(names) + 1):
        for relaxed in combinations(names, size):
            for v, blocked in enumerate(broken):
                if _fits(problem, v, stop, blocked, relaxed):
                    return Reason(relaxed, v) if relaxed else None
    return None


def _broken(problem: RoutingProblem, v: int, stop: int) -> set[str]:
    """Constraints that do not involve time and are broken by the stop alone."""
    kind = problem.vehicles[v]
    load = np.maximum(problem.demand[stop], problem.pickup[stop])
    found = {f"load_{k}" for k, limit in enumerate(kind.capacity) if load[k] > limit}
    if not problem.allowed[v, stop]:
        found.add("tier")
    if kind.count < 1:
        found.add("fleet")
    return found


def _fits(problem: RoutingProblem, v: int, stop: int, blocked: set[str], relaxed: Sequence[str]) -> bool:
    return blocked <= set(relaxed) and _in_time(problem, v, stop, "window" in relaxed, "shift" in relaxed)


def _in_time(problem: RoutingProblem, v: int, stop: int, free_window: bool, free_shift: bool) -> bool:
    """Whether the vehicle can go there and back in time; a free shift starts and ends whenever it suits."""
    kind, here = problem.vehicles[v], problem.location(stop)
    drive = problem.duration_s[kind.profile]
    leave = int(problem.release_s[stop]) if free_shift else max(kind.shift_start, int(problem.release_s[stop]))
    start = leave + int(drive[kind.depot, here])
    if not free_window:
        if free_shift and problem.release_s[stop] == 0:
            start = min(start, int(problem.window_late[stop]))
        start = max(start, int(problem.window_early[stop]))
        if start > problem.window_late[stop]:
            return False
    back = start + int(problem.service_s[stop]) + int(drive[here, kind.depot])
    return free_shift or back <= kind.latest_return
