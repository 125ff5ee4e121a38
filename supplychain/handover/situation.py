"""What replenishment has to know about every row on one evening: intervals, demand, positions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from forecasts.protocol import Forecast
from supplychain.handover.expected_waste import expected_waste
from supplychain.handover.interval_demand import IntervalDemand, pooled
from supplychain.handover.pins import PinsTonight, pins_on
from supplychain.handover.replacement import substitute_stock, superseded
from supplychain.handover.returns import ReturnsAhead
from supplychain.handover.state import State
from supplychain.handover.stock_price import StockPrice, stock_price
from supplychain.handover.terms import Terms
from supplychain.scenario.settings import ByClass, ReplenishSettings

__all__ = ["Situation", "by_class", "look"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Situation:
    """N rows on the evening of ``as_of``; units and days.

    ``lead`` days from tonight's order to its receipt (closures included), ``gap`` days to the next review,
    ``days`` = both: the protection interval, cut where the item ends. ``due`` rows whose source takes orders tonight,
    ``allowed`` rows that may be ordered at all.

    A dc is planned with what it feeds (echelon): ``demand``, ``position`` and ``recent`` of a dc row include the front
    warehouses and hubs that it supplies, their demand over their own protection interval on top. ``own_demand`` and
    ``own_position`` do not. ``daily`` is ``demand`` a day. ``expected_waste`` of stock on hand before the interval ends
    is not in ``position`` (optimized only: the other rules do not look at expiry); ``substitute`` is: stock of the item
    that a row's item replaces, as far as it serves those who ask for the new one; so is ``expected_returns``: units
    that customers are expected to send back within ``days`` and that can be sold again. Of the old item nothing is
    allowed that would come when the new one is on sale. ``pins`` are those of tonight.
    """

    as_of: np.datetime64
    terms: Terms
    state: State
    view: IntervalDemand
    returns: ReturnsAhead
    lead: Ints
    gap: Ints
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
    expected_waste: Floats
    substitute: Floats
    expected_returns: Floats
    position: Floats
    recent: Floats
    price: StockPrice
    pins: PinsTonight

    @property
    def fed_position(self) -> Floats:
        """Position of the rows that a dc row feeds [N]."""
        own = self.own_position - self.expected_waste + self.substitute + self.expected_returns
        return self.position - own

    def echelon(self, own: Floats, fed: Floats) -> Floats:
        """Add to each dc row the figures ``fed`` [N] of the rows it feeds."""
        return _echelon(self.terms, own, fed)

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
        """Echelon demand of the next ``days`` [N] days [N] and its quantiles less it [N,Q].

        What a dc feeds is protected for its own interval on top; lead time spread included. Returns beyond those that
        ``position`` holds are taken off.
        """
        origin = self.terms.origin_row
        fed = np.flatnonzero(origin >= 0)
        most = np.maximum(self.days_left, 0)
        far_days = np.where(origin >= 0, np.clip(days[origin] + self.days, 0, most), days)
        own, far = self.view.mean(days), self.view.mean(far_days)
        demand = _echelon(self.terms, own, far)
        spread = pooled(self.own_deviation(days), self.own_deviation(far_days)[fed], origin[fed])
        spread = self._with_lead_spread(spread, demand / np.maximum(days, 1))
        return demand - self.returns_beyond(days, far_days), spread

    def own_deviation(self, days: Ints) -> Floats:
        """Spread of each row's own demand, less its returns, over the next ``days`` [N] days [N,Q]."""
        return self.returns.net_deviation(self.view.deviation(days, self.view.mean(days)), days)

    def _with_lead_spread(self, deviation: Floats, daily: Floats) -> Floats:
        late = (daily * self.terms.lead_sd)[:, None] * self.view.normal_scores()
        square = np.sign(deviation) * deviation**2 + np.sign(late) * late**2
        widened: Floats = np.sign(square) * np.sqrt(np.abs(square))
        return widened


def look(
    state: State, forecast: Forecast, as_of: date | np.datetime64, *, terms: Terms, settings: ReplenishSettings
) -> Situation:
    """Work out intervals, demand and positions of all rows on the evening of ``as_of``."""
    calendar, source = terms.calendar, terms.source
    column = calendar.column(as_of)
    today = calendar.first_day + column
    view = IntervalDemand.seen_on(forecast, today)
    sourced = source >= 0
    lead = np.where(sourced, calendar.lead_days(column, source, terms.lead_days), 1)
    gap = np.where(sourced, np.minimum(calendar.review_gap(column, source), forecast.mean.shape[1]), 1)
    days_left = (terms.ended - today).astype(np.int64)
    days = np.clip(lead + gap, 0, np.maximum(days_left, 0))
    origin = terms.origin_row
    feed_days = np.where(origin >= 0, np.clip(days[origin] + days, 0, np.maximum(days_left, 0)), days)
    own_demand = view.mean(days)
    demand = _echelon(terms, own_demand, view.mean(feed_days))
    position = state.position
    waste = np.zeros(terms.rows)
    if settings.policy == "optimized":
        waste = expected_waste(state, view, days, terms)
    substitute = substitute_stock(
        terms.replaced_row,
        position=position - waste,
        demand=own_demand,
        keeps=~np.isfinite(terms.shelf_life_days),
        on_sale=days_left > 0,
        share=settings.substitute_share,
    )
    returns = ReturnsAhead.seen_in(state, view, terms)
    back = returns.units(days)
    usable = position - waste + substitute
    ordered_no_more = superseded(terms.successor_row, terms.introduced, today + lead)
    return Situation(
        as_of=today,
        terms=terms,
        state=state,
        view=view,
        returns=returns,
        lead=lead,
        gap=gap,
        days=days,
        feed_days=feed_days,
        due=sourced & calendar.due[source, column],
        open=sourced & calendar.open[source, column],
        allowed=sourced & ~terms.do_not_order & ~terms.phase_out & (days_left > lead) & ~ordered_no_more,
        days_left=days_left,
        own_demand=own_demand,
        demand=demand,
        daily=demand / np.maximum(days, 1),
        own_position=position,
        expected_waste=waste,
        substitute=substitute,
        expected_returns=back,
        position=_echelon(terms, usable + back, usable + returns.units(feed_days)),
        recent=_echelon(terms, state.recent_daily_sales, state.recent_daily_sales),
        price=stock_price(terms, settings),
        pins=pins_on(terms.pin_day, terms.pin_first, terms.pin_last, terms.pin_quantity, column),
    )


def by_class(figures: ByClass, terms: Terms) -> Floats:
    """The figure of each row's service class [N]."""
    values: Floats = np.array([figures.A, figures.B, figures.C])[terms.class_index]
    return values


def _echelon(terms: Terms, own: Floats, fed: Floats) -> Floats:
    rows = np.flatnonzero(terms.origin_row >= 0)
    total: Floats = own + np.bincount(terms.origin_row[rows], weights=fed[rows], minlength=own.size)
    return total
