"""What helps fastest where stock runs out: an open order sooner, stock of another site, or another supplier."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from supplychain.domain import DataSet, Supplier, Supply
from supplychain.handover.row_terms import landed_cost, supplies_by_row
from supplychain.handover.situation import Situation
from supplychain.plans.amounts import first_names

if TYPE_CHECKING:
    from supplychain.handover.exceptions_stock import Outlook
    from supplychain.handover.exceptions_tonight import TonightsPlan
    from supplychain.handover.spare_stock import Gift

__all__ = ["Remedies"]


_LEAST = 0.5  # units saved below which nothing helps

_YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class _Remedy:
    """Words, the day on which it is there, the units that it brings, and the site or supplier that they come from."""

    text: str
    day: date
    units: float
    source: str = ""


@dataclass(frozen=True)
class Remedies:
    """Look-ups for one planning day.

    ``given`` are the transfers to each row (``spare_stock.gifts``); ``changes`` the open orders of each item and site
    that should come sooner or larger, and ``put_off`` those that should come later, smaller or not at all.
    """

    dataset: DataSet
    situation: Situation
    outlook: Outlook
    given: Mapping[int, Sequence[Gift]]
    changes: Mapping[tuple[str, str], Sequence[Mapping[Any, Any]]]
    put_off: Mapping[tuple[str, str], Mapping[str, str]]
    supplies: Mapping[tuple[str, str], list[Supply]]

    @classmethod
    def of(
        cls,
        dataset: DataSet,
        situation: Situation,
        outlook: Outlook,
        *,
        actions: pd.DataFrame,
        gifts: Sequence[Gift],
    ) -> Remedies:
        """Everything that ``best`` looks at; ``actions`` are the action messages, ``gifts`` all of the evening."""
        changes: dict[tuple[str, str], list[Mapping[Any, Any]]] = {}
        put_off: dict[tuple[str, str], dict[str, str]] = {}
        for line in actions.loc[actions["kind"].eq("open order")].to_dict("records"):
            key, action = (line["item_id"], line["site_id"]), str(line["action"])
            if action in ("advance", "increase"):
                changes.setdefault(key, []).append(line)
            elif action in ("postpone", "decrease", "cancel"):
                put_off.setdefault(key, {})[line["order_id"]] = action
        supplies: dict[tuple[str, str], list[Supply]] = {}
        for key, supply in supplies_by_row(dataset):
            supplies.setdefault(key, []).append(supply)
        given: dict[int, list[Gift]] = {}
        for gift in gifts:
            given.setdefault(gift.destination, []).append(gift)
        return cls(dataset, situation, outlook, given, changes, put_off, supplies)

    def best(self, row: int, lost: float, tonight: TonightsPlan) -> str:
        """The remedy that brings most of the ``lost`` units, the fastest among equals, in words."""
        terms = self.situation.terms
        key = (terms.item_ids[row], terms.site_ids[row])
        found = [*self._open_orders(row), *self._from_sites(row, tonight), *self._rushed(key, tonight)]
        found += [] if key in tonight.rushes else self._from_suppliers(row)  # the rush says it with what it gains
        useful = [one for one in found if min(one.units, self._lost_from(row, one.day)) >= _LEAST]
        if not useful:
            day = self.dataset.as_of + timedelta(days=int(self.outlook.help_day[row]))
            wait = np.maximum(self.outlook.ahead.wait[[row]] or self.situation.gap[[row]], 1)
            later = self.situation.looked_at_again(wait)[0].astype("datetime64[D]").item()
            do = tonight.told(key, next_look=later, bought=bool(terms.supplier_index[row] >= 0))
            return f"nothing on the way or in stock helps before {day}: ration what there is; {do}"
        best = min(useful, key=lambda one: (-min(one.units, lost, self._lost_from(row, one.day)), one.day, one.text))
        return best.text

    def elsewhere(self, row: int) -> list[tuple[str, date]]:
        """Other suppliers, and sites with stock to spare, that bring something before help comes; and when."""
        terms, as_of = self.situation.terms, self.dataset.as_of
        sites = [
            (terms.site_ids[one.origin], as_of + timedelta(days=one.here))
            for one in self.given.get(row, ())
            if one.saves > 0
        ]
        return sites + [(one.source, one.day) for one in self._from_suppliers(row) if one.units > 0]

    def _lost_from(self, row: int, day: date) -> float:
        """Units lost from ``day`` on until help: no more than that is saved by what is there on it."""
        return self.outlook.lost_from(row, max((day - self.dataset.as_of).days, 1))

    def _open_orders(self, row: int) -> list[_Remedy]:
        """Open orders of the row that should come sooner, or be larger, and are here before help."""
        terms, found = self.situation.terms, []
        helped = self.dataset.as_of + timedelta(days=int(self.outlook.help_day[row]))
        for line in self.changes.get((terms.item_ids[row], terms.site_ids[row]), ()):
            due, day = (pd.Timestamp(line[name]).date() for name in ("due_date", "new_due_date"))
            if day >= helped:
                continue
            text = f"advance order {line['order_id']} from {due} to {day}"
            if line["action"] == "increase":
                text = (
                    f"raise order {line['order_id']}, due on {day}, from {float(line['quantity']):,.0f} to "
                    f"{float(line['new_quantity']):,.0f} units"
                )
            found.append(_Remedy(text, day, float(line["lost_saved"])))
        return found

    def _rushed(self, key: tuple[str, str], tonight: TonightsPlan) -> list[_Remedy]:
        line = tonight.rushes.get(key)
        if line is None:
            return []
        day, ordered = (pd.Timestamp(line[name]).date() for name in ("receipt_date", "order_date"))
        source = f"{line['supplier_id']} by {line['mode']}" if line["mode"] else line["supplier_id"]
        text = (
            f"rush order of {float(line['quantity']):,.0f} units from {source} on {ordered}, here on {day}; it gains "
            f"{float(line['gain']):,.0f} {self.dataset.base_currency}"
        )
        return [_Remedy(text, day, float(line["units_avoided"]))]

    def _from_sites(self, row: int, tonight: TonightsPlan) -> list[_Remedy]:
        """All transfers to the row together."""
        given = sorted(
            (one for one in self.given.get(row, ()) if one.saves > 0), key=lambda one: (one.here, one.origin)
        )
        if not given:
            return []
        terms, saves = self.situation.terms, sum(one.saves for one in given)
        spared = min(
            sum(one.units for one in given) - math.ceil(saves - 1e-9),
            tonight.ordered((terms.item_ids[row], terms.site_ids[row])),
        )
        text = " and ".join(self._transfer(one) for one in given) + self._kept(given)
        text += f"; tonight's order may then be {spared:,.0f} units smaller" if spared >= 1 else ""
        return [_Remedy(text, self.dataset.as_of + timedelta(days=given[0].here), saves)]

    def _transfer(self, gift: Gift) -> str:
        """Words for a transfer, with the open orders that have to be there first."""
        as_of = self.dataset.as_of
        text = f"transfer {gift.units:,} units from {self.situation.terms.site_ids[gift.origin]}"
        if gift.leaves:
            text += f" on {as_of + timedelta(days=gift.leaves)}"
            first = self._first(gift)
            text += f", when {first_names(first)} {'is' if len(first) == 1 else 'are'} there" if first else ""
        return f"{text}, here on {as_of + timedelta(days=gift.here)}"

    def _first(self, gift: Gift) -> list[str]:
        """Open orders that are due at the origin of a later transfer before it leaves."""
        terms, leaves = self.situation.terms, self.dataset.as_of + timedelta(days=gift.leaves)
        here = (terms.item_ids[gift.origin], terms.site_ids[gift.origin])
        known = (one for one in self.dataset.open_orders if (one.item_id, one.site_id) == here and one.quantity > 0)
        return [one.order_id for one in known if gift.leaves and one.due <= leaves]

    def _kept(self, given: Sequence[Gift]) -> str:
        """What the action messages would put off, and a transfer needs."""
        terms, told = self.situation.terms, []
        for gift in given:
            advised = self.put_off.get((terms.item_ids[gift.origin], terms.site_ids[gift.origin]), {})
            told += [f"; do not {advised[order]} {order} then" for order in self._first(gift) if order in advised]
        return "".join(dict.fromkeys(told))

    def _from_suppliers(self, row: int) -> list[_Remedy]:
        terms = self.situation.terms
        item, site = terms.item_ids[row], terms.site_ids[row]
        own = terms.supplier_index[row]
        found = []
        for supply in self.supplies.get((item, site), ()):
            if own >= 0 and supply.supplier_id == terms.suppliers[own]:
                continue
            supplier = self.dataset.suppliers[supply.supplier_id]
            days = self._working_days(supplier, max(math.ceil(supply.agreed_lead_time(supplier)[0] - 1e-9), 1))
            if days < self.outlook.help_day[row]:
                day = self.dataset.as_of + timedelta(days=days)
                more = landed_cost(self.dataset, supply) - float(terms.unit_cost[row])
                price = f"{abs(more):,.2f} {self.dataset.base_currency} a unit {'dearer' if more > 0 else 'cheaper'}"
                text = f"order from {supply.supplier_id} instead, here about {day}, {price}"
                units = float(self.outlook.help_day[row] - days) * float(self.situation.daily[row])
                found.append(_Remedy(text, day, units, supply.supplier_id))
        return found

    def _working_days(self, supplier: Supplier, lead_days: int) -> int:
        """Days from tonight until so many days have gone on which the supplier works; it is closed a year at most."""
        ahead = [self.dataset.as_of + timedelta(days=day) for day in range(1, lead_days + _YEAR_DAYS)]
        works = [not any(first <= day <= last for first, last in supplier.closures) for day in ahead]
        return int(np.searchsorted(np.cumsum(works), lead_days)) + 1
