"""What would free some of a limit that is short, with how much of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

from supplychain.domain import DataSet
from supplychain.handover.open_order_days import counted_on, is_fixed
from supplychain.handover.order_prices import OrderPrices
from supplychain.plans.amounts import counted
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["limit_remedies"]


def limit_remedies(
    dataset: DataSet, row: Mapping[Any, Any], lines: pd.DataFrame, *, settings: ReplenishSettings, passed: bool
) -> str:
    """What a buyer can do about the limit of a ``row`` of ``order_limits``; only what frees some of it, and how much.

    ``lines`` of the plan. ``passed``: the limit could not be kept, else lines are cut to keep it, which a pin undoes.
    Open orders count as far as they are not approved and come after the frozen days.
    """
    found = [_raise(row), *_open_orders(dataset, row, settings), *_elsewhere(dataset, row)]
    if passed:
        found += _pins(dataset, row, lines)
    else:
        found.append("pin lines that must go")
    return ", or ".join((", ".join(found[:-1]), found[-1])) if len(found) > 1 else found[0]


def _raise(row: Mapping[Any, Any]) -> str:
    if row["limit"] == "budget_per_month":
        return "raise replenish.budget_per_month"
    if row["limit"] == "capacity_l":
        return "raise sites.capacity_l"
    return "agree on more with the supplier and raise suppliers.weekly_capacity_units"


def _open_orders(dataset: DataSet, row: Mapping[Any, Any], settings: ReplenishSettings) -> Iterator[str]:
    """Of the budget only cancelling frees money: an order counts in the month in which it was placed."""
    day, limit = row["begins"].date(), row["limit"]
    free = [one for one in dataset.open_orders if one.quantity > 0 and not is_fixed(dataset, one, settings)]
    if limit == "budget_per_month":
        free = [one for one in free if (one.ordered.year, one.ordered.month) == (day.year, day.month)]
        prices = OrderPrices(dataset)
        units = sum(prices.value_base(one) for one in free)
        what, unit = f"cancel what is not needed of {day:%Y-%m}'s open orders", dataset.base_currency
    elif limit == "capacity_l":
        free = [one for one in free if one.site_id == row["site_id"] and counted_on(dataset, one) <= day]
        units = sum(one.quantity * dataset.items[one.item_id].volume_l for one in free)
        what, unit = f"postpone open orders that come by then past {day}", "l"
    else:
        free = [
            one
            for one in free
            if one.supplier_id == row["supplier_id"] and day <= counted_on(dataset, one) < day + timedelta(days=7)
        ]
        units = sum(one.quantity for one in free)
        what, unit = "move open orders of that week to another one", "units"
    if units > 0:
        yield f"{what} ({units:,.0f} {unit} in {counted(len(free), 'line')} that may still be changed)"


def _elsewhere(dataset: DataSet, row: Mapping[Any, Any]) -> Iterator[str]:
    if row["limit"] == "weekly_capacity_units":
        yield "order elsewhere"
    if row["limit"] == "capacity_l":
        there = [one for one in dataset.stock if one.site_id == row["site_id"]]
        litres = sum(one.on_hand * dataset.items[one.item_id].volume_l for one in there)
        if litres > 0:
            yield f"send stock elsewhere ({litres:,.0f} l are there)"


def _pins(dataset: DataSet, row: Mapping[Any, Any], lines: pd.DataFrame) -> Iterator[str]:
    """Pinned lines of tonight that use the limit."""
    mine = lines.loc[lines["status"].eq("proposed") & lines["pinned_quantity"].notna() & lines["quantity"].gt(0)]
    unit, use = dataset.base_currency, mine["value_base"]
    if row["limit"] == "capacity_l":
        mine = mine.loc[mine["site_id"].eq(row["site_id"]) & mine["receipt_date"].le(row["begins"])]
        unit, use = "l", mine["quantity"] * [dataset.items[item].volume_l for item in mine["item_id"]]
    if float(use.sum()) > 0:
        yield f"drop a pin of tonight ({float(use.sum()):,.0f} {unit} are pinned)"
