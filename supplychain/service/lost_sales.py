"""Why an item was sold out at a site, from the plans of the run, and what helps."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from supplychain.plans.amounts import significant

__all__ = ["LostSales"]

_KEY = ["item_id", "site_id"]
_FORECAST_LOW = 0.75  # part of the demand of the simulated days
_MOSTLY = 0.5
_NOT_PLACED = {
    "waiting": (
        "its order waits for the supplier's minimum",
        "fill up the order, or agree on a smaller minimum with the supplier",
    ),
    "left_out": (
        "its order was left out for a limit that orders share, or for what an order costs",
        "raise the limit that `supplychain plan show` names, or order on another day",
    ),
}
_SLOW = 2.0  # lead time over days between orders


@dataclass(frozen=True)
class LostSales:
    """Causes of lost sales by item and site. ``tables`` are those of a run, ``days`` the simulated ones."""

    tables: Mapping[str, pd.DataFrame]
    days: int

    def cause(self, line: Mapping[Hashable, Any]) -> tuple[str, str]:
        """Cause and remedy for one row of the closed loop; the first that holds, most certain first."""
        key = (str(line["item_id"]), str(line["site_id"]))
        order = self._orders.get(key)
        demand = float(line["units_a_day"])
        lost = demand * self.days * (1.0 - float(line["fill_rate"]))
        expected, forecast = self._projected_loss.get(key, 0.0), self._forecast.get(key)
        if float(line["mean_stock_units"]) <= 0:
            return _never_there(line)
        if key in self._not_placed:
            return _NOT_PLACED[self._not_placed[key]]
        if expected >= _MOSTLY * lost:
            first = f"; the first order arrives on {order['receipt_date']:%Y-%m-%d}" if order else ""
            return (
                f"sold out at the start, with {expected:,.0f} units lost in the first weeks{first}",
                "speed up what is on order, or move stock from another site",
            )
        if forecast is not None and forecast < _FORECAST_LOW * demand:
            return (
                f"demand of {significant(demand)} units a day against a forecast of {significant(forecast)}",
                "check its forecast: a season, promotion or event ahead that it does not see",
            )
        if order is None:
            return _without_order(self._projected_loss.get(key))
        return _between_orders(order)

    @cached_property
    def _orders(self) -> dict[tuple[str, str], dict[Hashable, Any]]:
        """The first line that brings an item to a site."""
        frames = []
        if "order_lines" in self.tables:
            frames.append(self.tables["order_lines"])
        if "transfer_lines" in self.tables:
            moves = self.tables["transfer_lines"]
            frames.append(moves.rename(columns={"destination_id": "site_id"}))
        columns = [*_KEY, "receipt_date", "lead_days", "review_days", "service_level"]
        filled = [frame[columns] for frame in frames if len(frame)]
        if not filled:
            return {}
        lines = pd.concat(filled, ignore_index=True).sort_values("receipt_date", kind="stable").drop_duplicates(_KEY)
        return {(line["item_id"], line["site_id"]): line for line in lines.to_dict("records")}

    @cached_property
    def _not_placed(self) -> dict[tuple[str, str], str]:
        """Why what is wanted is not ordered: waiting, or left_out."""
        lines = self.tables.get("order_waiting")
        if lines is None:
            return {}
        return dict(zip(lines[_KEY].itertuples(index=False, name=None), lines["status"], strict=True))

    @cached_property
    def _projected_loss(self) -> dict[tuple[str, str], float]:
        """Units that the plan itself expects to lose."""
        return self._sum("stock_projection", "lost", "sum")

    @cached_property
    def _forecast(self) -> dict[tuple[str, str], float]:
        """Mean units a day of the forecast."""
        return self._sum("forecast", "mean", "mean")

    def _sum(self, table: str, column: str, how: str) -> dict[tuple[str, str], float]:
        if table not in self.tables:
            return {}
        grouped = self.tables[table].groupby(_KEY, sort=False)[column].agg(how)
        return {(str(item), str(site)): float(value) for (item, site), value in grouped.items()}


def _never_there(line: Mapping[Hashable, Any]) -> tuple[str, str]:
    if float(line["stock_out_share"]) > 0:
        return "it never came into stock", "check its listing, its supply terms and its shelf life at this site"
    return "it is sold off or not listed here, and still asked for", "end its offer here, or list it again"


def _without_order(projected_loss: float | None) -> tuple[str, str]:
    if projected_loss is not None and projected_loss <= 0:
        return (
            "its stock lasts through the weeks of the plan; it ran out later in the closed loop",
            "see its forecast for the months after, or raise the service level of its class",
        )
    return (
        "nothing is ordered for it in the coming weeks, and its stock does not last",
        "see why nothing is due, then raise its reorder point or the service level of its class",
    )


def _between_orders(order: Mapping[Hashable, Any]) -> tuple[str, str]:
    """The policy: stock did not last from one receipt to the next."""
    days = f"lead time {order['lead_days']:.0f} days and an order every {order['review_days']:.0f}"
    if np.isfinite(order["service_level"]):
        slow = order["lead_days"] >= _SLOW * order["review_days"]
        other = "find a nearer or faster source" if slow else "order more often"
        return (
            f"sold out between receipts: {days}, service level {order['service_level']:.0%}",
            f"{other}, or raise the service level of its class",
        )
    return (
        f"sold out between receipts: {days}, by today's rule",
        "plan it with the optimized policy, or raise its reorder point",
    )
