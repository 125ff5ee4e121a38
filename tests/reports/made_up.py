"""A made-up run with every table that a report reads, small and without a solver."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from supplychain.domain import DataSet, Delivery, DemandHistory, Event, Item, Lane, Promotion, Site, Supplier
from supplychain.plans.frame import typed_frame
from supplychain.plans.order_plan import HEAD_COLUMNS, ORDER_LINE_COLUMNS
from supplychain.plans.route_plan import RoutePlan
from supplychain.plans.service_plan import SEGMENT_COLUMNS, TRADE_OFF_COLUMNS
from supplychain.plans.site_plan import site_plan_frame
from supplychain.plans.stock_plan import STOCK_COLUMNS
from supplychain.plans.supplier_plan import SUPPLIER_COLUMNS
from supplychain.reports.history import history_table
from supplychain.reports.places import report_tables
from supplychain.service.kpis import compare_kpis, kpi_table
from supplychain.service.result import RunResult

AS_OF = date(2025, 5, 31)
EVIL = "<script>alert('x')</script><img src=http://evil.example/a.png onerror=alert(1)>"
KEYS = [("I1", "DC1"), ("I2", "DC1"), ("I3", "DC1"), ("I4", "DC1")]
CATEGORY = {"I1": "apparel", "I2": "fresh", "I3": "home", "I4": EVIL}


def data_set(*, name: str = EVIL) -> DataSet:
    """Two dcs (one a candidate), a hub, three zones, four items, one of them named ``name``."""
    names = {"I1": "Silk blouse", "I2": "Lychee", "I3": "Wok", "I4": name}
    items = {i: Item(i, n, CATEGORY[i], 10.0, 6.0, "CNY", 1.0, 1.0) for i, n in names.items()}
    sites = [
        Site("DC1", "Guangzhou 广州", "dc", "city", 23.1, 113.3, assumed=("capacity_l",)),
        Site("DC2", "Wuhan", "dc", "city", 30.6, 114.3, status="candidate"),
        Site("H1", "Longmen hub", "hub", "county_town", 23.7, 114.25),
        Site("Z1", "Guangzhou", "zone", "tier1_city", 23.12, 113.26),
        Site("Z2", "Longmen town", "zone", "county_town", 23.72, 114.25),
        Site("Z3", name, "zone", "rural", 23.72, 114.25),
    ]
    none = np.zeros(0)
    demand = DemandHistory(
        AS_OF, 0, (), (), *(none.astype(np.int32) for _ in range(3)), none, none, none.astype(bool), none.astype(bool)
    )
    deliveries = (
        Delivery("D1", "H1", "Z2", 23.73, 114.26, 1.0, 1.0, parcels=3),
        Delivery("D2", "H1", "Z3", 23.80, 114.40, 1.0, 1.0, parcels=2),
        Delivery("D3", "H1", "Z3", 23.60, 114.10, 900.0, 1.0, parcels=1),
    )
    events = (
        Event("618", date(2025, 6, 1), date(2025, 6, 3), "peak"),
        Event("618", date(2025, 6, 4), date(2025, 6, 8), "cooldown"),
        Event(name, date(2025, 6, 20), date(2025, 6, 21), "peak"),
        Event("Elsewhere", date(2025, 6, 10), date(2025, 6, 11), "peak", country="DE"),
    )
    return DataSet(
        name="made_up", title="A made-up set", as_of=AS_OF, base_currency="CNY", country="CN",
        time_zone="Asia/Shanghai", lane_rule="none", synthetic=True, items=items,
        sites={s.site_id: s for s in sites}, suppliers={"S1": Supplier("S1", name, 3.0, "CNY")}, supply=(),
        lanes=(Lane("H1", "Z2", 1.0, 0.5), Lane("H1", "Z3", 9.0, 1.0)), demand=demand,
        deliveries=deliveries, events=events, promotions=(Promotion("I3", date(2025, 6, 5), date(2025, 6, 9), 8.0),),
    )  # fmt: skip


def days(count: int, first: date = AS_OF + timedelta(days=1)) -> np.ndarray:
    return (np.datetime64(first, "D") + np.arange(count)).astype("datetime64[s]")


def run_tables(*, name: str = EVIL) -> dict[str, pd.DataFrame]:
    """Every table; figures are arbitrary but consistent where the page adds them up."""
    tables = {**report_tables(data_set(name=name)), **_forecast(name), **_loop(name), **_plans(name), **_routes()}
    tables |= _service()
    tables["site_plan"] = site_plan_frame(
        "sites",
        [
            ("DC1", "Guangzhou 广州", "open", "keep_open", 3, 900.0, 9000.0, 0.1, 100.0, 50.0, "Open today."),
            ("DC2", "Wuhan", "candidate", "keep_closed", 0, 0.0, np.inf, 0.0, 0.0, 0.0, "Not open."),
        ],
    )
    zones = (("Z1", "tier1_city", 1.0), ("Z2", "county_town", 2.2), ("Z3", "rural", 5.5))
    tables["site_assignments"] = site_plan_frame(
        "assignments", [(z, tier, "DC1", 1.0, 300.0, 10.0, d, 2.0, 600.0) for z, tier, d in zones]
    )
    return tables


def _forecast(name: str) -> dict[str, pd.DataFrame]:
    horizon, rng = 28, np.random.default_rng(1)
    mean = np.repeat([40.0, 20.0, 5.0, 0.2], horizon)
    keys = {"item_id": [i for i, _ in KEYS], "site_id": [s for _, s in KEYS]}
    daily = pd.DataFrame({k: np.repeat(np.array(v, dtype=object), horizon) for k, v in keys.items()})
    daily = daily.assign(date=np.tile(days(horizon), 4), mean=mean, variance=2 * mean)
    models = pd.DataFrame({**keys, "category": [CATEGORY[i] for i, _ in KEYS], "model": "ses", "why": "few days"})
    quantity = rng.poisson(mean.reshape(4, horizon)[:, :1], (4, 200)).astype(float)
    in_stock = np.ones((4, 200), dtype=bool)
    in_stock[0, -10:] = False
    first_day = np.datetime64(AS_OF, "D") - np.timedelta64(199, "D")
    levels = (0.5, 0.9, 0.95)
    quantiles = pd.DataFrame(
        [(i, s, p, p * 10.0, 5.0, q, p * 10.0 * (1 + q)) for i, s in KEYS for p in (7, 14) for q in levels],
        columns=["item_id", "site_id", "protection_days", "expected", "size", "level", "quantile"],
    )
    coverage = pd.DataFrame(
        [(p, q, q - 0.01) for p in (7, 14) for q in levels], columns=["protection_days", "level", "covered"]
    )
    members = pd.DataFrame(
        [(i, s, member, weight, 0.3) for i, s in KEYS for member, weight in (("ses", 0.25), ("tsb", 0.75))],
        columns=["item_id", "site_id", "member", "weight", "miss"],
    )
    effects = pd.DataFrame(
        [("I1", "DC1", "event", name, 2.0), ("I1", "DC1", "planner's units a day", "", 4.0)],
        columns=["item_id", "site_id", "kind", "name", "factor"],
    )
    effects.insert(4, "first", pd.Timestamp("2025-06-01"))
    effects.insert(5, "last", pd.Timestamp("2025-06-03"))
    past = daily.drop(columns="variance").assign(origin=pd.Timestamp("2025-05-03"), actual=1.1 * mean)
    past = past.assign(date=past["date"] - pd.Timedelta(days=28)).astype({"origin": "datetime64[s]"})
    past.loc[past.index[:3], "actual"] = np.nan
    history = history_table(KEYS, quantity=quantity, in_stock=in_stock, first_day=first_day)
    return {
        "forecast": daily, "forecast_models": models, "forecast_quantiles": quantiles, "forecast_coverage": coverage,
        "history": history, "forecast_members": members, "forecast_effects": effects, "forecast_past": past,
    }  # fmt: skip


def _loop(name: str) -> dict[str, pd.DataFrame]:
    daily = pd.DataFrame(
        {"date": days(60), "stock_value": np.linspace(9e5, 8e5, 60), "demand_units": 100.0, "served_units": 90.0,
         "queue_days": 0.0}
    )  # fmt: skip
    rows = pd.DataFrame(
        {
            "item_id": [i for i, _ in KEYS],
            "site_id": [s for _, s in KEYS],
            "category": [CATEGORY[i] for i, _ in KEYS],
            "units_a_day": [40.0, 20.0, 5.0, 0.2],
            "mean_stock_units": [400.0, 60.0, 700.0, 90.0],
            "mean_stock_value": [2400.0, 360.0, 4200.0, 540.0],
            "stock_days": [10.0, 3.0, 140.0, 450.0],
            "stock_out_share": [0.1, 0.3, 0.0, 0.0],
            "fill_rate": [0.9, 0.7, 1.0, 1.0],
            "lost_margin": [900.0, 1500.0, 0.0, 0.0],
            "waste_value": [0.0, 50.0, 0.0, 0.0],
        }
    )
    problems = pd.DataFrame(
        [(1, "lost sales", "I2 at DC1", "I2", "DC1", 9125.0, name, "order more often")],
        columns=["rank", "kind", "subject", "item_id", "site_id", "money", "detail", "remedy"],
    )
    return {"daily": daily, "rows": rows, "lives": pd.DataFrame({"life": [0, 1]}), "problems": problems, "kpis": kpis()}


def kpis() -> pd.DataFrame:
    """Figures against a parent: stock days worse, stock-outs better, fill rate the same."""

    def lived(values: dict[str, float]) -> pd.DataFrame:
        return pd.DataFrame(
            [(f, v, v * 0.99, v * 1.01) for f, v in values.items()], columns=["figure", "mean", "low", "high"]
        )

    plan = {"order_value": 54_000.0, "km": 120.0, "parcels_unserved": 1.0}
    now = kpi_table(plan, lived({"stock_days": 49.9, "stockout_rate": 0.05, "fill_rate": 0.98, "lost_margin": 350.0}))
    was = kpi_table(
        plan, lived({"stock_days": 37.9, "stockout_rate": 0.147, "fill_rate": 0.981, "lost_margin": 4487.0})
    )
    return compare_kpis(now, was)


def _plans(name: str) -> dict[str, pd.DataFrame]:
    zero = {c: "" if k == "str" else "NaT" if k.startswith("date") else 0 for c, k in ORDER_LINE_COLUMNS.items()}
    order = {"order_id": "S1_20250531_DC1", "status": "proposed", "supplier_id": "S1", "site_id": "DC1",
             "order_date": AS_OF, "receipt_date": date(2025, 6, 3), "payment_due_date": date(2025, 7, 3),
             "currency": "CNY", "supply_mode": ""}  # fmt: skip
    lines = [
        {**zero, **order, "line_id": f"L{n}", "item_id": i, "quantity": 24.0, "unit_price": 5.0, "value": 120.0,
         "value_base": 120.0 - n, "policy": "optimized", "position": 30.0, "target": 50.0, "need": 20.0, "packs": 4,
         "pack_units": 6.0, "binding": "pack", "days_of_cover_before": 3.0, "days_of_cover_after": 6.0,
         "stock_out_date": date(2025, 6, 4), "used_up_date": date(2025, 6, 4), "protection_days": 7,
         "held": "absurd quantity" if n == 1 else ""}
        for n, i in enumerate(("I1", "I4"))
    ]  # fmt: skip
    loads = {"trucks": 0, "last_truck_fill": 0.0, "transport_cost": 0.0}
    heads = [
        {**order, "lines": 2, "value": 240.0, "value_base": 240.0, "minimum_order_value": 100.0,
         "placed_value": 0.0, "missing_to_minimum": 0.0, **loads},
        {**order, "order_id": "S1_20250531_DC2", "site_id": "DC2", "status": "waiting", "lines": 0, "value": 60.0,
         "value_base": 60.0, "minimum_order_value": 100.0, "placed_value": 0.0, "missing_to_minimum": 40.0, **loads},
    ]  # fmt: skip
    stock = [
        {**dict.fromkeys(STOCK_COLUMNS, 0.0), "site_id": s, "item_id": i, "date": d, "closing": 30.0 - n,
         "low": 20.0 - n, "high": 40.0, "received": 24.0 if n == 3 else 0.0}
        for i, s in KEYS for n, d in enumerate(days(28))
    ]  # fmt: skip
    assert name
    return {
        "order_lines": typed_frame(pd.DataFrame(lines), ORDER_LINE_COLUMNS),
        "order_heads": typed_frame(pd.DataFrame(heads), HEAD_COLUMNS),
        "stock_projection": typed_frame(pd.DataFrame(stock), STOCK_COLUMNS),
    }


def _service() -> dict[str, pd.DataFrame]:
    """A supplier that is late, two segments, and a curve with today, the plan and its neighbours."""
    blank = {c: "" if kind == "str" else 0 for c, kind in SUPPLIER_COLUMNS.items()}
    card = {**blank, "supplier_id": "S1", "basis": "receipts n=37", "orders": 37, "lines": 60, "overdue_lines": 2,
            "agreed_lead_time_days": 3.0, "agreed_sd_days": 1.0, "lead_time_days": 4.2, "lead_time_sd_days": 1.6,
            "days_late": 1.2, "on_time_share": 0.4, "fill_share": 0.97, "reject_share": np.nan, "trend": "later",
            "days_late_before": 0.5, "days_late_recent": 2.0, "stock_for_spread": 900.0, "cost_per_year": 1200.0,
            "lost_margin_per_year": 975.0, "planned_with": "measured", "decide": "chase 2 overdue lines"}  # fmt: skip
    curve = [
        (group, "curve", f"service level {level:.0%}", level, scale * stock, fill, 10.0, "expected")
        for group, scale in (("all", 1.0), ("A", 0.8), ("C", 0.2))
        for level, stock, fill in ((0.5, 100.0, 0.8), (0.9, 300.0, 0.95), (0.99, 700.0, 0.99))
    ]
    marks = [
        (group, point, point, np.nan, scale * stock, fill, 10.0, "expected")
        for group, scale in (("all", 1.0), ("A", 0.8), ("C", 0.2))
        for point, stock, fill in (
            ("plan", 310, 0.95),
            ("lower", 250, 0.93),
            ("higher", 400, 0.97),
            ("today", 900, 0.9),
        )
    ]
    cell = {**{c: "" if kind == "str" else 5 for c, kind in SEGMENT_COLUMNS.items()}, "abc": "A", "expected_fill": 0.95,
            "service_level": 0.9, "service_by": "economics", "item_sites": 2}  # fmt: skip
    cells = [{**cell, "segment": "AX", "xyz": "X"}, {**cell, "segment": "AZ", "xyz": "Z", "stock_days": np.nan}]
    return {
        "supplier_scorecards": typed_frame(pd.DataFrame([card]), SUPPLIER_COLUMNS),
        "trade_off": typed_frame(pd.DataFrame([*curve, *marks], columns=list(TRADE_OFF_COLUMNS)), TRADE_OFF_COLUMNS),
        "segments": typed_frame(pd.DataFrame(cells), SEGMENT_COLUMNS),
    }


def _routes() -> dict[str, pd.DataFrame]:
    route = {"route_id": "R1", "depot_id": "H1", "vehicle_id": "V1", "vehicle_number": 1, "trip": 1,
             "departure_minute": 480.0, "return_minute": 600.0, "distance_km": 42.0, "work_minutes": 120.0,
             "overtime_minutes": 0.0, "load_kg": 2.0, "load_l": 2.0, "stops": 2, "parcels": 5, "cost": 90.0,
             "cost_vehicle": 50.0, "cost_distance": 30.0, "cost_time": 10.0, "cost_overtime": 0.0,
             "cost_late": 0.0}  # fmt: skip
    stop = {"route_id": "R1", "kind": "delivery", "arrival_minute": 500.0, "start_minute": 500.0, "lateness_days": 0,
            "departure_minute": 505.0, "leg_km": 14.0, "load_kg_after": 1.0, "load_l_after": 1.0}  # fmt: skip
    stops = [
        {**stop, "sequence": 1, "delivery_id": "D1", "tier": "county_town", "parcels": 3},
        {**stop, "sequence": 2, "delivery_id": "D2", "tier": "rural", "parcels": 2, "departure_minute": 560.0},
    ]
    left = [
        {
            "delivery_id": "D3",
            "depot_id": "H1",
            "tier": "rural",
            "parcels": 1,
            "reason": "too_heavy",
            "detail": "900 kg",
        }
    ]
    tables = RoutePlan.from_rows([route], stops, left).to_tables()
    return {"routes": tables["routes"], "route_stops": tables["stops"], "route_unserved": tables["unserved"]}


def run_result(*, name: str = EVIL, only: tuple[str, ...] | None = None, until: str = "simulate") -> RunResult:
    """A result that was never stored; ``only`` keeps the named tables."""
    tables = run_tables(name=name)
    if only is not None:
        tables = {key: table for key, table in tables.items() if key in only}
    manifest = {
        "seed": 1, "code": "c0de", "versions": {"numpy": "2.0"}, "scenario_hash": "5ca1ab1e",
        "steps": [{"name": "place", "key": "abc", "reused": True, "why": "same inputs", "inputs": {}}],
    }  # fmt: skip
    return RunResult(
        run_id="0123456789abcdef", scenario="optimized", title=name, chain=("baseline",), as_of=AS_OF, until=until,
        steps=(), tables=tables, notes=(name,), degraded=(), manifest=manifest,
    )  # fmt: skip
