"""All exceptions of one evening's order plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.domain import DataSet
from supplychain.handover.exceptions_approved import approved_below_minimum
from supplychain.handover.exceptions_closures import supplier_closed
from supplychain.handover.exceptions_data import missing_data, suspect_history
from supplychain.handover.exceptions_dates import no_order_days, suspect_dates
from supplychain.handover.exceptions_limits import cut_by_limits
from supplychain.handover.exceptions_occasions import occasions
from supplychain.handover.exceptions_open_orders import orders_to_closed_sites, orders_without_terms, twin_orders
from supplychain.handover.exceptions_orders import (
    below_minimum,
    capacity_exceeded,
    far_from_history,
    past_due,
)
from supplychain.handover.exceptions_pins import pinned_units, without_pinned
from supplychain.handover.exceptions_remedies import Remedies
from supplychain.handover.exceptions_shortages import rebalanced, shortages
from supplychain.handover.exceptions_stock import excess_and_dead, expiring, outlook_of
from supplychain.handover.exceptions_suppliers import closed_throughout, minimum_out_of_reach
from supplychain.handover.exceptions_tonight import TonightsPlan
from supplychain.handover.expected_waste import expected_waste
from supplychain.handover.next_orders import next_orders
from supplychain.handover.sister_stock import beyond_need
from supplychain.handover.situation import Situation
from supplychain.handover.spare_stock import gifts, sent_tonight
from supplychain.plans.order_exceptions import OrderException, exception_frame
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["order_exceptions"]

Floats = npt.NDArray[np.float64]

_A_LIFE = 36_500  # days: stock that expires is looked at to its end


def order_exceptions(
    dataset: DataSet,
    situation: Situation,
    tables: Mapping[str, pd.DataFrame],
    *,
    settings: ReplenishSettings,
    quantity: Floats,
    first_day: np.datetime64,
    relaxed: Iterable[OrderException] = (),
) -> pd.DataFrame:
    """The table of exceptions (``EXCEPTION_COLUMNS``), by severity and money.

    ``tables`` hold order_lines, order_waiting, order_heads, order_limits and order_actions of the plan, and what of
    transfer_lines and order_rushes there is; ``quantity`` [N,T] is the sales history of the rows from ``first_day``
    on; ``relaxed`` are limits that the planner could not keep, each with what it cost.
    """
    terms, view, actions = situation.terms, situation.view, tables["order_actions"]
    days = situation.days_ahead
    moves = tables.get("transfer_lines")
    free = without_pinned(tables["order_lines"])
    coming = next_orders(situation, settings=settings, order_lines=free, transfer_lines=moves)
    brought = [rebalanced(situation, moves, days=days), pinned_units(situation, tables["order_lines"], days=days)]
    known = [units for units in brought if units is not None]
    moved = np.sum(known, axis=0) if known else None
    outlook = outlook_of(situation, days=days, ahead=coming, moved=moved)
    ahead = occasions(dataset, situation, outlook)
    waste = expected_waste(situation.state, view, np.full(terms.rows, _A_LIFE, np.int64), terms)
    margins = dict(zip(terms.item_ids, terms.margin.tolist(), strict=True))
    lines = tables["order_lines"]
    pinned = frozenset(lines.loc[lines["binding"].eq("pinned"), "order_id"])
    tonight = TonightsPlan.of(tables)
    beyond = beyond_need(situation, np.arange(terms.rows), outlook.mean)
    given = gifts(dataset, situation, outlook, beyond=beyond, sent=sent_tonight(situation, moves))
    remedies = Remedies.of(dataset, situation, outlook, actions=actions, gifts=given)
    found = [
        *shortages(dataset, situation, outlook, remedies, settings=settings, tonight=tonight, occasions=ahead),
        *past_due(dataset, actions),
        *supplier_closed(dataset, situation, outlook, remedies, lost_sale_share=settings.lost_sale_share),
        *capacity_exceeded(dataset, lines, margins),
        *excess_and_dead(dataset, situation, beyond, settings=settings, gifts=given, tonight=tonight, actions=actions),
        *expiring(dataset, situation, waste, tonight=tonight),
        *far_from_history(dataset, actions, holding_share=settings.holding_share_per_year),
        *suspect_history(dataset, situation, quantity, first_day=first_day),
        *missing_data(dataset, situation),
        *orders_to_closed_sites(dataset),
        *orders_without_terms(dataset, situation),
        *twin_orders(dataset, situation, holding_share=settings.holding_share_per_year),
        *minimum_out_of_reach(dataset, situation, outlook, lost_sale_share=settings.lost_sale_share),
        *closed_throughout(dataset, situation, outlook, lost_sale_share=settings.lost_sale_share),
        *no_order_days(dataset, situation, outlook, lost_sale_share=settings.lost_sale_share),
        *suspect_dates(dataset),
        *below_minimum(dataset, tables["order_heads"], pinned),
        *approved_below_minimum(dataset, tables["order_heads"], pinned),
        *cut_by_limits(dataset, tables, settings=settings),
        *relaxed,
    ]
    return exception_frame(found)
