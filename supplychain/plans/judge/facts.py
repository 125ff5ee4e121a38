"""What the data set says about buying and stock, worked out afresh for the judges."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import pandas as pd

from supplychain.domain import DataSet, Item, Lane, OpenOrder, StockLine, Supplier, Supply
from supplychain.plans.judge.lost import LostDemand
from supplychain.plans.judge.returns import Sales
from supplychain.plans.judge.ways import OtherWay, lanes_from, ways_of
from supplychain.plans.order_plan import placed_tonight

__all__ = ["Facts", "Stock", "closed"]

_ONE_DAY = timedelta(days=1)
_SAME_DAY = 0.5  # days that a lead time of none counts for where it is measured


@dataclass(frozen=True)
class Stock:
    """Units of one item at one site on the planning day."""

    on_hand: float = 0.0
    blocked: float = 0.0
    backorder: float = 0.0
    on_order: float = 0.0

    @property
    def position(self) -> float:
        """On hand less blocked and owed, plus on order."""
        return self.on_hand - self.blocked - self.backorder + self.on_order

    @property
    def free(self) -> float:
        """Units that may leave tonight."""
        return max(self.on_hand - self.blocked - self.backorder, 0.0)


@dataclass(frozen=True)
class Facts:
    """Look-ups in one data set; ``scorecards`` of its suppliers where lead times were planned as measured.

    ``sales`` where the plan counts on returns; ``lost`` where demand is known.
    """

    dataset: DataSet
    scorecards: pd.DataFrame | None = None
    sales: Sales | None = None
    lost: LostDemand | None = None

    @cached_property
    def _supply(self) -> dict[tuple[str, str, str | None], Supply]:
        return {(s.supplier_id, s.item_id, s.site_id): s for s in self.dataset.supply}

    @cached_property
    def _breaks(self) -> dict[tuple[str, str], list[tuple[float, float]]]:
        found: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for one in self.dataset.price_breaks:
            found.setdefault((one.supplier_id, one.item_id), []).append((one.from_units, one.unit_price))
        return {key: sorted(steps) for key, steps in found.items()}

    @cached_property
    def open_sites(self) -> frozenset[str]:
        """Stocking sites that are open."""
        return frozenset(site.site_id for site in self.dataset.stocking_sites)

    def listed(self, item_id: str, site_id: str) -> bool:
        """Whether an open stocking site holds the item."""
        return site_id in self.open_sites and self.dataset.is_listed(item_id, self.dataset.sites[site_id])

    @cached_property
    def _successors(self) -> dict[str, Item]:
        found: dict[str, Item] = {}
        for item in self.dataset.items.values():
            if item.replaces is not None:
                found.setdefault(item.replaces, item)
        return found

    def successor(self, item_id: str, site_id: str) -> Item | None:
        """The item that replaces this one at the site; None where the site does not hold it."""
        follower = self._successors.get(item_id)
        return follower if follower is not None and self.listed(follower.item_id, site_id) else None

    def replaced(self, item_id: str, site_id: str) -> str | None:
        """The item that this one replaces at the site."""
        old = self.dataset.items[item_id].replaces
        if old is None or not self.listed(old, site_id):
            return None
        follower = self._successors[old]
        return old if follower.item_id == item_id else None

    def supply(self, supplier_id: str, item_id: str, site_id: str) -> Supply | None:
        """The supplier's terms for the item at the site: its own, else those for every dc."""
        own = self._supply.get((supplier_id, item_id, site_id))
        if own is not None or self.dataset.sites[site_id].kind != "dc":
            return own
        return self._supply.get((supplier_id, item_id, None))

    @cached_property
    def past_quantities(self) -> dict[tuple[str, str], list[float]]:
        """Quantities that were ordered before, by (item, site)."""
        found: dict[tuple[str, str], list[float]] = {}
        for one in self.dataset.receipts:
            if one.quantity_ordered > 0:
                found.setdefault((one.item_id, one.site_id), []).append(one.quantity_ordered)
        return found

    def price_breaks(self, supply: Supply) -> list[tuple[float, float]]:
        """Quantity from which on each all-units break holds, ascending, and its price."""
        return self._breaks.get((supply.supplier_id, supply.item_id), [])

    def unit_price(self, supply: Supply, quantity: float) -> float:
        """Price of a unit for a line of this quantity: the last all-units break that it reaches."""
        price = supply.unit_price
        for start, at_break in self._breaks.get((supply.supplier_id, supply.item_id), []):
            if quantity >= start * (1 - 1e-9):
                price = at_break
        return price

    def order_value(self, order: OpenOrder) -> float:
        """Value of an open order in base currency, without payment fee: at its own price, else at today's terms.

        Those are the supplier's price for the quantity; the item's book cost where it has no terms for it.
        """
        supply = self._supply.get((order.supplier_id, order.item_id, order.site_id))
        supply = supply or self._supply.get((order.supplier_id, order.item_id, None))
        price = order.unit_price
        if price is None and supply is not None:
            price = self.unit_price(supply, order.quantity)
        if price is None:
            item = self.dataset.items[order.item_id]
            return self.dataset.to_base(order.quantity * item.unit_cost, item.currency)
        return self.dataset.to_base(order.quantity * price, self.dataset.suppliers[order.supplier_id].currency)

    @cached_property
    def _cards(self) -> dict[tuple[str, str], tuple[float, float, float]]:
        """Lead time and spread over the agreed time, and share received, of (supplier, item) planned as measured."""
        if self.scorecards is None:
            return {}
        used = self.scorecards[self.scorecards["planned_with"] == "measured"]
        return {
            (card["supplier_id"], card["item_id"]): (card["lead_time_ratio"], card["received_share"], card["sd_ratio"])
            for card in used.to_dict("records")
        }

    def way(self, supply: Supply, site_id: str, mode: str) -> OtherWay | None:
        """The way of this name from the supplier to the site; without a name, the usual one."""
        return self.ways(supply, site_id).get(mode) if mode else OtherWay(0.0, 1.0)

    def ways(self, supply: Supply, site_id: str) -> dict[str, OtherWay]:
        """Every way from the supplier to the site by its modes."""
        return ways_of(self.dataset, supply, site_id, starts=self._starts)

    @cached_property
    def _starts(self) -> dict[str, list[Lane]]:
        return lanes_from(self.dataset)

    def lead_time(self, supply: Supply) -> tuple[float, float]:
        """Mean and standard deviation of the lead time planned with, by the usual way."""
        supplier = self.dataset.suppliers[supply.supplier_id]
        mean = supplier.lead_time_mean_days if supply.lead_time_mean_days is None else supply.lead_time_mean_days
        spread = supplier.lead_time_sd_days if supply.lead_time_sd_days is None else supply.lead_time_sd_days
        of_supplier = self._cards.get((supply.supplier_id, ""))
        card = self._cards.get((supply.supplier_id, supply.item_id), of_supplier)
        days = max(mean, _SAME_DAY)
        return (mean, spread) if card is None else (days * card[0], days * card[2])

    def receipt(self, supply: Supply, ordered: date, *, lead_factor: float = 1.0) -> date:
        """Expected receipt: the lead time in whole days, counted over days on which the supplier works.

        What was agreed is rounded up, what was measured to the nearest day.
        """
        supplier = self.dataset.suppliers[supply.supplier_id]
        mean = supplier.lead_time_mean_days if supply.lead_time_mean_days is None else supply.lead_time_mean_days
        of_supplier = self._cards.get((supply.supplier_id, ""))
        card = self._cards.get((supply.supplier_id, supply.item_id), of_supplier)
        measured = None if card is None else max(mean, _SAME_DAY) * lead_factor * card[0]
        days = math.ceil(mean * lead_factor - 1e-9) if measured is None else math.floor(measured + 0.5)
        left, day = max(days, 1), ordered
        while left:
            day += _ONE_DAY
            left -= not closed(supplier, day)
        return day

    def lanes(self, origin_id: str, destination_id: str) -> list[Lane]:
        """Usable lanes between two sites."""
        return self._lanes.get((origin_id, destination_id), [])

    @cached_property
    def _lanes(self) -> dict[tuple[str, str], list[Lane]]:
        found: dict[tuple[str, str], list[Lane]] = {}
        for lane in self.dataset.lanes:
            if lane.usable:
                found.setdefault((lane.origin_id, lane.destination_id), []).append(lane)
        return found

    def stock(self, item_id: str, site_id: str) -> Stock:
        """Stock and what is under way on the planning day; batches past their last day do not count."""
        return self._stock.get((item_id, site_id), Stock())

    def _usable(self, order: OpenOrder) -> float:
        """Share of an open order that counts; one that is placed tonight counts as tonight's lines do."""
        if placed_tonight(order, self.dataset.as_of):
            return 1.0
        card = self._cards.get((order.supplier_id, ""))
        return 1.0 if card is None or math.isnan(card[1]) else card[1]

    def perishing(self, item_id: str, site_id: str, end: date) -> float:
        """Units on hand (``stock``) that cannot be sold on the day ``end``.

        Undated perishables came in on the planning day; those that keep for one day are on hand and had it today.
        """
        life, tonight = self.dataset.items[item_id].shelf_life_days, self.dataset.as_of
        undated = None if life is None else tonight + timedelta(days=life - 1)
        lines = self._stock_lines.get((item_id, site_id), ())
        last = [(one.on_hand, one.expiry or undated) for one in lines if one.expiry is None or one.expiry > tonight]
        return sum(units for units, day in last if day is not None and day < end)

    @cached_property
    def _stock(self) -> dict[tuple[str, str], Stock]:
        sums: dict[tuple[str, str], list[float]] = {}
        for line in self.dataset.stock:
            if line.expiry is None or line.expiry > self.dataset.as_of:
                cell = sums.setdefault((line.item_id, line.site_id), [0.0] * 4)
                for place, units in enumerate((line.on_hand, line.allocated + line.blocked, line.backorder)):
                    cell[place] += units
        for key, units, _ in self.under_way:
            sums.setdefault(key, [0.0] * 4)[3] += units
        return {key: Stock(*cell) for key, cell in sums.items()}

    @cached_property
    def placed(self) -> list[OpenOrder]:
        """Open orders that are part of tonight's orders already."""
        return [one for one in self.dataset.open_orders if placed_tonight(one, self.dataset.as_of)]

    @cached_property
    def _stock_lines(self) -> dict[tuple[str, str], list[StockLine]]:
        found: dict[tuple[str, str], list[StockLine]] = {}
        for line in self.dataset.stock:
            found.setdefault((line.item_id, line.site_id), []).append(line)
        return found

    @cached_property
    def coming(self) -> dict[tuple[str, str], list[tuple[float, date]]]:
        """Units on the way and their days by (item, site)."""
        found: dict[tuple[str, str], list[tuple[float, date]]] = {}
        for key, units, due in self.under_way:
            found.setdefault(key, []).append((units, due))
        return found

    @cached_property
    def under_way(self) -> tuple[tuple[tuple[str, str], float, date], ...]:
        """((item, site), units, due day) of open orders and transfers; what is overdue comes tomorrow.

        Of open orders the part that usually comes and is accepted, where that was measured.
        """
        tomorrow = self.dataset.as_of + _ONE_DAY
        orders = [
            ((o.item_id, o.site_id), o.quantity * self._usable(o), max(o.due, tomorrow))
            for o in self.dataset.open_orders
        ]
        sent = [((t.item_id, t.destination_id), t.quantity, max(t.due, tomorrow)) for t in self.dataset.transfers]
        return (*orders, *sent)


def closed(supplier: Supplier, day: date) -> bool:
    """Whether the supplier is closed on the day."""
    return any(first <= day <= last for first, last in supplier.closures)
