"""Stock on hand, with ages where goods perish."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Shelves"]

Floats = npt.NDArray[np.float64]


class Shelves:
    """Stock of R rows; perishable ones by remaining days of life, sold first expired first out."""

    def __init__(self, shelf_life: npt.NDArray[np.int64]) -> None:
        self.fresh = np.flatnonzero(shelf_life > 0)
        self.life = shelf_life[self.fresh]
        self.on_hand = np.zeros(shelf_life.size)
        self.by_age = np.zeros((self.fresh.size, int(shelf_life.max(initial=0)) + 1))

    def receive(self, quantity: Floats) -> None:
        """Put ``quantity`` [R] on the shelves, with its whole life before it."""
        self.on_hand += quantity
        self.by_age[np.arange(self.fresh.size), self.life - 1] += quantity[self.fresh]

    def take(self, quantity: Floats) -> None:
        """Take ``quantity`` [R], at most what is there, oldest first."""
        self.on_hand -= quantity
        before = np.cumsum(self.by_age, axis=1) - self.by_age
        left = np.clip(quantity[self.fresh][:, None] - before, 0.0, self.by_age)
        self.by_age -= left

    def take_from(self, row: int, quantity: float) -> None:
        """Take ``quantity`` of one row that does not perish."""
        self.on_hand[row] -= quantity

    def age(self) -> Floats:
        """Let a day pass; returns the units [F] that can no longer be sold, which leave the shelves."""
        waste = self.by_age[:, 0].copy()
        self.by_age[:, :-1] = self.by_age[:, 1:]
        self.by_age[:, -1] = 0.0
        self.on_hand[self.fresh] -= waste
        return waste
