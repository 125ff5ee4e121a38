"""What helps fastest where stock runs out: an open order sooner, stock of another site, or another supplier."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.domain import DataSet, Lane, Supplier, Supply
from supplychain.handover.row_terms import landed_cost, supplies_by_row
from supplychain.handover.situation import Situation

if TYPE_CHECKING:
    from supplychain.handover.exceptions_stock import Outlook
    from supplychain.handover.exceptions_tonight import TonightsPlan

__all__ = ["Remedies"]

Floats = npt.NDArray[np.float64]

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

    ``spare`` [N] units of each row that it will not miss before help can reach it: stock that can leave tonight, less
    its demand until then at the forecast's highest level, and less what the sites fed from it lack.
    """

    dataset: DataSet
    situation: Situation
    help_day: npt.NDArray[np.int64]
    wait: npt.NDArray[np.int64]
    spare: Floats
    advances: Mapping[tuple[str, str], Mapping[Any, Any]]
    lanes: Mapping[tuple[str, str], Lane]
    supplies: Mapping[tuple[str, str], list[Supply]]

    @classmethod
    def of(cls, dataset: DataSet, situation: Situation, outlook: Outlook, *, actions: pd.DataFrame) -> Remedies:
        """Everything that ``best`` looks at; ``actions`` are the action messages."""
        open_orders = actions.loc[actions["kind"].eq("open order")].sort_values("saves", kind="stable")
        sooner = open_orders.loc[open_orders["action"].eq("advance")].to_dict("records")
        advances = {(line["item_id"], line["site_id"]): line for line in sooner}
        lanes: dict[tuple[str, str], Lane] = {}
        for lane in dataset.lanes:
            key = (lane.origin_id, lane.destination_id)
            if lane.usable and (key not in lanes or lane.transit_days < lanes[key].transit_days):
                lanes[key] = lane
        supplies: dict[tuple[str, str], list[Supply]] = {}
        for key, supply in supplies_by_row(dataset):
            supplies.setdefault(key, []).append(supply)
        spare = _spare(situation, outlook)
        return cls(dataset, situation, outlook.help_day, outlook.ahead.wait, spare, advances, lanes, supplies)

    def best(self, row: int, lost: float, tonight: TonightsPlan) -> str:
        """The remedy that brings most of the ``lost`` units, the fastest among equals, in words."""
        terms = self.situation.terms
        key = (terms.item_ids[row], terms.site_ids[row])
        found = [*self._sooner(row), *self._from_sites(row), *self._rushed(key, tonight)]
        found += [] if key in tonight.rushes else self._from_suppliers(row)  # the rush says it with what it gains
        useful = [one for one in found if one.units > 0]
        if not useful:
            day = self.dataset.as_of + timedelta(days=int(self.help_day[row]))
            wait = np.maximum(self.wait[[row]] or self.situation.gap[[row]], 1)
            later = self.situation.looked_at_again(wait)[0].astype("datetime64[D]").item()
            do = tonight.told(key, next_look=later, bought=bool(terms.supplier_index[row] >= 0))
            return f"nothing on the way or in stock helps before {day}: ration what there is; {do}"
        best = min(useful, key=lambda one: (-min(one.units, lost), one.day, one.text))
        return best.text

    def elsewhere(self, row: int) -> list[tuple[str, date]]:
        """Other suppliers, and sites with stock to spare, that bring something before help comes; and when."""
        found = [*self._from_sites(row), *self._from_suppliers(row)]
        return [(one.source, one.day) for one in found if one.units > 0]

    def _sooner(self, row: int) -> list[_Remedy]:
        terms = self.situation.terms
        key = (terms.item_ids[row], terms.site_ids[row])
        found = []
        if line := self.advances.get(key):
            day = pd.Timestamp(line["new_due_date"]).date()
            text = f"advance order {line['order_id']} from {str(line['due_date'])[:10]} to {day}"
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

    def _from_sites(self, row: int) -> list[_Remedy]:
        terms = self.situation.terms
        item, site = terms.item_ids[row], terms.site_ids[row]
        found = []
        for origin in terms.sites:
            other, lane = terms.row_of(item, origin), self.lanes.get((origin, site))
            if other is None or lane is None or other == row or terms.origin_row[row] == other:
                continue
            days = max(math.ceil(lane.transit_days - 1e-9), 1)
            units = math.floor(float(self.spare[other]))
            if days < self.help_day[row] and units > 0:
                day = self.dataset.as_of + timedelta(days=days)
                text = f"transfer up to {units:,} units from {origin}, here on {day}"
                found.append(_Remedy(text, day, units, origin))
        return found

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
            if days < self.help_day[row]:
                day = self.dataset.as_of + timedelta(days=days)
                more = landed_cost(self.dataset, supply) - float(terms.unit_cost[row])
                price = f"{abs(more):,.2f} {self.dataset.base_currency} a unit {'dearer' if more > 0 else 'cheaper'}"
                text = f"order from {supply.supplier_id} instead, here about {day}, {price}"
                units = float(self.help_day[row] - days) * float(self.situation.daily[row])
                found.append(_Remedy(text, day, units, supply.supplier_id))
        return found

    def _working_days(self, supplier: Supplier, lead_days: int) -> int:
        """Days from tonight until so many days have gone on which the supplier works; it is closed a year at most."""
        ahead = [self.dataset.as_of + timedelta(days=day) for day in range(1, lead_days + _YEAR_DAYS)]
        works = [not any(first <= day <= last for first, last in supplier.closures) for day in ahead]
        return int(np.searchsorted(np.cumsum(works), lead_days)) + 1


def _spare(situation: Situation, outlook: Outlook) -> Floats:
    days = np.minimum(outlook.help_day, outlook.lost.shape[1]).astype(np.int64)
    mean = situation.view.mean(days)
    upper = situation.view.deviation(days, mean)[:, -1]
    parents = np.unique(situation.terms.origin_row[situation.terms.origin_row >= 0])
    needed = mean + np.maximum(upper, 0.0)
    fed = situation.demand - situation.own_demand
    needed[parents] += np.maximum(fed - situation.fed_position, 0.0)[parents]
    spare: Floats = np.maximum(situation.state.available - needed, 0.0)
    return spare
