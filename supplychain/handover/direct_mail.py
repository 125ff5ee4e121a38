"""Direct mail of suppliers to customers compared with stock at the sites that serve them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts import History
from solvers.replenishment.direct_mail import MAIL_PARTS, STOCK_PARTS, MailOffers, mail_costs
from supplychain.domain import DataSet, Lane, Supply
from supplychain.domain.fulfilment import Fulfilment, departure_wait_days
from supplychain.domain.sourcing import Sourcing
from supplychain.handover.mail_demand import MailDemand, ZoneDemand, day_of_year
from supplychain.handover.row_terms import landed_cost, looks_every
from supplychain.handover.terms import Terms
from supplychain.handover.ways import Ways
from supplychain.plans.frame import typed_frame
from supplychain.plans.mail_table import MAIL_COLUMNS, ZONES_BY, no_mail
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["direct_mail_table"]

Floats = npt.NDArray[np.float64]

_YEAR_DAYS, _WEEK_DAYS = 365.0, 7.0


@dataclass(frozen=True)
class _Candidate:
    """A row, a supplier that mails its item, its lanes to zones that the row serves, and their demand."""

    row: int
    supply: Supply
    lanes: Mapping[str, Lane]
    demand: MailDemand


def direct_mail_table(
    dataset: DataSet,
    sourcing: Sourcing,
    *,
    fulfilment: Fulfilment,
    terms: Terms,
    history: History,
    settings: ReplenishSettings,
) -> pd.DataFrame:
    """``MAIL_COLUMNS`` of every row whose item a supplier with direct-mail lanes sells, the largest saving first.

    Of several such suppliers the one of the largest saving counts. Rows of which nothing is ordered any more (stopped,
    phased out, ended, or replenished by nobody) are left out. ``history`` is that of the rows of ``sourcing``.
    """
    ways = Ways(dataset)
    mailing = {supplier_id: lanes for supplier_id in dataset.suppliers if (lanes := ways.mail(supplier_id))}
    sellers: dict[str, dict[str, list[Supply]]] = {}
    for one in dataset.supply:
        if one.supplier_id in mailing:
            sellers.setdefault(one.item_id, {}).setdefault(one.supplier_id, []).append(one)
    rows = [n for n in range(terms.rows) if terms.item_ids[n] in sellers and _ordered(dataset, terms, n)]
    if not rows:
        return no_mail()
    demand_of, stock = ZoneDemand(dataset, sourcing, history), _stock(dataset)
    fed: dict[int, list[int]] = {}
    for child in np.flatnonzero(terms.origin_row >= 0).tolist():
        fed.setdefault(int(terms.origin_row[child]), []).append(child)
    found, empty = [], []
    for row in rows:
        served = [sourcing.zone_ids[z] for z in np.flatnonzero(sourcing.zone_row[:, sourcing.row_item[row]] == row)]
        for supplier_id, offered in sellers[terms.item_ids[row]].items():
            lanes = {zone: mailing[supplier_id][zone] for zone in served if zone in mailing[supplier_id]}
            demand = demand_of.of(row, tuple(lanes), fed=fed.get(row, ()))
            if demand.daily > 0:
                found.append(_Candidate(row, _terms_at(offered, terms.site_ids[row]), lanes, demand))
            else:
                empty.append(_blank(terms, row, supplier_id, lanes))
    compared = _compared(dataset, ways, found, fulfilment=fulfilment, terms=terms, history=history, settings=settings)
    frame = pd.DataFrame([*compared, *empty], columns=list(MAIL_COLUMNS))
    frame["stock_units"] = [stock.get(key, 0.0) for key in zip(frame["item_id"], frame["site_id"], strict=True)]
    rank = frame["verdict"].map({"no demand": 1, "no lane": 2}).fillna(0)
    frame = frame.assign(rank=rank).sort_values(
        ["rank", "saving", "item_id", "site_id"], ascending=[True, False, True, True], kind="stable"
    )
    frame = frame.drop_duplicates(["item_id", "site_id"])
    no_limit = {name: frame[name].astype(np.float64).replace(np.inf, np.nan) for name in _UNLIMITED}
    return typed_frame(frame.assign(**no_limit), MAIL_COLUMNS)


def _ordered(dataset: DataSet, terms: Terms, row: int) -> bool:
    ended = dataset.items[terms.item_ids[row]].ended
    stopped = terms.do_not_order[row] or terms.phase_out[row] or terms.source[row] < 0
    return not stopped and (ended is None or ended > dataset.as_of)


def _terms_at(offered: list[Supply], site_id: str) -> Supply:
    """A supplier's terms for an item: those for the site, else for every dc, else the first."""
    return min(offered, key=lambda one: (one.site_id != site_id, one.site_id is not None))


