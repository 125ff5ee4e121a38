"""Routes on the page: figures by depot and by tier, and why parcels stay behind."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from supplychain.plans.route_plan import REASONS, RoutePlan
from supplychain.plans.route_summary import summarize_routes
from supplychain.reports.html_tables import Cell, HtmlTable, count, money, table, tight, words
from supplychain.reports.text import figure_text

__all__ = ["depot_table", "route_plan_of", "tier_table", "unserved_table"]


def route_plan_of(tables: Mapping[str, pd.DataFrame]) -> RoutePlan | None:
    """The run's route plan, or None where it was not made."""
    if "routes" not in tables:
        return None
    named = {"routes": "routes", "stops": "route_stops", "unserved": "route_unserved"}
    return RoutePlan.from_tables({name: tables[key] for name, key in named.items()})


def depot_table(plan: RoutePlan, *, names: Mapping[str, str], currency: str) -> HtmlTable:
    """One row a depot: trips, van-days, km, cost, parcels, unserved."""
    stops = plan.stops.merge(plan.routes[["route_id", "depot_id"]], on="route_id", how="left")
    rows = []
    for depot in sorted({*plan.routes["depot_id"], *plan.unserved["depot_id"]}):
        own = plan.routes[plan.routes["depot_id"] == depot]
        parcels = float(stops[stops["depot_id"] == depot]["parcels"].sum())
        vans = len(own[["vehicle_id", "vehicle_number"]].drop_duplicates())
        cost, km = float(own["cost"].sum()), float(own["distance_km"].sum())
        left = float(plan.unserved[plan.unserved["depot_id"] == depot]["parcels"].sum())
        rows.append(
            [
                Cell(names.get(depot, depot), note=depot),
                count(len(own)),
                count(vans),
                count(parcels),
                count(round(km)),
                money(cost),
                count(parcels / vans) if vans else "-",
                money(cost / parcels) if parcels else "-",
                Cell(count(left), kind="worse" if left else ""),
            ]
        )
    heads = ["Depot", "#Trips", "#Van-days", "#Parcels", "#km", f"#Cost ({currency})", "#Parcels a van-day"]
    return table("By depot", [*heads, f"#Cost a parcel ({currency})", "#Unserved parcels"], rows)


def tier_table(plan: RoutePlan, *, currency: str) -> HtmlTable:
    """One row a tier: parcels, late, km and cost a parcel."""
    rows = [
        [
            words(line["tier"]),
            count(line["stops"]),
            count(line["parcels"]),
            count(line["late_parcels"]),
            figure_text(line["km_per_parcel"], "km"),
            count(line["parcels_per_van_day"]),
            money(line["cost_per_parcel"]),
            count(line["unserved_parcels"]),
        ]
        for line in summarize_routes(plan).to_dict("records")
    ]
    heads = ["Tier", "#Stops", "#Parcels", "#Late parcels", "#km a parcel", "#Parcels a van-day"]
    return table("By tier of the customer", [*heads, f"#Cost a parcel ({currency})", "#Unserved parcels"], rows)


def unserved_table(plan: RoutePlan, *, names: Mapping[str, str], most: int = 20) -> HtmlTable | None:
    """Parcels that no route serves, with the reason; None when there are none."""
    left = plan.unserved.sort_values(["depot_id", "delivery_id"], kind="stable")
    if not len(left):
        return None
    rows = [
        [
            Cell(str(line["delivery_id"]), kind="code"),
            names.get(line["depot_id"], line["depot_id"]),
            tight(words(line["tier"])),
            count(line["parcels"]),
            Cell(
                " and ".join(REASONS.get(code, code) for code in str(line["reason"]).split("+")),
                note=str(line["detail"]),
            ),
        ]
        for line in left.head(most).to_dict("records")
    ]
    rest = len(left) - most
    note = f"{rest:,} more are left out here: supplychain route show lists them all." if rest > 0 else ""
    return table("Unserved parcels", ["Delivery", "Depot", "Tier", "#Parcels", "Reason"], rows, note=note)
