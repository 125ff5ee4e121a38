"""Why stock is moved between sites: the explanation columns of rebalancing lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from supplychain.handover.explanation import explanation_columns
from supplychain.handover.order_problem import plan_rows
from supplychain.handover.rebalance import Moves
from supplychain.handover.situation import Situation
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["rebalancing_columns"]


def rebalancing_columns(
    situation: Situation, moves: Moves, settings: ReplenishSettings
) -> Mapping[str, npt.NDArray[Any]]:
    """Columns of ``supplychain.plans.transfer_plan`` for each move.

    Position and limits are those of the destination tonight. The interval is that until its tightest day, and the need
    what is missing then at its service level.
    """
    rows, count, terms = moves.destination, moves.quantity.size, situation.terms
    no_group = np.zeros(count, np.int64)
    planned = plan_rows(situation, rows, settings, group=no_group, group_minimum=np.zeros(1), spread=True)
    columns = dict(explanation_columns(planned, moves.quantity, settings, chosen=np.arange(count)))
    days = np.ones(terms.rows, np.int64)
    days[rows] = moves.until
    own = np.minimum(situation.view.mean(days)[rows], moves.demand)
    whole, none = np.ones(count), np.zeros(count, np.int64)
    short = moves.quantity < moves.missing
    back = situation.returns.units(days)[rows]
    return columns | {
        "expected_returns": back,
        "expected_lost": np.zeros(count),
        "position": columns["position"] - columns["expected_returns"] - columns["expected_lost"] + back,
        "lead_days": moves.days,
        "review_days": moves.until - moves.days,
        "next_receipt_days": moves.until,
        "protection_days": moves.until,
        "expected_demand": moves.demand,
        "fed_demand": moves.demand - own,
        "daily_demand": moves.demand / moves.until,
        "demand_quantile": moves.demand_quantile,
        "reorder_point": moves.demand_quantile,
        "reward_packs": none,
        "target": moves.demand_quantile,
        "need": moves.missing,
        "minimum_order_quantity": np.zeros(count),
        "pack_units": whole,
        "quantity_after_minimum": moves.missing,
        "quantity_after_pack": moves.missing,
        "quantity_after_cap": moves.missing,
        "top_up_packs": none,
        "packs": moves.quantity.astype(np.int64),
        "binding": np.full(count, "rebalancing", object),
        "lost_margin_avoided": moves.lost_margin,
        "cost_of_waiting": moves.destination_value - moves.origin_value,
        "one_more_pack_saves": moves.one_more,
        "value_of_one_more_pack": moves.one_more,
        "requested_quantity": moves.missing,
        "origin_available": np.floor(situation.state.available[moves.origin] + 1e-9),
        "share_units": np.where(short, moves.quantity, np.inf),
        "origin_value": moves.origin_value,
        "destination_value": moves.destination_value,
        "reason": np.full(count, "rebalancing", object),
    }
