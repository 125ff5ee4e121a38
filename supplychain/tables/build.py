"""From tables to domain objects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.domain import (
    DataSet,
    Delivery,
    DemandHistory,
    Event,
    Item,
    ItemSite,
    Lane,
    OpenOrder,
    Override,
    Pin,
    PriceBreak,
    Promotion,
    Receipt,
    Site,
    StockLine,
    Supplier,
    Supply,
    Transfer,
    Vehicle,
)
from supplychain.tables.key_order import in_key_order
from supplychain.tables.lane_rule import fill_lanes
from supplychain.tables.table_set import Tables

__all__ = ["RECORDS", "build_dataset", "demand_history"]

Record = TypeVar("Record")

RECORDS: dict[str, type[Any]] = {
    "items": Item,
    "sites": Site,
    "item_sites": ItemSite,
    "overrides": Override,
    "pins": Pin,
    "suppliers": Supplier,
    "supply": Supply,
    "price_breaks": PriceBreak,
    "lanes": Lane,
    "promotions": Promotion,
    "events": Event,
    "stock": StockLine,
    "open_orders": OpenOrder,
    "transfers": Transfer,
    "receipts": Receipt,
    "vehicles": Vehicle,
    "deliveries": Delivery,
}
"""The domain class of a row; fields have the names of columns, except that first and last stand for from and to."""

_COLUMN_OF = {"first": "from", "last": "to"}


def build_dataset(tables: Tables) -> DataSet:
    """Business objects of checked tables, in the order of their keys; the lane rule is applied here.

    Whoever sorts an export anew gets the same plan: sums, draws and ties go by that order, never by that of the file.
    """
    items: dict[str, Item] = {item.item_id: item for item in _records(tables, "items", Item)}
    sites: dict[str, Site] = {site.site_id: site for site in _records(tables, "sites", Site)}
    lanes = tuple(_records(tables, "lanes", Lane))
    constants = dict(zip(tables.frames["constants"]["name"], tables.frames["constants"]["value"].tolist(), strict=True))
    if tables.lane_rule == "great_circle":
        lanes += fill_lanes(tuple(sites.values()), lanes, constants)
    zone_ids = tuple(site.site_id for site in sites.values() if site.kind == "zone")
    item_ids = tuple(items)
    demand = demand_history(in_key_order(tables.frames["demand"], "demand"), zone_ids, item_ids, last_day=tables.as_of)
    actuals = None
    if not tables.frames["actuals"].empty:
        tomorrow = tables.as_of + timedelta(days=1)
        actuals = demand_history(
            in_key_order(tables.frames["actuals"], "actuals"), zone_ids, item_ids, first_day=tomorrow
        )
    return DataSet(
        name=tables.name,
        title=tables.title,
        as_of=tables.as_of,
        base_currency=tables.base_currency,
        country=tables.country,
        time_zone=tables.time_zone,
        lane_rule=tables.lane_rule,
        synthetic=tables.synthetic,
        items=MappingProxyType(items),
        sites=MappingProxyType(sites),
        suppliers=MappingProxyType({one.supplier_id: one for one in _records(tables, "suppliers", Supplier)}),
        supply=tuple(_records(tables, "supply", Supply)),
        lanes=lanes,
        demand=demand,
        actuals=actuals,
        item_sites=MappingProxyType({(x.item_id, x.site_id): x for x in _records(tables, "item_sites", ItemSite)}),
        price_breaks=tuple(_records(tables, "price_breaks", PriceBreak)),
        promotions=tuple(_records(tables, "promotions", Promotion)),
        events=tuple(_records(tables, "events", Event)),
        overrides=tuple(_records(tables, "overrides", Override)),
        pins=tuple(_records(tables, "pins", Pin)),
        stock=tuple(_records(tables, "stock", StockLine)),
        open_orders=tuple(_records(tables, "open_orders", OpenOrder)),
        transfers=tuple(_records(tables, "transfers", Transfer)),
        receipts=tuple(_records(tables, "receipts", Receipt)),
        vehicles=tuple(_records(tables, "vehicles", Vehicle)),
        deliveries=tuple(_records(tables, "deliveries", Delivery)),
        rates=MappingProxyType(_rates(tables)),
        constants=MappingProxyType(constants),
    )


def demand_history(
    frame: pd.DataFrame,
    zone_ids: tuple[str, ...],
    item_ids: tuple[str, ...],
    *,
    first_day: date | None = None,
    last_day: date | None = None,
) -> DemandHistory:
    """Arrays of a demand table, one entry for each row, in the order of the frame.

    Days run from ``first_day`` (else the earliest row) to ``last_day`` (else the latest row), both included.
    """
    dates = frame["date"].to_numpy().astype("datetime64[D]")
    begin = first_day or (dates.min().item() if len(dates) else last_day)
    end = last_day or (dates.max().item() if len(dates) else first_day)
    if begin is None or end is None:
        raise ValueError("a demand table without rows needs a first or a last day")
    return DemandHistory(
        first_day=begin,
        days=(end - begin).days + 1,
        zone_ids=zone_ids,
        item_ids=item_ids,
        day=(dates - np.datetime64(begin, "D")).astype(np.int32),
        zone=_positions(frame["site_id"], zone_ids),
        item=_positions(frame["item_id"], item_ids),
        quantity=frame["quantity"].to_numpy(dtype=np.float64),
        price=frame["price"].to_numpy(dtype=np.float64),
        promo=frame["promo"].to_numpy(dtype=bool),
        in_stock=frame["in_stock"].to_numpy(dtype=bool) if "in_stock" in frame else np.ones(len(frame), dtype=bool),
    )


def _positions(keys: pd.Series, ids: tuple[str, ...]) -> npt.NDArray[np.int32]:
    position = {key: at for at, key in enumerate(ids)}
    lookup = np.array([*(position.get(key, -1) for key in keys.cat.categories), -1], dtype=np.int32)
    found: npt.NDArray[np.int32] = lookup[keys.cat.codes.to_numpy()]
    return found


def _records(tables: Tables, table: str, record: type[Record]) -> Iterable[Record]:
    """Objects of the rows of a table by key; an empty cell leaves the field to its default."""
    frame = in_key_order(tables.frames[table], table)
    names = [one.name for one in fields(record) if _column(one.name) in frame]  # type: ignore[arg-type]
    columns = [_values(frame[_column(name)]) for name in names]
    for cells in zip(*columns, strict=True):
        yield record(**{name: cell for name, cell in zip(names, cells, strict=True) if cell is not None})


def _column(field: str) -> str:
    return _COLUMN_OF.get(field, field)


def _values(series: pd.Series) -> list[Any]:
    """Plain Python values; None where the cell is empty."""
    if series.dtype.kind == "M":
        return [None if pd.isna(day) else day.date() for day in series]
    if series.dtype.kind == "f":
        return [None if np.isnan(number) else number for number in series.tolist()]
    if isinstance(series.dtype, pd.Int64Dtype):
        return [None if number is pd.NA else int(number) for number in series]
    return list(series)


def _rates(tables: Tables) -> dict[str, float]:
    """The latest rate of each currency on or before as_of."""
    frame = in_key_order(tables.frames["rates"], "rates")
    known = frame[frame["date"] <= pd.Timestamp(tables.as_of)].sort_values("date", kind="stable")
    latest = known.drop_duplicates("currency", keep="last")
    return dict(zip(latest["currency"], latest["rate"].tolist(), strict=True))
