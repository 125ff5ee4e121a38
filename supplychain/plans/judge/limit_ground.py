"""What the judge of shared limits looks at: lines, stock, and what was ordered before, by limit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import pandas as pd

from supplychain.plans.judge.facts import Facts
from supplychain.plans.judge.lines import as_date
from supplychain.plans.order_plan import OrderPlan

__all__ = ["LimitGround", "monday_of"]

Line = Mapping[Any, Any]


@dataclass(frozen=True)
class LimitGround:
    """What the judge looks at."""

    facts: Facts
    plan: OrderPlan
    as_of: date
    budget: float | None
    transfers: pd.DataFrame | None
    stock: pd.DataFrame | None

    @cached_property
    def tonight(self) -> list[Line]:
        """Lines of the planning day."""
        lines = self.plan.lines
        return list(lines.loc[lines["status"].eq("proposed")].to_dict("records"))

    @cached_property
    def _by_owner(self) -> dict[tuple[str, str], list[Line]]:
        """Lines of the planning day by supplier and by site."""
        found: dict[tuple[str, str], list[Line]] = {}
        for line in self.tonight:
            for name in ("supplier_id", "site_id"):
                found.setdefault((name, line[name]), []).append(line)
        return found

    def lines_of(self, row: Line) -> list[Line]:
        """Lines of the planning day that use the limit of the row."""
        if row["limit"] == "budget_per_month":
            return self.tonight
        name = "site_id" if row["limit"] == "capacity_l" else "supplier_id"
        return [line for line in self._by_owner.get((name, row[name]), []) if self.uses(line, row)]

    def uses(self, line: Line, row: Line) -> bool:
        """Whether a line uses the limit of the row."""
        begins, receipt = as_date(row["begins"]), as_date(line["receipt_date"])
        if begins is None or receipt is None:
            return False
        if row["limit"] == "weekly_capacity_units":
            return bool(line["supplier_id"] == row["supplier_id"]) and monday_of(receipt) == begins
        if row["limit"] == "capacity_l":
            return bool(line["site_id"] == row["site_id"]) and receipt <= begins
        return True

    def amount(self, row: Line) -> float | None:
        """What the data set and the scenario say of the limit."""
        dataset = self.facts.dataset
        if row["limit"] == "weekly_capacity_units":
            return dataset.suppliers[row["supplier_id"]].weekly_capacity_units
        return self.budget if row["limit"] == "budget_per_month" else dataset.sites[row["site_id"]].capacity_l

    def spent(self) -> float:
        """Value of what was ordered in this month before tonight, base currency."""
        dataset, total = self.facts.dataset, 0.0
        lines = [
            (o.supplier_id, o.item_id, o.site_id, o.ordered, o.quantity, o.unit_price) for o in dataset.open_orders
        ]
        lines += [(r.supplier_id, r.item_id, r.site_id, r.ordered, r.quantity_received, None) for r in dataset.receipts]
        for supplier_id, item_id, site_id, ordered, quantity, price in lines:
            if (ordered.year, ordered.month) == (self.as_of.year, self.as_of.month):
                supplier, item = dataset.suppliers[supplier_id], dataset.items[item_id]
                supply = self.facts.supply(supplier_id, item_id, site_id)
                if price is None and supply is None:
                    total += quantity * dataset.to_base(item.unit_cost, item.currency)
                    continue
                asked = self.facts.unit_price(supply, quantity) if price is None and supply is not None else price
                total += dataset.to_base(quantity * float(asked or 0.0), supplier.currency)
        return total

    def due(self, supplier_id: str, monday: date) -> float:
        """Units of a supplier's open orders that come in the week, and what has come in it."""
        tomorrow = self.as_of + timedelta(days=1)
        came = sum(
            one.quantity_received
            for one in self.facts.dataset.receipts
            if one.supplier_id == supplier_id and one.received <= self.as_of and monday_of(one.received) == monday
        )
        return came + sum(
            order.quantity
            for order in self.facts.dataset.open_orders
            if order.supplier_id == supplier_id and monday_of(max(order.due, tomorrow)) == monday
        )

    def most_litres(self, site_id: str, day: date) -> float:
        """Litres of all stock and of what comes to a site until the day, if nothing were sold."""
        dataset = self.facts.dataset
        volume = {item.item_id: item.volume_l for item in dataset.items.values()}
        there = sum(one.on_hand * volume[one.item_id] for one in dataset.stock if one.site_id == site_id)
        coming = ((key, units) for key, units, due in self.facts.under_way if key[1] == site_id and due <= day)
        return there + sum(units * volume[key[0]] for key, units in coming)

    def sent_litres(self, site_id: str, day: date) -> float | None:
        """Litres of tonight's transfers that come to a site until the day; None where they are not known."""
        if self.transfers is None:
            return None
        lines = self.transfers
        mine = lines["status"].eq("proposed") & lines["destination_id"].eq(site_id)
        mine &= lines["receipt_date"].le(pd.Timestamp(day))
        return float(lines.loc[mine, "volume_l"].sum())

    def moved_later(self, site_id: str, day: date) -> float:
        """Litres that later evenings send from a site, or to it, until the evening of the day."""
        if self.transfers is None:
            return 0.0
        lines, last = self.transfers, pd.Timestamp(day)
        later = lines["status"].eq("planned")
        gone = later & lines["origin_id"].eq(site_id) & lines["order_date"].le(last)
        come = later & lines["destination_id"].eq(site_id) & lines["receipt_date"].le(last)
        return float(lines.loc[gone | come, "volume_l"].sum())

    @cached_property
    def _litres(self) -> dict[tuple[str, str], float] | None:
        """Litres of all stock by site and day, at the end of the day, without what customers sent back."""
        if self.stock is None:
            return None
        days = self.stock
        volume = {item.item_id: item.volume_l for item in self.facts.dataset.items.values()}
        litres = days["closing"] * days["item_id"].map(volume).astype(float)
        found = litres.groupby([days["site_id"].astype(str), days["date"].dt.date.astype(str)]).sum()
        return {(str(site), str(day)): float(units) for (site, day), units in found.items()}

    def all_litres(self, site_id: str, day: date) -> float | None:
        """Litres at a site on the evening of a day as the stock projection has them, with all that is planned."""
        return None if self._litres is None else self._litres.get((site_id, str(day)))

    def litres(self, site_id: str, day: date) -> float | None:
        """Litres at a site on the evening of a day as the stock projection has them, without orders of later evenings.

        None where the projection is not known or does not reach so far.
        """
        there = self.all_litres(site_id, day)
        if there is None:
            return None
        lines, items = self.plan.lines, self.facts.dataset.items
        mine = (
            lines["status"].eq("planned") & lines["site_id"].eq(site_id) & lines["receipt_date"].le(pd.Timestamp(day))
        )
        later = lines.loc[mine]
        pairs = zip(later["item_id"], later["quantity"], strict=True)
        return there - sum(float(units) * items[item].volume_l for item, units in pairs)

    def leeway(self, day: date) -> float:
        """Share by which expected stock may differ from the projection: later evenings may send other than expected."""
        return 0.02 if (day - self.as_of).days <= 1 else 0.05

    def most_price(self, row: Line) -> float | None:
        """Most that one unit of the limit can earn in lines that are cut; None where transfers are cut too."""
        if row["transfers_left_out"] > 0:
            return None
        items, most = self.facts.dataset.items, 0.0
        for line in (*self.plan.lines.to_dict("records"), *self.plan.waiting.to_dict("records")):
            if line["left_out_packs"] <= 0 or not self.uses(line, row):
                continue
            use = {"weekly_capacity_units": 1.0, "capacity_l": items[line["item_id"]].volume_l}.get(row["limit"])
            supplier = self.facts.dataset.suppliers[line["supplier_id"]]
            price = self.facts.dataset.to_base(self._list_price(line), supplier.currency)
            units = line["quantity"] + line["left_out_packs"] * line["pack_units"]  # a break makes all units cheaper
            margin = max(line["selling_price"] - line["unit_cost"], 0.0)
            margin += self._saving(line, price) * units / line["pack_units"]
            cheapest = price - self._saving(line, price)
            most = max(most, margin / max(cheapest if use is None else use, 1e-12))
        return most

    def _list_price(self, line: Line) -> float:
        supply = self.facts.supply(line["supplier_id"], line["item_id"], line["site_id"])
        return float(line["unit_price"]) if supply is None else supply.unit_price

    def _saving(self, line: Line, price: float) -> float:
        """Most that a unit may save by a price break."""
        supply = self.facts.supply(line["supplier_id"], line["item_id"], line["site_id"])
        if supply is None:
            return 0.0
        supplier = self.facts.dataset.suppliers[line["supplier_id"]]
        low = self.facts.dataset.to_base(self.facts.unit_price(supply, math.inf), supplier.currency)
        return max(price - low, 0.0)


def monday_of(day: date) -> date:
    """Monday of the week of a day."""
    return day - timedelta(days=day.weekday())
