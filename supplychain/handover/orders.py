"""The nightly plan: tonight's orders and transfers, the outlook, and the stock that follows from them."""

from __future__ import annotations

from datetime import date

import numpy as np

from forecasts.protocol import Forecast
from supplychain.domain import DataSet
from supplychain.handover.order_frames import order_plan, transfer_plan
from supplychain.handover.order_outlook import Outlook, roll_forward
from supplychain.handover.state import State
from supplychain.handover.terms import Terms
from supplychain.plans.frame import typed_frame
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.stock_plan import STOCK_COLUMNS, StockPlan
from supplychain.plans.transfer_plan import TransferPlan
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["plan_orders"]


def plan_orders(
    dataset: DataSet, terms: Terms, state: State, forecast: Forecast, *, settings: ReplenishSettings, as_of: date
) -> tuple[OrderPlan, TransferPlan, StockPlan]:
    """Plan the evening of ``as_of`` and roll it forward over ``settings.outlook_days``.

    The decision of ``as_of`` gives the proposed lines; the same decision, made again each following evening on
    expected demand, gives the planned ones. Raises ValueError as ``decide`` does.
    """
    outlook = roll_forward(state, forecast, np.datetime64(as_of, "D"), terms=terms, settings=settings)
    orders = order_plan(dataset, terms, outlook.decisions, models=forecast.model, settings=settings, as_of=as_of)
    transfers = transfer_plan(dataset, terms, outlook.decisions, models=forecast.model, settings=settings, as_of=as_of)
    return orders, transfers, _stock_plan(terms, outlook, as_of)


def _stock_plan(terms: Terms, outlook: Outlook, as_of: date) -> StockPlan:
    days = outlook.columns["closing"].shape[1]
    dates = np.datetime64(as_of, "D") + np.arange(days)
    columns = {name: values.ravel() for name, values in outlook.columns.items()}
    keys = {
        "site_id": np.repeat(np.array(terms.site_ids, object), days),
        "item_id": np.repeat(np.array(terms.item_ids, object), days),
        "date": np.tile(dates, terms.rows),
    }
    return StockPlan(typed_frame(keys | columns, STOCK_COLUMNS))
