"""Capacities and trucks that cannot be kept are told with file, row, column and fix."""

from __future__ import annotations

import pytest

from supplychain.errors import DataError
from supplychain.tables import build_dataset, check_tables, read_tables
from tests.cli.small_shop import FILES, write_shop

HEAD = "supplier_id,name,lead_time_mean_days,minimum_order_value,currency"


def problems(folder, *, limits: str = "", values: str = "", sites: str | None = None):
    text = f"{HEAD}{limits}\nS1,Dairy,2,100,CNY{values}\nS2,Importer,10,800,USD{',' * values.count(',')}\n"
    more = {} if sites is None else {"sites": sites}
    try:
        return check_tables(read_tables(write_shop(folder, suppliers=text, **more)))
    except DataError as error:
        return list(error.problems)


def test_good_limits_are_read(tmp_path) -> None:
    columns = ",weekly_capacity_units,cost_per_order,cost_per_truck,truck_capacity_l,truck_capacity_kg"
    assert problems(tmp_path, limits=columns, values=",500,80,300,20000,") == []
    first = build_dataset(read_tables(tmp_path)).suppliers["S1"]
    assert (first.weekly_capacity_units, first.cost_per_order, first.cost_per_truck) == (500, 80, 300)
    assert (first.truck_capacity_l, first.truck_capacity_kg) == (20000, None)


@pytest.mark.parametrize(
    ("limits", "values", "field", "fix"),
    [
        (",weekly_capacity_units", ",0", "weekly_capacity_units", "leave it empty for no limit"),
        (",cost_per_truck,truck_capacity_l", ",10,0", "truck_capacity_l", "leave it empty for no limit"),
        (",cost_per_truck", ",300", "cost_per_truck, truck_capacity_l, truck_capacity_kg", "or empty cost_per_truck"),
        (",truck_capacity_kg", ",300", "truck_capacity_l, truck_capacity_kg, cost_per_truck", "give cost_per_truck"),
    ],
)
def test_limits_that_cannot_be_kept(tmp_path, limits: str, values: str, field: str, fix: str) -> None:
    found = problems(tmp_path, limits=limits, values=values)
    assert len(found) == 1, [str(one) for one in found]
    assert found[0].field == field
    assert found[0].file.endswith("suppliers.csv")
    assert fix in found[0].fix


@pytest.mark.parametrize(
    ("limits", "values", "field", "rule"),
    [
        (",weekly_capacity_units", ",1", "supplier_id, minimum_order_quantity, pack_units", "can never be ordered"),
        (",cost_per_truck,truck_capacity_l", ",10,0.01", "supplier_id, item_id", "volume_l"),
        (",cost_per_truck,truck_capacity_kg", ",10,0.01", "supplier_id, item_id", "weight_kg"),
    ],
)
def test_limits_that_no_line_fits_into(tmp_path, limits: str, values: str, field: str, rule: str) -> None:
    found = problems(tmp_path, limits=limits, values=values)
    assert found
    assert {one.field for one in found} == {field}
    assert all(one.file.endswith("supply.csv") and rule in one.rule and "S1" in one.value for one in found)


@pytest.mark.parametrize("amount", ["-1", "nan", "inf", "x"])
@pytest.mark.parametrize("column", ["weekly_capacity_units", "cost_per_order", "truck_capacity_l"])
def test_no_amounts(tmp_path, column: str, amount: str) -> None:
    found = [one for one in problems(tmp_path, limits=f",{column}", values=f",{amount}") if one.field == column]
    assert len(found) == 1
    assert found[0].file.endswith("suppliers.csv")
    assert found[0].fix


def test_a_site_without_room(tmp_path) -> None:
    rows = FILES["sites.csv"].splitlines()
    text = "\n".join([rows[0] + ",capacity_l", *(row + (",0" if row.startswith("HUB,") else ",") for row in rows[1:])])
    (found,) = problems(tmp_path, sites=text + "\n")
    assert (found.field, found.file.rsplit("/", 1)[-1]) == ("capacity_l", "sites.csv")
    assert "status" in found.fix
