"""A buyer's pin can be ordered exactly as it is: told before anything is planned."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from supplychain.domain.sites import STOCKING_KINDS
from supplychain.tables.check_controls import smallest_lot
from supplychain.tables.checking import Checking

__all__ = ["check_pins"]

Row = Mapping[Any, Any]

_NEAR_DAYS = 60
"""How far away an order day may lie to be a fix for a pin, which is about an order of these weeks."""
_NEEDED = ("items", "sites", "suppliers", "supply", "item_sites")


def check_pins(checking: Checking) -> None:
    """Days in order and not twice, an item that may be ordered there, a supplier, whole packs, and an order day."""
    pins = checking.frame("pins")
    if pins.empty:
        return
    last = pins["to"].fillna(pins["from"])
    _check_twice(checking, pins, last)
    if checking.unread & set(_NEEDED):
        return
    book = _Book(checking)
    for position, pin in zip(range(len(pins)), pins.to_dict("records"), strict=True):
        empty = any(pd.isna(pin[name]) for name in ("item_id", "site_id", "from", "quantity"))
        if empty or not book.knows(pin) or last.iloc[position] < pin["from"]:
            continue  # said elsewhere
        pin["to"] = last.iloc[position]
        for column, rule, fix in book.faults(pin):
            checking.add_row("pins", position, column, rule, fix)


def _check_twice(checking: Checking, pins: pd.DataFrame, last: pd.Series) -> None:
    ordered = pins.assign(last=last).dropna(subset=["item_id", "site_id", "from"]).sort_values("from", kind="stable")
    for (item, site), group in ordered.groupby(["item_id", "site_id"], sort=False):
        latest = group["last"].cummax().shift()
        for position in group.index[group["from"] <= latest]:
            rule = f"another pin of {item} at {site} reaches to {latest[position]:%Y-%m-%d}"
            checking.add_row("pins", int(position), "from", rule, "let only one of them hold a day")


class _Book:
    """What the other tables say about pins."""

    def __init__(self, checking: Checking) -> None:
        self.items = _by(checking.frame("items"), "item_id")
        self.sites = _by(checking.frame("sites"), "site_id")
        self.suppliers = _by(checking.frame("suppliers"), "supplier_id")
        controls = checking.frame("item_sites").to_dict("records")
        self.controls = {(line["item_id"], line["site_id"]): line for line in controls}
        self.supply: dict[tuple[str, str | None], list[Row]] = {}
        for line in checking.frame("supply").to_dict("records"):
            self.supply.setdefault((line["item_id"], line["site_id"]), []).append(line)

    def knows(self, pin: Row) -> bool:
        """Whether the pin's keys lead somewhere."""
        supplier = pin["supplier_id"]
        known = pin["item_id"] in self.items and pin["site_id"] in self.sites
        return known and self.sites[pin["site_id"]]["kind"] in STOCKING_KINDS and supplier in {None, *self.suppliers}

    def faults(self, pin: Row) -> list[tuple[str, str, str]]:
        """Column, rule and fix of all that is wrong."""
        found = self._place(pin)
        if float(pin["quantity"]) == 0 or found:
            return found
        terms = self._terms(pin)
        if not terms:
            named = sorted({str(line["supplier_id"]) for line in self._offers(pin)})
            rule = "has no terms for this item at this site" if pin["supplier_id"] else "nobody supplies it there"
            fix = f"name one of {', '.join(named)}, or add the terms to supply" if named else "add its terms to supply"
            return [("supplier_id", rule, fix)]
        faults = [fault for line in terms for fault in self._days(pin, line)]
        whole = [line for line in self._offers(pin) if not self._days(pin, line) and not self._quantity(pin, [line])]
        able = sorted(str(line["supplier_id"]) for line in whole)
        if able and faults:
            fixes = f"name {' or '.join(able)} as supplier, who can"
            faults = [(column, rule, f"{fix}; or {fixes}") for column, rule, fix in faults]
        return [*self._quantity(pin, terms), *faults]

    def _place(self, pin: Row) -> list[tuple[str, str, str]]:
        site, key = self.sites[pin["site_id"]], (pin["item_id"], pin["site_id"])
        control = self.controls.get(key)
        if site["status"] != "open":
            return [("site_id", "the site is not open", "name one that is, or drop the pin")]
        listed = site["kind"] == "dc" if control is None else bool(control["listed"])
        if not listed:
            return [
                ("item_id, site_id", "the item is not listed at the site", "list it in item_sites, or drop the pin")
            ]
        if control is None or float(pin["quantity"]) == 0:
            return []
        found = []
        for name in ("do_not_order", "phase_out"):
            if control[name] is True or control[name] == True:  # noqa: E712 - numpy's booleans
                rule = f"item_sites says {name} for this item and site"
                found.append(("item_id, site_id", rule, f"drop the pin, or set {name} to no"))
        return found

    def _offers(self, pin: Row) -> list[Row]:
        """Terms for the site; at a dc also those for every dc, but for suppliers that have some for the site."""
        own = self.supply.get((pin["item_id"], pin["site_id"]), [])
        dc = self.sites[pin["site_id"]]["kind"] == "dc"
        replaced = {line["supplier_id"] for line in own}
        everywhere = self.supply.get((pin["item_id"], None), []) if dc else []
        return own + [line for line in everywhere if line["supplier_id"] not in replaced]

    def _terms(self, pin: Row) -> list[Row]:
        offers = self._offers(pin)
        return offers if pin["supplier_id"] is None else [o for o in offers if o["supplier_id"] == pin["supplier_id"]]

    def _quantity(self, pin: Row, terms: list[Row]) -> list[tuple[str, str, str]]:
        """One fault at most, of packs, minimum and maximum together, so that its fix satisfies all of them."""
        units, control = float(pin["quantity"]), self.controls.get((pin["item_id"], pin["site_id"]))
        most = math.inf if control is None or pd.isna(control["max_units"]) else float(control["max_units"])
        lots = [_Lots.of(line) for line in terms]
        rules = [lot.rule(units) for lot in lots if lot.rule(units)]
        if units > most:
            rules.append(f"is above max_units of item_sites, {most:.12g}")
        if not rules:
            return []
        if len(lots) == 1:
            return [("quantity", "; ".join(rules), lots[0].fix(units, most))]
        each = "; ".join(f"{lot.supplier_id}: {lot.fix(units, most)}" for lot in lots)
        return [("quantity", "; ".join(rules), f"name the supplier and pin what it delivers. {each}")]

    def _days(self, pin: Row, terms: Row) -> list[tuple[str, str, str]]:
        supplier = self.suppliers[terms["supplier_id"]]
        weekdays, closures = supplier["order_weekdays"], supplier["closures"] or ()
        days = pd.date_range(pin["from"], pin["to"])
        free = [day for day in days if day.isoweekday() in weekdays and not _closed(closures, day)]
        if not free:
            return [("from, to", f"no order day lies in it: {_when(supplier, pin)}", _way_out(supplier, pin))]
        lead = terms["lead_time_mean_days"]
        lead = supplier["lead_time_mean_days"] if pd.isna(lead) else lead
        here, ended = free[0] + pd.Timedelta(days=max(math.ceil(float(lead)), 1)), self.items[pin["item_id"]]["ended"]
        if pd.notna(ended) and here >= ended:
            rule = f"it would come on {here:%Y-%m-%d}, and the item is sold for the last time on {ended:%Y-%m-%d}"
            return [("from", rule, "drop the pin, or correct items.ended")]
        return []


