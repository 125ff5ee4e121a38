"""Receipts and open orders of suppliers as arrays: one row an order, in days on which the supplier works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from solvers.replenishment.lead_time_outliers import OrderLines, far_longer
from supplychain.domain import DataSet, Supplier
from supplychain.handover.order_prices import OrderPrices

__all__ = ["SHORTEST_DAYS", "SupplierOrders", "read_orders", "supplier_class"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SHORTEST_DAYS = 0.5
"""What comes on the day on which it is ordered took half a day."""
_BANDS_DAYS = (3, 10, 30)
_FAR_DAYS = 60.0  # a lead time that is longer by less is no mistyped year, however many times the usual it is


@dataclass(frozen=True)
class SupplierOrders:
    """What is known of orders to suppliers.

    ``orders`` has a row an order of one supplier to one site: supplier_id, order_id, site_id, ratio (lead time over the
    agreed mean, in days on which the supplier works; parts weighted by quantity, lines alike), received (false: still
    open, and ratio is how long so far). ``items`` is the same by line, with item_id. ``lines`` has a row a received
    line: supplier_id, item_id, received (last day), days_late (quantity-weighted, in calendar days), on_time (all of it
    by the promised day), quantity_ordered, quantity_received, quantity_rejected, complete (nothing of it is open).
    ``overdue`` has a row an open line past its promised day: supplier_id, item_id, site_id, order_id, days_late so far
    (a lower bound), quantity, value (``OrderPrices``). ``doubtful`` has the lines of ``items`` whose lead time is far
    from what the supplier usually takes (``solvers.replenishment.lead_time_outliers``): they are in ``lines`` and
    ``overdue``, and neither in ``orders`` nor in ``items``, so that a mistyped date sets no lead time.
    """

    orders: pd.DataFrame
    items: pd.DataFrame
    lines: pd.DataFrame
    overdue: pd.DataFrame
    doubtful: pd.DataFrame


@dataclass(frozen=True)
class _Agreed:
    suppliers: Mapping[str, Supplier]
    own: Mapping[tuple[str, str, str | None], tuple[float, float]]

    def of(self, supplier_id: str, item_id: str, site_id: str) -> tuple[float, float]:
        found = self.own.get((supplier_id, item_id, site_id)) or self.own.get((supplier_id, item_id, None))
        supplier = self.suppliers[supplier_id]
        return found or (max(supplier.lead_time_mean_days, SHORTEST_DAYS), supplier.lead_time_sd_days)


def _agreed(dataset: DataSet) -> _Agreed:
    own = {}
    for one in dataset.supply:
        supplier = dataset.suppliers[one.supplier_id]
        mean, spread = one.agreed_lead_time(supplier)
        own[one.supplier_id, one.item_id, one.site_id] = (max(mean, SHORTEST_DAYS), spread)
    return _Agreed(dataset.suppliers, own)


def supplier_class(dataset: DataSet, supplier: Supplier) -> str:
    """Country, way and band of the agreed lead time: suppliers that are alike before anything is known of them.

    The country is the region of the supplier's site (without a site, its currency); the way is the mode of the slowest
    given lane from there whose transit fits into the agreed lead time, if any is given.
    """
    site = None if supplier.site_id is None else dataset.sites.get(supplier.site_id)
    country = site.region if site is not None and site.region else supplier.currency
    days = supplier.lead_time_mean_days
    ways = [
        (lane.transit_days, lane.mode)
        for lane in dataset.lanes
        if lane.origin_id == supplier.site_id and not lane.filled and lane.transit_days <= days
    ]
    low = max((limit for limit in _BANDS_DAYS if days > limit), default=0)
    high = min((limit for limit in _BANDS_DAYS if days <= limit), default=0)
    band = f"up to {high} days" if not low else f"{low} to {high} days" if high else f"over {low} days"
    return ", ".join([country, *([max(ways)[1]] if ways else []), band])


def read_orders(dataset: DataSet) -> SupplierOrders:
    """Orders, lines and overdue lines of the data set's ``receipts`` and ``open_orders``.

    What is approved tonight is not with its supplier yet and says nothing of it: an approval leaves the plan's lead
    times as they are.
    """
    agreed = _agreed(dataset)
    lines = _received_lines(dataset, agreed)
    open_ = _open_lines(dataset, agreed)
    keys = ["supplier_id", "order_id", "site_id", "item_id"]
    still = open_[keys].drop_duplicates().assign(open=True)
    lines["complete"] = lines.merge(still, on=keys, how="left")["open"].isna().to_numpy(bool)
    sent = open_.loc[[o.status != "approved" or o.ordered < dataset.as_of for o in dataset.open_orders]]
    items = pd.concat([lines[[*keys, "ratio"]].assign(received=True), sent[[*keys, "ratio"]].assign(received=False)])
    items = items.astype({"ratio": "float64", "received": "bool"}).reset_index(drop=True)
    far = _far(dataset, agreed, items)
    doubtful = items.loc[far].reset_index(drop=True)
    items = items.loc[~far].reset_index(drop=True)
    orders = items.groupby(["supplier_id", "order_id", "site_id", "received"], sort=True)["ratio"].mean().reset_index()
    overdue = open_.loc[open_["days_late"] > 0].reset_index(drop=True)
    return SupplierOrders(orders, items, lines, overdue, doubtful)


def _far(dataset: DataSet, agreed: _Agreed, items: pd.DataFrame) -> Flags:
    """Lines of ``items`` whose lead time is far longer than the supplier's usual one."""
    keys = items[["supplier_id", "item_id", "site_id"]].itertuples(index=False, name=None)
    mean = np.array([agreed.of(*key)[0] for key in keys], np.float64)
    position = {supplier_id: at for at, supplier_id in enumerate(dataset.suppliers)}
    spread = [one.lead_time_sd_days / max(one.lead_time_mean_days, SHORTEST_DAYS) for one in dataset.suppliers.values()]
    lines = OrderLines(
        ratio=items["ratio"].to_numpy(np.float64),
        received=items["received"].to_numpy(np.bool_),
        order=items.groupby(["supplier_id", "order_id", "site_id"]).ngroup().to_numpy(np.int64),
        supplier=items["supplier_id"].map(position).to_numpy(np.int64),
        agreed_variance=np.square(np.array(spread, np.float64)),
        least=_FAR_DAYS / mean,
    )
    return far_longer(lines)


