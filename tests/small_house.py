"""A complete small made-up project: data set as CSV folder, and a scenario that runs end to end in a few seconds."""

# ruff: noqa: E501 - tables of rows read best one a line

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from supplychain.pipeline.prepare import House, furnish, prepare
from supplychain.scenario import Scenario, load_scenario
from supplychain.tables import Tables, read_tables

AS_OF = date(2025, 5, 31)  # a Saturday
DAYS, ACTUAL_DAYS = 200, 60
FIRST = AS_OF - timedelta(days=DAYS - 1)

HEADER = """\
name: small
title: Small made-up network
as_of: 2025-05-31
base_currency: CNY
country: CN
time_zone: Asia/Shanghai
lane_rule: great_circle
synthetic: true
"""

SCENARIO = """\
scenario: 1
name: small
title: Small house
data: data/small
forecast: {method: ses, horizon_days: 60, origins: 2, levels: [0.1, 0.5, 0.9, 0.95, 0.98]}
replenish: {policy: today, outlook_days: 7}
route: {iterations: 20}
twin: {replications: 2, spin_up_days: 40}
"""

ITEMS = """\
item_id,name,category,price,unit_cost,volume_l,weight_kg,shelf_life_days,return_rate,introduced,ended,replaces
00123,Tea,food,30,18,1,0.4,,0.02,,,
NA,Kettle,home,160,95,6,1.5,,0.2,,,
milk,Milk,fresh,14,8,1,1.0,8,0,,,
fish,Fish,fresh,45,30,2,0.8,4,0,,,
1E5,Coat,apparel,400,210,4,0.9,,0.3,,,
old,Old phone,electronics,900,700,1,0.3,,0.05,,2025-06-20,
new,New phone,electronics,1000,760,1,0.3,,0.05,2025-04-01,,old
soap,Soap,home,9,5,0.3,0.2,,0,,,
"""
SITES = """\
site_id,name,kind,tier,remote,region,lat,lon,population,density_per_km2,throughput_units_per_day,fixed_cost_per_year,handling_cost_per_unit,status
D1,North DC,dc,tier1_city,no,North,30.60,114.30,,,,3000000,0.5,open
D2,South DC,dc,tier1_city,no,South,23.10,113.30,,,,3000000,0.6,open
D3,Candidate DC,dc,city,no,North,28.20,112.90,,,,2000000,0.5,candidate
H1,County hub,hub,county_town,no,North,30.00,112.00,,,90,200000,0.3,open
F1,Front warehouse,front_warehouse,city,no,North,29.50,113.00,,,,300000,0.3,open
ZT,Metro,zone,tier1_city,no,North,30.58,114.20,9000000,5000,,,,open
ZC,South city,zone,city,no,South,23.20,113.50,3000000,2500,,,,open
ZF,Front city,zone,city,no,North,29.40,113.10,1000000,1500,,,,open
ZK,County town,zone,county_town,no,North,30.05,112.05,300000,800,,,,open
ZR,Villages,zone,rural,no,North,30.20,111.80,400000,150,,,,open
ZM,Mountains,zone,rural,yes,North,29.90,111.20,100000,30,,,,open
"""
ITEM_SITES = """\
item_id,site_id,listed,min_units,max_units,do_not_order,phase_out,service_class
00123,F1,yes,,,no,no,
milk,F1,yes,,,no,no,
fish,F1,yes,,,no,no,
00123,H1,yes,6,,no,no,
soap,H1,yes,,,no,no,
milk,H1,yes,,,no,no,
NA,D2,yes,,,no,yes,
soap,D2,yes,,400,no,no,C
old,D2,yes,,,yes,no,
"""
SUPPLIERS = """\
supplier_id,name,lead_time_mean_days,lead_time_sd_days,order_weekdays,closures,minimum_order_value,currency,payment_fee_share,payment_days
S1,Mill,6.5,1.5,1234567,,0,,0,30
S2,Importer,14,4,25,2025-06-20..2025-06-25,300,USD,0.02,60
S3,Dairy,2,0,1234567,,50,,0,15
"""
SUPPLY = """\
supplier_id,item_id,site_id,unit_price,minimum_order_quantity,pack_units,lead_time_mean_days,lead_time_sd_days
S1,00123,,18,24,12,,
S1,NA,,95,0,4,,
S1,soap,,5,0,12,,
S3,milk,,8,0,6,,
S3,fish,,30,0,2,,
S2,1E5,,29,0,3,,
S2,old,,96,0,1,,
S2,new,,104,0,1,9,2
S3,milk,F1,8,0,6,,
"""
PRICE_BREAKS = "supplier_id,item_id,from_units,unit_price\nS1,00123,120,17\n"
LANES = """\
origin_id,destination_id,mode,distance_km,transit_days,cost_per_kg,departures
D1,H1,truck,260,1.5,0.3,135
D1,F1,truck,190,1,0.2,1234567
F1,ZF,van,20,0.3,0.05,1234567
H1,ZK,van,8,0.3,0.1,1234567
H1,ZR,van,40,0.6,0.3,14
H1,ZM,van,90,1,0.6,3
"""
EVENTS = "name,country,from,to,phase,applies_to\n618,CN,2025-06-15,2025-06-18,peak,\nLabour Day,CN,2025-05-01,2025-05-05,peak,apparel|home\nThanksgiving,US,2025-05-20,2025-05-21,peak,\n"
PROMOTIONS = "item_id,from,to,price\n00123,2025-06-10,2025-06-14,24\n1E5,2025-06-15,2025-06-18,320\n"
OPEN_ORDERS = """\
order_id,supplier_id,item_id,site_id,quantity,ordered,due
P1,S1,00123,D1,120,2025-05-26,2025-06-02
P2,S2,1E5,D2,9,2025-05-20,2025-06-03
P3,S2,new,D1,6,2025-05-22,2025-05-30
"""
TRANSFERS = (
    "transfer_id,origin_id,destination_id,item_id,quantity,shipped,due\nT1,D1,H1,00123,10,2025-05-30,2025-06-01\n"
)
RATES = "currency,date,rate\nUSD,2025-05-30,7.2\n"
VEHICLES = """\
vehicle_id,name,depot_id,count,capacity_kg,capacity_l,max_stops,cost_per_day,cost_per_km,cost_per_hour,allowed_tiers
EV,Small van,H1,1,450,2600,40,90,0.4,30,county_town
VAN,Van,H1,2,900,5800,60,140,0.8,32,
"""

