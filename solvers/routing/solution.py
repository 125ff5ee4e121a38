"""Routes of a day, with their times."""

from __future__ import annotations

from dataclasses import dataclass

from solvers.status import Status

__all__ = ["Route", "RoutingSolution", "Trip"]


@dataclass(frozen=True, slots=True)
class Trip:
    """One tour from the depot and back; times in seconds, one entry a stop, in driving order."""

    stops: tuple[int, ...]
    departure: int
    arrival: tuple[int, ...]
    start: tuple[int, ...]
    finish: tuple[int, ...]
    back: int


@dataclass(frozen=True, slots=True)
class Route:
    """The day of one vehicle: its type and its trips in order."""

    vehicle: int
    trips: tuple[Trip, ...]

    @property
    def stops(self) -> tuple[int, ...]:
        """Stops of all trips in driving order."""
        return tuple(stop for trip in self.trips for stop in trip.stops)


@dataclass(frozen=True, slots=True)
class RoutingSolution:
    """Routes, the stops left out (ascending) and the cost in money.

    ``cost`` is what driving costs plus the penalties of the stops left out. ``status`` is INFEASIBLE when a required
    stop is left out: the routes still serve the others.
    """

    routes: tuple[Route, ...]
    unserved: tuple[int, ...]
    cost: float
    status: Status
    iterations: int
