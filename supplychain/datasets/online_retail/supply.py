"""Suppliers and their terms, which the file does not name: assumed by rule, varied by hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from supplychain.datasets.online_retail.folder import Figures
from supplychain.datasets.online_retail.typed import table

__all__ = ["SupplyTables", "supply_tables"]

_WEEKDAYS = "1234567"  # an order portal is open on Sundays too


@dataclass(frozen=True)
class SupplyTables:
    """Suppliers, their terms by item, and the supplier of each item by item_id."""

    suppliers: pd.DataFrame
    supply: pd.DataFrame
    supplier_of: dict[str, str]


def supply_tables(items: pd.DataFrame, figures: Figures, currency: str) -> SupplyTables:
    """Suppliers at home and abroad; items whose codes begin alike come from the same one.

    A supplier abroad is slower, wants larger orders, and charges less than landed cost. Each takes orders on one
    weekday (abroad) or two (home). Packs follow the price band.
    """
    count = int(figures.constant("online_retail_suppliers"))
    letters = int(figures.constant("online_retail_code_letters"))
    width = len(str(count))
    ids = [f"S{number:0{width}d}" for number in range(1, count + 1)]
    supplier_of = {code: ids[_number(code[:letters]) % count] for code in items["item_id"]}
    used = [one for one in ids if one in set(supplier_of.values())]
    far = {one: figures.uniform("far", one) < figures.constant("online_retail_far_share") for one in used}
    where = {one: "far" if far[one] else "near" for one in used}
    lead = np.array([figures.spread(f"online_retail_{where[one]}_lead_days", "lead", one) for one in used])
    suppliers = {
        "supplier_id": used,
        "name": [f"{'Importer' if far[one] else 'Maker'} {one}" for one in used],
        "lead_time_mean_days": lead,
        "lead_time_sd_days": lead * figures.constant("online_retail_lead_cv"),
        "order_weekdays": [_weekdays(one, far[one], figures) for one in used],
        "minimum_order_value": [
            figures.spread(f"online_retail_{where[one]}_order_value", "value", one) for one in used
        ],
    }
    price_share = figures.constant("online_retail_far_price_share")
    owner = items["item_id"].map(supplier_of)
    pack = items["category"].map(lambda category: figures.constant(f"online_retail_pack_{category.split(' ')[0]}"))
    supply = {
        "supplier_id": owner,
        "item_id": items["item_id"],
        "unit_price": items["unit_cost"] * np.where(owner.map(far), price_share, 1.0),
        "minimum_order_quantity": pack * figures.constant("online_retail_minimum_packs"),
        "pack_units": pack,
    }
    return SupplyTables(
        table("suppliers", suppliers, assumed=tuple(suppliers), base_currency=currency),
        table("supply", supply, assumed=tuple(supply), base_currency=currency),
        supplier_of,
    )


def _weekdays(supplier_id: str, far: bool, figures: Figures) -> str:
    first = int(figures.uniform("weekday", supplier_id) * len(_WEEKDAYS))
    second = (first + len(_WEEKDAYS) // 2) % len(_WEEKDAYS)
    return "".join(sorted({_WEEKDAYS[first], _WEEKDAYS[first if far else second]}))


def _number(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)
