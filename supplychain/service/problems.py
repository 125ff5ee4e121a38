"""The largest problems of a run, by money a year, each with what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from supplychain.domain import DataSet

__all__ = ["find_problems"]

_COLUMNS = ["rank", "kind", "subject", "money", "detail", "remedy"]
_EXCESS_DAYS = 90.0
_KEPT = 50


def find_problems(
    dataset: DataSet, tables: Mapping[str, pd.DataFrame], *, simulated_days: int, holding_share: float
) -> pd.DataFrame:
    """Problems by base currency a year: lost sales, excess stock, waste, parcels without a route, unreachable zones.

    Lost sales and waste are scaled from the simulated days to a year; excess stock counts what holding the part beyond
    90 days of cover costs. Money is a bound on what solving the problem can bring.
    """
    found = list(_from_rows(tables.get("rows"), simulated_days, holding_share))
    found += list(_from_routes(dataset, tables.get("route_unserved")))
    found += list(_from_zones(dataset, tables.get("site_unserved")))
    found.sort(key=lambda problem: (-problem[2], problem[0], problem[1]))
    rows = [(rank, *problem) for rank, problem in enumerate(found[:_KEPT], start=1)]
    return pd.DataFrame(rows, columns=_COLUMNS)


Found = tuple[str, str, float, str, str]


def _from_rows(rows: pd.DataFrame | None, days: int, holding_share: float) -> Iterator[Found]:
    if rows is None:
        return
    year = 365.0 / days
    for line in rows.to_dict("records"):
        subject = f"{line['item_id']} at {line['site_id']}"
        lost = float(line["lost_margin"]) * year
        if lost > 0:
            detail = f"{line['stock_out_share']:.1%} of days without stock, fill rate {line['fill_rate']:.1%}"
            remedy = f"supplychain plan explain {line['item_id']} {line['site_id']}"
            yield "lost sales", subject, lost, detail, remedy
        daily = float(line["units_a_day"])
        value = float(line["mean_stock_value"])
        share = 1.0 if daily <= 0 else max(0.0, 1.0 - _EXCESS_DAYS / max(float(line["stock_days"]), 1e-9))
        if value * share > 0 and share > 0:
            cover = "no demand" if not np.isfinite(line["stock_days"]) else f"{line['stock_days']:.0f} days of stock"
            yield "excess stock", subject, value * share * holding_share, f"{cover}, {value:,.0f} tied up", _EXCESS
        if float(line["waste_value"]) > 0:
            yield "waste", subject, float(line["waste_value"]) * year, "units past their shelf life", _WASTE


_EXCESS = "lower max_units, move it to another site or sell it off"
_WASTE = "order smaller packs or more often, or lower the service level"


def _from_routes(dataset: DataSet, unserved: pd.DataFrame | None) -> Iterator[Found]:
    """A parcel without a route counts once, with the goods of a mean parcel."""
    if unserved is None or unserved.empty:
        return
    value = dataset.constant("units_per_parcel") * _mean_price(dataset)
    for line in unserved.to_dict("records"):
        money = float(line["parcels"]) * value
        yield "parcel without a route", str(line["delivery_id"]), money, str(line["detail"]), f"reason {line['reason']}"


def _from_zones(dataset: DataSet, zones: pd.DataFrame | None) -> Iterator[Found]:
    if zones is None:
        return
    for line in zones.to_dict("records"):
        money = float(line["units_per_year"]) * _mean_price(dataset)
        yield "zone without a lane", str(line["zone_id"]), money, str(line["reason"]), "add a lane to this zone"


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
