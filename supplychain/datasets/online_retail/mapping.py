"""Order lines in, a whole data set out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from supplychain.datasets.online_retail.customers import place_lines, zones_of
from supplychain.datasets.online_retail.deliveries import delivery_table
from supplychain.datasets.online_retail.folder import MappingFolder, read_folder, read_raw
from supplychain.datasets.online_retail.items import demand_table, item_table, returns_table
from supplychain.datasets.online_retail.lines import read_lines
from supplychain.datasets.online_retail.network import lane_table, nearest_depots, zone_table
from supplychain.datasets.online_retail.sorting import MappingReport, SortedLines, sort_lines
from supplychain.datasets.online_retail.stock import stock_tables
from supplychain.datasets.online_retail.supply import supply_tables
from supplychain.errors import DataError
from supplychain.tables import Tables, check_tables, empty_frame, parse_table, read_header
from supplychain.tables.columns import read_order
from supplychain.tables.header import Header
from supplychain.tables.paths import shown_path
from supplychain.tables.table_set import frame_fingerprint

__all__ = ["map_order_lines", "map_order_lines_with_report", "mapping_report"]


def map_order_lines(data_file: Path, folder: Path, *, as_of: date | None = None) -> Tables:
    """Build a data set from order lines.

    ``data_file`` is Parquet, CSV or XLSX in the shape of the UCI Online Retail file or with the column names of the
    folder's ``order_columns.csv``. ``folder`` holds ``dataset.yaml`` and the files of assumptions; those that it lacks
    are taken from the bundled ``online_retail``. ``as_of`` defaults to the day in dataset.yaml, else to
    ``online_retail_actuals_days`` before the last day of the file; later lines become ``actuals``. What the file
    does not say is assumed and named in the ``assumed`` columns. Raises DataError with every problem.
    """
    return map_order_lines_with_report(data_file, folder, as_of=as_of)[0]


def mapping_report(data_file: Path, folder: Path, *, as_of: date | None = None) -> MappingReport:
    """What became of every line of the file: mapped to which table, or dropped and why."""
    header = read_header(folder)
    return _sorted(data_file, read_folder(folder, header), as_of or header.as_of).report


def map_order_lines_with_report(
    data_file: Path, folder: Path, *, as_of: date | None = None
) -> tuple[Tables, MappingReport]:
    """`map_order_lines` and `mapping_report` in one reading of the file."""
    header = read_header(folder)
    around = read_folder(folder, header)
    lines = _sorted(data_file, around, as_of or header.as_of)
    frames = {name: empty_frame(name) for name in read_order()} | _frames(lines, around, header)
    frames["constants"] = around.constants
    tables = Tables(
        name=header.name or folder.name,
        title=header.title or header.name or folder.name,
        as_of=lines.report.as_of,
        base_currency=header.base_currency,
        country=header.country,
        time_zone=header.time_zone,
        lane_rule=header.lane_rule,
        synthetic=header.synthetic,
        frames=MappingProxyType(frames),
        files=MappingProxyType(
            {name: f"{shown_path(data_file)} ({name})" for name, frame in frames.items() if len(frame)}
        ),
        fingerprints=MappingProxyType({name: frame_fingerprint(frame) for name, frame in frames.items()}),
    )
    problems = check_tables(tables)
    if problems:
        raise DataError(f"data set {tables.name}: the mapped tables break the contract", problems)
    return tables, lines.report


def _sorted(data_file: Path, folder: MappingFolder, as_of: date | None) -> SortedLines:
    return sort_lines(read_lines(data_file, folder), folder, shown_path(data_file), as_of=as_of)


def _frames(lines: SortedLines, folder: MappingFolder, header: Header) -> dict[str, pd.DataFrame]:
    figures, currency, as_of = folder.figures, header.base_currency, lines.report.as_of
    sales, later, returns = (
        part.assign(site_id=place_lines(part, folder)) for part in (lines.sales, lines.later, lines.returns)
    )
    items = item_table(sales, returns, figures, currency)
    price = items.set_index("item_id")["price"]
    warehouses = _given("sites", folder, currency)
    opened = warehouses[(warehouses["status"] == "open").to_numpy()]
    fronts = opened[(opened["kind"] == "front_warehouse").to_numpy()]
    supply = supply_tables(items, figures, currency)
    stock = stock_tables(
        sales,
        items,
        supply,
        nearest_depots(fronts, folder.places, figures.constant("online_retail_front_radius_km")),
        dc_id=opened["site_id"][(opened["kind"] == "dc").to_numpy()].iloc[0],
        as_of=as_of,
        figures=figures,
    )
    depots = nearest_depots(opened, folder.places, figures.constant("online_retail_delivery_radius_km"))
    return {
        "items": items,
        "sites": pd.concat([warehouses, zone_table(folder.places, figures)], ignore_index=True),
        "item_sites": stock.item_sites,
        "suppliers": supply.suppliers,
        "supply": supply.supply,
        "lanes": lane_table(warehouses, folder.places, figures),
        "demand": demand_table("demand", sales, price, figures),
        "actuals": demand_table("actuals", later, price, figures),
        "returns": returns_table(returns),
        "stock": stock.stock,
        "open_orders": stock.open_orders,
        "vehicles": _given("vehicles", folder, currency),
        "deliveries": delivery_table(sales, items, zones_of(folder), depots, as_of=as_of, figures=figures),
    }


def _given(table: str, folder: MappingFolder, currency: str) -> pd.DataFrame:
    """A table that the folder gives as a file."""
    raw = read_raw(folder.path, f"{table}.csv")
    frame, problems = parse_table(table, raw.columns, raw.file, base_currency=currency)
    if problems:
        raise DataError(f"data set {folder.path.name}: {raw.file} breaks the contract", problems)
    return frame
