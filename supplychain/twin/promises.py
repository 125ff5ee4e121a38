"""What planners are told of goods on the way: promised days, not the days on which they will really come."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Promises"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Promises:
    """Units promised to M rows by day. What comes meets the oldest promise first; what is overdue is due tomorrow."""

    def __init__(self, promised: Floats) -> None:
        self._promised = promised.copy()
        self._received = np.zeros(promised.shape[0])
        self._before = np.zeros(promised.shape[0])
        self._until = 0

    def give(self, rows: Ints, day: Ints, quantity: Floats) -> None:
        """Promise ``quantity`` units to ``rows`` on ``day``."""
        np.add.at(self._promised, (rows, day), quantity)

    def keep(self, came: Floats) -> None:
        """Units [M] came in."""
        self._received += came

    def ahead(self, day: int, *, days: int) -> Floats:
        """Units [M,days] still to come on day + 1, day + 2, ...; the first column holds what is overdue."""
        if day + 1 > self._until:
            self._before += self._promised[:, self._until : day + 1].sum(axis=1)
            self._until = day + 1
        due = np.cumsum(self._promised[:, day + 1 : day + 1 + days], axis=1) + self._before[:, None]
        open_ = np.maximum(due - self._received[:, None], 0.0)
        return np.diff(open_, axis=1, prepend=0.0)