# mean units a day of each item in the metro zone, and what the other zones sell of that
RATE = {"00123": 6.0, "NA": 1.2, "milk": 9.0, "fish": 2.5, "1E5": 0.5, "old": 0.5, "new": 0.6, "soap": 5.0}
SIZE = {"ZT": 1.0, "ZC": 0.8, "ZF": 0.4, "ZK": 0.3, "ZR": 0.2, "ZM": 0.1}

Rows = list[dict[str, str]]


def demand_rows(first: date, days: int, *, seed: int, actuals: bool = False) -> Rows:
    """Poisson demand with a weekly pattern, promotions, days sold out and unknown days."""
    random = np.random.default_rng([seed, int(actuals)])
    rows: Rows = []
    for day in range(days):
        today = first + timedelta(days=day)
        for zone, size in SIZE.items():
            for item, rate in RATE.items():
                units = int(random.poisson(rate * size * (1.3 if today.isoweekday() >= 6 else 0.9)))
                promo, sold_out, unknown = random.random(3) < (0.03, 0.04, 0.005)
                gone = (item == "old" and today > date(2025, 6, 20)) or (item == "new" and today < date(2025, 4, 1))
                if gone or (units == 0 and not sold_out):
                    continue
                row = {"date": today.isoformat(), "site_id": zone, "item_id": item, "quantity": str(units)}
                row |= {
                    "price": "20" if promo and item == "00123" else "",
                    "promo": "yes" if promo and item == "00123" else "no",
                }
                if not actuals:
                    row["in_stock"] = "no" if sold_out else "yes"
                    row["quantity"] = "" if unknown else str(units // 2 if sold_out else units)
                rows.append(row)
    return rows


def stock_rows() -> Rows:
    """Some 20 days of cover at the dcs, a few days at the front warehouse and the hub; milk by expiry."""
    rows: Rows = []
    for site, cover, items in (
        ("D1", 20, list(RATE)),
        ("D2", 18, list(RATE)),
        ("F1", 3, ["00123", "milk", "fish"]),
        ("H1", 3, ["00123", "soap", "milk"]),
    ):
        for item in items:
            units = round(RATE[item] * (min(cover, 3) if item in ("milk", "fish") else cover))
            row = {"site_id": site, "item_id": item, "expiry": "", "on_hand": str(units), "allocated": "0"}
            if item == "milk":
                row["expiry"] = "2025-06-05"
            rows.append(row)
    rows[0]["allocated"] = "4"
    return rows


def delivery_rows(count: int = 20, *, seed: int = 1) -> Rows:
    """Parcels of the day around the hub."""
    random = np.random.default_rng([seed, 9])
    places = {"ZK": (30.05, 112.05), "ZR": (30.20, 111.80), "ZM": (29.90, 111.20)}
    rows: Rows = []
    for number in range(count):
        zone = ("ZK", "ZR", "ZK", "ZM")[number % 4]
        lat, lon = (centre + random.uniform(-0.03, 0.03) for centre in places[zone])
        kind = "return" if number % 7 == 6 else "delivery"
        rows.append(
            {"delivery_id": f"P{number:03d}", "depot_id": "H1", "site_id": zone, "lat": f"{lat:.5f}", "lon": f"{lon:.5f}",
             "kind": kind, "parcels": str(1 + number % 2), "weight_kg": f"{random.uniform(0.5, 9):.2f}", "volume_l": f"{random.uniform(1, 30):.1f}",
             "promised_from": "2025-05-31", "promised_to": "2025-06-02", "late_penalty": "5"}
        )  # fmt: skip
    return rows


def parse_rows(text: str) -> Rows:
    """Rows of a CSV text."""
    return list(csv.DictReader(text.splitlines()))


def small_tables(*, seed: int = 1) -> dict[str, Rows]:
    """All tables of the data set as rows of text, for a test to change before they are written."""
    texts = {
        "items": ITEMS, "sites": SITES, "item_sites": ITEM_SITES, "suppliers": SUPPLIERS, "supply": SUPPLY,
        "price_breaks": PRICE_BREAKS, "lanes": LANES, "events": EVENTS, "promotions": PROMOTIONS,
        "open_orders": OPEN_ORDERS, "transfers": TRANSFERS, "rates": RATES, "vehicles": VEHICLES,
    }  # fmt: skip
    tables = {name: parse_rows(text) for name, text in texts.items()}
    tables["demand"] = demand_rows(FIRST, DAYS, seed=seed)
    tables["actuals"] = demand_rows(AS_OF + timedelta(days=1), ACTUAL_DAYS, seed=seed, actuals=True)
    tables["stock"] = stock_rows()
    tables["deliveries"] = delivery_rows(seed=seed)
    return tables


def write_project(
    folder: Path, tables: Mapping[str, Sequence[Mapping[str, str]]] | None = None, *, scenario: str = SCENARIO
) -> Path:
    """Write ``data/small`` and ``scenarios/small.yaml`` below ``folder``; returns the folder."""
    data = folder / "data" / "small"
    data.mkdir(parents=True, exist_ok=True)
    (folder / "scenarios").mkdir(exist_ok=True)
    (folder / "scenarios" / "small.yaml").write_text(scenario, encoding="utf-8")
    (data / "dataset.yaml").write_text(HEADER, encoding="utf-8")
    for name, rows in (small_tables() if tables is None else tables).items():
        file = data / f"{name}.csv"
        if not rows:
            file.unlink(missing_ok=True)
            continue
        with file.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def add_scenario(folder: Path, name: str, body: str, *, parent: str | None = "small") -> str:
    """Write a scenario that extends ``parent``; returns its name."""
    head = f"scenario: 1\nname: {name}\ntitle: {name}\n" + (f"extends: {parent}\n" if parent else "")
    (folder / "scenarios" / f"{name}.yaml").write_text(head + body, encoding="utf-8")
    return name


def load(folder: Path, name: str = "small", sets: Iterable[str] = ()) -> tuple[Tables, Scenario]:
    """Tables and scenario of the project."""
    return read_tables(folder / "data" / "small"), load_scenario(name, project=folder, sets=tuple(sets))


def furnished(folder: Path, name: str = "small", sets: Iterable[str] = ()) -> House:
    """The house after placement has kept the open dcs."""
    tables, scenario = load(folder, name, sets)
    prepared = prepare(tables, scenario)
    return furnish(prepared, prepared.dataset, {})
