"""ABC classes by annual value."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np

from supplychain.domain import DataSet

__all__ = ["CLASSES", "abc_classes", "item_classes", "row_classes"]

CLASSES = ("A", "B", "C")
_A_SHARE, _B_SHARE = 0.80, 0.95  # share of value up to which a class reaches (Pareto rule as agreed)
_YEAR_DAYS = 365

Key = TypeVar("Key", bound=Hashable)


def abc_classes(value: Mapping[Key, float]) -> dict[Key, int]:
    """Class index of each key: A while the keys before it hold less than 80 % of all value, B to 95 %, then C.

    Ties go by the order of the mapping. A key without value is C.
    """
    keys = list(value)
    order = sorted(range(len(keys)), key=lambda i: (-value[keys[i]], i))
    total = sum(value[keys[i]] for i in order)
    classes: dict[Key, int] = {}
    before = 0.0
    for i in order:
        amount = value[keys[i]]
        share = before / total if total > 0 else 1.0
        classes[keys[i]] = 2 if amount <= 0 or share >= _B_SHARE else int(share >= _A_SHARE)
        before += amount
    return {key: classes[key] for key in keys}


def row_classes(
    index: Mapping[tuple[str, str], int], annual_value: Mapping[tuple[str, str], float]
) -> dict[tuple[str, str], int]:
    """Class of each (item, site) by its own yearly value; rows without a figure count as zero."""
    return abc_classes({key: float(annual_value.get(key, 0.0)) for key in index})


def item_classes(dataset: DataSet, index: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Class of each row by its item's demand value over all zones in the last year of the history."""
    demand = dataset.demand
    recent = demand.day >= demand.days - _YEAR_DAYS
    units = np.bincount(
        demand.item[recent], weights=np.nan_to_num(demand.quantity[recent]), minlength=len(demand.item_ids)
    )
    value = dict.fromkeys(dataset.items, 0.0)
    for item_id, count in zip(demand.item_ids, units, strict=True):
        if item_id in value:
            item = dataset.items[item_id]
            value[item_id] = float(count) * dataset.to_base(item.price, item.currency)
    classes = abc_classes(value)
    return {key: classes[key[0]] for key in index}
