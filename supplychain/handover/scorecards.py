"""Scorecards of suppliers: what they promised and what they did, and the lead time to plan with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from solvers.replenishment.credibility import Groups, shrunk_means, spread_between
from solvers.replenishment.supplier_lead_time import LeadTimes, Orders, estimate_lead_times
from supplychain.domain import DataSet, Supplier, Supply
from supplychain.handover.supplier_orders import SHORTEST_DAYS, SupplierOrders, read_orders, supplier_class
from supplychain.plans.frame import typed_frame
from supplychain.plans.supplier_plan import MEASURED_COLUMNS

__all__ = ["Scorecards", "measure_suppliers"]

Floats = npt.NDArray[np.float64]

FEWEST_ITEM_ORDERS = 10
TREND_DAYS, FEWEST_TREND_ORDERS = 90, 5
_SURE = 2.0  # standard errors: about one change in twenty is called one by chance
_SHARE_FLOOR = 0.01  # least spread of suppliers' received shares
_RELIABLE = 0.5
MASTER_DATA = "master data"
_LOOKED_UP = ["supplier_id", "item_id", "lead_time_ratio", "sd_ratio", "basis"]


@dataclass(frozen=True)
class Scorecards:
    """``frame`` with ``MEASURED_COLUMNS``, a row a supplier and a row a supplier and item where there is enough.

    ``ratios`` maps (supplier, item), and (supplier, "") for the others of its items, to the lead time and its spread
    over what was agreed; a supplier of whose class nothing was received is not in it. ``received`` maps suppliers with
    receipts to the share of an open order that will be usable.
    """

    frame: pd.DataFrame = field(repr=False)
    ratios: Mapping[tuple[str, str], tuple[float, float]]
    received: Mapping[str, float]

    def lead_time(self, supply: Supply, supplier: Supplier) -> tuple[float, float] | None:
        """Measured mean and standard deviation in days of what ``supplier`` delivers on ``supply``; None unmeasured."""
        if (supply.supplier_id, "") not in self.ratios:
            return None
        agreed, _ = supply.agreed_lead_time(supplier)
        own = (supply.supplier_id, supply.item_id)
        mean, spread = self.ratios[own if own in self.ratios else (supply.supplier_id, "")]
        days = max(agreed, SHORTEST_DAYS)
        return mean * days, spread * days

    def received_share(self, supplier_id: str) -> float:
        """Share of the units under way that will be usable; 1 where nothing was measured."""
        return self.received.get(supplier_id, 1.0)


def measure_suppliers(dataset: DataSet) -> Scorecards:
    """Scorecards of every supplier of the data set from its receipts and open orders."""
    seen = read_orders(dataset)
    ids = list(dataset.suppliers)
    classes = [supplier_class(dataset, supplier) for supplier in dataset.suppliers.values()]
    names = sorted(set(classes))
    position = {supplier_id: i for i, supplier_id in enumerate(ids)}
    agreed = np.array(
        [(max(s.lead_time_mean_days, SHORTEST_DAYS), s.lead_time_sd_days) for s in dataset.suppliers.values()]
    ).reshape(-1, 2)
    orders = Orders(
        ratio=seen.orders["ratio"].to_numpy(np.float64),
        received=seen.orders["received"].to_numpy(np.bool_),
        supplier=seen.orders["supplier_id"].map(position).to_numpy(np.int64),
        supplier_class=np.array([names.index(name) for name in classes], np.int64),
        agreed_variance=(agreed[:, 1] / agreed[:, 0]) ** 2,
    )
    times = estimate_lead_times(orders)
    base = pd.DataFrame({"supplier_id": ids, "supplier_class": classes})
    base["agreed_lead_time_days"], base["agreed_sd_days"] = agreed[:, 0], agreed[:, 1]
    # An open order whose date is doubted measures nothing.
    waiting = set(seen.items.loc[~seen.items["received"], "supplier_id"])
    late = set(seen.overdue["supplier_id"]) & waiting
    whole = _with_times(base, times, _counts(seen.orders, ["supplier_id"], base), late=late)
    left_out = seen.doubtful["supplier_id"].value_counts().to_dict()
    whole["basis"] = [
        f"{basis}, {left_out[one]} doubtful left out" if one in left_out and basis != MASTER_DATA else basis
        for one, basis in zip(whole["supplier_id"], whole["basis"], strict=True)
    ]
    per_item = _items(seen, whole)
    frame = pd.concat([whole, per_item], ignore_index=True) if len(per_item) else whole
    frame = _with_quality(frame, dataset, seen)
    frame = typed_frame(frame.sort_values(["supplier_id", "item_id"], kind="stable"), MEASURED_COLUMNS)
    ratios = {
        (s, i): (float(m), float(v))
        for s, i, m, v, basis in frame[_LOOKED_UP].itertuples(index=False)
        if basis != MASTER_DATA
    }
    measured = frame.loc[frame["item_id"].eq("") & frame["received_share"].notna()]
    return Scorecards(frame, ratios, dict(zip(measured["supplier_id"], measured["received_share"], strict=True)))


def _counts(orders: pd.DataFrame, keys: list[str], base: pd.DataFrame) -> pd.DataFrame:
    """Orders with a receipt, and orders that are open, of each row of ``base``."""
    counted = orders.groupby([*keys, "received"])["order_id"].count().unstack(fill_value=0)
    index = pd.MultiIndex.from_frame(base[keys]) if len(keys) > 1 else pd.Index(base[keys[0]])
    counted = counted.reindex(index, fill_value=0).reindex(columns=[True, False], fill_value=0)
    return pd.DataFrame({"orders": counted[True].to_numpy(), "open_orders": counted[False].to_numpy()})


def _with_times(base: pd.DataFrame, times: LeadTimes, counts: pd.DataFrame, *, late: set[str]) -> pd.DataFrame:
    days = base["agreed_lead_time_days"].to_numpy()
    class_orders = counts["orders"].groupby(base["supplier_class"]).transform("sum")
    return base.assign(
        item_id="",
        orders=counts["orders"],
        open_orders=counts["open_orders"],
        measured_lead_time_days=times.measured_mean * days,
        measured_sd_days=times.measured_sd * days,
        lead_time_days=times.mean * days,
        lead_time_sd_days=times.sd * days,
        lead_time_error_days=times.error * days,
        credibility=times.credibility,
        lead_time_ratio=times.mean,
        sd_ratio=times.sd,
        basis=[
            _basis(n, z, of_class, overdue=supplier_id in late)
            for supplier_id, n, z, of_class in zip(
                base["supplier_id"], counts["orders"], times.credibility, class_orders, strict=True
            )
        ],
    )


def _basis(orders: int, credibility: float, class_orders: int, *, overdue: bool) -> str:
    """What the lead time stands on, in words."""
    if orders == 0 and class_orders == 0:
        return "overdue orders" if overdue else MASTER_DATA
    if orders == 0:
        return f"class n={class_orders}"
    return f"receipts n={orders}" if credibility >= _RELIABLE else f"class n={class_orders}, own receipts n={orders}"


def _items(seen: SupplierOrders, whole: pd.DataFrame) -> pd.DataFrame:
    """Rows of a supplier and an item with enough orders, shrunk to the supplier's own lead time.

    Lines of one order come together, so items of a supplier that differ by chance differ less than independent ones
    would; the spread between items found is if anything too small, and no floor is set under it.
    """
    received = seen.items.loc[seen.items["received"]]
    stats = received.groupby(["supplier_id", "item_id"])["ratio"].agg(["size", "mean", "std"]).reset_index()
    stats = stats.loc[stats["size"] >= FEWEST_ITEM_ORDERS]
    own = stats.merge(whole.drop(columns=["item_id", "orders", "open_orders"]), on="supplier_id", how="left")
    if own.empty:
        return own
    parent, variance = own["lead_time_ratio"].to_numpy(), own["sd_ratio"].to_numpy() ** 2
    relative, count = own["mean"].to_numpy() / parent, own["size"].to_numpy(np.float64)
    within = variance / parent**2
    between = spread_between(relative, within / count, np.zeros(len(own), np.int64), floor=0.0, center=1.0)
    worth = count * between
    share = np.divide(worth, worth + within, out=np.zeros(len(own)), where=worth + within > 0)
    ratio, days = parent * (1.0 + share * (relative - 1.0)), own["agreed_lead_time_days"].to_numpy()
    counts = _counts(seen.items, ["supplier_id", "item_id"], own)
    return own.drop(columns=["size", "mean", "std"]).assign(
        orders=counts["orders"].to_numpy(),
        open_orders=counts["open_orders"].to_numpy(),
        measured_lead_time_days=own["mean"] * days,
        measured_sd_days=own["std"] * days,
        lead_time_ratio=ratio,
        lead_time_days=ratio * days,
        lead_time_error_days=np.sqrt((1.0 - share) * between) * parent * days,
        credibility=share,
        basis=[
            f"receipts n={n}" if z >= _RELIABLE else f"supplier, own receipts n={n}"
            for n, z in zip(counts["orders"], share, strict=True)
        ],
    )


def _with_quality(frame: pd.DataFrame, dataset: DataSet, seen: SupplierOrders) -> pd.DataFrame:
    """Lateness, fill, rejects and trend of each row; of all lines of a supplier, or of those of an item."""
    lines, late = (
        {False: f.groupby("supplier_id"), True: f.groupby(["supplier_id", "item_id"])}
        for f in (seen.lines, seen.overdue)
    )
    rows = []
    for supplier_id, item_id in frame[["supplier_id", "item_id"]].itertuples(index=False):
        key, by_item = (supplier_id, item_id) if item_id else supplier_id, bool(item_id)
        figures = _quality(_part(lines[by_item], key), _part(late[by_item], key))
        rows.append(figures | _change(_part(lines[by_item], key).iloc[: 0 if by_item else None], dataset))
    quality = pd.DataFrame(rows, index=frame.index)
    return frame.assign(**quality, received_share=_usable(frame, quality))


def _part(groups: Any, key: Any) -> pd.DataFrame:
    found: pd.DataFrame = groups.obj.loc[groups.indices[key]] if key in groups.indices else groups.obj.iloc[:0]
    return found


def _quality(lines: pd.DataFrame, overdue: pd.DataFrame) -> dict[str, Any]:
    """Figures of some lines; overdue open lines count with the days by which they are late so far (a lower bound)."""
    done = lines.loc[lines["complete"]]
    days = np.concatenate([lines["days_late"], overdue["days_late"]])
    on_time = np.concatenate([lines["on_time"].to_numpy(np.float64), np.zeros(len(overdue))])
    return {
        "lines": len(lines),
        "overdue_lines": len(overdue),
        "overdue_value": float(overdue["value"].sum()),
        "days_late": _mean(days),
        "on_time_share": _mean(on_time),
        "fill_share": _ratio(done["quantity_received"].sum(), done["quantity_ordered"].sum()),
        "reject_share": _ratio(lines["quantity_rejected"].sum(), lines["quantity_received"].sum()),
    }


def _change(lines: pd.DataFrame, dataset: DataSet) -> dict[str, Any]:
    """Lateness in the last part of the record against the one before; only suppliers have enough orders for it."""
    before, recent = _two_parts(lines, dataset) if len(lines) else (np.zeros(0), np.zeros(0))
    return {
        "days_late_before": _mean(before),
        "days_late_recent": _mean(recent),
        "trend": _trend(before, recent),
    }


def _two_parts(lines: pd.DataFrame, dataset: DataSet) -> tuple[Floats, Floats]:
    """Days late of the orders received in the last part of the record and in the one before, lines of an order alike.

    Lines of an order come together: taken one by one they would make chance look like a trend.
    """
    by_order = lines.groupby(["order_id", "site_id"], sort=True)[["received", "days_late"]]
    orders = by_order.agg({"received": "max", "days_late": "mean"})
    age = (np.datetime64(dataset.as_of, "D") - orders["received"].to_numpy("datetime64[D]")).astype(np.int64)
    late = orders["days_late"].to_numpy(np.float64)
    return late[(age >= TREND_DAYS) & (age < 2 * TREND_DAYS)], late[age < TREND_DAYS]


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else np.nan


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else np.nan


def _trend(before: Floats, recent: Floats) -> str:
    """Whether the last part is later than the one before by more than chance; empty where either is too short."""
    if min(before.size, recent.size) < FEWEST_TREND_ORDERS:
        return ""
    error = float(np.sqrt(before.var(ddof=1) / before.size + recent.var(ddof=1) / recent.size))
    change = float(recent.mean() - before.mean())
    if abs(change) <= _SURE * error or change == 0.0:
        return "same"
    return "later" if change > 0 else "sooner"


def _usable(frame: pd.DataFrame, quality: pd.DataFrame) -> Floats:
    """Share of an order that comes and is accepted, shrunk to that of all suppliers by the lines seen; at most 1."""
    raw = (quality["fill_share"] * (1.0 - quality["reject_share"]).clip(lower=0.0)).to_numpy(np.float64)
    known = np.isfinite(raw)
    count = np.where(known, quality["lines"], 0).astype(np.float64)
    if not known.any():
        return np.full(len(frame), np.nan)
    whole = known & frame["item_id"].eq("").to_numpy()
    middle = float((raw[whole] * count[whole]).sum() / count[whole].sum())
    spread = np.full(len(frame), max(middle * (1.0 - middle), 1e-6))  # of one line: all of it or nothing, at the worst
    groups = Groups(np.where(known, raw, middle), count, count, spread, np.zeros(len(frame), np.int64))
    shares: Floats = np.minimum(shrunk_means(groups, floor=_SHARE_FLOOR, prior=middle).mean, 1.0)
    return np.where(known, shares, np.nan)
