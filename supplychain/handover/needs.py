"""How much each policy wants, before minimum quantities and packs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.demand_curve import interpolate_level
from solvers.replenishment.marginal import rewarding_packs
from solvers.replenishment.policies import cover_levels, safety_stock
from solvers.replenishment.problem import Curve
from supplychain.handover.situation import Situation, by_class
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["Needs", "curve_of", "interval_quantile", "needs_of", "shelf_curve"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_YEAR_DAYS = 365.0


@dataclass(frozen=True, slots=True)
class Needs:
    """What K rows want. ``need`` = max(0, ``target`` - position) where the position is at or below ``reorder_point``.

    ``demand_quantile`` is demand at the service level (today: what the minimum cover holds), ``service_level`` NaN
    for today; ``reward_packs`` packs from the position on whose reward is positive (optimized only); ``daily`` the
    demand a day by which the policy measures cover.
    """

    reorder_point: Floats
    target: Floats
    need: Floats
    service_level: Floats
    demand_quantile: Floats
    reward_packs: Ints
    daily: Floats


def needs_of(situation: Situation, rows: Ints, settings: ReplenishSettings, *, curve: Curve | None = None) -> Needs:
    """Needs of the rows [K] under the scenario's policy; ``curve`` [K] is required by optimized."""
    if settings.policy == "today":
        return _today(situation, rows, settings)
    if settings.policy == "textbook":
        return _textbook(situation, rows, settings)
    if curve is None:
        raise ValueError("curve: None: the optimized policy needs the rows' demand curve")
    return _optimized(situation, rows, settings, curve)


def _today(situation: Situation, rows: Ints, settings: ReplenishSettings) -> Needs:
    """Order up to the cover of ``max_days`` of past sales when the position covers ``min_days`` or less."""
    terms, daily = situation.terms, situation.recent[rows]
    low = by_class(settings.today.min_days, terms)[rows]
    high = by_class(settings.today.max_days, terms)[rows]
    reorder_point, up_to = cover_levels(daily, low, high)
    least = situation.least_position[rows]
    sells = daily > 0
    point = np.where(sells, np.maximum(reorder_point, least), least)
    target = np.where(sells, np.maximum(up_to, least), least)
    need = _wanted(situation.position[rows], point, target)
    return Needs(point, target, need, np.full(rows.size, np.nan), reorder_point, np.zeros(rows.size, np.int64), daily)


def _textbook(situation: Situation, rows: Ints, settings: ReplenishSettings) -> Needs:
    """Order up to mean demand and normal safety stock of the protection interval."""
    terms = situation.terms
    level = by_class(settings.textbook.service_level, terms)[rows]
    daily, mean = situation.daily[rows], situation.demand[rows]
    quantile = mean + safety_stock(level, situation.variance()[rows], daily, terms.lead_sd[rows])
    target = np.maximum(np.where(mean > 0, np.maximum(quantile, 0.0), 0.0), situation.least_position[rows])
    need = _wanted(situation.position[rows], target, target)
    return Needs(target, target, need, level, quantile, np.zeros(rows.size, np.int64), daily)


def _optimized(situation: Situation, rows: Ints, settings: ReplenishSettings, curve: Curve) -> Needs:
    """Order while a pack earns more than it costs, and at least to the class's service level."""
    terms = situation.terms
    level = situation.price.level[rows]
    daily, mean, position = situation.daily[rows], situation.demand[rows], situation.position[rows]
    quantile = interpolate_level(curve.quantile, curve.levels, level)
    pack = terms.pack[rows]
    most = np.floor(np.maximum(settings.hold_above_days * daily - position, 0.0) / pack).astype(np.int64)
    most = np.where(mean > 0, most, 0)
    reward_packs = rewarding_packs(curve, position, pack, terms.minimum_quantity[rows], most)
    floor = np.maximum(np.where(mean > 0, quantile, 0.0), situation.least_position[rows])
    target = np.where(reward_packs > 0, np.maximum(floor, position + reward_packs * pack), floor)
    return Needs(target, target, _wanted(position, target, target), level, quantile, reward_packs, daily)


def _wanted(position: Floats, reorder_point: Floats, target: Floats) -> Floats:
    wanted: Floats = np.where(position <= reorder_point, np.maximum(target - position, 0.0), 0.0)
    return wanted


def curve_of(
    situation: Situation,
    rows: Ints,
    settings: ReplenishSettings,
    *,
    mean: Floats,
    deviation: Floats,
    shelf_quantile: Floats | None = None,
) -> Curve:
    """What stock of the rows [K] is worth; ``mean`` [K] and ``deviation`` [K,Q] of their protection interval."""
    terms = situation.terms
    quantile = interval_quantile(mean, deviation)
    shelf = quantile if shelf_quantile is None else shelf_quantile
    holding = terms.unit_cost[rows] * situation.price.share_per_year[rows] / _YEAR_DAYS * situation.gap[rows]
    waste = np.where(np.isfinite(terms.shelf_life_days[rows]), terms.unit_cost[rows], 0.0)
    money = np.column_stack((terms.margin[rows] * settings.lost_sale_share, holding, waste))
    return Curve(np.asarray(situation.view.forecast.levels, np.float64), quantile, shelf, money)


def shelf_curve(situation: Situation, rows: Ints, quantile: Floats) -> Floats:
    """Quantiles of demand until units received from tonight's order expire [K,Q]; ``quantile`` where they do not."""
    shelf_life = situation.terms.shelf_life_days
    if not np.isfinite(shelf_life[rows]).any():
        return quantile
    days = situation.lead + np.where(np.isfinite(shelf_life), shelf_life, 1.0).astype(np.int64)
    days = np.minimum(days, np.maximum(situation.days_left, 0))
    far = interval_quantile(situation.demand_within(days)[rows], situation.deviation_within(days)[rows])
    result: Floats = np.where(np.isfinite(shelf_life[rows])[:, None], far, quantile)
    return result


def interval_quantile(mean: Floats, deviation: Floats) -> Floats:
    """Quantiles [K,Q] of demand with this mean [K] and deviations from it [K,Q], never negative, never falling."""
    quantile: Floats = np.maximum.accumulate(np.maximum(mean[:, None] + deviation, 0.0), axis=1)
    return quantile
