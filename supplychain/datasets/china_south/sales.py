"""From true demand and the company's history to the demand and actuals tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from supplychain.datasets.china_south.ledger import Ledger
from supplychain.datasets.china_south.listing import Listing
from supplychain.datasets.china_south.sources import Days

__all__ = ["SalesTables", "row_demand", "share_out"]

Units = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]


def row_demand(listing: Listing, item: int, demand: Units, out: Floats) -> None:
    """Add one item's demand [Z,D] to the rows that serve its zones, in ``out`` [R,D]."""
    for row in np.unique(listing.zone_row[item]):
        out[row] += demand[listing.zone_row[item] == row].sum(axis=0)


def share_out(
    listing: Listing, item: int, demand: Units, ledger: Ledger, rng: np.random.Generator
) -> tuple[Units, npt.NDArray[np.bool_]]:
    """Units sold [Z,D] and whether the serving site was sold out [Z,D]; customers come in random order."""
    days = ledger.sold.shape[1]
    sold = demand[:, :days].copy()
    empty = ledger.empty[listing.zone_row[item]]
    for row in np.unique(listing.zone_row[item]):
        zones = np.flatnonzero(listing.zone_row[item] == row)
        asked = demand[zones, :days].sum(axis=0)
        for day in np.flatnonzero(asked > ledger.sold[row]):
            got = int(ledger.sold[row, day])
            sold[zones, day] = rng.multivariate_hypergeometric(demand[zones, day].astype(np.int64), got) if got else 0
    return sold, empty


@dataclass
class SalesTables:
    """Collects rows item by item, sorted by item, date and zone."""

    days: Days
    item_ids: list[str]
    zone_ids: list[str]

    def __post_init__(self) -> None:
        self._parts: list[tuple[npt.NDArray[Any], ...]] = []
        self._price: list[Floats] = []

    def add(
        self,
        item: int,
        units: Units,
        price: Floats,
        *,
        first: int,
        empty: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Add units [Z,D] of days ``first``..: rows where something was sold or the site was sold out."""
        keep = units > 0 if empty is None else (units > 0) | empty
        day, zone = np.nonzero(keep.T)
        flag = np.zeros(day.size, dtype=bool) if empty is None else empty[zone, day]
        self._parts.append((np.full(day.size, item), day + first, zone, units[zone, day], flag))
        self._price.append(price[day + first])

    def table(self, *, with_stock: bool) -> pa.Table:
        """The collected rows as an Arrow table in the columns of the contract."""
        item, day, zone, units, empty = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        price = np.concatenate(self._price)
        columns = {
            "date": pa.array(self.days.date[day].astype("datetime64[D]")),
            "site_id": _keys(zone, self.zone_ids),
            "item_id": _keys(item, self.item_ids),
            "quantity": pa.array(units.astype(np.int16)),
            "price": pa.array(price, mask=~np.isfinite(price)),
            "promo": pa.array(np.isfinite(price)),
        }
        if with_stock:
            columns["in_stock"] = pa.array(~empty.astype(bool))
        return pa.table(columns)


def _keys(codes: npt.NDArray[np.int64], ids: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int16)), pa.array(ids))
