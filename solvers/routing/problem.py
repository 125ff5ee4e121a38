"""A routing problem as arrays: stops of a day, vehicles, matrices.

Units: distances in whole metres, times in whole seconds (of the day, or from any fixed origin), loads in whole
units of each dimension (the handover uses grams and millilitres), money as floats. Locations are numbered depots
first, then stops: location ``D + s`` is stop ``s``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["NO_WINDOW_END", "IntArray", "RoutingProblem", "VehicleType"]

IntArray = npt.NDArray[np.int64]

NO_WINDOW_END = 10**8  # seconds: later than any planning horizon, small enough to add without overflow


@dataclass(frozen=True, slots=True)
class VehicleType:
    """Vehicles that are alike.

    A vehicle leaves ``depot`` not before ``shift_start`` and is back by ``shift_end + max_overtime`` (seconds). It
    makes up to ``max_trips`` trips, and at most ``max_stops`` stops on all of them. Work is the time from the first
    departure to the last return; work beyond the length of the shift is overtime. ``profile`` selects the duration
    matrix. Costs: ``fixed_cost`` for a used vehicle, ``cost_per_km``, ``cost_per_hour`` of work, and
    ``overtime_cost_per_hour`` on top of it.
    """

    name: str
    count: int
    capacity: tuple[int, ...]
    depot: int = 0
    profile: int = 0
    fixed_cost: float = 0.0
    cost_per_km: float = 0.0
    cost_per_hour: float = 0.0
    overtime_cost_per_hour: float = 0.0
    shift_start: int = 0
    shift_end: int = NO_WINDOW_END
    max_overtime: int = 0
    max_stops: int | None = None
    max_trips: int = 1

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError(f"{self.name}: count: {self.count}: must not be negative")
        if self.shift_end < self.shift_start:
            raise ValueError(f"{self.name}: shift_end: {self.shift_end}: lies before shift_start {self.shift_start}")
        if min((self.max_overtime, *self.capacity)) < 0:
            raise ValueError(f"{self.name}: max_overtime and capacity must not be negative")
        if self.max_trips < 1 or (self.max_stops is not None and self.max_stops < 1):
            raise ValueError(f"{self.name}: max_trips and max_stops must be at least 1")

    @property
    def shift_length(self) -> int:
        """Seconds of work without overtime."""
        return self.shift_end - self.shift_start

    @property
    def latest_return(self) -> int:
        """Last second at which the vehicle may be back."""
        return self.shift_end + self.max_overtime


@dataclass(frozen=True, slots=True)
class RoutingProblem:
    """Stops to serve at least cost; D depots, S stops, K load dimensions, V vehicle types, P profiles.

    ``distance_m`` [D+S, D+S]; ``duration_s`` [P, D+S, D+S]; ``demand`` and ``pickup`` [S, K]: brought from and back
    to the depot; ``service_s``, ``window_early``, ``window_late`` (service starts inside, ends included),
    ``release_s`` (the trip leaves the depot no earlier) [S]; ``penalty`` [S]: money lost when the stop is left out;
    ``required`` [S]: the stop may be left out only when no way was found to serve it; ``allowed`` [V, S].
    """

    depots: int
    distance_m: IntArray
    duration_s: IntArray
    demand: IntArray
    pickup: IntArray
    service_s: IntArray
    window_early: IntArray
    window_late: IntArray
    release_s: IntArray
    penalty: npt.NDArray[np.float64]
    required: npt.NDArray[np.bool_]
    allowed: npt.NDArray[np.bool_]
    vehicles: tuple[VehicleType, ...]

    def __post_init__(self) -> None:
        problems = [*_shape_problems(self), *_value_problems(self)]
        if problems:
            raise ValueError("routing problem: " + "; ".join(problems))

    @property
    def stops(self) -> int:
        """Number of stops S."""
        return int(self.demand.shape[0])

    def location(self, stop: int) -> int:
        """Row of the matrices at which the stop lies."""
        return self.depots + stop


def _shape_problems(problem: RoutingProblem) -> list[str]:
    stops, size = problem.stops, problem.depots + problem.stops
    loads = problem.demand.shape[1]
    profiles = problem.duration_s.shape[0]
    wanted = {
        "distance_m": (size, size),
        "duration_s": (profiles, size, size),
        "pickup": (stops, loads),
        "allowed": (len(problem.vehicles), stops),
    } | dict.fromkeys(("service_s", "window_early", "window_late", "release_s", "penalty", "required"), (stops,))
    found = [
        f"{name}: shape {getattr(problem, name).shape}, wanted {shape}"
        for name, shape in wanted.items()
        if getattr(problem, name).shape != shape
    ]
    for vehicle in problem.vehicles:
        if len(vehicle.capacity) != loads:
            found.append(f"{vehicle.name}: {len(vehicle.capacity)} capacities for {loads} load dimensions")
        if not 0 <= vehicle.depot < problem.depots:
            found.append(f"{vehicle.name}: depot {vehicle.depot} of {problem.depots}")
        if not 0 <= vehicle.profile < profiles:
            found.append(f"{vehicle.name}: profile {vehicle.profile} of {profiles}")
    return found


def _value_problems(problem: RoutingProblem) -> list[str]:
    names = ("distance_m", "duration_s", "demand", "pickup", "service_s", "window_early", "release_s", "penalty")
    found = [f"{name}: negative values" for name in names if (getattr(problem, name) < 0).any()]
    if (problem.window_late < problem.window_early).any():
        bad = np.flatnonzero(problem.window_late < problem.window_early)[:5].tolist()
        found.append(f"windows of stops {bad} end before they begin")
    return found
