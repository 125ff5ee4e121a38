"""A tiny data set on disk: one dc, one hub, four items, three reached zones and one island."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

AS_OF = date(2025, 5, 30)  # a Friday
PAST, AHEAD = 84, 14

HEADER = """\
name: small_shop
title: Small made-up shop
as_of: 2025-05-30
base_currency: CNY
country: CN
time_zone: Asia/Shanghai
lane_rule: none
synthetic: true
"""

FILES = {
    "items.csv": (
        "item_id,name,category,price,unit_cost,currency,volume_l,weight_kg,shelf_life_days\n"
        "00123,Milk,fresh,12,8,CNY,1,1,14\n"
        "NA,Kettle,home,120,70,CNY,6,1.8,\n"
        "1E5,Coat,apparel,400,220,CNY,9,0.9,\n"
        "tea,=cmd|' /C calc'!A1,food,30,16,CNY,0.5,0.3,\n"
    ),
    "sites.csv": (
        "site_id,name,kind,tier,lat,lon,population,fixed_cost_per_year,handling_cost_per_unit,status\n"
        "DC,Warehouse,dc,tier1_city,30.0,114.0,,100000,0.5,open\n"
        "DC2,Candidate,dc,city,30.5,113.0,,50000,0.4,candidate\n"
        "HUB,County hub,hub,county_town,30.8,114.2,,20000,0.3,open\n"
        "CITY,City,zone,tier1_city,30.05,114.05,3000000,,,\n"
        "TOWN,Town,zone,county_town,30.82,114.22,300000,,,\n"
        "LAND,Villages,zone,rural,30.9,114.3,200000,,,\n"
        "ISLE,Island,zone,rural,22.0,113.0,9000,,,\n"
    ),
    "suppliers.csv": (
        "supplier_id,name,lead_time_mean_days,lead_time_sd_days,order_weekdays,minimum_order_value,currency,"
        "payment_days\n"
        "S1,Dairy,2,0.5,135,100,CNY,30\nS2,Importer,10,2,25,800,USD,60\n"
    ),
    "supply.csv": (
        "supplier_id,item_id,unit_price,minimum_order_quantity,pack_units\n"
        "S1,00123,8,24,12\nS1,tea,16,10,5\nS2,NA,9.7,12,6\nS2,1E5,30,6,3\n"
    ),
    "item_sites.csv": "item_id,site_id,listed\n00123,HUB,yes\ntea,HUB,yes\n",
    "lanes.csv": (
        "origin_id,destination_id,mode,distance_km,transit_days,cost_per_kg,departures\n"
        "DC,CITY,truck,10,0.5,0.2,\nDC,HUB,truck,95,1,0.3,\nHUB,TOWN,van,3,0.5,0.4,\nHUB,LAND,van,20,0.5,0.8,\n"
        "DC2,CITY,truck,120,1,0.4,\nDC2,HUB,truck,110,1,0.4,\n"
    ),
    "stock.csv": "site_id,item_id,on_hand\nDC,00123,90\nDC,NA,8\nDC,1E5,3\nDC,tea,60\nHUB,00123,6\nHUB,tea,2\n",
    "rates.csv": "currency,date,rate\nUSD,2025-05-30,7.2\n",
    "vehicles.csv": (
        "vehicle_id,name,depot_id,count,capacity_kg,capacity_l,cost_per_day,cost_per_km,cost_per_hour,shift_start,"
        "shift_end,speed_city_kmh,speed_county_kmh,speed_rural_kmh,allowed_tiers\n"
        "VAN,Van,HUB,1,300,2000,180,1.1,35,08:00,18:00,25,35,45,county_town|rural\n"
    ),
    "deliveries.csv": (
        "delivery_id,depot_id,site_id,lat,lon,kind,parcels,weight_kg,volume_l,promised_from,promised_to,late_penalty\n"
        "D1,HUB,TOWN,30.82,114.22,delivery,2,4,9,2025-05-31,2025-06-01,3\n"
        "D2,HUB,LAND,30.9,114.3,delivery,1,2,5,2025-05-31,2025-06-02,3\n"
        "D3,HUB,LAND,30.88,114.28,return,1,2,5,2025-05-31,2025-06-02,3\n"
        "D4,HUB,LAND,30.91,114.31,delivery,1,900,50,2025-05-31,2025-06-02,3\n"
    ),
}

SCENARIO = """\
scenario: 1
name: small_today
title: Small shop, today's rule
data: data/small_shop
twin: {replications: 2, spin_up_days: 20}
forecast: {method: window_average, origins: 2, horizon_days: 40}
replenish: {policy: today}
route: {iterations: 20}
"""
CHILD = """\
scenario: 1
name: small_better
title: Small shop, optimized orders
extends: small_today
replenish: {policy: optimized}
changes:
  - {set: items.price, where: {category: home}, multiply: 1.1}
"""


def sales(first: date, days: int) -> str:
    """Made-up demand: a weekly pattern that differs by item and zone."""
    rows = ["date,site_id,item_id,quantity"]
    base = {"00123": 9, "NA": 1, "1E5": 0, "tea": 4}
    for day in range(days):
        when = first + timedelta(days=day)
        for z, zone in enumerate(("CITY", "TOWN", "LAND", "ISLE")):
            for i, (item, level) in enumerate(base.items()):
                units = max(0, level // (z + 1) + (day + 2 * i + z) % 4 - 1)
                if units and (item != "1E5" or day % 3 == 0):
                    rows.append(f"{when},{zone},{item},{units}")
    return "\n".join(rows) + "\n"


def write_shop(folder: Path, *, island: bool = True, **changes: str | None) -> Path:
    """Write the data set; ``items="..."`` replaces a file's text, None leaves it out."""
    folder.mkdir(parents=True, exist_ok=True)
    contents: dict[str, str | None] = {"dataset.yaml": HEADER, **FILES}
    contents["demand.csv"] = sales(AS_OF - timedelta(days=PAST - 1), PAST)
    contents["actuals.csv"] = sales(AS_OF + timedelta(days=1), AHEAD)
    contents |= {f"{name}.csv": text for name, text in changes.items()}
    for name, text in contents.items():
        if text is not None:
            kept = text if island else "".join(line for line in text.splitlines(True) if "ISLE" not in line)
            (folder / name).write_text(kept, encoding="utf-8", newline="\n")
    return folder


def write_project(folder: Path) -> Path:
    """A project with the data set and two scenarios."""
    write_shop(folder / "data" / "small_shop")
    (folder / "scenarios").mkdir(parents=True, exist_ok=True)
    (folder / "scenarios" / "small_today.yaml").write_text(SCENARIO, encoding="utf-8")
    (folder / "scenarios" / "small_better.yaml").write_text(CHILD, encoding="utf-8")
    return folder
