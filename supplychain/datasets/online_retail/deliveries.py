"""One day's deliveries: the real orders of the strongest day of the last week, to scattered addresses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from supplychain.datasets.online_retail.folder import Figures, Place
from supplychain.datasets.online_retail.typed import table
from supplychain.domain import great_circle_km

__all__ = ["delivery_table"]

_COLUMNS = (
    "delivery_id",
    "depot_id",
    "site_id",
    "lat",
    "lon",
    "parcels",
    "weight_kg",
    "volume_l",
    "promised_from",
    "promised_to",
)


def delivery_table(
    sales: pd.DataFrame,
    items: pd.DataFrame,
    places: Mapping[str, Place],
    depot_of: Mapping[str, str],
    *,
    as_of: date,
    figures: Figures,
) -> pd.DataFrame:
    """A stop for each order of that day whose zone lies around a depot (``depot_of``: zone -> depot).

    Weight and volume follow from the items; addresses are scattered evenly over a disc around the town's centre.
    """
    recent = sales[
        (sales["day"] > pd.Timestamp(as_of) - _days("online_retail_delivery_window_days", figures)).to_numpy()
    ]
    near = recent[recent["site_id"].isin(depot_of).to_numpy()]
    rows = []
    if len(near):
        orders = near.groupby("day")["order_id"].nunique()
        day = orders.index[int(np.argmax(orders.to_numpy()))]
        chosen = near[(near["day"] == day).to_numpy()]
        size = items.set_index("item_id")[["weight_kg", "volume_l"]]
        loads = size.loc[chosen["item_id"]].to_numpy() * chosen["quantity"].to_numpy()[:, None]
        chosen = chosen.assign(kg=loads[:, 0], litres=loads[:, 1])
        stops = chosen.groupby("order_id", sort=True).agg(
            site_id=("site_id", "first"),
            customer_id=("customer_id", "first"),
            kg=("kg", "sum"),
            litres=("litres", "sum"),
        )
        rows = [_stop(tuple(stop), places, depot_of, as_of, figures) for stop in stops.itertuples()]
    cells = list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)
    columns = {name: list(part) for name, part in zip(_COLUMNS, cells, strict=True)}
    fixed = {
        "late_penalty": figures.constant("online_retail_late_penalty"),
        "service_minutes": figures.constant("online_retail_service_minutes"),
        "window_start": "08:00",
        "window_end": "18:00",
    }
    return table("deliveries", columns | {name: [value] * len(rows) for name, value in fixed.items()})


def _stop(
    stop: tuple[Any, ...], places: Mapping[str, Place], depot_of: Mapping[str, str], as_of: date, figures: Figures
) -> tuple[Any, ...]:
    order_id, site_id, customer_id, weight, volume = stop
    place = places[site_id]
    lat, lon = _address(place, customer_id or f"order {order_id}", figures)
    parcels = max(1, math.ceil(weight / figures.constant("online_retail_parcel_kg")))
    first = np.datetime64(as_of, "D")
    last = first + np.timedelta64(int(figures.constant(f"promise_days_{place.tier}")), "D")
    return (order_id, depot_of[site_id], site_id, lat, lon, parcels, weight, volume, first, last)


def _address(place: Place, key: str, figures: Figures) -> tuple[float, float]:
    """A point in the disc around the centre of the place, the same for the same customer."""
    radius = figures.constant(f"online_retail_town_radius_km_{place.tier}") * math.sqrt(figures.uniform("far out", key))
    angle = math.tau * figures.uniform("bearing", key)
    degrees = radius / great_circle_km(0.0, 0.0, 1.0, 0.0)
    return place.lat + degrees * math.sin(angle), place.lon + degrees * math.cos(angle) / math.cos(
        math.radians(place.lat)
    )


def _days(name: str, figures: Figures) -> pd.Timedelta:
    return pd.Timedelta(days=figures.constant(name))
