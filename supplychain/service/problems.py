"""The largest problems of a run, by money a year, each with what to do next."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from supplychain.domain import DataSet
from supplychain.plans.order_exceptions import KINDS
from supplychain.plans.order_limits import LIMITS
from supplychain.service.lost_sales import LostSales

__all__ = ["find_problems"]

_COLUMNS = ["rank", "kind", "subject", "item_id", "site_id", "money", "period", "detail", "remedy"]
_EXCESS_DAYS = 90.0
_KEPT = 50


def find_problems(
    dataset: DataSet, tables: Mapping[str, pd.DataFrame], *, simulated_days: int, holding_share: float
) -> pd.DataFrame:
    """Problems by base currency: lost sales, excess, waste, parcels without a route, unreachable zones, exceptions.

    Lost sales and waste are scaled from the simulated days to a year; excess stock counts what holding the part beyond
    90 days of cover costs. Exceptions of the order plan join them, with their money once (``period`` is empty), where
    the simulated days do not tell of the same trouble of the same item at the same site. Money is a bound on what
    solving the problem can bring. ``item_id`` and ``site_id`` are empty where the subject is not an item at a site.
    """
    found = list(_from_rows(tables, dataset.base_currency, days=simulated_days, holding_share=holding_share))
    found += list(_from_routes(dataset, tables.get("route_unserved")))
    found += list(_from_zones(dataset, tables.get("site_unserved")))
    found += list(_from_exceptions(tables.get("order_exceptions"), found))
    found.sort(key=lambda problem: (-problem.money, problem.kind, problem.subject))
    rows = [
        (rank, p.kind, p.subject, p.item_id, p.site_id, p.money, p.period, p.detail, p.remedy)
        for rank, p in enumerate(found[:_KEPT], start=1)
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


@dataclass(frozen=True, slots=True)
class _Problem:
    kind: str
    subject: str
    money: float
    detail: str
    remedy: str
    item_id: str = ""
    site_id: str = ""
    period: str = "a year"


_SAME = {
    "stock_out": "lost sales",
    "lead_time_too_short": "lost sales",
    "past_due": "lost sales",
    "excess_stock": "excess stock",
    "dead_stock": "excess stock",
    "expiring_stock": "waste",
}
"""Exceptions of tonight whose trouble the simulated days show too."""


def _from_exceptions(exceptions: pd.DataFrame | None, found: Sequence[_Problem]) -> Iterator[_Problem]:
    """Exceptions with money that are not among the problems found already."""
    if exceptions is None:
        return
    told = {(one.kind, one.item_id, one.site_id) for one in found}
    for line in exceptions.loc[exceptions["money"].gt(0)].to_dict("records"):
        kind, item, site = str(line["kind"]), str(line["item_id"]), str(line["site_id"])
        if (_SAME.get(kind, kind), item, site) in told:
            continue
        subject = f"{item} at {site}" if item and site else item or site or str(line["supplier_id"])
        subject = subject or LIMITS.get(line["limit"], "data set")
        yield _Problem(
            KINDS[kind], subject, float(line["money"]), str(line["what"]), str(line["fix"]), item, site, period=""
        )


def _from_rows(
    tables: Mapping[str, pd.DataFrame], currency: str, *, days: int, holding_share: float
) -> Iterator[_Problem]:
    if "rows" not in tables:
        return
    year, causes = 365.0 / days, LostSales(tables, days)
    for line in tables["rows"].to_dict("records"):
        item, site = str(line["item_id"]), str(line["site_id"])
        at = f"{item} at {site}"
        if line["lost_margin"] > 0:
            cause, remedy = causes.cause(line)
            seen = f"{line['stock_out_share']:.1%} of days without stock, fill rate {line['fill_rate']:.1%}; {cause}"
            yield _Problem("lost sales", at, float(line["lost_margin"]) * year, seen, remedy, item, site)
        value = float(line["mean_stock_value"]) * _excess_share(line)
        if value > 0:
            tied = f"{value:,.0f} {currency} tied up"
            days_of_stock = f"{line['stock_days']:.0f} days of stock, {tied} beyond {_EXCESS_DAYS:.0f} days"
            seen = days_of_stock if np.isfinite(line["stock_days"]) else f"no demand, {tied}"
            yield _Problem("excess stock", at, value * holding_share, seen, _EXCESS, item, site)
        if line["waste_value"] > 0:
            lasts = f", {line['stock_days']:.1f} days of stock" if np.isfinite(line["stock_days"]) else ", no demand"
            seen = f"units past their shelf life{lasts}"
            yield _Problem("waste", at, float(line["waste_value"]) * year, seen, _WASTE, item, site)


def _excess_share(line: Mapping[Hashable, Any]) -> float:
    """Part of the stock beyond the days that are enough; all of it without demand."""
    if line["units_a_day"] <= 0:
        return 1.0
    return max(0.0, 1.0 - _EXCESS_DAYS / max(float(line["stock_days"]), 1e-9))


_EXCESS = "stop ordering it here, move it to another site or sell it off; lower max_units"
_WASTE = "order smaller packs or more often, or lower the service level of its class"


_ZONE = "open a site that reaches it, add a lane to it, or add capacity where a lane exists"
_ROUTE_REMEDY = {
    "depot_closed": "deliver it on a day on which the depot is open, or from another depot",
    "promised_later": "nothing today: route it on its day",
    "too_heavy": "add a vehicle that can carry it, split it or hand it to a carrier",
    "too_large": "add a vehicle that can carry it, split it or hand it to a carrier",
    "tier_not_allowed": "let a vehicle of the depot serve this tier, or hand it to a carrier",
    "window": "agree on a wider time window, or start a vehicle earlier",
    "shift_too_short": "allow more overtime, or serve it from a nearer depot",
    "no_vehicle": "give the depot a vehicle, or hire one",
    "fleet_capacity": "hire a vehicle for the day, allow more overtime, or deliver it tomorrow",
}


def _from_routes(dataset: DataSet, unserved: pd.DataFrame | None) -> Iterator[_Problem]:
    """A parcel without a route counts once, with the goods of a mean parcel."""
    if unserved is None or unserved.empty:
        return
    value = dataset.constant("units_per_parcel") * _mean_price(dataset)
    for line in unserved.to_dict("records"):
        remedy = " and ".join(_ROUTE_REMEDY[code] for code in str(line["reason"]).split("+"))
        money = float(line["parcels"]) * value
        yield _Problem("parcel without a route", str(line["delivery_id"]), money, str(line["detail"]), remedy)


def _from_zones(dataset: DataSet, zones: pd.DataFrame | None) -> Iterator[_Problem]:
    if zones is None:
        return
    for line in zones.to_dict("records"):
        money = float(line["units_per_year"]) * _mean_price(dataset)
        yield _Problem("zone without a lane", str(line["zone_id"]), money, str(line["reason"]), _ZONE)


def _mean_price(dataset: DataSet) -> float:
    """Mean price of a unit sold, in base currency; of the items where nothing sold."""
    demand = dataset.demand
    items = [dataset.items[item_id] for item_id in demand.item_ids]
    price = np.array([dataset.to_base(item.price, item.currency) for item in items])
    units = np.nan_to_num(demand.quantity)
    total = float(units.sum())
    if total > 0:
        return float((price[demand.item] * units).sum() / total)
    return float(price.mean()) if price.size else 0.0
