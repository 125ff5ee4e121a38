"""The terms on which every row (item at a stocking site) is replenished, compiled once as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet, Item, ItemSite, PriceBreak, Site
from supplychain.handover.order_calendar import CalendarRule, OrderCalendar, build_calendar
from supplychain.handover.parents import parents_of
from supplychain.handover.pins import PinNote, pin_columns
from supplychain.handover.rebalancing_lanes import RebalancingLanes, rebalancing_lanes
from supplychain.handover.replacement import replacement_columns
from supplychain.handover.row_terms import Replenisher, RowTerms, looks_every, row_terms
from supplychain.handover.scorecards import Scorecards, measure_suppliers
from supplychain.handover.service_class import CLASSES, item_classes, row_classes
from supplychain.handover.shared_terms import SharedTerms, shared_terms
from supplychain.handover.source_choice import SourceChoice
from supplychain.plans.supplier_plan import whole_lead_days
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["CLASSES", "Terms", "compile_terms", "parents_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_YEAR_DAYS = 365.0
_PAST_DAYS, _FUTURE_DAYS = 1100, 800
_FAR = np.datetime64("2200-01-01", "D")


@dataclass(frozen=True)
class Terms:
    """Terms of N rows, ordered by stocking site and then by item as the data set lists them.

    ``item_ids``, ``site_ids`` [N] name the row; ``item_index``, ``site_index`` [N] point into ``items`` and ``sites``.
    ``class_index`` [N] points into ``CLASSES``. Money is base currency a unit: ``unit_cost`` landed (price and payment
    fee), ``price`` selling price, ``margin`` their difference, never negative. ``unit_price`` [N] is the supplier's
    price before breaks in the supplier's currency. ``volume_l`` and ``weight_kg`` a unit; ``shelf_life_days`` inf
    without limit; ``min_units`` 0 and ``max_units`` inf where not set.

    ``supplier_index`` [N] points into ``suppliers`` (-1: not from a supplier), ``origin_row`` [N] is the row of the
    same item at the dc that feeds the site (-1: not by transfer). ``source`` [N] is the row of ``calendar`` (-1: from
    nowhere). ``pack`` units, ``minimum_quantity`` units a line, ``lead_days`` whole days from order to receipt,
    ``lead_mean`` and ``lead_sd`` days to plan with; ``agreed_lead_mean`` and ``agreed_lead_sd`` are those of the master
    data, and the same unless the scenario plans with measured lead times. ``break_from`` and ``break_price`` [N,B] are
    all-units price breaks by line quantity (inf where unused). ``mode`` [N] names the way by which a supplier's goods
    come, where there was a choice. ``supplier_minimum`` [S] value of an order to one site in the supplier's currency,
    ``supplier_rate`` [S] base currency for one unit of it, ``supplier_fee`` [S] payment fee share. ``return_rate`` [N]
    share of the units sold that comes back fit for sale, ``return_days`` after the sale (0: the plan does not count on
    it). ``pin_*`` are those of ``handover.pins``, ``successor_row``, ``replaced_row`` and ``introduced`` those of
    ``handover.replacement``, ``rebalancing`` the lanes between sites other than from a dc to those that it feeds.
    ``shared`` is what the orders of several rows share.
    """

    items: tuple[str, ...]
    sites: tuple[str, ...]
    suppliers: tuple[str, ...]
    item_ids: tuple[str, ...]
    site_ids: tuple[str, ...]
    item_index: Ints
    site_index: Ints
    class_index: Ints
    unit_cost: Floats
    price: Floats
    margin: Floats
    unit_price: Floats
    volume_l: Floats
    weight_kg: Floats
    shelf_life_days: Floats
    min_units: Floats
    max_units: Floats
    do_not_order: Flags
    phase_out: Flags
    ended: npt.NDArray[np.datetime64]
    return_rate: Floats
    return_days: int
    supplier_index: Ints
    origin_row: Ints
    source: Ints
    pack: Floats
    minimum_quantity: Floats
    lead_mean: Floats
    lead_sd: Floats
    lead_days: Ints
    agreed_lead_mean: Floats
    agreed_lead_sd: Floats
    mode: tuple[str, ...]
    break_from: Floats
    break_price: Floats
    supplier_minimum: Floats
    supplier_rate: Floats
    supplier_fee: Floats
    calendar: OrderCalendar
    pin_day: Ints
    pin_first: Ints
    pin_last: Ints
    pin_quantity: Floats
    pin_notes: tuple[tuple[PinNote, ...], ...]
    successor_row: Ints
    replaced_row: Ints
    introduced: npt.NDArray[np.datetime64]
    rebalancing: RebalancingLanes
    shared: SharedTerms
    index: Mapping[tuple[str, str], int] = field(repr=False)

    @property
    def rows(self) -> int:
        """Number of rows N."""
        return len(self.item_ids)

    @property
    def service_class(self) -> tuple[str, ...]:
        """Service class A, B or C of each row."""
        return tuple(CLASSES[i] for i in self.class_index)

    def row_of(self, item_id: str, site_id: str) -> int | None:
        """Row of an item at a site, or None where the site does not list it."""
        return self.index.get((item_id, site_id))

    def unsourced(self) -> tuple[int, ...]:
        """Rows that neither a supplier nor a dc replenishes."""
        return tuple(int(row) for row in np.flatnonzero(self.source < 0))


def compile_terms(
    dataset: DataSet,
    settings: ReplenishSettings,
    *,
    parents: Mapping[str, str] | None = None,
    annual_value: Mapping[tuple[str, str], float] | None = None,
    scorecards: Scorecards | None = None,
    sources: SourceChoice | None = None,
) -> Terms:
    """Compile the terms of all listed rows.

    ``parents`` maps a front warehouse or hub to its dc (default: ``parents_of``). ``annual_value`` is the yearly
    demand value of (item, site) from whoever holds the sourcing; without it the ABC class comes from the item's value
    over all zones. With it (at cost), the optimized policy lets the dc feed front warehouses and hubs that sell too
    little of what spoils to reach a supplier's minimum order value; the other policies keep to the supply as it is.
    ``scorecards`` are those of the data set, where they are known already; they are read when the scenario plans with
    measured lead times. ``sources`` are those chosen for rows with a choice; without them the cheapest landed one is.
    """
    pairs = [
        (item, site)
        for site in dataset.stocking_sites
        for item in dataset.items.values()
        if dataset.is_listed(item.item_id, site)
    ]
    index = {(item.item_id, site.site_id): row for row, (item, site) in enumerate(pairs)}
    feeds = parents_of(dataset) if parents is None else parents
    measured = None
    if settings.lead_times == "measured":
        measured = measure_suppliers(dataset) if scorecards is None else scorecards
    replenisher = Replenisher.of(dataset, index, feeds, measured)
    if sources is not None:
        replenisher = replenisher.choosing(sources.supply, sources.ways)
    if settings.policy == "optimized" and annual_value is not None:
        replenisher = replenisher.reachable(dataset, _daily(dataset, annual_value), settings.review_days)
    built = [row_terms(dataset, item.item_id, site.site_id, replenisher) for item, site in pairs]
    classes = item_classes(dataset, index) if annual_value is None else row_classes(index, annual_value)
    controls = [dataset.item_sites.get(key) for key in index]
    break_from, break_price = _breaks(dataset.price_breaks, built)
    source, calendar = _calendar(dataset, settings, replenisher, pairs, built)
    return Terms(
        suppliers=tuple(dataset.suppliers),
        class_index=np.array([_class(c, classes[k]) for k, c in zip(index, controls, strict=True)], np.int64),
        break_from=break_from,
        break_price=break_price,
        supplier_minimum=np.array([s.minimum_order_value for s in dataset.suppliers.values()], np.float64),
        supplier_rate=np.array([dataset.to_base(1.0, s.currency) for s in dataset.suppliers.values()], np.float64),
        supplier_fee=np.array([s.payment_fee_share for s in dataset.suppliers.values()], np.float64),
        source=source,
        calendar=calendar,
        rebalancing=rebalancing_lanes(dataset, pairs, feeds),
        shared=shared_terms(dataset.stocking_sites, tuple(dataset.suppliers.values())),
        index=index,
        **pin_columns(dataset.pins, index, source, calendar),
        **replacement_columns(dataset.items, index),
        **_keys(dataset, pairs),
        **_item_columns(dataset, pairs, built),
        **_control_columns(controls),
        **_return_columns(dataset, settings, pairs),
        **_source_columns(built),
    )


def _daily(dataset: DataSet, annual_value: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """Units a day that the yearly values, at cost, mean."""
    cost = {item.item_id: dataset.to_base(item.unit_cost, item.currency) for item in dataset.items.values()}
    return {key: value / cost[key[0]] / _YEAR_DAYS if cost[key[0]] > 0 else 0.0 for key, value in annual_value.items()}


Pairs = list[tuple[Item, Site]]


def _keys(dataset: DataSet, pairs: Pairs) -> dict[str, Any]:
    sites = tuple(site.site_id for site in dataset.stocking_sites)
    item_position = {item_id: i for i, item_id in enumerate(dataset.items)}
    site_position = {site_id: i for i, site_id in enumerate(sites)}
    return {
        "items": tuple(dataset.items),
        "sites": sites,
        "item_ids": tuple(item.item_id for item, _ in pairs),
        "site_ids": tuple(site.site_id for _, site in pairs),
        "item_index": np.array([item_position[item.item_id] for item, _ in pairs], np.int64),
        "site_index": np.array([site_position[site.site_id] for _, site in pairs], np.int64),
    }


def _item_columns(dataset: DataSet, pairs: Pairs, built: list[RowTerms]) -> dict[str, Any]:
    items = [item for item, _ in pairs]
    price = np.array([dataset.to_base(item.price, item.currency) for item in items], np.float64)
    cost = np.array([row.unit_cost for row in built], np.float64)
    shelf = [np.inf if item.shelf_life_days is None else item.shelf_life_days for item in items]
    return {
        "unit_cost": cost,
        "price": price,
        "margin": np.maximum(price - cost, 0.0),
        "volume_l": np.array([item.volume_l for item in items], np.float64),
        "weight_kg": np.array([item.weight_kg for item in items], np.float64),
        "shelf_life_days": np.array(shelf, np.float64),
        "ended": np.array([_FAR if item.ended is None else item.ended for item in items], "datetime64[D]"),
    }


def _return_columns(dataset: DataSet, settings: ReplenishSettings, pairs: Pairs) -> dict[str, Any]:
    """Goods that spoil do not count: they would have to be sold on with what is left of their life."""
    rate = np.array([0.0 if item.shelf_life_days is not None else item.return_rate for item, _ in pairs], np.float64)
    if not settings.count_returns or settings.policy != "optimized" or not rate.any():
        return {"return_rate": np.zeros(len(pairs)), "return_days": 0}
    resold = dataset.constant("resale_share_of_returns")
    return {"return_rate": rate * resold, "return_days": max(int(dataset.constant("return_days")), 1)}


def _control_columns(controls: list[ItemSite | None]) -> dict[str, Any]:
    least = [0.0 if c is None or c.min_units is None else c.min_units for c in controls]
    most = [np.inf if c is None or c.max_units is None else c.max_units for c in controls]
    return {
        "min_units": np.array(least, np.float64),
        "max_units": np.array(most, np.float64),
        "do_not_order": np.array([c is not None and c.do_not_order for c in controls], np.bool_),
        "phase_out": np.array([c is not None and c.phase_out for c in controls], np.bool_),
    }


def _source_columns(built: list[RowTerms]) -> dict[str, Any]:
    return {
        "supplier_index": np.array([row.supplier for row in built], np.int64),
        "origin_row": np.array([row.origin for row in built], np.int64),
        "unit_price": np.array([row.unit_price for row in built], np.float64),
        "pack": np.array([row.pack for row in built], np.float64),
        "minimum_quantity": np.array([row.minimum_quantity for row in built], np.float64),
        "lead_mean": np.array([row.lead_mean for row in built], np.float64),
        "lead_sd": np.array([row.lead_sd for row in built], np.float64),
        "lead_days": np.array([whole_lead_days(row.lead_mean, measured=row.measured) for row in built], np.int64),
        "agreed_lead_mean": np.array([row.agreed_mean for row in built], np.float64),
        "agreed_lead_sd": np.array([row.agreed_sd for row in built], np.float64),
        "mode": tuple(row.mode for row in built),
    }


def _class(control: ItemSite | None, by_value: int) -> int:
    given = control.service_class if control is not None else None
    return by_value if given is None else CLASSES.index(given)


def _breaks(breaks: tuple[PriceBreak, ...], built: list[RowTerms]) -> tuple[Floats, Floats]:
    """Price breaks of each row, ascending by quantity, as two padded arrays [N,B]."""
    by_key: dict[tuple[str, str], list[PriceBreak]] = {}
    for one in sorted(breaks, key=lambda b: b.from_units):
        by_key.setdefault((one.supplier_id, one.item_id), []).append(one)
    supplies = [row.supply for row in built]
    rows = [by_key.get((s.supplier_id, s.item_id), []) if s is not None else [] for s in supplies]
    width = max((len(row) for row in rows), default=0)
    start, price = np.full((len(rows), width), np.inf), np.full((len(rows), width), np.inf)
    for i, row in enumerate(rows):
        start[i, : len(row)] = [one.from_units for one in row]
        price[i, : len(row)] = [one.unit_price for one in row]
    return start, price


def _calendar(
    dataset: DataSet, settings: ReplenishSettings, replenisher: Replenisher, pairs: Pairs, built: list[RowTerms]
) -> tuple[Ints, OrderCalendar]:
    """Calendar row of each row [N] (-1: none), and the calendars: one a source and review cycle."""
    rules: dict[CalendarRule, int] = {}
    source = []
    for (item, site), row in zip(pairs, built, strict=True):
        cycle = looks_every(item, settings.review_days)
        if row.supply is not None:
            supplier = dataset.suppliers[row.supply.supplier_id]
            rule = CalendarRule(supplier.supplier_id, supplier.order_weekdays, cycle, supplier.closures)
        elif row.origin >= 0:
            lane = replenisher.lanes[site.site_id]
            rule = CalendarRule(f"{lane.origin_id}>{lane.destination_id}", lane.departures, cycle)
        else:
            source.append(-1)
            continue
        source.append(rules.setdefault(rule, len(rules)))
    first: date = dataset.as_of - timedelta(days=_PAST_DAYS)
    last: date = dataset.as_of + timedelta(days=_FUTURE_DAYS)
    return np.array(source, np.int64), build_calendar(tuple(rules), first=first, last=last)
