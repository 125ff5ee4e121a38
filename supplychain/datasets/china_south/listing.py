"""Which open site stocks which item, and which row (item, site) serves which zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.datasets.china_south.items import Catalogue
from supplychain.datasets.china_south.sources import parameter, read_source
from supplychain.domain.network import great_circle_km

__all__ = ["Listing", "build_listing"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Listing:
    """R rows of an item at a stocking site.

    ``item`` [R] position, ``site`` [R] site_id, ``kind`` [R] of the site; ``zone_row`` [I,Z] the row that serves a
    zone; ``parent`` [R] row of the DC that refills it by transfer, -1 for rows bought from suppliers.
    """

    item: Ints
    site: npt.NDArray[np.str_]
    kind: npt.NDArray[np.str_]
    zone_row: Ints
    parent: Ints


def build_listing(catalogue: Catalogue, sites: pd.DataFrame, share: npt.NDArray[np.float64]) -> Listing:
    """List every item at the open DCs, fast fresh and daily items at front warehouses, best sellers at some hubs."""
    zones = sites[sites["kind"] == "zone"].reset_index(drop=True)
    dcs = sites[(sites["kind"] == "dc") & (sites["status"] == "open")].reset_index(drop=True)
    keys = [(item, dc) for dc in dcs["site_id"] for item in range(catalogue.count)]
    nearest = _nearest(dcs, zones)
    row_of = {key: row for row, key in enumerate(keys)}
    zone_row = np.array([[row_of[i, dcs["site_id"][d]] for d in nearest] for i in range(catalogue.count)])
    parent = [-1] * len(keys)
    kind = ["dc"] * len(keys)
    position = {zone: z for z, zone in enumerate(zones["site_id"])}
    for site, site_kind, served, items in _outposts(catalogue, zones, share):
        home = dcs["site_id"][nearest[position[served[0]]]]
        for item in items:
            fresh = catalogue.shelf[item] > 0
            parent.append(-1 if fresh else row_of[item, home])
            kind.append(site_kind)
            for zone in served:
                zone_row[item, position[zone]] = len(keys)
            keys.append((item, site))
    return Listing(
        item=np.array([k[0] for k in keys], dtype=np.int64),
        site=np.array([k[1] for k in keys]),
        kind=np.array(kind),
        zone_row=zone_row,
        parent=np.array(parent, dtype=np.int64),
    )


def _nearest(dcs: pd.DataFrame, zones: pd.DataFrame) -> list[int]:
    places = list(zip(dcs["lat"], dcs["lon"], strict=True))
    return [
        int(np.argmin([great_circle_km(lat, lon, *place) for place in places]))
        for lat, lon in zip(zones["lat"], zones["lon"], strict=True)
    ]


def _outposts(
    catalogue: Catalogue, zones: pd.DataFrame, share: npt.NDArray[np.float64]
) -> list[tuple[str, str, list[str], list[int]]]:
    """Site, kind, zones served and items of each front warehouse and stocking hub."""
    warehouses = read_source("warehouses").query("kind == 'front_warehouse'")
    category = catalogue.table["category"].to_numpy()
    alive = (catalogue.table["ended"] == "").to_numpy() & (catalogue.table["introduced"] == "").to_numpy()
    small = catalogue.table["volume_l"].to_numpy() < parameter("front_item_below_l")
    result: list[tuple[str, str, list[str], list[int]]] = []
    count = int(parameter("front_items"))
    for row in warehouses.itertuples(index=False):
        local = catalogue.units * share[:, list(zones["site_id"]).index(row.node_id)]
        fresh = _top(local * (category == "fresh") * alive, count // 2)
        daily = _top(local * (category == "daily_goods") * alive * small, count - len(fresh))
        result.append((row.site_id, "front_warehouse", [row.node_id], sorted(fresh + daily)))
    towns = zones[zones["tier"] == "county_town"]["site_id"]
    people = zones.set_index("site_id")["population"].astype(float)
    both = sorted(towns, key=lambda t: (-(people[t] + people[f"{t[:-1]}R"]), t))[: int(parameter("stocking_hubs"))]
    for town in sorted(both):
        served = [town, f"{town[:-1]}R"]
        local = catalogue.units * share[:, [list(zones["site_id"]).index(z) for z in served]].sum(axis=1)
        chosen = _top(local * np.isin(category, ["daily_goods", "baby", "home"]) * alive, int(parameter("hub_items")))
        result.append((f"HUB-{town[2:8]}", "hub", served, sorted(chosen)))
    return result


def _top(score: npt.NDArray[np.float64], count: int) -> list[int]:
    return [int(i) for i in np.argsort(-score, kind="stable")[:count]]
