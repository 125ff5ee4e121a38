"""Today's stock, open orders, transfers on the way and past receipts, out of the company's ledger."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplychain.datasets.china_south.company import Company
from supplychain.datasets.china_south.ledger import Ledger
from supplychain.datasets.china_south.sources import Days, parameter

__all__ = ["build_item_sites", "build_open_orders", "build_receipts", "build_stock", "build_transfers"]


def _named(company: Company, row: int) -> dict[str, str]:
    listing = company.listing
    item = int(listing.item[row])
    return {"site_id": str(listing.site[row]), "item_id": str(company.catalogue.table["item_id"].iloc[item])}


def _supplier(company: Company, row: int) -> str:
    return str(company.terms.table["supplier_id"].iloc[company.supplier[row]])


def build_stock(company: Company, days: Days, rng: np.random.Generator) -> pd.DataFrame:
    """One line per listed row, several by expiry for fresh goods; some units are blocked or allocated."""
    shelves = company.shelves
    age = {int(row): position for position, row in enumerate(shelves.fresh)}
    lines = []
    for row in range(company.listing.item.size):
        if company.last[row] < days.actuals - 1 and shelves.on_hand[row] <= 0:
            continue
        if row in age:
            left = shelves.by_age[age[row]]
            for life in np.flatnonzero(left > 0):
                expiry = str(days.date[days.actuals + int(life)])
                lines.append({**_named(company, row), "expiry": expiry, "on_hand": left[life]})
            continue
        free = shelves.on_hand[row]
        blocked = float(
            rng.binomial(int(free), parameter("blocked_share") * (rng.random() < parameter("blocked_row_share")))
        )
        allocated = float(rng.binomial(int(free), parameter("allocated_share")))
        lines.append(
            {
                **_named(company, row),
                "expiry": "",
                "on_hand": free + blocked,
                "allocated": allocated,
                "blocked": blocked,
            }
        )
    table = pd.DataFrame(lines).fillna({"allocated": 0.0, "blocked": 0.0})
    whole = table.astype({"on_hand": int, "allocated": int, "blocked": int})
    return whole.assign(backorder=0).sort_values(["site_id", "item_id", "expiry"], ignore_index=True)


def build_open_orders(company: Company, ledger: Ledger, days: Days) -> pd.DataFrame:
    """Order lines not yet received on as_of; late ones keep their promised day in the past."""
    rows = [
        {
            "order_id": f"PO{order.number:06d}",
            "supplier_id": _supplier(company, order.row),
            **_named(company, order.row),
            "quantity": int(order.quantity),
            "ordered": str(days.date[order.day]),
            "due": str(days.date[order.due]),
        }
        for order in ledger.orders
        if order.received >= days.actuals
    ]
    return pd.DataFrame(rows).sort_values(["order_id", "item_id", "site_id"], ignore_index=True)


def build_transfers(company: Company, ledger: Ledger, days: Days) -> pd.DataFrame:
    """Transfers that left by as_of and arrive later."""
    rows = [
        {
            "transfer_id": f"TR{shipment.number:06d}",
            "origin_id": str(company.listing.site[shipment.origin]),
            "destination_id": str(company.listing.site[shipment.row]),
            "item_id": _named(company, shipment.row)["item_id"],
            "quantity": int(shipment.quantity),
            "shipped": str(days.date[shipment.day]),
            "due": str(days.date[shipment.due]),
        }
        for shipment in ledger.shipments
        if shipment.due >= days.actuals
    ]
    return pd.DataFrame(rows).sort_values(["transfer_id", "item_id"], ignore_index=True)


def build_receipts(company: Company, ledger: Ledger, days: Days) -> pd.DataFrame:
    """Receipts of the last year of the history."""
    rows = [
        {
            "order_id": f"PO{order.number:06d}",
            "supplier_id": _supplier(company, order.row),
            **_named(company, order.row),
            "ordered": str(days.date[order.day]),
            "promised": str(days.date[order.due]),
            "received": str(days.date[order.received]),
            "quantity_ordered": int(order.quantity),
            "quantity_received": int(order.received_units),
            "quantity_rejected": int(order.rejected),
        }
        for order in ledger.orders
        if days.actuals - parameter("receipt_days") <= order.received < days.actuals
    ]
    return pd.DataFrame(rows).sort_values(["order_id", "item_id", "site_id"], ignore_index=True)


def build_item_sites(company: Company, ledger: Ledger, days: Days) -> pd.DataFrame:
    """Listings of front warehouses and hubs, items that ended, and a planner's controls at DCs."""
    rows = []
    dcs = np.flatnonzero(company.listing.kind == "dc")
    slow = dcs[np.argsort(ledger.sold[dcs, days.history :].sum(axis=1), kind="stable")]
    newest = days.actuals - parameter("controls_after_days")
    alive = [int(r) for r in slow if company.last[r] >= days.count and company.first[r] < newest]
    stopped, leaving = alive[:3], alive[3:7]
    for row in range(company.listing.item.size):
        ended = company.last[row] < days.actuals
        held = company.shelves.on_hand[row] > 0
        if company.listing.kind[row] == "dc" and not ended and row not in stopped and row not in leaving:
            continue
        rows.append(
            {
                **_named(company, row),
                "listed": "no" if ended and not held else "yes",
                "do_not_order": "yes" if row in stopped else "no",
                "phase_out": "yes" if (ended and held) or row in leaving else "no",
            }
        )
    table = pd.DataFrame(rows)
    return table[["item_id", "site_id", "listed", "do_not_order", "phase_out"]].sort_values(
        ["site_id", "item_id"], ignore_index=True
    )