def _stock(dataset: DataSet) -> dict[tuple[str, str], float]:
    """Units on hand that can be sold, and on order, by (item, site)."""
    found: dict[tuple[str, str], float] = {}
    for here in dataset.stock:
        key = (here.item_id, here.site_id)
        found[key] = found.get(key, 0.0) + max(here.on_hand - here.allocated - here.blocked, 0.0)
    for coming in dataset.open_orders:
        key = (coming.item_id, coming.site_id)
        found[key] = found.get(key, 0.0) + coming.quantity
    return found


def _blank(terms: Terms, row: int, supplier_id: str, lanes: Mapping[str, Lane]) -> dict[str, Any]:
    figures: dict[str, Any] = dict.fromkeys(MAIL_COLUMNS, 0.0)
    return figures | {
        "item_id": terms.item_ids[row], "site_id": terms.site_ids[row], "supplier_id": supplier_id,
        "verdict": "no demand" if lanes else "no lane", "zones": ZONES_BY.join(lanes),
        "source_id": _source(terms, row),
    }  # fmt: skip


def _source(terms: Terms, row: int) -> str:
    """The supplier, or the dc that feeds the site."""
    supplier, origin = int(terms.supplier_index[row]), int(terms.origin_row[row])
    return terms.suppliers[supplier] if supplier >= 0 else terms.site_ids[origin] if origin >= 0 else ""


def _compared(
    dataset: DataSet, ways: Ways, candidates: list[_Candidate], *, fulfilment: Fulfilment, terms: Terms,
    history: History, settings: ReplenishSettings,
) -> list[dict[str, Any]]:  # fmt: skip
    if not candidates:
        return []
    review = _review_days(dataset, terms, history, settings, rows=[one.row for one in candidates])
    lines = [
        _row_figures(dataset, terms, one.row, settings=settings)
        | _delivery(dataset, fulfilment, terms, one)
        | _mail_figures(dataset, ways, terms, one)
        | {"review_days": days, "yearly_units": one.demand.daily * _YEAR_DAYS}
        | {"other_units": one.demand.other * _YEAR_DAYS, "days_known": float(one.demand.days_known)}
        | {"added_variance": one.demand.added_variance, "other_variance": one.demand.other_variance}
        | {"zones": ZONES_BY.join(one.lanes), "supplier_id": one.supply.supplier_id}
        for one, days in zip(candidates, review, strict=True)
    ]
    costs = mail_costs(_offers(lines))
    saving, stock, mail = costs.saving, costs.stock_total, costs.mail_total
    for n, line in enumerate(lines):
        units = line["yearly_units"]
        line |= {name: float(getattr(costs, name)[n]) for name in (*STOCK_PARTS, *MAIL_PARTS)}
        line |= {f"break_even_{name}": float(getattr(costs, f"break_even_{name}")[n]) for name in _BREAK_EVENS}
        line |= {"stock_total": float(stock[n]), "mail_total": float(mail[n]), "saving": float(saving[n])}
        line |= {"stock_unit_cost": float(stock[n]) / units, "mail_unit_cost": float(mail[n]) / units}
        line["verdict"] = "mail it" if saving[n] > 0 else "stock it"
    return lines


_UNLIMITED = ("shelf_life_days", "break_even_units")
_BREAK_EVENS = ("units", "lost_share", "postage")


def _row_figures(dataset: DataSet, terms: Terms, row: int, *, settings: ReplenishSettings) -> dict[str, Any]:
    supplier = int(terms.supplier_index[row])
    by = None if supplier < 0 else dataset.suppliers[terms.suppliers[supplier]]
    return {
        "item_id": terms.item_ids[row],
        "site_id": terms.site_ids[row],
        "source_id": _source(terms, row),
        "price": float(terms.price[row]),
        "landed_cost": float(terms.unit_cost[row]),
        "lead_time_days": float(terms.lead_mean[row]),
        "lead_time_sd_days": float(terms.lead_sd[row]),
        "shelf_life_days": float(terms.shelf_life_days[row]),
        "minimum_order_quantity": float(terms.minimum_quantity[row]),
        "pack_units": float(terms.pack[row]),
        "paid_days": 0.0 if by is None else float(by.payment_days - by.settlement_days),
        "holding_share": settings.holding_share_per_year,
        "lost_sale_share": settings.lost_sale_share,
        "return_share": float(terms.return_rate[row]),
        "lost_share_per_day": settings.lost_share_per_day_of_wait,
    }


