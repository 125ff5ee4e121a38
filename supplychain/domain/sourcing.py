"""Which stocking site serves which zone with which item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplychain.domain.dataset import DataSet
from supplychain.domain.fulfilment import Fulfilment

__all__ = ["Sourcing", "build_sourcing"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sourcing:
    """Rows N = listed (item, open stocking site), by site then item in the order of the data set.

    ``row_item`` and ``row_site`` [N] index ``item_ids`` and ``site_ids`` (open stocking sites); ``zone_row`` [Z,I] is
    the row that serves a zone with an item, or -1 when nobody can. ``fulfilment_site`` [N] indexes
    ``Fulfilment.site_ids``.
    """

    item_ids: tuple[str, ...]
    site_ids: tuple[str, ...]
    zone_ids: tuple[str, ...]
    row_item: Ints
    row_site: Ints
    fulfilment_site: Ints
    zone_row: Ints

    @property
    def rows(self) -> int:
        """Number of rows N."""
        return int(self.row_item.size)

    def row_keys(self) -> list[tuple[str, str]]:
        """(item_id, site_id) of each row."""
        return [(self.item_ids[i], self.site_ids[s]) for i, s in zip(self.row_item, self.row_site, strict=True)]


def build_sourcing(dataset: DataSet, fulfilment: Fulfilment, *, zone_dc: Mapping[str, str] | None = None) -> Sourcing:
    """Assign every (zone, item) to the listed open stocking site that delivers a unit at the least cost, then days.

    ``zone_dc`` fixes the dc of a zone (from a placement plan); front warehouses and hubs near the customer still come
    first where they are cheaper.
    """
    sites = dataset.stocking_sites
    items = tuple(dataset.items.values())
    keys = [
        (i, s) for s, site in enumerate(sites) for i, item in enumerate(items) if dataset.is_listed(item.item_id, site)
    ]
    row_item = np.array([i for i, _ in keys], dtype=np.int64)
    row_site = np.array([s for _, s in keys], dtype=np.int64)
    place = {site_id: index for index, site_id in enumerate(fulfilment.site_ids)}
    fulfilment_site = np.array([place[sites[s].site_id] for s in row_site], dtype=np.int64)
    at = [place[site.site_id] for site in sites]
    cost, days = fulfilment.cost_per_unit[at].copy(), fulfilment.days[at]
    if zone_dc:
        for z, zone_id in enumerate(fulfilment.zone_ids):
            for s, site in enumerate(sites):
                if site.kind == "dc" and zone_id in zone_dc and zone_dc[zone_id] != site.site_id:
                    cost[s, z] = np.inf
    zone_row = np.full((len(fulfilment.zone_ids), len(items)), -1, dtype=np.int64)
    best, fastest = np.full(zone_row.shape, np.inf), np.full(zone_row.shape, np.inf)
    for row, (i, s) in enumerate(keys):
        better = (cost[s] < best[:, i]) | (np.isfinite(cost[s]) & (cost[s] == best[:, i]) & (days[s] < fastest[:, i]))
        best[better, i] = cost[s, better]
        fastest[better, i] = days[s, better]
        zone_row[better, i] = row
    return Sourcing(
        item_ids=tuple(item.item_id for item in items),
        site_ids=tuple(site.site_id for site in sites),
        zone_ids=fulfilment.zone_ids,
        row_item=row_item,
        row_site=row_site,
        fulfilment_site=fulfilment_site,
        zone_row=zone_row,
    )
