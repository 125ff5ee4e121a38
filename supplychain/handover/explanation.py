"""Why each line is as it is, as data: need, position, interval, each rounding step, what binds, what waiting costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from solvers.replenishment.demand_curve import expected_short
from solvers.replenishment.lots import packs_for
from solvers.replenishment.marginal import block_rewards
from solvers.replenishment.problem import Curve
from supplychain.handover.order_problem import Planned, room_to_sell
from supplychain.handover.running_out import running_out
from supplychain.handover.situation import Situation, by_class
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["explanation_columns"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Columns = dict[str, npt.NDArray[Any]]


def explanation_columns(
    planned: Planned, quantity: Floats, settings: ReplenishSettings, *, chosen: Ints
) -> Mapping[str, npt.NDArray[Any]]:
    """Explanation columns of the lines ``chosen`` among the planned rows; ``quantity`` [K] as decided.

    The columns and their meaning are those of ``supplychain.plans.order_plan``.
    """
    rows = planned.rows[chosen]
    columns = _position(planned.situation, rows)
    columns |= _demand(planned, rows, settings, chosen)
    columns |= _steps(planned, quantity, settings, chosen)
    columns |= _money(planned, quantity[chosen], chosen)
    return columns | _pins(planned.situation, rows, columns["binding"])


def _position(situation: Situation, rows: Ints) -> Columns:
    state = situation.state
    return {
        "on_hand": state.on_hand[rows],
        "blocked": state.blocked[rows],
        "backorder": state.backorder[rows],
        "on_order": state.on_order[rows],
        "expected_waste": situation.expected_waste[rows],
        "substitute_stock": situation.substitute[rows],
        "expected_returns": situation.expected_returns[rows],
        "expected_lost": situation.expected_lost[rows],
        "fed_position": situation.fed_position[rows],
        "position": situation.position[rows],
    }


def _demand(planned: Planned, rows: Ints, settings: ReplenishSettings, chosen: Ints) -> Columns:
    situation, needs, terms = planned.situation, planned.needs, planned.situation.terms
    blank = np.full(rows.size, np.nan)
    today = settings.policy == "today"
    textbook = settings.policy == "textbook"
    return {
        "lead_days": situation.lead[rows],
        "review_days": situation.gap[rows],
        "next_receipt_days": situation.next_receipt[rows],
        "protection_days": situation.days[rows],
        "expected_demand": situation.demand[rows],
        "fed_demand": situation.demand[rows] - situation.own_demand[rows],
        "daily_demand": needs.daily[chosen],
        "cover_min_days": by_class(settings.today.min_days, terms)[rows] if today else blank,
        "cover_max_days": by_class(settings.today.max_days, terms)[rows] if today else blank,
        "demand_variance": situation.variance()[rows] if textbook else blank,
        "lead_time_sd_days": terms.lead_sd[rows],
        "service_level": needs.service_level[chosen],
        "demand_quantile": needs.demand_quantile[chosen],
        "least_target": situation.least_position[rows],
        "reorder_point": needs.reorder_point[chosen],
        "reward_packs": needs.reward_packs[chosen],
        "target": needs.target[chosen],
        "need": needs.need[chosen],
    }


def _steps(planned: Planned, quantity: Floats, settings: ReplenishSettings, chosen: Ints) -> Columns:
    """Each step from the need to the quantity, in units."""
    situation, problem, solution = planned.situation, planned.problem, planned.solution
    rows, need, pack = planned.rows[chosen], planned.needs.need[chosen], problem.pack[chosen]
    minimum = problem.minimum_quantity[chosen]
    after_minimum = np.where(need > 0, np.maximum(need, minimum), 0.0)
    after_pack = solution.lot_packs[chosen] * pack
    after_cap = solution.capped_packs[chosen] * pack
    room = np.maximum(situation.terms.max_units[rows] - situation.own_position[rows], 0.0)
    sellable = room_to_sell(situation, rows, by_past_sales=settings.policy == "today")
    top_up = solution.top_up_packs[chosen]
    lot = packs_for(np.ones(rows.size), minimum, pack) * pack
    # The last step that changed the quantity is the one that binds.
    binding = np.full(rows.size, "need", dtype="<U24")
    for name, binds in (
        ("reward", planned.needs.reward_packs[chosen] * pack >= need - 1e-9),
        ("pack", after_pack > after_minimum * (1.0 + 1e-9)),
        ("minimum_order_quantity", after_minimum > need * (1.0 + 1e-9)),
        ("sales_before_expiry", (after_cap < after_pack) & (sellable <= room)),
        ("maximum_stock", (after_cap < after_pack) & (sellable > room)),
        ("smallest_lot", (after_cap > sellable) & (after_cap <= lot)),
        ("supplier_minimum", top_up > 0),
        ("origin_stock", quantity[chosen] < after_cap + top_up * pack),
    ):
        binding[binds & (need > 0) | (binds & (top_up > 0))] = name
    return {
        "minimum_order_quantity": minimum,
        "pack_units": pack,
        "quantity_after_minimum": after_minimum,
        "quantity_after_pack": after_pack,
        "room_units": room,
        "sellable_units": sellable,
        "quantity_after_cap": after_cap,
        "top_up_packs": top_up,
        "packs": np.rint(quantity[chosen] / pack).astype(np.int64),
        "binding": binding.astype(object),
    }


def _pins(situation: Situation, rows: Ints, binding: npt.NDArray[Any]) -> Columns:
    """What a buyer has pinned, who and why; a pinned line is bound by nothing else."""
    terms, column = situation.terms, situation.terms.calendar.column(situation.as_of)
    quantity = situation.pins.quantity[rows]
    notes = [("", "")] * rows.size
    for at in np.flatnonzero(np.isfinite(quantity)):
        row = int(rows[at])
        notes[at] = terms.pin_notes[row][int(np.flatnonzero(terms.pin_day[row] == column)[0])]
    return {
        "binding": np.where(np.isfinite(quantity), "pinned", binding).astype(object),
        "pinned_quantity": quantity,
        "pinned_by": np.array([who for who, _ in notes], object),
        "pinned_why": np.array([why for _, why in notes], object),
    }


def _money(planned: Planned, quantity: Floats, chosen: Ints) -> Columns:
    """What the line earns, what one more pack or waiting would cost, in base currency, and the days of cover."""
    problem = planned.problem
    curve = Curve(planned.curve.levels, *(part[chosen] for part in planned.curve[1:]))
    position, pack, margin = problem.position[chosen], problem.pack[chosen], curve.money[:, 0]
    before, after, beyond = (
        expected_short(position + more, curve.quantile, curve.levels) for more in (0.0, quantity, quantity + pack)
    )
    terms, rows = planned.situation.terms, planned.rows[chosen]
    return {
        "unit_cost": terms.unit_cost[rows],
        "selling_price": terms.price[rows],
        "lost_margin_avoided": margin * (before - after),
        "cost_of_waiting": block_rewards(curve, position, quantity),
        "one_more_pack_saves": margin * (after - beyond),
        "value_of_one_more_pack": block_rewards(curve, position + quantity, pack),
        **running_out(planned.situation, rows, quantity),
    }
