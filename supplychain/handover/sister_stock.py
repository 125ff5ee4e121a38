"""Stock beyond what a row needs, and the open orders that it makes larger ones of needless."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from solvers.replenishment.demand_curve import interpolate_level
from supplychain.domain import DataSet
from supplychain.handover.demand_course import demand_course
from supplychain.handover.situation import Situation
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["BeyondNeed", "beyond_need", "days_covered", "lying_days", "moves_instead"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_YEAR_DAYS = 365.0
_NO_DEMAND = 0.5  # units over the whole forecast


@dataclass(frozen=True, slots=True)
class BeyondNeed:
    """Stock of K rows against their need.

    ``need`` [K] position that the class needs with one more review or smallest lot, ``level`` [K] that without it;
    ``free`` [K] units on hand that may leave, ``excess`` [K] of them beyond need (0: not so much that it is excess),
    ``cover`` [K] days that the position lasts. Of an item that ``ends`` [K] within the forecast the need is
    ``until_end`` [K]; ``dead`` [K]: nobody is expected to ask for it.
    """

    need: Floats
    level: Floats
    free: Floats
    excess: Floats
    cover: Floats
    ends: Flags
    until_end: Floats
    dead: Flags


def beyond_need(situation: Situation, rows: Ints, mean: Floats) -> BeyondNeed:
    """Of ``rows`` [K], whose cumulated expected demand is ``mean`` [K,H].

    A class needs the demand of the protection interval at its service level and one more review or smallest lot. What
    is beyond is excess where the position also lasts twice the interval; of an item that ends within the forecast, what
    is not expected to sell until then is.
    """
    terms, state = situation.terms, situation.state
    levels = np.asarray(situation.view.forecast.levels, np.float64)
    spread = interpolate_level(situation.deviation(), levels, situation.price.level)
    lot = np.maximum(situation.daily * situation.gap, np.maximum(terms.pack, terms.minimum_quantity))[rows]
    level = np.maximum(situation.demand + spread, 0.0)[rows]
    free = np.maximum(state.on_hand - state.blocked, 0.0)[rows]
    left = np.maximum(situation.days_left, 0)
    ends = left < mean.shape[1]
    until_end = situation.demand_within(np.where(ends, left, 0).astype(np.int64))[rows]
    asked = mean[:, -1] if mean.shape[1] else np.zeros(rows.size)
    dead = (asked < _NO_DEMAND) & (situation.recent[rows] <= 0) | (left[rows] == 0)
    cover = days_covered(mean, situation.present_position[rows])
    excess = np.minimum(free, situation.position[rows] - np.where(ends[rows], until_end, level + lot))
    slow = ends[rows] | (cover > 2.0 * situation.days[rows])
    told = (free > 0) & ~dead & (excess >= _NO_DEMAND) & slow
    return BeyondNeed(level + lot, level, free, np.where(told, excess, 0.0), cover, ends[rows], until_end, dead)


def days_covered(mean: Floats, position: Floats) -> Floats:
    """Days that ``position`` [K] covers of cumulated demand ``mean`` [K,H], which goes on as on its average day."""
    days = mean.shape[1]
    there = np.maximum(position, 0.0)
    daily = mean[:, -1] / days
    within = (mean <= there[:, None]).sum(axis=1)
    beyond = np.divide(there - mean[:, -1], daily, out=np.full(there.size, np.inf), where=daily > 0)
    cover: Floats = np.where(within < days, within, days + beyond)
    return cover


def lying_days(cover: float, need: float, daily: float) -> float:
    """Days for which a unit beyond ``need`` lies on average until it is sold; a year at most."""
    needed = need / daily if daily > 0 else 0.0
    return min((cover + needed) / 2.0, _YEAR_DAYS)


def moves_instead(
    dataset: DataSet,
    situation: Situation,
    raised: Sequence[Mapping[str, Any]],
    *,
    settings: ReplenishSettings,
    days: int,
) -> dict[str, tuple[str, float]]:
    """Site from which units come more cheaply than by a larger open order, and how many, by the order's line_id.

    ``raised`` are action messages that raise an order. A sister site's excess serves instead where it holds as much as
    the order is raised by, its freight costs less than its lying there would, and it comes no later than the order.
    """
    pairs = []
    for line in raised:
        end = line["site_id"]
        for lane in dataset.lanes:
            row = situation.terms.row_of(line["item_id"], lane.origin_id)
            due = max((line["due_date"] - dataset.as_of).days, 1)
            if lane.destination_id == end and lane.usable and row is not None and lane.travel_days <= due:
                pairs.append((line, lane, row))
    if not pairs:
        return {}
    rows = np.unique(np.array([row for _, _, row in pairs], np.int64))
    beyond = beyond_need(situation, rows, demand_course(situation, rows, days=days).mean)
    place = {int(row): at for at, row in enumerate(rows)}
    found: dict[str, tuple[float, str, float]] = {}
    for line, lane, row in pairs:
        at, more = place[row], float(line["new_quantity"]) - float(line["quantity"])
        freight = lane.cost_per_unit + lane.cost_per_kg * dataset.items[line["item_id"]].weight_kg
        freight += lane.cost_per_shipment / more
        known = found.get(line["line_id"])
        if float(beyond.excess[at]) < more or freight >= _lying_cost(situation, row, beyond, at, settings):
            continue
        if known is None or (freight, lane.origin_id) < known[:2]:
            found[line["line_id"]] = (freight, lane.origin_id, more)
    return {line_id: (site, units) for line_id, (_, site, units) in found.items()}


def _lying_cost(situation: Situation, row: int, beyond: BeyondNeed, at: int, settings: ReplenishSettings) -> float:
    """What a unit beyond need costs until it is sold, or at the item's end, in base currency."""
    cost = float(situation.terms.unit_cost[row])
    if beyond.ends[at]:
        return cost
    lies = lying_days(float(beyond.cover[at]), float(beyond.need[at]), float(situation.daily[row]))
    return cost * settings.holding_share_per_year / _YEAR_DAYS * lies