def _delivery(dataset: DataSet, fulfilment: Fulfilment, terms: Terms, one: _Candidate) -> dict[str, float]:
    """Cost a unit and days from the site to these zones, by their demand."""
    site = fulfilment.site_ids.index(terms.site_ids[one.row])
    at = [fulfilment.zone_ids.index(zone) for zone in one.lanes]
    weight, parcel = dataset.items[terms.item_ids[one.row]].weight_kg, dataset.constant("units_per_parcel")
    cost = fulfilment.cost_per_kg[site, at] * weight + fulfilment.cost_per_parcel[site, at] / parcel
    return {
        "delivery_cost": float(cost @ one.demand.shares),
        "stock_days": float(fulfilment.days[site, at] @ one.demand.shares),
    }


def _mail_figures(dataset: DataSet, ways: Ways, terms: Terms, one: _Candidate) -> dict[str, float]:
    """Goods without the freight of the usual way, postage and days to these zones, by their demand."""
    supply, supplier = one.supply, dataset.suppliers[one.supply.supplier_id]
    origin = int(terms.origin_row[one.row])
    usual = ways.usual(supply, terms.site_ids[one.row if origin < 0 else origin])
    least = dataset.constant("processing_days")
    handling = least if usual is None else max(supply.agreed_lead_time(supplier)[0] - usual[1], least)
    weight, parcel = dataset.items[supply.item_id].weight_kg, dataset.constant("units_per_parcel")
    lanes = one.lanes.values()
    postage = [a.cost_per_unit + a.cost_per_kg * weight + a.cost_per_shipment / parcel for a in lanes]
    days = [handling + departure_wait_days(lane) + lane.transit_days for lane in lanes]
    return {
        "goods_cost": max(landed_cost(dataset, supply) - (0.0 if usual is None else usual[0]), 0.0),
        "postage": float(np.array(postage) @ one.demand.shares),
        "mail_days": float(np.array(days) @ one.demand.shares),
        "mail_paid_days": float(supplier.payment_days - supplier.settlement_days),
    }


def _review_days(
    dataset: DataSet, terms: Terms, history: History, settings: ReplenishSettings, *, rows: list[int]
) -> list[float]:
    """Days between two orders of each row: looks, order weekdays, and what a supplier's minimum value takes to fill."""
    daily_value: dict[tuple[int, str], float] = {}
    for row in np.flatnonzero(np.isin(terms.supplier_index, terms.supplier_index[rows])).tolist():
        key = (int(terms.supplier_index[row]), terms.site_ids[row])
        daily = day_of_year(history, row)[0]
        daily_value[key] = daily_value.get(key, 0.0) + daily * float(terms.unit_price[row])
    found = []
    for row in rows:
        days = float(looks_every(dataset.items[terms.item_ids[row]], settings.review_days))
        if (supplier := int(terms.supplier_index[row])) >= 0:
            by, value = dataset.suppliers[terms.suppliers[supplier]], daily_value[supplier, terms.site_ids[row]]
            filled = by.minimum_order_value / value if value > 0 else 0.0
            days = max(days, _WEEK_DAYS / max(len(by.order_weekdays), 1), filled)
        found.append(days)
    return found


def _offers(lines: list[dict[str, Any]]) -> MailOffers:
    named = {
        "lead_mean": "lead_time_days", "lead_sd": "lead_time_sd_days", "minimum_quantity": "minimum_order_quantity",
        "pack": "pack_units",
    }  # fmt: skip
    columns = {
        field: np.array([line[named.get(field, field)] for line in lines], np.float64)
        for field in MailOffers.__dataclass_fields__
        if field not in ("daily_demand", "other_demand")
    }
    daily = np.array([line["yearly_units"] for line in lines]) / _YEAR_DAYS
    other = np.array([line["other_units"] for line in lines]) / _YEAR_DAYS
    return MailOffers(**columns, daily_demand=daily, other_demand=other)
