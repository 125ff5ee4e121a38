"""Maps on plain axes: degrees east and north, with the aspect of the middle latitude; nothing is fetched."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from supplychain.reports.charts import SERIES, Chart, axis, chart, layout, numbers, plain
from supplychain.reports.html_tables import counted

__all__ = ["network_map", "route_map"]

_DAYS = (
    (1.5, "up to 1.5 days", "var(--days-1)"),
    (2.5, "1.5 to 2.5 days", "var(--days-2)"),
    (3.5, "2.5 to 3.5 days", "var(--days-3)"),
    (5.0, "3.5 to 5 days", "var(--days-4)"),
    (math.inf, "more than 5 days", "var(--days-5)"),
)
_KINDS = (
    ("hub", "open", "County hub", "triangle-up-open", 17, "var(--series-8)"),
    ("dc", "candidate", "Candidate DC", "square-open", 15, "var(--series-8)"),
    ("dc", "closed", "Closed DC", "x-thin-open", 11, "var(--series-8)"),
    ("front_warehouse", "open", "Front warehouse", "diamond", 10, SERIES[3]),
    ("dc", "open", "Open DC", "square", 14, "var(--text)"),
)


def network_map(places: pd.DataFrame, site_plan: pd.DataFrame | None, assignments: pd.DataFrame | None) -> Chart:
    """Sites, zones coloured by delivery days, and a line from each zone to the dc that serves it."""
    shown = _with_decisions(places[places["kind"].isin(["zone", "dc", "hub", "front_warehouse"])], site_plan)
    traces: list[dict[str, Any]] = []
    zones = shown[shown["kind"] == "zone"]
    if assignments is not None and len(assignments):
        served = _served(assignments)
        zones = zones.merge(served, left_on="site_id", right_on="zone_id", how="left", suffixes=("", "_dc"))
        traces += list(_lines(zones, shown))
        traces += list(_zone_traces(zones))
    else:
        traces.append(_points(zones, "Zone", "circle", 8, "var(--days-2)"))
    for kind, status, label, symbol, size, colour in _KINDS:
        group = shown[(shown["kind"] == kind) & (shown["status"] == status)]
        if len(group):
            traces.append(_points(group, label, symbol, size, colour, named=label == "Open DC"))
    open_dcs = shown[(shown["kind"] == "dc") & (shown["status"] == "open")]["name"]
    return chart(
        "chart-network", "Sites and the zones they serve",
        caption="Lines join each zone with the DC that serves most of it. Dot: city or county town; ring: rural zone "
        "around it; triangle: county hub. Drag to move, buttons to zoom.",
        alt=f"Map of {len(zones)} zones and open DCs {', '.join(map(str, open_dcs))}, zones coloured by delivery days.",
        data=traces, layout=_map_layout(shown["lat"], legend=_SIDE), height=640, tall=True,
    )  # fmt: skip


def _with_decisions(places: pd.DataFrame, site_plan: pd.DataFrame | None) -> pd.DataFrame:
    """Statuses as the site plan leaves them."""
    if site_plan is None:
        return places
    after = {"open": "open", "keep_open": "open", "close": "closed", "keep_closed": None}
    decided = dict(zip(site_plan["site_id"], site_plan["decision"].map(after), strict=True))
    status = [decided.get(site) or was for site, was in zip(places["site_id"], places["status"], strict=True)]
    return places.assign(status=status)


def _served(assignments: pd.DataFrame) -> pd.DataFrame:
    """The dc with the largest share of each zone, and the zone's mean days over all shares."""
    most = assignments.sort_values(["zone_id", "share", "site_id"], ascending=[True, False, True], kind="stable")
    table = most.drop_duplicates("zone_id")[["zone_id", "site_id"]].rename(columns={"site_id": "dc"})
    weight = assignments["share"].clip(lower=1e-12)
    total = (assignments["days"] * weight).groupby(assignments["zone_id"]).sum()
    return table.assign(days=table["zone_id"].map(total / weight.groupby(assignments["zone_id"]).sum()))


def _lines(zones: pd.DataFrame, shown: pd.DataFrame) -> Iterator[dict[str, Any]]:
    place = shown.set_index("site_id")
    for n, (dc, group) in enumerate(zones.dropna(subset=["dc"]).groupby("dc", sort=True)):
        if dc not in place.index:
            continue
        lon, lat = float(place.loc[dc, "lon"]), float(place.loc[dc, "lat"])
        x = [value for zone in numbers(group["lon"]) for value in (lon, zone, None)]
        y = [value for zone in numbers(group["lat"]) for value in (lat, zone, None)]
        name = plain(f"Served from {place.loc[dc, 'name']}")
        line = {"color": SERIES[n % len(SERIES)], "width": 1}
        yield {"type": "scatter", "mode": "lines", "name": name, "x": x, "y": y, "line": line, "opacity": 0.45,
               "hoverinfo": "skip"}  # fmt: skip


def _zone_traces(zones: pd.DataFrame) -> Iterator[dict[str, Any]]:
    below = -math.inf
    for limit, label, colour in _DAYS:
        group = zones[(zones["days"] > below) & (zones["days"] <= limit)]
        below = limit
        if len(group):
            yield from _zone_class(group, f"Zone, {label}", colour)
    lost = zones[zones["days"].isna()]
    if len(lost):
        yield _points(lost, "Zone, not served", "x", 9, SERIES[4])


def _zone_class(group: pd.DataFrame, label: str, colour: str) -> Iterator[dict[str, Any]]:
    """Rings for rural zones, dots for the others; one entry of the legend for both."""
    rural = group["tier"] == "rural"
    drawn = [(group[~rural], "circle", 7), (group[rural], "circle-open", 12)]
    for n, (part, symbol, size) in enumerate(p for p in drawn if len(p[0])):
        yield {**_points(part, label, symbol, size, colour), "legendgroup": label, "showlegend": n == 0}


