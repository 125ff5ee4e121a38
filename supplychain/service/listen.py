"""How a run tells how far it is."""

from __future__ import annotations

from typing import Literal, Protocol

from supplychain.service.result import StepReport

__all__ = ["UNTIL", "Listener", "Silent", "Until"]

Until = Literal["validate", "place", "forecast", "replenish", "route", "simulate"]
UNTIL: tuple[Until, ...] = ("validate", "place", "forecast", "replenish", "route", "simulate")


class Listener(Protocol):
    """Hears how far a run is; only the command line makes one that prints."""

    def start(self, step: str, total: int | None) -> None:
        """A step begins; ``total`` units of work where that is known."""
        ...

    def advance(self, done: int) -> None:
        """Units of work done so far."""
        ...

    def finish(self, step: StepReport) -> None:
        """A step is done."""
        ...


class Silent:
    """Hears and says nothing."""

    def start(self, step: str, total: int | None) -> None:
        """Nothing."""

    def advance(self, done: int) -> None:
        """Nothing."""

    def finish(self, step: StepReport) -> None:
        """Nothing."""