def _received_lines(dataset: DataSet, agreed: _Agreed) -> pd.DataFrame:
    """One row a line of an order; several receipts of a line are put together by quantity."""
    receipts = [one for one in dataset.receipts if one.quantity_received > 0]
    frame = pd.DataFrame(
        {
            "supplier_id": [r.supplier_id for r in receipts],
            "order_id": [r.order_id for r in receipts],
            "site_id": [r.site_id for r in receipts],
            "item_id": [r.item_id for r in receipts],
            "received": np.array([r.received for r in receipts], "datetime64[s]"),
            "late": np.array([(r.received - r.promised).days for r in receipts], np.float64),
            "quantity_ordered": np.array([r.quantity_ordered for r in receipts], np.float64),
            "quantity_received": np.array([r.quantity_received for r in receipts], np.float64),
            "quantity_rejected": np.array([r.quantity_rejected for r in receipts], np.float64),
            "ratio": _ratios(dataset, agreed, [(r.supplier_id, r.item_id, r.site_id, r.ordered) for r in receipts],
                             np.array([r.received for r in receipts], "datetime64[D]"), least=SHORTEST_DAYS),
        }
    )  # fmt: skip
    weight = frame["quantity_received"]
    frame = frame.assign(ratio=frame["ratio"] * weight, days_late=frame["late"] * weight)
    keys = ["supplier_id", "order_id", "site_id", "item_id"]
    sums = frame.groupby(keys, sort=True).agg(
        received=("received", "max"),
        latest=("late", "max"),
        ratio=("ratio", "sum"),
        days_late=("days_late", "sum"),
        quantity_ordered=("quantity_ordered", "max"),
        quantity_received=("quantity_received", "sum"),
        quantity_rejected=("quantity_rejected", "sum"),
    )
    whole = sums["quantity_received"]
    put = sums.assign(ratio=sums["ratio"] / whole, days_late=sums["days_late"] / whole, on_time=sums["latest"] <= 0)
    return put.drop(columns="latest").reset_index()


def _open_lines(dataset: DataSet, agreed: _Agreed) -> pd.DataFrame:
    orders, prices = dataset.open_orders, OrderPrices(dataset)
    asked = [(o.supplier_id, o.item_id, o.site_id, o.ordered) for o in orders]
    today = np.full(len(orders), np.datetime64(dataset.as_of, "D"))
    return pd.DataFrame(
        {
            "supplier_id": [o.supplier_id for o in orders],
            "order_id": [o.order_id for o in orders],
            "site_id": [o.site_id for o in orders],
            "item_id": [o.item_id for o in orders],
            "quantity": np.array([o.quantity for o in orders], np.float64),
            "value": np.array([prices.value_base(o) for o in orders], np.float64),
            "days_late": np.array([(dataset.as_of - o.due).days for o in orders], np.float64),
            "ratio": _ratios(dataset, agreed, asked, today, least=0.0),
        }
    )


def _ratios(
    dataset: DataSet, agreed: _Agreed, asked: list[tuple[str, str, str, date]], until: npt.NDArray[np.datetime64], *,
    least: float,
) -> Floats:  # fmt: skip
    """Working days from order to ``until`` [K] over the agreed mean [K]; ``asked`` are supplier, item, site, order day.

    Closures do not count: the lead time runs on days on which the supplier works, in the plan too.
    """
    ordered = np.array([day for *_, day in asked], "datetime64[D]")
    days = (until - ordered).astype(np.float64)
    suppliers = np.array([supplier_id for supplier_id, *_ in asked], dtype=object)
    for supplier_id in sorted(set(suppliers)):
        rows = np.flatnonzero(suppliers == supplier_id)
        for first, last in dataset.suppliers[supplier_id].closures:
            begin = np.maximum(ordered[rows] + 1, np.datetime64(first, "D"))
            end = np.minimum(until[rows], np.datetime64(last, "D"))
            days[rows] -= np.maximum((end - begin).astype(np.float64) + 1.0, 0.0)
    mean = np.array([agreed.of(supplier, item, site)[0] for supplier, item, site, _ in asked], np.float64)
    ratio: Floats = np.maximum(days, least) / mean
    return ratio
