"""A small made-up network, data set, forecast and state for tests of replenishment and its plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from scipy.stats import poisson

from forecasts.protocol import Forecast
from supplychain.domain import (
    DataSet,
    DemandHistory,
    Item,
    ItemSite,
    Lane,
    OpenOrder,
    PriceBreak,
    Site,
    StockLine,
    Supplier,
    Supply,
    Transfer,
)
from supplychain.handover.replenishment import State, Terms

AS_OF = date(2025, 5, 30)  # a Friday
LEVELS = (0.1, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99)


def item(item_id: str, price: float, cost: float, **more: object) -> Item:
    fields = {
        "item_id": item_id,
        "name": f"Item {item_id}",
        "category": "daily",
        "price": price,
        "unit_cost": cost,
        "currency": "CNY",
        "volume_l": 2.0,
        "weight_kg": 0.5,
    }
    return Item(**(fields | more))


def items() -> list[Item]:
    return [
        item("00123", 50.0, 30.0),
        item("NA", 120.0, 80.0),
        item("milk", 12.0, 8.0, shelf_life_days=14, category="fresh"),
        item("coat", 400.0, 220.0, category="apparel"),
        item("phone", 3000.0, 2500.0, category="electronics"),
        item("old", 20.0, 10.0, ended=AS_OF + timedelta(days=12)),
        item("stop", 20.0, 10.0),
        item("soap", 9.0, 5.0),
    ]


def sites() -> list[Site]:
    return [
        Site("WUH", "Wuhan", "dc", "tier1_city", 30.58, 114.27),
        Site("CDU", "Chengdu", "dc", "tier1_city", 30.66, 104.06),
        Site("NEW", "Candidate", "dc", "city", 28.2, 112.9, status="candidate"),
        Site("FW1", "Front", "front_warehouse", "city", 30.0, 113.0),
        Site("HUB", "County hub", "hub", "county_town", 31.0, 112.0),
        Site("Z1", "Zone 1", "zone", "city", 30.1, 114.0, population=1e6),
        Site("Z2", "Zone 2", "zone", "rural", 31.1, 112.1, population=2e5),
    ]


def suppliers() -> list[Supplier]:
    return [
        Supplier(
            "S1", "Daily", 6.5, "CNY", lead_time_sd_days=1.5, order_weekdays=(1, 2, 3, 4, 5, 6, 7), payment_days=30
        ),
        Supplier(
            "S2",
            "Import",
            21.0,
            "USD",
            lead_time_sd_days=4.0,
            order_weekdays=(2, 5),
            closures=((date(2025, 6, 9), date(2025, 6, 15)),),
            minimum_order_value=3000.0,
            payment_fee_share=0.02,
            payment_days=60,
        ),
        Supplier("S3", "Dairy", 2.0, "CNY", minimum_order_value=200.0, order_weekdays=(1, 3, 5, 7)),
    ]


def supply() -> list[Supply]:
    return [
        Supply("S1", "00123", 30.0, minimum_order_quantity=24, pack_units=12),
        Supply("S2", "00123", 5.0, minimum_order_quantity=24, pack_units=12),
        Supply("S1", "NA", 80.0, pack_units=5),
        Supply("S3", "milk", 8.0, minimum_order_quantity=20, pack_units=10),
        Supply("S2", "coat", 30.0, minimum_order_quantity=15, pack_units=3),
        Supply("S2", "phone", 340.0, lead_time_mean_days=12.0, lead_time_sd_days=2.0),
        Supply("S1", "old", 10.0, pack_units=4),
        Supply("S1", "stop", 10.0, pack_units=4),
        Supply("S1", "soap", 5.0, pack_units=6),
        Supply("S3", "soap", 4.9, site_id="HUB", pack_units=6),
    ]


def lanes() -> list[Lane]:
    return [
        Lane("WUH", "FW1", 180.0, 1.0, cost_per_kg=0.2),
        Lane("CDU", "FW1", 1100.0, 3.0, cost_per_kg=1.2),
        Lane("WUH", "HUB", 260.0, 1.6, cost_per_kg=0.3, departures=(1, 3, 5)),
        Lane("FW1", "Z1", 20.0, 0.5),
        Lane("HUB", "Z2", 30.0, 0.6),
    ]


def item_sites() -> dict[tuple[str, str], ItemSite]:
    rows = [
        ItemSite("00123", "FW1"),
        ItemSite("milk", "FW1"),
        ItemSite("soap", "FW1"),
        ItemSite("00123", "HUB", min_units=6.0),
        ItemSite("soap", "HUB"),
        ItemSite("phone", "CDU", listed=False),
        ItemSite("stop", "WUH", do_not_order=True),
        ItemSite("stop", "CDU", phase_out=True),
        ItemSite("NA", "CDU", max_units=60.0),
        ItemSite("coat", "WUH", service_class="A"),
    ]
    return {(row.item_id, row.site_id): row for row in rows}


def history(days: int = 56) -> DemandHistory:
    ids = tuple(one.item_id for one in items())
    day, index = np.meshgrid(np.arange(days), np.arange(len(ids)), indexing="ij")
    count = day.size
    return DemandHistory(
        first_day=AS_OF - timedelta(days=days - 1),
        days=days,
        zone_ids=("Z1", "Z2"),
        item_ids=ids,
        day=day.ravel().astype(np.int32),
        zone=np.zeros(count, np.int32),
        item=index.ravel().astype(np.int32),
        quantity=(1.0 + (day.ravel() + index.ravel()) % 4),
        price=np.full(count, np.nan),
        promo=np.zeros(count, bool),
        in_stock=np.ones(count, bool),
    )


def stock() -> tuple[StockLine, ...]:
    return (
        StockLine("WUH", "00123", 90.0, allocated=4.0),
        StockLine("WUH", "NA", 20.0, backorder=2.0),
        StockLine("WUH", "milk", 18.0, expiry=AS_OF + timedelta(days=6)),
        StockLine("WUH", "milk", 10.0, expiry=AS_OF),
        StockLine("WUH", "coat", 10.0),
        StockLine("WUH", "soap", 40.0),
        StockLine("CDU", "00123", 15.0, blocked=3.0),
        StockLine("CDU", "soap", 500.0),
        StockLine("FW1", "00123", 4.0),
        StockLine("HUB", "00123", 1.0),
        StockLine("HUB", "soap", 2.0),
    )


def data_set(**changes: object) -> DataSet:
    made = DataSet(
        name="small",
        title="Small made-up network",
        as_of=AS_OF,
        base_currency="CNY",
        country="CN",
        time_zone="Asia/Shanghai",
        lane_rule="none",
        synthetic=True,
        items={one.item_id: one for one in items()},
        sites={one.site_id: one for one in sites()},
        suppliers={one.supplier_id: one for one in suppliers()},
        supply=tuple(supply()),
        lanes=tuple(lanes()),
        demand=history(),
        item_sites=item_sites(),
        price_breaks=(PriceBreak("S1", "NA", 40.0, 76.0), PriceBreak("S1", "NA", 100.0, 70.0)),
        stock=stock(),
        open_orders=(
            OpenOrder("P1", "S1", "00123", "CDU", 24.0, AS_OF - timedelta(days=5), AS_OF + timedelta(days=3)),
        ),
        transfers=(Transfer("T1", "WUH", "FW1", "00123", 6.0, AS_OF - timedelta(days=1), AS_OF + timedelta(days=1)),),
        rates={"USD": 7.2},
    )
    return replace(made, **changes)


def daily_means(terms: Terms) -> np.ndarray:
    base = {"00123": 6.0, "NA": 2.5, "milk": 9.0, "coat": 0.8, "phone": 0.4, "old": 3.0, "stop": 1.0, "soap": 4.0}
    return np.array(
        [base[i] * (0.3 if s in ("FW1", "HUB") else 1.0) for i, s in zip(terms.item_ids, terms.site_ids, strict=True)]
    )


def forecast(
    daily: np.ndarray, *, horizon: int = 90, origin: date = AS_OF, protection: tuple[int, ...] = (3, 7, 14, 28, 56)
) -> Forecast:
    """Poisson demand at a constant daily mean [N]."""
    rows = daily.size
    days = np.array(protection, float)
    mu = daily[:, None] * days
    quantile = poisson.ppf(np.array(LEVELS), np.maximum(mu, 0.0)[:, :, None])
    quantile[mu <= 0] = 0.0
    return Forecast(
        origin=np.datetime64(origin, "D"),
        mean=np.repeat(daily[:, None], horizon, axis=1),
        variance=np.repeat(daily[:, None], horizon, axis=1),
        protection_days=protection,
        levels=LEVELS,
        mu=mu,
        k=np.full(mu.shape, np.inf),
        quantile=quantile,
        coverage=np.full((days.size, len(LEVELS)), np.nan),
        model=("poisson",) * rows,
        why=("made up",) * rows,
    )


def empty_state(terms: Terms, **parts: np.ndarray) -> State:
    zero = np.zeros(terms.rows)
    fields = {
        "on_hand": zero,
        "blocked": zero,
        "backorder": zero,
        "on_order": zero,
        "arrivals": np.zeros((terms.rows, 120)),
        "recent_daily_sales": zero,
        "batches": np.zeros((terms.rows, 1)),
    }
    return State(**(fields | parts))
