"""Stock on shelves, by remaining life where it matters: first expired, first out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Shelves"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Shelves:
    """Units on hand of M rows. Perishable rows keep a count for each number of days left to sell.

    ``life_days`` [M] is the shelf life in days, 0 for rows that keep. ``batches`` [M,E] is how many of the units can be
    sold on 0, 1, 2 .. more days after today; without it they are spread evenly over their life. Mutable on purpose: it
    is the state of a life.
    """

    def __init__(self, on_hand: Floats, *, life_days: Ints, batches: Floats | None = None) -> None:
        self.on_hand = on_hand.astype(np.float64).copy()
        self.life_days = life_days
        self.perishable = np.flatnonzero(life_days > 0)
        longest = int(life_days.max(initial=0))
        if batches is not None:
            known = batches[self.perishable]
            self._left = np.pad(known, ((0, 0), (0, max(longest - known.shape[1], 0))))
        else:
            life = life_days[self.perishable][:, None]
            self._left = (np.arange(longest) < life) * (self.on_hand[self.perishable][:, None] / life)

    def sell(self, wanted: Floats) -> Floats:
        """Take up to ``wanted`` [M] units, the oldest first; return the units taken."""
        sold = np.minimum(self.on_hand, wanted)
        self._take(sold, oldest_first=True)
        return sold

    def ship(self, rows: Ints, quantity: Floats) -> Ints:
        """Take units for a transfer, the freshest first; return whole days left to sell of each lot (0 keeps)."""
        out = np.zeros_like(self.on_hand)
        np.add.at(out, rows, quantity)
        before = self._left.copy()
        self._take(np.minimum(out, self.on_hand), oldest_first=False)
        taken = before - self._left
        days_left = np.zeros(self.on_hand.size, dtype=np.int64)
        if self.perishable.size:
            units = taken.sum(axis=1)
            weighted = taken @ np.arange(1, taken.shape[1] + 1)
            mean = np.divide(weighted, units, out=np.ones_like(units), where=units > 0)
            days_left[self.perishable] = np.maximum(1, mean.astype(np.int64))
        return days_left[rows]

    def receive(self, quantity: Floats, days_left: Ints) -> None:
        """Put ``quantity`` [M] units on the shelves with ``days_left`` [M] days to sell (perishable rows only)."""
        self.on_hand += quantity
        if self.perishable.size:
            column = np.clip(days_left[self.perishable], 1, self.life_days[self.perishable]) - 1
            self._left[np.arange(self.perishable.size), column] += quantity[self.perishable]

    def batches(self) -> Floats:
        """Units that can be sold on 0, 1, 2 .. more days after today [M,E]; none of rows that keep."""
        units = np.zeros((self.on_hand.size, self._left.shape[1]))
        units[self.perishable] = self._left
        return units

    def expire(self) -> Floats:
        """Let a day pass: units on their last day go to waste; return the waste [M]."""
        waste = np.zeros_like(self.on_hand)
        if self.perishable.size:
            waste[self.perishable] = self._left[:, 0]
            self._left[:, :-1] = self._left[:, 1:]
            self._left[:, -1] = 0.0
            self.on_hand[self.perishable] = self._left.sum(axis=1)
        return waste

    def _take(self, quantity: Floats, *, oldest_first: bool) -> None:
        self.on_hand -= quantity
        if not self.perishable.size:
            return
        left = self._left if oldest_first else self._left[:, ::-1]
        before = np.cumsum(left, axis=1) - left
        used = np.clip(quantity[self.perishable][:, None] - before, 0.0, left)
        left -= used
        self.on_hand[self.perishable] = self._left.sum(axis=1)
