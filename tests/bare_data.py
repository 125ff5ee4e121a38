"""A data set with nothing in it, for tests that put in what they need."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from supplychain.domain import DataSet, DemandHistory

AS_OF = date(2025, 5, 31)


def no_demand(zone_ids: tuple[str, ...] = ()) -> DemandHistory:
    """One day on which nobody bought anything."""
    whole, real, flag = np.zeros(0, np.int32), np.zeros(0), np.zeros(0, bool)
    return DemandHistory(AS_OF, 1, zone_ids, (), whole, whole, whole, real, real, flag, flag)


def bare_dataset(**fields: Any) -> DataSet:
    """A Chinese data set of ``AS_OF`` whose other tables are empty unless they are given."""
    empty: dict[str, Any] = {
        "name": "bare",
        "title": "Bare",
        "as_of": AS_OF,
        "base_currency": "CNY",
        "country": "CN",
        "time_zone": "Asia/Shanghai",
        "lane_rule": "none",
        "synthetic": True,
        "items": {},
        "sites": {},
        "suppliers": {},
        "supply": (),
        "lanes": (),
        "demand": no_demand(),
    }
    return DataSet(**(empty | fields))
