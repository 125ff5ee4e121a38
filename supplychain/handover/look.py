"""A row's situation on one evening, from what is in stock, the forecast and the terms."""

from __future__ import annotations

from datetime import date

import numpy as np

from forecasts.protocol import Forecast
from supplychain.handover.expected_lost import with_expected_lost
from supplychain.handover.expected_waste import expected_waste
from supplychain.handover.interval_demand import IntervalDemand
from supplychain.handover.pins import pins_on, without_placed
from supplychain.handover.placed_tonight import units_placed
from supplychain.handover.replacement import substitute_stock, superseded
from supplychain.handover.returns import ReturnsAhead
from supplychain.handover.situation import Situation, echelon_sum
from supplychain.handover.state import State
from supplychain.handover.stock_price import stock_price
from supplychain.handover.terms import Terms
from supplychain.handover.waiting_customers import with_waiting_customers
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["look"]


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
    next_receipt = np.where(sourced, calendar.next_receipt(column, source, terms.lead_days, gap=gap), lead + gap)
    days = np.clip(next_receipt, 0, np.maximum(days_left, 0))
    origin = terms.origin_row
    feed_days = np.where(origin >= 0, np.clip(days[origin] + days, 0, np.maximum(days_left, 0)), days)
    own_demand = view.mean(days)
    demand = echelon_sum(terms, own_demand, view.mean(feed_days))
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
    fed = echelon_sum(terms, np.zeros(terms.rows), usable + returns.units(feed_days))
    ordered_no_more = superseded(terms.successor_row, terms.introduced, today + lead)
    seen = Situation(
        as_of=today,
        terms=terms,
        state=state,
        view=view,
        returns=returns,
        lead=lead,
        gap=gap,
        next_receipt=next_receipt,
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
        fed_position=fed,
        expected_waste=waste,
        substitute=substitute,
        expected_returns=back,
        expected_lost=np.zeros(terms.rows),
        lost_spread=np.zeros((terms.rows, len(forecast.levels))),
        lost_sale_share=settings.lost_sale_share,
        position=usable + back + fed,
        recent=echelon_sum(terms, state.recent_daily_sales, state.recent_daily_sales),
        price=stock_price(terms, settings),
        pins=without_placed(
            pins_on(terms.pin_day, terms.pin_first, terms.pin_last, terms.pin_quantity, column),
            units_placed(None if state.commitments is None else state.commitments.placed, terms.rows),
        ),
    )
    return with_waiting_customers(with_expected_lost(seen)) if settings.policy == "optimized" else seen
