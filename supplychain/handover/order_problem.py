"""The evening's ordering problem of some rows, ready for the solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lots import packs_for
from solvers.replenishment.order_plan import solve
from solvers.replenishment.problem import Curve, OrderProblem, OrderSolution
from supplychain.handover.moving import Moving
from supplychain.handover.needs import Needs, curve_of, needs_of, shelf_curve
from supplychain.handover.pins import pinned_problem
from supplychain.handover.placed_tonight import units_placed
from supplychain.handover.price_steps import PriceSteps
from supplychain.handover.shared_limit import SharedLimit
from supplychain.handover.situation import Situation
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["LeftOut", "Planned", "order_problem", "plan_rows", "room_to_sell"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What shared limits leave out: ``packs`` [K], and for which of the limits, ``cause`` [K] (-1: none)."""

    packs: Ints
    cause: Ints


@dataclass(frozen=True, slots=True)
class Planned:
    """What was asked and decided for ``rows`` [K] of the situation.

    ``limits`` they share, and what those leave out. ``truck_packs`` [K] are added (or left out, below zero) because of
    what orders and trucks cost; ``price_steps`` say which breaks are reached by packs more. ``moving`` are tonight's
    transfers between our sites (None: none are made).
    """

    situation: Situation
    rows: Ints
    needs: Needs
    curve: Curve
    problem: OrderProblem
    solution: OrderSolution
    limits: tuple[SharedLimit, ...] = ()
    left_out: LeftOut | None = None
    truck_packs: Ints | None = None
    moving: Moving | None = None
    price_steps: PriceSteps | None = None


def plan_rows(
    situation: Situation,
    rows: Ints,
    settings: ReplenishSettings,
    *,
    group: Ints,
    group_minimum: Floats,
    spread: bool = False,
) -> Planned:
    """Needs, limits and packs of the rows. ``spread`` works out quantiles even where the policy ignores them."""
    curve = _curve(situation, rows, settings) if spread or settings.policy == "optimized" else _flat_curve(rows.size)
    needs = needs_of(situation, rows, settings, curve=curve)
    problem = order_problem(situation, rows, needs, curve, settings=settings, group=group, group_minimum=group_minimum)
    return Planned(situation, rows, needs, curve, problem, solve(problem))


def _curve(situation: Situation, rows: Ints, settings: ReplenishSettings) -> Curve:
    curve = curve_of(situation, rows, settings, mean=situation.demand[rows], deviation=situation.deviation()[rows])
    return curve._replace(shelf_quantile=shelf_curve(situation, rows, curve.quantile))


def _flat_curve(rows: int) -> Curve:
    """A curve without demand, for policies that do not look at it."""
    zero = np.zeros((rows, 1))
    return Curve(np.array([0.5]), zero, zero, np.zeros((rows, 3)))


def order_problem(
    situation: Situation,
    rows: Ints,
    needs: Needs,
    curve: Curve,
    *,
    settings: ReplenishSettings,
    group: Ints,
    group_minimum: Floats,
) -> OrderProblem:
    """Arrays for ``solvers.replenishment.order_plan.solve``: ``rows`` [K] of the situation in ``group`` [K]."""
    terms = situation.terms
    position = situation.position[rows]
    room = np.maximum(terms.max_units[rows] - situation.own_position[rows], 0.0)
    sellable = room_to_sell(situation, rows, by_past_sales=settings.policy == "today")
    lot = _smallest_lot(situation, rows)
    sold = np.minimum(lot, sellable)
    cost = terms.unit_cost[rows]
    pays = (terms.price[rows] - cost) * sold > cost * (lot - sold)
    cover = np.maximum(settings.hold_above_days * needs.daily - position, 0.0)
    supplier = terms.supplier_index[rows]
    rate = np.where(supplier >= 0, terms.supplier_rate[supplier], 1.0)
    problem = OrderProblem(
        position=position,
        need=needs.need,
        pack=terms.pack[rows],
        minimum_quantity=terms.minimum_quantity[rows],
        limit=np.minimum(room, sellable),
        lot_allowed=pays & (lot <= room) & (_placed(situation, rows) == 0),  # a lot beyond what sells, but not two
        top_up_limit=np.minimum(np.minimum(room, sellable), cover),
        unit_price=terms.unit_price[rows],
        break_from=terms.break_from[rows],
        break_price=terms.break_price[rows],
        rate=rate,
        group=group,
        group_minimum=group_minimum,
        runs_out=position < situation.demand[rows],
        daily=needs.daily,
        days=situation.days[rows].astype(np.float64),
        holding=curve.money[:, 1] / np.maximum(situation.gap[rows], 1),
        curve=curve,
        by_reward=settings.policy == "optimized",
    )
    return pinned_problem(problem, situation.pins.quantity[rows])


def room_to_sell(situation: Situation, rows: Ints, *, by_past_sales: bool = False) -> Floats:
    """Units ordered tonight that are expected to sell before they expire or the item ends [K]; inf without such an end.

    ``by_past_sales`` expects what sold lately, for the policy that reads no forecast.

    What is in stock and on order sells first; demand before the receipt that stock cannot serve is not sold twice. What
    is placed tonight already comes with tonight's order, so it serves none of that demand either.
    """
    terms = situation.terms
    shelf = np.where(np.isfinite(terms.shelf_life_days), terms.shelf_life_days, 0).astype(np.int64)
    ends = situation.days_left <= situation.view.forecast.mean.shape[1]
    bounded = (shelf > 0) | ends
    if not bounded[rows].any():
        return np.full(rows.size, np.inf)
    days = np.where(shelf > 0, situation.lead + shelf, situation.days_left)
    days = np.clip(np.where(bounded, days, 1), 0, np.maximum(situation.days_left, 0))
    first_days = np.minimum(situation.lead, days)
    if by_past_sales:
        until_end, until_receipt = situation.recent * days, situation.recent * first_days
    else:
        until_end, until_receipt = situation.demand_within(days), situation.demand_within(first_days)
    placed = _placed(situation, rows)
    units = until_end[rows] - placed - np.maximum(situation.position[rows] - placed, until_receipt[rows])
    return np.where(bounded[rows], np.maximum(units, 0.0), np.inf)


def _placed(situation: Situation, rows: Ints) -> Floats:
    """Units of each row [K] that are placed tonight already."""
    commitments = situation.state.commitments
    return units_placed(None if commitments is None else commitments.placed, situation.terms.rows)[rows]


def _smallest_lot(situation: Situation, rows: Ints) -> Floats:
    terms = situation.terms
    ones = np.ones(rows.size)
    lot: Floats = packs_for(ones, terms.minimum_quantity[rows], terms.pack[rows]) * terms.pack[rows]
    return lot
