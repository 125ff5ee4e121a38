"""What a row sells a day while it has stock: the figure that today's rule plans with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["RecentSales", "recent_daily_sales"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def recent_daily_sales(quantity: Floats, in_stock: Flags, *, days: int) -> Floats:
    """Mean units a day [N] over the last ``days`` days with stock, of ``quantity`` and ``in_stock`` [N,T].

    Sold-out and unknown days do not count: an empty shelf says nothing about demand. 0 for a row that never had stock.
    """
    return RecentSales(quantity, in_stock, days=days).mean


class RecentSales:
    """The last days with stock of M rows, kept up to date day by day. Mutable on purpose: it is part of a life."""

    def __init__(self, quantity: Floats, in_stock: Flags, *, days: int, launch: Floats | None = None) -> None:
        known = in_stock & ~np.isnan(quantity)
        later = known[:, ::-1].cumsum(axis=1)[:, ::-1]
        taken = known & (later <= days)
        self._last = np.zeros((quantity.shape[0], days))
        rows, columns = np.nonzero(taken)
        self._last[rows, days - later[rows, columns]] = quantity[rows, columns]  # the last day with stock comes last
        self._count = taken.sum(axis=1)
        self._launch = np.zeros(quantity.shape[0]) if launch is None else launch

    @property
    def mean(self) -> Floats:
        """Units a day [M]; ``launch`` for rows that never had stock."""
        return np.where(self._count > 0, self._last.sum(axis=1) / np.maximum(self._count, 1), self._launch)

    def add(self, sold: Floats, in_stock: Flags) -> None:
        """Count a day, for the rows that had stock."""
        self._last[in_stock, :-1] = self._last[in_stock, 1:]
        self._last[in_stock, -1] = sold[in_stock]
        self._count[in_stock] = np.minimum(self._count[in_stock] + 1, self._last.shape[1])