def _points(
    group: pd.DataFrame, label: str, symbol: str, size: int, colour: str, *, named: bool = False
) -> dict[str, Any]:
    hover = [
        f"{plain(place['name'])} ({plain(place['site_id'])})<br>{plain(str(place['tier']).replace('_', ' '))}"
        + (f"<br>{place['days']:.1f} days from {plain(place['dc'])}" if _known(place.get("days")) else "")
        for place in group.to_dict("records")
    ]
    trace: dict[str, Any] = {
        "type": "scatter", "mode": "markers+text" if named else "markers", "name": plain(label),
        "x": numbers(group["lon"]), "y": numbers(group["lat"]), "hovertext": hover, "hoverinfo": "text",
        "marker": {"symbol": symbol, "size": size, "color": colour, "line": {"width": 1.6, "color": colour}},
    }  # fmt: skip
    if named:
        trace |= {"text": [plain(name) for name in group["name"]], "textposition": _beside(group["lon"]),
                  "cliponaxis": False, "textfont": {"size": 13, "color": "var(--text)"}}  # fmt: skip
    return trace


def _beside(lon: pd.Series) -> list[str]:
    """Labels point to the middle of the map, so that none leaves it."""
    middle = (lon.min() + lon.max()) / 2
    return ["top left" if value > middle else "middle right" for value in lon]


def _known(value: Any) -> bool:
    return value is not None and np.isfinite(value)


_SIDE = {"orientation": "v", "x": 1.01, "xanchor": "left", "y": 0.92, "yanchor": "top"}


def _map_layout(lat: pd.Series, **more: Any) -> dict[str, Any]:
    middle = math.radians(float((lat.min() + lat.max()) / 2)) if len(lat) else 0.0
    ratio = round(1.0 / max(math.cos(middle), 0.05), 6)
    return layout(
        hovermode="closest", dragmode="pan",
        xaxis=axis("Longitude (° east)", constrain="domain"),
        yaxis=axis("Latitude (° north)", scaleanchor="x", scaleratio=ratio, constrain="domain"), **more,
    )  # fmt: skip


def route_map(
    div_id: str, depot_id: str, name: str, places: pd.DataFrame, deliveries: pd.DataFrame, *,
    routes: pd.DataFrame, stops: pd.DataFrame, unserved: pd.DataFrame,
) -> Chart:  # fmt: skip
    """The routes of one depot, each a line from the depot through its stops and back."""
    depot = places[places["site_id"] == depot_id].iloc[0]
    home = (float(depot["lon"]), float(depot["lat"]))
    place = deliveries.set_index("delivery_id")[["lon", "lat"]]
    ordered = stops.sort_values(["route_id", "sequence"], kind="stable").join(place, on="delivery_id")
    traces = [
        _route_trace(n, str(route_id), home, group)
        for n, (route_id, group) in enumerate(ordered.groupby("route_id", sort=True))
    ]
    left = unserved.join(place, on="delivery_id").dropna(subset=["lon"])
    if len(left):
        traces.append(
            {"type": "scatter", "mode": "markers", "name": f"Unserved ({len(left)})", "showlegend": True,
             "x": numbers(left["lon"]), "y": numbers(left["lat"]), "hoverinfo": "text",
             "hovertext": [plain(f"{d}: {r}") for d, r in zip(left["delivery_id"], left["reason"], strict=True)],
             "marker": {"symbol": "x", "size": 8, "color": "var(--worse)"}}
        )  # fmt: skip
    traces.append(
        {"type": "scatter", "mode": "markers", "name": "Depot", "showlegend": True, "x": [home[0]], "y": [home[1]],
         "hoverinfo": "text", "hovertext": [plain(name)],
         "marker": {"symbol": "square", "size": 13, "color": "var(--text)"}}
    )  # fmt: skip
    lat = pd.concat([ordered["lat"], pd.Series([home[1]])])
    return chart(
        div_id, f"Routes from {name}",
        caption=f"{counted(len(routes), 'trip')}, {routes['distance_km'].sum():,.0f} km, "
        f"{counted(stops['parcels'].sum(), 'parcel')} at {counted(len(stops), 'stop')}. "
        "One colour a trip (colours repeat); lines join stops as the crow flies.",
        alt=f"Map of {len(routes)} trips from {name} through {len(stops)} stops; {len(left)} stops are unserved.",
        data=traces, layout=_map_layout(lat), height=420, tall=True,
    )  # fmt: skip


def _route_trace(n: int, route_id: str, home: tuple[float, float], stops: pd.DataFrame) -> dict[str, Any]:
    x = [home[0], *numbers(stops["lon"]), home[0]]
    y = [home[1], *numbers(stops["lat"]), home[1]]
    vehicle = plain(route_id)
    hover = [vehicle, *(plain(f"{vehicle}, stop {s}: {d}") for s, d in _stops(stops)), vehicle]
    colour = SERIES[n % len(SERIES)]
    return {
        "type": "scatter", "mode": "lines+markers", "name": vehicle, "showlegend": False, "x": x, "y": y,
        "hoverinfo": "text", "hovertext": hover, "line": {"color": colour, "width": 1.2},
        "marker": {"size": 3.5, "color": colour}, "opacity": 0.85,
    }  # fmt: skip


def _stops(stops: pd.DataFrame) -> Sequence[tuple[Any, Any]]:
    return list(zip(stops["sequence"], stops["delivery_id"], strict=True))
