"""What each row's stock is planned to protect under any policy, and the service and stock that come of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from solvers.replenishment.demand_curve import expected_short
from solvers.replenishment.lots import packs_for
from supplychain.handover.interval_demand import pooled
from supplychain.handover.needs import curve_of, needs_of, shelf_curve
from supplychain.handover.situation import Situation, by_class
from supplychain.scenario.settings import ReplenishSettings

__all__ = [
    "Outcome",
    "StockLevels",
    "demand_before_review",
    "expected_outcome",
    "in_steady_state",
    "interval_quantiles",
    "service_levels",
    "stock_levels",
]

Floats = npt.NDArray[np.float64]

_POSITIONS = (0.125, 0.375, 0.625, 0.875)  # middles of four equal parts of what a lot lifts the position to


@dataclass(frozen=True, slots=True)
class StockLevels:
    """Of N rows: units up to which stock and orders protect (``level``) and units that come on top by ordering in lots.

    After an order the position lies anywhere between ``level`` and ``level`` + ``lot``.
    """

    level: Floats
    lot: Floats


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of N rows: own ``demand`` a day over the forecast's horizon and units ``short`` of it, mean units ``on_hand``."""

    demand: Floats
    short: Floats
    on_hand: Floats


def in_steady_state(situation: Situation) -> Situation:
    """The situation as if tonight were a review of every row: whole review cycles, not what is left of one."""
    terms, view = situation.terms, situation.view
    cycle = np.where(terms.source >= 0, terms.calendar.cycle_days[terms.source], 1.0)
    gap = np.maximum(np.rint(cycle), 1).astype(np.int64)
    left, origin = np.maximum(situation.days_left, 0), terms.origin_row
    next_receipt = situation.lead + gap
    days = np.clip(next_receipt, 0, left)
    feed_days = np.where(origin >= 0, np.clip(days[origin] + days, 0, left), days)
    own = view.mean(days)
    demand = situation.echelon(own, view.mean(feed_days))
    return replace(situation, gap=gap, next_receipt=next_receipt, days=days, feed_days=feed_days, own_demand=own,
                   demand=demand,
                   daily=demand / np.maximum(days, 1), position=situation.present_position,
                   expected_lost=np.zeros(days.size), lost_spread=np.zeros_like(situation.lost_spread))  # fmt: skip


def service_levels(situation: Situation, settings: ReplenishSettings) -> Floats:
    """Service level at which spreads are valued [N]: the policy's; that of economics where it has none."""
    if settings.policy == "textbook":
        return by_class(settings.textbook.service_level, situation.terms)
    return situation.price.level


def interval_quantiles(situation: Situation) -> Floats:
    """Quantiles of demand over the protection interval [N,Q], spread of the lead time included."""
    return _quantiles(situation.demand, situation.deviation())


def stock_levels(situation: Situation, settings: ReplenishSettings) -> StockLevels:
    """Levels of the scenario's policy; planners' smallest stocks count, their largest ones do not."""
    terms, rows = situation.terms, np.arange(situation.terms.rows)
    lot = packs_for(np.ones(rows.size), terms.minimum_quantity, terms.pack) * terms.pack
    nothing = np.zeros(rows.size)
    # What a level is does not depend on what lies there tonight.
    empty = replace(situation, position=nothing, own_position=nothing, fed_position=nothing, expected_waste=nothing,
                    expected_returns=nothing, expected_lost=nothing)  # fmt: skip
    curve = None
    if settings.policy == "optimized":
        curve = curve_of(empty, rows, settings, mean=empty.demand, deviation=empty.deviation())
        curve = curve._replace(shelf_quantile=shelf_curve(empty, rows, curve.quantile))
    needs = needs_of(empty, rows, settings, curve=curve)
    if settings.policy == "today":
        return StockLevels(needs.reorder_point, np.maximum(lot, needs.target - needs.reorder_point))
    return StockLevels(needs.target, lot)


def expected_outcome(situation: Situation, levels: StockLevels) -> Outcome:
    """Stock and shortage of rows whose position is lifted above ``levels`` at each review.

    With L days of lead time, R between reviews and a position y after ordering that is spread evenly over the lot, the
    units short in a cycle are E(D(L+R) - y)+ less E(D(L) - y)+, and on hand is the mean of E(y - D)+ at both ends
    (Hadley and Whitin, Analysis of Inventory Systems, 1963, section 5-4: the (nQ, r, T) model). A dc is worked out
    with what it feeds, and what lies at those sites is theirs.
    """
    levels_at = np.asarray(situation.view.forecast.levels, np.float64)
    late, early = interval_quantiles(situation), demand_before_review(situation)
    mean_late, mean_early = situation.demand, _mean_before_review(situation)
    short, on_hand = np.zeros(levels.level.size), np.zeros(levels.level.size)
    for part in _POSITIONS:
        y = levels.level + part * levels.lot
        at_end, at_begin = (expected_short(y, quantile, levels_at) for quantile in (late, early))
        short += np.maximum(at_end - at_begin, 0.0) / len(_POSITIONS)
        left = (y - mean_late + at_end) + (y - mean_early + at_begin)
        on_hand += np.maximum(left, 0.0) / 2.0 / len(_POSITIONS)
    demand = np.maximum(mean_late - _gross_before_review(situation), 0.0)
    share = np.divide(short, demand, out=np.zeros(demand.size), where=demand > 0)
    own = situation.view.forecast.mean.mean(axis=1)
    fed = np.flatnonzero(situation.terms.origin_row >= 0)
    below = np.bincount(situation.terms.origin_row[fed], on_hand[fed], on_hand.size)
    alive = situation.days > 0
    return Outcome(
        np.where(alive, own, 0.0),
        np.where(alive, np.minimum(share, 1.0) * own, 0.0),
        np.where(alive, np.maximum(on_hand - below, 0.0), 0.0),
    )


def demand_before_review(situation: Situation) -> Floats:
    """Quantiles of demand until what was ordered one review ago has come [N,Q]."""
    view, terms = situation.view, situation.terms
    fed = np.flatnonzero(terms.origin_row >= 0)
    lead, far = _days_before_review(situation)
    deviation = pooled(situation.own_deviation(lead), situation.own_deviation(far)[fed], terms.origin_row[fed])
    late = (situation.daily * terms.lead_sd)[:, None] * view.normal_scores()
    square = np.sign(deviation) * deviation**2 + np.sign(late) * late**2
    return _quantiles(_mean_before_review(situation), np.sign(square) * np.sqrt(np.abs(square)))


def _mean_before_review(situation: Situation) -> Floats:
    """Mean demand until then, and the returns that the position counts on and that come only after it [N]."""
    lead, far = _days_before_review(situation)
    return _gross_before_review(situation) - situation.returns_beyond(lead, far)


def _gross_before_review(situation: Situation) -> Floats:
    lead, far = _days_before_review(situation)
    return situation.echelon(situation.view.mean(lead), situation.view.mean(far))


def _days_before_review(situation: Situation) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Days of the row's own interval, and of the part of it that lies at its origin, less one review."""
    origin = situation.terms.origin_row
    lead = np.minimum(situation.lead, situation.days)
    cycle = situation.days - lead
    far = np.maximum(situation.feed_days - np.where(origin >= 0, cycle[origin], cycle), 0)
    return lead, far


def _quantiles(mean: Floats, deviation: Floats) -> Floats:
    quantile: Floats = np.maximum.accumulate(np.maximum(mean[:, None] + deviation, 0.0), axis=1)
    return quantile
