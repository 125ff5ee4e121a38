"""Suppliers and their terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.datasets.china_south.items import Catalogue
from supplychain.datasets.china_south.listing import Listing
from supplychain.datasets.china_south.sources import Days, parameter, read_source

__all__ = ["Terms", "build_price_breaks", "build_rates", "build_suppliers", "build_supply", "build_terms"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Terms:
    """Terms of the first supplier of each item.

    ``table`` is suppliers.csv, typed. By item [I]: ``supplier`` position in it, ``pack``, ``moq`` and ``pallet`` units,
    ``price`` in the supplier's currency. By supplier and day [S,D]: ``open_day`` orders are taken, ``closed`` no work.
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
    pack = _pack_units(volume)
    pack = np.where(catalogue.shelf > 0, np.minimum(pack, parameter("fresh_largest_pack")), pack)
    middling = np.exp(np.log(catalogue.units).mean())
    spread = rng.uniform(parameter("moq_spread_low"), parameter("moq_spread_high"), catalogue.count)
    rough = parameter("moq_days") * np.sqrt(catalogue.units * middling) * spread
    rough = np.where(catalogue.shelf > 0, catalogue.units * parameter("fresh_moq_days"), rough)
    moq = np.maximum(np.ceil(rough / pack), 1.0) * pack
    pallet = np.maximum(np.floor(parameter("pallet_l") / volume / pack), 1.0) * pack
    duty = np.array([parameter("import_duty_share") if c != "CNY" else 0.0 for c in table["currency"]])
    rate = np.array([_latest_rate(c) for c in table["currency"]])
    price = np.round(catalogue.cost / (1 + parameter("inbound_share") + duty[supplier]) / rate[supplier], 2)
    closed = np.stack([_closed_days(_closures(r["fresh"], r["country"]), days) for r in table.to_dict("records")])
    weekdays = np.stack([np.isin(days.weekday, [int(c) for c in text]) for text in table["order_weekdays"]])
    return Terms(table, supplier, pack, moq, pallet, price, weekdays & ~closed, closed)


def _pack_units(volume_l: Floats) -> Floats:
    """Units in a pack [I]: the larger the item, the fewer."""
    packs = read_source("packs").astype(float).sort_values("above_l")
    units: Floats = packs["units"].to_numpy()[np.searchsorted(packs["above_l"], volume_l) - 1]
    return units


def _closures(fresh: str, country: str) -> tuple[str, ...]:
    """Closures of a supplier: growers and fisheries work on; overseas suppliers keep no Chinese holidays."""
    if country != "CN" or fresh == "yes":
        return ()
    table = read_source("closures").sort_values("from")
    return tuple(f"{row.first}..{row.to}" for row in table.rename(columns={"from": "first"}).itertuples(index=False))


def _closed_days(spans: tuple[str, ...], days: Days) -> npt.NDArray[np.bool_]:
    closed = np.zeros(days.count, dtype=bool)
    for span in spans:
        first, last = (np.datetime64(part) for part in span.split(".."))
        closed |= (days.date >= first) & (days.date <= last)
    return closed


def build_suppliers(terms: Terms) -> pd.DataFrame:
    """The suppliers table."""
    table = terms.table
    closures = ["|".join(_closures(r["fresh"], r["country"])) for r in table.to_dict("records")]
    out = table.drop(columns=["geonameid", "country", "fresh"]).assign(closures=closures)
    out.insert(2, "site_id", "SITE-" + table["supplier_id"])
    return out.assign(
        assumed="lead_time_mean_days|lead_time_sd_days|minimum_order_value|payment_fee_share|payment_days|settlement_days"
    )


def build_supply(catalogue: Catalogue, terms: Terms, listing: Listing, rng: np.random.Generator) -> pd.DataFrame:
    """The supply table: to every DC, fresh goods also straight to the front warehouses that list them.

    Some items have a second, dearer source.
    """
    rows = []
    for item in range(catalogue.count):
        mine = (listing.item == item) & (listing.kind != "dc") & (listing.parent < 0)
        first = {
            "supplier_id": terms.table["supplier_id"].iloc[terms.supplier[item]],
            "item_id": catalogue.table["item_id"].iloc[item],
            "unit_price": terms.price[item],
            "minimum_order_quantity": terms.moq[item],
            "pack_units": terms.pack[item],
            "pallet_units": terms.pallet[item],
        }
        rows.append(first)
        rows += [
            {**first, "site_id": site, "minimum_order_quantity": terms.pack[item]}
            for site in sorted(set(listing.site[mine]))
        ]
        rows += _second_source(first, rng)
    columns = [
        "supplier_id",
        "item_id",
        "site_id",
        "unit_price",
        "minimum_order_quantity",
        "pack_units",
        "pallet_units",
    ]
    columns += ["lead_time_mean_days", "lead_time_sd_days"]
    return pd.DataFrame(rows, columns=columns).assign(assumed="unit_price|minimum_order_quantity|pack_units")


def _second_source(first: dict[str, Any], rng: np.random.Generator) -> list[dict[str, Any]]:
    table = read_source("second_sources")
    other = table[table["supplier_id"] == first["supplier_id"]]
    if other.empty or rng.random() > parameter("second_source_share"):
        return []
    terms = other.iloc[0]
    ratio = float(terms["price_factor"]) * _rate_of(first["supplier_id"]) / _rate_of(terms["second_supplier_id"])
    return [
        {
            **first,
            "supplier_id": terms["second_supplier_id"],
            "unit_price": round(float(first["unit_price"]) * ratio, 2),
            "lead_time_mean_days": terms["lead_time_mean_days"],
            "lead_time_sd_days": terms["lead_time_sd_days"],
        }
    ]


def _rate_of(supplier_id: str) -> float:
    table = read_source("suppliers").set_index("supplier_id")
    return _latest_rate(str(table.loc[supplier_id, "currency"]))


def build_price_breaks(catalogue: Catalogue, terms: Terms, rng: np.random.Generator) -> pd.DataFrame:
    """All-units breaks for about a quarter of the items that keep."""
    steps = read_source("price_breaks").astype(float).to_dict("records")
    chosen = (catalogue.shelf == 0) & (rng.random(catalogue.count) < parameter("price_break_share"))
    rows = [
        {
            "supplier_id": terms.table["supplier_id"].iloc[terms.supplier[item]],
            "item_id": catalogue.table["item_id"].iloc[item],
            "from_units": terms.moq[item] * step["minimum_orders"],
            "unit_price": round(float(terms.price[item]) * (1 - step["saving"]), 2),
        }
        for item in np.flatnonzero(chosen)
        for step in steps
    ]
    return pd.DataFrame(rows)


def build_rates() -> pd.DataFrame:
    """The rates table."""
    return read_source("rates")


def _latest_rate(currency: str) -> float:
    if currency == "CNY":
        return 1.0
    table = read_source("rates").query("currency == @currency").sort_values("date")
    return float(table["rate"].iloc[-1])
