"""Segments and the trade-off of stock against service for the planning day."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from forecasts.protocol import Forecast
from supplychain.handover.forecasting import History
from supplychain.handover.look import look
from supplychain.handover.lost_sales_past import LOST_SPANS_DAYS
from supplychain.handover.segments import segment_frame
from supplychain.handover.state import State
from supplychain.handover.stock_levels import in_steady_state
from supplychain.handover.terms import Terms
from supplychain.handover.trade_off import Sold, service_curve, trade_off_frame
from supplychain.plans.service_plan import ServicePlan
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["service_plan", "sold_lately"]


def service_plan(
    state: State, forecast: Forecast, as_of: date, *, terms: Terms, settings: ReplenishSettings, sold: Sold
) -> ServicePlan:
    """Where the scenario's rule lies between stock and service, beside where the company is today."""
    situation = in_steady_state(look(state, forecast, as_of, terms=terms, settings=settings))
    curve = service_curve(situation, settings)
    return ServicePlan(segment_frame(curve, sold, settings), trade_off_frame(curve, sold, settings))


def sold_lately(terms: Terms, state: State, history: History, lost: pd.DataFrame) -> Sold:
    """Stock tonight at landed cost, units served and lost in the last weeks; ``lost`` is the forecast's estimate."""
    days = max(LOST_SPANS_DAYS)
    served = np.nansum(history.quantity[:, -days:], axis=1)
    gone = np.zeros(terms.rows)
    for line in lost.loc[lost["days"].eq(days)].to_dict("records"):
        row = terms.row_of(line["item_id"], line["site_id"])
        if row is not None and np.isfinite(line["lost_units"]):
            gone[row] = line["lost_units"]
    return Sold(state.on_hand * terms.unit_cost, served, gone)
