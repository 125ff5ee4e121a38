"""What replenishment has to know about every row on one evening: intervals, demand, positions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplychain.handover.interval_demand import IntervalDemand, pooled
from supplychain.handover.pins import PinsTonight
from supplychain.handover.returns import ReturnsAhead
from supplychain.handover.state import State
from supplychain.handover.stock_price import StockPrice
from supplychain.handover.terms import Terms
from supplychain.scenario.settings import ByClass

__all__ = ["Situation", "by_class", "echelon_sum"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Situation:
    """N rows on the evening of ``as_of``; units and days.

    ``lead`` days from tonight's order to its receipt (closures included), ``gap`` days to the next review,
    ``next_receipt`` days to the receipt of an order placed then (closures after it included), and ``days`` the same,
    cut where the item ends: the protection interval. ``due`` rows whose source takes orders tonight,
    ``allowed`` rows that may be ordered at all.

    A dc is planned with what it feeds (echelon): ``demand``, ``position`` and ``recent`` of a dc row include the front
    warehouses and hubs that it supplies, their demand over their own protection interval on top. ``own_demand`` and
    ``own_position`` do not, and ``fed_position`` is what those rows add. ``daily`` is ``demand`` a day.
    ``expected_waste`` of stock on hand before the interval ends is not in ``position`` (optimized only: the other rules
    do not look at expiry); ``substitute`` is: stock of the item that a row's item replaces, as far as it serves those
    who ask for the new one; so is ``expected_returns``: units that customers are expected to send back within ``days``
    and that can be sold again; so is ``expected_lost``: demand that is expected to find nothing and not to wait until
    tonight's order is here, of a dc with what it feeds (optimized only). ``lost_spread`` [N,Q] is what is lost at each
    quantile of demand beyond that; ``lost_sale_share`` of what finds nothing is lost, the rest waits. Of the old item
    nothing is allowed that would come when the new one is on sale. ``pins`` are those of tonight.
    """

    as_of: np.datetime64
    terms: Terms
    state: State
    view: IntervalDemand
    returns: ReturnsAhead
    lead: Ints
    gap: Ints
    next_receipt: Ints
    days: Ints
    feed_days: Ints
    due: Flags
    open: Flags
    allowed: Flags
    days_left: Ints
    own_demand: Floats
    demand: Floats
    daily: Floats
    own_position: Floats
    fed_position: Floats
    expected_waste: Floats
    substitute: Floats
    expected_returns: Floats
    expected_lost: Floats
    lost_spread: Floats
    lost_sale_share: float
    position: Floats
    recent: Floats
    price: StockPrice
    pins: PinsTonight

    @property
    def days_ahead(self) -> int:
        """Days from tomorrow on of which both arrivals and demand are known."""
        return int(min(self.state.arrivals.shape[1], self.view.cumulative.shape[1] - 1 - self.view.offset))

    @property
    def present_position(self) -> Floats:
        """Position without the demand that is expected to be lost: what there is, or will be, to sell [N]."""
        return self.position - self.expected_lost

    def looked_at_again(self, wait: Ints) -> npt.NDArray[np.datetime64]:
        """Day on which rows [N] are looked at after ``wait`` [N] days; NaT: none as far as the forecast reaches."""
        none = wait >= self.view.cumulative.shape[1] - 1
        days: npt.NDArray[np.datetime64] = np.where(none, np.datetime64("NaT", "D"), self.as_of + wait)
        return days

    @property
    def least_position(self) -> Floats:
        """Position that holds the planner's minimum stock at the site beside all else; 0 where there is none [N]."""
        units = self.terms.min_units
        return np.where(units > 0, units + self.fed_position + self.expected_lost, 0.0)

    def echelon(self, own: Floats, fed: Floats) -> Floats:
        """Add to each dc row the figures ``fed`` [N] of the rows it feeds."""
        return echelon_sum(self.terms, own, fed)

    def deviation(self) -> Floats:
        """Quantiles less mean of ``demand``: spreads of the rows fed are pooled; lead time spread included [N,Q]."""
        return self.protection(self.days)[1]

    def variance(self) -> Floats:
        """Variance of ``demand`` without the lead time's [N]."""
        return self.echelon(self.view.variance(self.days), self.view.variance(self.feed_days))

    def demand_within(self, days: Ints) -> Floats:
        """Echelon mean demand of the next ``days`` [N] days, less returns that ``position`` does not hold yet.

        Returns that it holds and that come later still are added.
        """
        origin = self.terms.origin_row
        at_dc = np.where(origin >= 0, days[origin], days)
        return self.echelon(self.view.mean(days), self.view.mean(at_dc)) - self.returns_beyond(days, at_dc)

    def returns_beyond(self, own: Ints, fed: Ints) -> Floats:
        """Echelon returns within ``own`` days (of the rows fed: ``fed``) [N] less those within the interval."""
        if not self.returns.rate.any():
            return np.zeros(own.size)
        within = self.echelon(self.returns.units(own), self.returns.units(fed))
        return within - self.echelon(self.returns.units(self.days), self.returns.units(self.feed_days))

    def deviation_within(self, days: Ints, *, daily: Floats | None = None) -> Floats:
        """Echelon spread of the next ``days`` [N] days [N,Q]; with ``daily`` [N] demand the lead time's spread too."""
        fed = np.flatnonzero(self.terms.origin_row >= 0)
        origin = self.terms.origin_row
        at_dc = np.where(origin >= 0, days[origin], days)
        spread = pooled(self.own_deviation(days), self.own_deviation(at_dc)[fed], origin[fed])
        return spread if daily is None else self._with_lead_spread(spread, daily)

    def protection(self, days: Ints) -> tuple[Floats, Floats]:
        """Echelon demand of the next ``days`` [N] days [N] and its quantiles less it [N,Q], without ``lost_spread``.

        Returns beyond those that ``position`` holds are taken off.
        """
        demand, spread = self.protection_after(np.zeros(days.size, np.int64), days)
        return demand - self.returns_beyond(days, self._far_days(days)), spread - self.lost_spread

    def protection_after(self, skipped: Ints, days: Ints) -> tuple[Floats, Floats]:
        """Echelon demand of the days after the first ``skipped`` [N] until ``days`` [N] [N], and its spread [N,Q].

        What a dc feeds is protected for its own interval on top; lead time spread included.
        """
        origin = self.terms.origin_row
        fed, far_days = np.flatnonzero(origin >= 0), self._far_days(days)
        far_skipped = np.minimum(np.where(origin >= 0, skipped[origin], skipped), far_days)
        own = self.view.mean(days) - self.view.mean(skipped)
        far = self.view.mean(far_days) - self.view.mean(far_skipped)
        demand = echelon_sum(self.terms, own, far)
        own_spread = self.own_deviation(days - skipped, mean=own)
        spread = pooled(own_spread, self.own_deviation(far_days - far_skipped, mean=far)[fed], origin[fed])
        return demand, self._with_lead_spread(spread, demand / np.maximum(days - skipped, 1))

    def _far_days(self, days: Ints) -> Ints:
        """Days of a fed row until what its origin has after ``days`` [N] has reached it [N]; of others ``days``."""
        origin = self.terms.origin_row
        far: Ints = np.clip(days[origin] + self.days, 0, np.maximum(self.days_left, 0))
        return np.where(origin >= 0, far, days)

    def own_deviation(self, days: Ints, *, mean: Floats | None = None) -> Floats:
        """Spread of each row's own demand, less its returns, over ``days`` [N] days [N,Q].

        ``mean`` [N] is their demand; None: they are the next ones.
        """
        demand = self.view.mean(days) if mean is None else mean
        return self.returns.net_deviation(self.view.deviation(days, demand), days)

    def _with_lead_spread(self, deviation: Floats, daily: Floats) -> Floats:
        late = (daily * self.terms.lead_sd)[:, None] * self.view.normal_scores()
        square = np.sign(deviation) * deviation**2 + np.sign(late) * late**2
        widened: Floats = np.sign(square) * np.sqrt(np.abs(square))
        return widened


def by_class(figures: ByClass, terms: Terms) -> Floats:
    """The figure of each row's service class [N]."""
    values: Floats = np.array([figures.A, figures.B, figures.C])[terms.class_index]
    return values


def echelon_sum(terms: Terms, own: Floats, fed: Floats) -> Floats:
    """Figures ``own`` [N] with, for each dc row, the figures ``fed`` [N] of the rows it feeds."""
    rows = np.flatnonzero(terms.origin_row >= 0)
    total: Floats = own + np.bincount(terms.origin_row[rows], weights=fed[rows], minlength=own.size)
    return total
