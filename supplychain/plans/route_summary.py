"""What routes cost and carry, by tier."""

from __future__ import annotations

import pandas as pd

from supplychain.domain import TIERS
from supplychain.plans.route_plan import RoutePlan

__all__ = ["summarize_routes"]

_SUMS = ["stops", "parcels", "late_parcels", "km", "van_days", "cost", "unserved_parcels"]


def summarize_routes(plan: RoutePlan) -> pd.DataFrame:
    """Figures by tier and for all: one row a tier that occurs, then ``all``.

    Columns: tier, stops, parcels, late_parcels, km, van_days, cost, unserved_parcels, km_per_parcel,
    parcels_per_van_day, cost_per_parcel. A leg's km belong to the stop it leads to, the way back to the last stop; a
    trip's other costs and the vehicle's day are shared by the minutes each stop takes, drive and wait included.
    NaN where nothing is delivered.
    """
    stops = _shared(plan)
    lost = plan.unserved.groupby("tier")["parcels"].sum()
    table = stops.groupby("tier")[_SUMS[:-1]].sum()
    table = table.reindex([tier for tier in TIERS if tier in table.index or tier in lost.index], fill_value=0)
    table["unserved_parcels"] = lost.reindex(table.index, fill_value=0)
    table.loc["all"] = table.sum()
    table = table.astype(dict.fromkeys(("stops", "parcels", "late_parcels", "unserved_parcels"), "int64"))
    parcels = table["parcels"].where(table["parcels"] > 0)
    table["km_per_parcel"] = table["km"] / parcels
    table["parcels_per_van_day"] = table["parcels"] / table["van_days"].where(table["van_days"] > 0)
    table["cost_per_parcel"] = table["cost"] / parcels
    return table.rename_axis("tier").reset_index()


def _shared(plan: RoutePlan) -> pd.DataFrame:
    """Stops with their share of km, van-days and cost."""
    routes = plan.routes.set_index("route_id")
    stops = plan.stops.sort_values(["route_id", "sequence"], kind="stable").reset_index(drop=True)
    owner = routes.loc[stops["route_id"]].reset_index()
    last = ~stops["route_id"].duplicated(keep="last")
    before = stops.groupby("route_id")["departure_minute"].shift().fillna(owner["departure_minute"])
    until = stops["departure_minute"].where(~last, owner["return_minute"])
    minutes = until - before
    day = _day_key(owner)
    back = owner["distance_km"] - stops.groupby("route_id")["leg_km"].transform("sum")
    km = stops["leg_km"] + back.where(last, 0.0)
    trip_share = _share(minutes, stops["route_id"])
    other = owner["cost"] - owner["cost_distance"] - owner["cost_vehicle"] - owner["cost_late"]
    per_km = (owner["cost_distance"] / owner["distance_km"]).where(owner["distance_km"] > 0, 0.0)
    vehicle = owner["cost_vehicle"].where(last, 0.0).groupby(day).transform("sum")
    late = stops["parcels"].where(stops["lateness_days"] > 0, 0)
    late_cost = owner["cost_late"] * _share(stops["lateness_days"] * 1.0, stops["route_id"])
    day_share = _share(minutes, day)
    return pd.DataFrame(
        {
            "tier": stops["tier"],
            "stops": 1,
            "parcels": stops["parcels"],
            "late_parcels": late,
            "km": km,
            "van_days": day_share,
            "cost": km * per_km + other * trip_share + vehicle * day_share + late_cost,
        }
    )


def _day_key(owner: pd.DataFrame) -> pd.Series:
    parts = zip(owner["depot_id"], owner["vehicle_id"], owner["vehicle_number"], strict=True)
    return pd.Series([f"{depot}\x1f{vehicle}\x1f{number}" for depot, vehicle, number in parts], index=owner.index)


def _share(amount: pd.Series, key: pd.Series) -> pd.Series:
    """Each row's share of its group's amount; equal shares where the group's amount is zero."""
    total = amount.groupby(key).transform("sum")
    count = amount.groupby(key).transform("size")
    return (amount / total).where(total > 0, 1.0 / count)