def _when(supplier: Row, pin: Row) -> str:
    """When a supplier takes orders."""
    who, weekdays = supplier["supplier_id"], supplier["order_weekdays"]
    if not weekdays:
        return f"{who} takes no orders at all, order_weekdays is none"
    shut = ", ".join(f"{first} to {last}" for first, last in supplier["closures"] or () if last >= pin["from"].date())
    return f"{who} takes orders on weekdays {', '.join(map(str, weekdays))}" + (
        f", and is closed {shut}" if shut else ""
    )


def _way_out(supplier: Row, pin: Row) -> str:
    """What makes a pin without an order day one that can be ordered; moving it is told only where that is near."""
    who = supplier["supplier_id"]
    if not supplier["order_weekdays"]:
        return f"give {who} order_weekdays in suppliers, or drop the pin"
    day = _next_order_day(supplier, pin["to"])
    if (day - pin["to"]).days <= _NEAR_DAYS:
        return f"move the pin, or let it last, to {day:%Y-%m-%d}, the next order day of {who}"
    return f"correct the closures of {who}, whose next order day is {day:%Y-%m-%d}, or drop the pin"


def _next_order_day(supplier: Row, after: pd.Timestamp) -> pd.Timestamp:
    """The first order day behind a day; the supplier has some weekday."""
    day, closures = after + pd.Timedelta(days=1), supplier["closures"] or ()
    while True:
        shut = [last for first, last in closures if first <= day.date() <= last]
        if shut:
            day = pd.Timestamp(max(shut)) + pd.Timedelta(days=1)
        elif day.isoweekday() in supplier["order_weekdays"]:
            return day
        else:
            day += pd.Timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Lots:
    """Quantities that a supplier delivers: whole packs from the ``least`` on, which is whole packs itself."""

    supplier_id: str
    pack: float
    least: float
    minimum: float

    @classmethod
    def of(cls, terms: Row) -> _Lots:
        pack, minimum = float(terms["pack_units"]), float(terms["minimum_order_quantity"])
        least = smallest_lot(pack, minimum) or pack  # never none: amounts that are none were refused before
        return cls(str(terms["supplier_id"]), pack, least, minimum)

    def rule(self, units: float) -> str:
        """What is wrong with a quantity; empty where it can be ordered."""
        found = []
        if not math.isclose(units, self._whole(units), rel_tol=1e-9):
            found.append(f"{self.supplier_id} delivers packs of {self.pack:.12g}")
        if units < self.minimum * (1 - 1e-9):
            found.append(f"is below the minimum order quantity of {self.supplier_id}, {self.minimum:.12g}")
        return "; ".join(found)

    def fix(self, units: float, most: float) -> str:
        """The nearest quantities that can be ordered and do not pass the maximum."""
        if most < self.least:
            return f"raise max_units to {self.least:.12g} at least and pin that, or drop the pin"
        if units < self.least:
            return f"pin at least {self.least:.12g}" + (f", in packs of {self.pack:.12g}" if self.pack != 1 else "")
        lower, upper = self._whole(min(units, most)), self._whole(units) + self.pack
        if units > most:
            return f"pin at most {lower:.12g}, or raise max_units"
        if math.isclose(units, lower, rel_tol=1e-9):
            return f"pin {lower:.12g}"
        return f"pin {lower:.12g} or {upper:.12g}" if upper <= most else f"pin {lower:.12g}"

    def _whole(self, units: float) -> float:
        return math.floor(units / self.pack * (1 + 1e-9)) * self.pack


def _closed(closures: Any, day: pd.Timestamp) -> bool:
    return any(first <= day.date() <= last for first, last in closures)


def _by(frame: pd.DataFrame, key: str) -> dict[Any, Row]:
    return {line[key]: line for line in frame.to_dict("records")}
