"""A small valid data set as CSV text, for tests to break."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from supplychain.errors import DataError, Problem
from supplychain.tables import read_tables

HEADER = "as_of: 2025-05-31\nbase_currency: CNY\ncountry: CN\ntime_zone: Asia/Shanghai\n"

FILES = {
    "items.csv": (
        "item_id,name,category,price,unit_cost,currency,volume_l,weight_kg,shelf_life_days,introduced\n"
        "00123,Milk,fresh,5.5,3.25,,1,1.03,10,\n"
        "NA,Shirt,apparel,99,40,USD,2.5,0.3,,2025-01-01\n"
        "1E5,Kettle,electronics,199,120,,6,1.8,,\n"
        "no,Soap,daily,9.9,4,CNY,0.2,0.15,,\n"
    ),
    "sites.csv": (
        "site_id,name,kind,tier,lat,lon,status,capacity_l\n"
        "SHA,Shanghai,dc,tier1_city,31.2,121.5,,100000\n"
        "WUH,Wuhan,dc,city,30.6,114.3,candidate,\n"
        "H1,County hub,hub,county_town,31.0,118.0,,\n"
        "Z1,Town,zone,county_town,31.1,118.1,,\n"
        "Z2,City,zone,tier1_city,31.3,121.4,,\n"
        "P1,Locker,pickup_point,city,31.3,121.4,,\n"
    ),
    "suppliers.csv": (
        "supplier_id,name,lead_time_mean_days,lead_time_sd_days,order_weekdays,closures,currency\n"
        "S1,Dairy,3,1,135,,\n"
        "S2,Textile,45,9,,2026-02-10..2026-02-24|2026-10-01..2026-10-07,USD\n"
    ),
    "supply.csv": (
        "supplier_id,item_id,site_id,unit_price,minimum_order_quantity,pack_units\n"
        "S1,00123,,3.1,24,12\nS2,NA,SHA,5.5,100,10\nS1,1E5,,120,,1\nS1,no,,4,,6\n"
    ),
    "demand.csv": (
        "date,site_id,item_id,quantity,price,promo,in_stock\n"
        "2025-05-29,Z1,00123,3,,,\n2025-05-30,Z2,NA,,,,no\n2025-05-31,Z1,no,2.5,8.8,yes,yes\n"
    ),
    "rates.csv": "currency,date,rate\nUSD,2025-01-01,7.3\nUSD,2025-05-30,7.2\nUSD,2025-06-30,7.1\n",
}


Write = Callable[..., Path]
Faults = Callable[..., tuple[Problem, ...]]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write the data set and go there, so that problems name bare files.

    ``items=...`` replaces a file's text, None leaves it out, ``header`` is dataset.yaml.
    """

    def write_small(folder: Path | None = None, header: str = HEADER, **changes: str | bytes | None) -> Path:
        folder = folder or tmp_path / "small"
        folder.mkdir(parents=True, exist_ok=True)
        contents: dict[str, str | bytes | None] = {"dataset.yaml": header, **FILES}
        contents |= {f"{name}.csv": text for name, text in changes.items()}
        for name, content in contents.items():
            if content is not None:
                (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        monkeypatch.chdir(folder)
        return folder

    return write_small


@pytest.fixture
def faults(write: Write) -> Faults:
    """Problems of the data set with changes."""

    def problems(header: str = HEADER, **changes: str | bytes | None) -> tuple[Problem, ...]:
        with pytest.raises(DataError) as caught:
            read_tables(write(header=header, **changes))
        return caught.value.problems

    return problems


@pytest.fixture(scope="session")
def small_files() -> dict[str, str]:
    """The CSV files of the data set."""
    return dict(FILES)


@pytest.fixture(scope="session")
def small_header() -> str:
    """dataset.yaml of the data set."""
    return HEADER
