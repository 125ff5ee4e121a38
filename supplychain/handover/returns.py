"""Goods that customers send back and that can be sold again: expected receipts, and what they do to the spread."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from solvers.replenishment.returns import net_deviation
from supplychain.handover.interval_demand import IntervalDemand
from supplychain.handover.state import State
from supplychain.handover.terms import Terms

__all__ = ["ReturnsAhead", "known_returns"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def known_returns(sold: Floats, rate: Floats, *, return_days: int) -> Floats:
    """Units expected back on day +1 .. +``return_days`` of what was sold until tonight [N,``return_days``].

    ``sold`` [N,T] units a day, the last column today's; days that are not known (NaN) bring nothing back. What is sold
    on one day comes back ``return_days`` later, so tomorrow brings what was sold ``return_days`` - 1 days ago.
    """
    back = np.zeros((sold.shape[0], return_days))
    known = min(return_days, sold.shape[1])
    if known:
        back[:, return_days - known :] = np.nan_to_num(sold[:, sold.shape[1] - known :]) * rate[:, None]
    return back


@dataclass(frozen=True)
class ReturnsAhead:
    """Returns of N rows from tomorrow on.

    ``rate`` [N] share of the units sold that comes back and can be sold again, ``return_days`` days after the sale;
    ``known`` [N,R+1] cumulated expected units of what was sold until tonight; ``view`` the demand ahead.
    """

    view: IntervalDemand
    rate: Floats
    return_days: int
    known: Floats

    @classmethod
    def seen_in(cls, state: State, view: IntervalDemand, terms: Terms) -> ReturnsAhead:
        """Returns of what ``state`` says was sold and of what ``view`` expects to be sold."""
        cumulated = np.zeros((terms.rows, terms.return_days + 1))
        known = min(state.returning.shape[1], terms.return_days)
        if known:
            cumulated[:, 1 : known + 1] = state.returning[:, :known]
        return cls(view, terms.return_rate, terms.return_days, np.cumsum(cumulated, axis=1))

    def of(self, rows: Ints, view: IntervalDemand) -> ReturnsAhead:
        """Those of some rows, with their ``view``."""
        return replace(self, view=view, rate=self.rate[rows], known=self.known[rows])

    def units(self, days: Ints) -> Floats:
        """Expected units back within the next ``days`` [N] days [N]: of past sales, and of sales within those days."""
        if not self.rate.any():
            return np.zeros(days.size)
        past = self.known[np.arange(days.size), np.clip(days, 0, self.return_days)]
        units: Floats = past + self.rate * self.view.mean(self._early(days))
        return units

    def by_day(self, days: int) -> Floats:
        """Cumulated expected units back on the next 1 .. ``days`` days [N,``days``]."""
        if days < 1 or not self.rate.any():
            return np.zeros((self.rate.size, days))
        return np.column_stack([self.units(np.full(self.rate.size, day)) for day in range(1, days + 1)])

    def net_deviation(self, deviation: Floats, days: Ints) -> Floats:
        """Quantiles less mean of demand less returns of the next ``days`` [N] days [N,Q], from those of demand."""
        if not self.rate.any():
            return deviation
        early, whole = self.view.variance(self._early(days)), self.view.variance(days)
        share = np.divide(early, whole, out=np.zeros(days.size), where=whole > 0)
        return net_deviation(
            deviation, self.view.normal_scores(), rate=self.rate, share=np.minimum(share, 1.0),
            returned=self.units(days),
        )  # fmt: skip

    def _early(self, days: Ints) -> Ints:
        """Days whose sales come back within the next ``days``."""
        return np.maximum(days - self.return_days, 0)
