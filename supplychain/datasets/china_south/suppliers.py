"""Suppliers and their terms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.datasets.china_south.items import Catalogue
from supplychain.datasets.china_south.listing import Listing
from supplychain.datasets.china_south.sources import Days, parameter, read_source

__all__ = ["Terms", "build_price_breaks", "build_rates", "build_suppliers", "build_supply", "build_terms"]

Floats = npt.NDArray[np.float64]
_CLOSED = ("2023-01-16..2023-01-29", "2024-02-04..2024-02-18", "2025-01-23..2025-02-06", "2026-02-11..2026-02-25")
_GOLDEN_WEEK = ("2023-10-01..2023-10-06", "2024-10-01..2024-10-07", "2025-10-01..2025-10-08")


@dataclass(frozen=True)
class Terms:
    """Terms by item [I]: ``supplier`` position in suppliers.csv, ``pack``, ``moq``, ``pallet`` units, ``price`` in the
    supplier's currency; ``table`` suppliers.csv typed; ``open_day`` [S,D] whether orders are taken; ``closed`` [S,D].
    """

    table: pd.DataFrame
    supplier: npt.NDArray[np.int64]
    pack: Floats
    moq: Floats
    pallet: Floats
    price: Floats
    open_day: npt.NDArray[np.bool_]
    closed: npt.NDArray[np.bool_]


def build_terms(catalogue: Catalogue, days: Days, rng: np.random.Generator) -> Terms:
    """Draw packs and minimum quantities; prices follow from the landed cost."""
    table = read_source("suppliers")
    for column in ("lead_time_mean_days", "lead_time_sd_days", "minimum_order_value"):
        table[column] = table[column].astype(float)
    supplier = np.array([list(table["supplier_id"]).index(s) for s in catalogue.table["supplier_id"]], dtype=np.int64)
    volume = catalogue.table["volume_l"].to_numpy()
    pack = np.select([volume > 25, volume > 8, volume > 3, volume > 1], [1, 4, 6, 12], 24).astype(float)
    pack = np.where(catalogue.shelf > 0, np.minimum(pack, 6.0), pack)
    middling = np.exp(np.log(np.maximum(catalogue.units, 0.1)).mean())
    rough = parameter("moq_days") * np.sqrt(catalogue.units * middling) * rng.uniform(0.3, 1.2, catalogue.count) / 4
    rough = np.where(catalogue.shelf > 0, catalogue.units * 0.1, rough)
    moq = np.maximum(np.ceil(rough / pack), 1.0) * pack
    pallet = np.maximum(np.floor(1200.0 / volume / pack), 1.0) * pack
    duty = np.array([parameter("import_duty_share") if c != "CNY" else 0.0 for c in table["currency"]])
    rate = np.array([_latest_rate(c) for c in table["currency"]])
    price = np.round(catalogue.cost / (1 + parameter("inbound_share") + duty[supplier]) / rate[supplier], 2)
    closed = np.stack([_closed_days(row, days) for row in table.itertuples(index=False)])
    weekdays = np.stack([np.isin(days.weekday, [int(c) for c in text]) for text in table["order_weekdays"]])
    return Terms(table, supplier, pack, moq, pallet, price, weekdays & ~closed, closed)


def _closures(supplier_id: str, country: str) -> tuple[str, ...]:
    if country != "CN":
        return ()
    fresh = supplier_id in {"S-KMG", "S-HAK", "S-KOW", "S-NGB"}
    return () if fresh else tuple(sorted((*_CLOSED, *_GOLDEN_WEEK)))


def _closed_days(row: object, days: Days) -> npt.NDArray[np.bool_]:
    closed = np.zeros(days.count, dtype=bool)
    for span in _closures(row.supplier_id, row.country):  # type: ignore[attr-defined]
        first, last = (np.datetime64(part) for part in span.split(".."))
        closed |= (days.date >= first) & (days.date <= last)
    return closed


def build_suppliers(terms: Terms) -> pd.DataFrame:
    """The suppliers table."""
    table = terms.table
    closures = ["|".join(_closures(r.supplier_id, r.country)) for r in table.itertuples(index=False)]
    out = table.drop(columns=["geonameid", "country"]).assign(closures=closures)
    out.insert(2, "site_id", "SITE-" + table["supplier_id"])
    return out.assign(
        assumed="lead_time_mean_days|lead_time_sd_days|minimum_order_value|payment_fee_share|payment_days|settlement_days"
    )


def build_supply(catalogue: Catalogue, terms: Terms, listing: Listing) -> pd.DataFrame:
    """The supply table: to every DC, fresh goods also straight to the front warehouses that list them."""
    rows = []
    for item in range(catalogue.count):
        direct = sorted(set(listing.site[(listing.item == item) & (listing.kind != "dc") & (listing.parent < 0)]))
        for site in ["", *direct]:
            rows.append(
                {
                    "supplier_id": terms.table["supplier_id"].iloc[terms.supplier[item]],
                    "item_id": catalogue.table["item_id"].iloc[item],
                    "site_id": site,
                    "unit_price": terms.price[item],
                    "minimum_order_quantity": terms.pack[item] if site else terms.moq[item],
                    "pack_units": terms.pack[item],
                    "pallet_units": terms.pallet[item],
                }
            )
    return pd.DataFrame(rows)


def build_price_breaks(catalogue: Catalogue, terms: Terms, rng: np.random.Generator) -> pd.DataFrame:
    """All-units breaks for about a quarter of the items that keep."""
    rows = []
    for item in range(catalogue.count):
        if catalogue.shelf[item] > 0 or rng.random() > parameter("price_break_share"):
            continue
        for step, saving in ((3.0, 0.02), (8.0, 0.045)):
            rows.append(
                {
                    "supplier_id": terms.table["supplier_id"].iloc[terms.supplier[item]],
                    "item_id": catalogue.table["item_id"].iloc[item],
                    "from_units": terms.moq[item] * step,
                    "unit_price": round(float(terms.price[item]) * (1 - saving), 2),
                }
            )
    return pd.DataFrame(rows)


def build_rates() -> pd.DataFrame:
    """The rates table."""
    return read_source("rates")


def _latest_rate(currency: str) -> float:
    if currency == "CNY":
        return 1.0
    table = read_source("rates").query("currency == @currency").sort_values("date")
    return float(table["rate"].iloc[-1])
