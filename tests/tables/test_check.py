"""Rules across cells, rows and tables: each fault with its place and its fix."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from supplychain.errors import DataError
from supplychain.tables import check_tables, read_tables

ITEM_SITES = "item_id,site_id,listed\n"
STOCK = "site_id,item_id,on_hand,allocated\n"
OPEN_ORDERS = "order_id,supplier_id,item_id,site_id,quantity,ordered,due\n"
RECEIPTS = (
    "order_id,supplier_id,item_id,site_id,ordered,promised,received,quantity_ordered,quantity_received\n"
    "R1,S1,00123,SHA,2025-05-01,2025-05-04,2025-05-05,10,10\n"
)
VEHICLES = "vehicle_id,name,depot_id,count,capacity_kg,capacity_l,shift_start,shift_end,allowed_tiers\n"


def only(problems):
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def test_the_small_data_set_has_no_problem(write) -> None:
    assert check_tables(read_tables(write())) == []


def test_duplicated_demand_row_names_both_rows(faults, small_files) -> None:
    problem = only(faults(demand=small_files["demand.csv"] + "2025-05-29,Z1,00123,9,,,\n"))
    assert (problem.file, problem.record, problem.field) == ("demand.csv", "row 5", "date, site_id, item_id")
    assert problem.value == "2025-05-29, Z1, 00123"
    assert "the first is row 2" in problem.fix
    assert "keep one" in problem.fix


def test_three_equal_keys_are_two_problems_that_name_the_first(faults, small_files) -> None:
    text = small_files["rates.csv"] + "USD,2025-01-01,7\nUSD,2025-01-01,7.1\n"
    first, second = faults(rates=text)
    assert (first.record, second.record) == ("row 5", "row 6")
    assert "the first is row 2" in first.fix
    assert "the first is row 2" in second.fix


def test_empty_parts_of_a_key_count_as_equal(faults, small_files) -> None:
    problem = only(faults(supply=small_files["supply.csv"] + "S1,00123,,3.0,24,12\n"))
    assert (problem.file, problem.record) == ("supply.csv", "row 6")
    assert "the first is row 2" in problem.fix


def test_negative_nan_and_infinite_quantities(faults, small_files) -> None:
    rows = "2025-05-01,Z1,no,-1,,,\n2025-05-02,Z1,no,nan,,,\n2025-05-03,Z1,no,inf,,,\n"
    low, nan, inf = faults(demand=small_files["demand.csv"] + rows)
    assert (low.record, low.field, low.value, low.rule) == ("row 5", "quantity", "-1", "must be at least 0")
    assert (nan.record, nan.value, nan.rule) == ("row 6", "nan", "is not a finite number")
    assert (inf.record, inf.value, inf.rule) == ("row 7", "inf", "is not a finite number")


def test_unknown_item_shows_the_nearest(faults, small_files) -> None:
    problem = only(faults(demand=small_files["demand.csv"] + "2025-05-01,Z1,0123,1,,,\n"))
    assert (problem.file, problem.record, problem.field, problem.value) == ("demand.csv", "row 5", "item_id", "0123")
    assert problem.rule == "is no item_id of table items"
    assert "did you mean 00123?" in problem.fix


def test_unknown_supplier_and_site(faults, small_files) -> None:
    supplier, site = faults(supply=small_files["supply.csv"] + "S9,no,,4,,6\nS2,no,SHX,4,,6\n")
    assert (supplier.record, supplier.field, supplier.value) == ("row 6", "supplier_id", "S9")
    assert (site.record, site.field, site.value) == ("row 7", "site_id", "SHX")
    assert "SHA" in site.fix


def test_an_unreadable_table_does_not_cause_others_to_be_blamed(faults) -> None:
    problem = only(faults(items=None))
    assert (problem.file, problem.rule) == ("items", "is a required table")
    assert "items.csv" in problem.fix


def test_demand_after_as_of(faults, small_files) -> None:
    problem = only(faults(demand=small_files["demand.csv"] + "2025-06-01,Z1,no,1,,,\n"))
    assert (problem.file, problem.record, problem.field, problem.value) == (
        "demand.csv",
        "row 5",
        "date",
        "2025-06-01",
    )
    assert "after as_of 2025-05-31" in problem.rule
    assert "actuals" in problem.fix


def test_actuals_must_lie_after_as_of(faults) -> None:
    text = "date,site_id,item_id,quantity\n2025-05-31,Z1,no,1\n2025-06-01,Z1,no,1\n"
    problem = only(faults(actuals=text))
    assert (problem.file, problem.record, problem.field) == ("actuals.csv", "row 2", "date")
    assert "move the row to demand" in problem.fix


def test_future_receipts(faults) -> None:
    problem = only(faults(receipts=RECEIPTS.replace("2025-05-05", "2025-06-05")))
    assert (problem.file, problem.record, problem.field) == ("receipts.csv", "row 2", "received")
    assert "open_orders" in problem.fix


def test_orders_of_the_future(faults) -> None:
    problem = only(faults(open_orders=OPEN_ORDERS + "P1,S1,00123,SHA,5,2025-06-02,2025-06-09\n"))
    assert (problem.file, problem.record, problem.field) == ("open_orders.csv", "row 2", "ordered")


@pytest.mark.parametrize(
    ("table", "text", "field"),
    [
        ("events", "name,from,to\nSale,2025-06-18,2025-06-01\n", "from, to"),
        ("promotions", "item_id,from,to,price\nno,2025-06-18,2025-06-01,5\n", "from, to"),
        ("overrides", "item_id,site_id,from,to,value,who,why\nno,SHA,2025-06-18,2025-06-01,5,A,B\n", "from, to"),
        ("open_orders", OPEN_ORDERS + "P1,S1,00123,SHA,5,2025-05-20,2025-05-19\n", "ordered, due"),
        ("vehicles", VEHICLES + "V1,Van,H1,1,800,6000,18:00,08:00,\n", "shift_start, shift_end"),
        ("item_sites", "item_id,site_id,min_units,max_units\nno,SHA,10,5\n", "min_units, max_units"),
    ],
)
def test_reversed_ranges(faults, table: str, text: str, field: str) -> None:
    problem = only(faults(**{table: text}))
    assert (problem.file, problem.record, problem.field) == (f"{table}.csv", "row 2", field)
    assert ("is above" if table == "item_sites" else "lies after") in problem.rule
    assert "swap" in problem.fix


def test_currency_without_a_rate(faults, small_files) -> None:
    item, supplier = faults(rates=small_files["rates.csv"].replace("USD", "EUR"))
    assert (item.file, item.record, item.field, item.value) == ("items.csv", "row 3", "currency", "USD")
    assert (supplier.file, supplier.record, supplier.value) == ("suppliers.csv", "row 3", "USD")
    assert "rates" in item.fix


def test_a_rate_of_tomorrow_does_not_count(faults) -> None:
    problems = faults(rates="currency,date,rate\nUSD,2025-06-01,7.2\n")
    assert {problem.field for problem in problems} == {"currency"}
    assert all("on or before as_of 2025-05-31" in problem.rule for problem in problems)


def test_rate_of_zero(faults, small_files) -> None:
    problem = only(faults(rates=small_files["rates.csv"].replace("7.3", "0")))
    assert (problem.file, problem.record, problem.field, problem.rule) == (
        "rates.csv",
        "row 2",
        "rate",
        "must be above zero",
    )


def test_price_breaks(faults) -> None:
    text = "supplier_id,item_id,from_units,unit_price\nS1,NA,10,3\nS1,00123,48,3.2\nS1,00123,96,2.9\nS1,00123,960,3.0\n"
    missing, above, rising = faults(price_breaks=text)
    assert (missing.record, missing.field, missing.value) == ("row 2", "supplier_id, item_id", "S1, NA")
    assert (above.record, above.field) == ("row 3", "unit_price")
    assert "above the price before breaks, 3.1" in above.rule
    assert (rising.record, rising.rule) == ("row 5", "rises with the quantity: it is 2.9 from 96 units on")


BREAKS = "supplier_id,item_id,from_units,unit_price\n"


@pytest.mark.parametrize(
    ("rows", "record", "rule"),
    [
        ("S1,00123,48,2\nS1,00123,96,9\nS1,00123,960,1.9\n", "row 3", "above the price before breaks"),
        ("S1,00123,48,9\nS1,00123,96,2.9\nS1,00123,960,2.8\n", "row 2", "above the price before breaks"),
        ("S9,00123,48,2\n", "row 2", "is no supplier_id of table suppliers"),
        ("S1,lost,48,2\n", "row 2", "is no item_id of table items"),
        ("S1,00123,48,2\nS1,00123,48,2.5\n", "row 3", ""),
    ],
)
def test_a_wrong_price_break_is_told_once(faults, rows, record, rule) -> None:
    problem = only(faults(price_breaks=BREAKS + rows))
    assert (problem.file, problem.record) == ("price_breaks.csv", record)
    assert rule in problem.rule


@pytest.mark.parametrize(
    ("table", "text", "field", "value"),
    [
        ("stock", STOCK + "Z1,no,5,0\n", "site_id", "Z1"),
        ("demand", "date,site_id,item_id,quantity\n2025-05-01,SHA,no,1\n", "site_id", "SHA"),
        ("item_sites", ITEM_SITES + "no,P1,yes\n", "site_id", "P1"),
        ("open_orders", OPEN_ORDERS + "P1,S1,00123,Z1,5,2025-05-20,2025-06-19\n", "site_id", "Z1"),
        ("vehicles", VEHICLES + "V1,Van,Z1,1,800,6000,08:00,18:00,\n", "depot_id", "Z1"),
    ],
)
def test_sites_do_what_their_kind_allows(faults, table: str, text: str, field: str, value: str) -> None:
    problem = only(faults(**{table: text}))
    assert (problem.file, problem.record, problem.field, problem.value) == (f"{table}.csv", "row 2", field, value)
    assert problem.rule.startswith("only a ")
    assert "correct its kind in sites" in problem.fix


def test_formats_of_cells(faults) -> None:
    text = VEHICLES + "V1,Van,H1,1,800,6000,8 am,18:00,\nV2,Van,H1,2.5,800,6000,08:00,18:00,rurall\n"
    time, count, tier = sorted(faults(vehicles=text), key=lambda problem: (problem.record, problem.field == "x"))
    assert (time.record, time.field, time.value) == ("row 2", "shift_start", "8 am")
    assert {count.field, tier.field} == {"count", "allowed_tiers"}
    assert "did you mean rural?" in tier.fix or "did you mean rural?" in count.fix


def test_weekdays_and_booleans(faults, small_files) -> None:
    suppliers = small_files["suppliers.csv"].replace(",135,", ",Mo,")
    demand = small_files["demand.csv"].replace(",,,no", ",,,never")
    problems = {problem.file: problem for problem in faults(suppliers=suppliers, demand=demand)}
    assert problems["suppliers.csv"].field == "order_weekdays"
    assert "1 is Monday" in problems["suppliers.csv"].rule
    assert (problems["demand.csv"].record, problems["demand.csv"].field) == ("row 3", "in_stock")
    assert "yes or no" in problems["demand.csv"].fix


def test_assumed_names_columns(faults, small_files) -> None:
    text = "".join(
        f"{line},{'assumed' if not at else ''}\n" for at, line in enumerate(small_files["supply.csv"].split())
    )
    problem = only(faults(supply=text.replace("24,12,", "24,12,unit_price|pack")))
    assert (problem.record, problem.field) == ("row 2", "assumed")
    assert "'pack' is not a column of supply" in problem.rule
    assert "pack_units" in problem.fix


def test_very_many_rows_of_another_planning_day_are_one_fault(faults) -> None:
    days = pd.date_range("2025-06-02", periods=150)
    rows = "".join(f"{day:%Y-%m-%d},Z1,no,1\n" for day in days)
    problem = only(faults(demand="date,site_id,item_id,quantity\n" + rows))
    assert (problem.record, problem.field) == ("150 rows", "date")
    assert problem.value == "2025-06-02 to 2025-10-29"
    assert "as_of 2025-05-31" in problem.rule


def test_overrides_say_one_thing(faults) -> None:
    text = "item_id,site_id,from,to,value,factor,who,why\nno,SHA,2025-06-01,2025-06-02,5,2,A,B\n"
    problem = only(faults(overrides=text))
    assert (problem.file, problem.record, problem.field, problem.value) == (
        "overrides.csv",
        "row 2",
        "value, factor",
        "5, 2",
    )


def test_overrides_of_the_same_days_and_of_what_is_not_listed_are_refused(faults, write) -> None:
    head = "item_id,site_id,from,to,value,factor,who,why\n"
    first = "no,SHA,2025-06-01,2025-06-10,,2,A,B\n"
    apart = "no,SHA,2025-06-11,2025-06-20,,0.5,C,D\n"
    assert check_tables(read_tables(write(overrides=head + apart + first))) == []
    both = only(faults(overrides=head + "no,SHA,2025-06-05,2025-06-20,,0.5,C,D\n" + first))
    assert (both.file, both.record, both.field) == ("overrides.csv", "row 2", "from")
    assert "another override of no at SHA reaches to 2025-06-10" in both.rule
    away = only(faults(overrides=head + first, item_sites=ITEM_SITES + "no,SHA,no\n"))
    assert (away.file, away.record, away.field, away.value) == ("overrides.csv", "row 2", "item_id, site_id", "no, SHA")


def test_lanes_and_replacements_to_themselves(faults, small_files) -> None:
    lanes = "origin_id,destination_id,distance_km,transit_days\nSHA,SHA,1,1\n"
    header, *rows = small_files["items.csv"].splitlines()
    items = "\n".join([header + ",replaces", rows[0] + ",00123", *(row + "," for row in rows[1:])])
    lane, item = faults(lanes=lanes, items=items)
    assert (lane.file, lane.field) == ("lanes.csv", "origin_id, destination_id")
    assert (item.file, item.record, item.field) == ("items.csv", "row 2", "replaces")


def test_many_faults_in_many_tables_come_together(faults, small_files) -> None:
    problems = faults(
        items=small_files["items.csv"].replace(",99,", ",-99,"),
        sites=small_files["sites.csv"].replace(",dc,city", ",dcc,city"),
        rates=None,
        stock=STOCK + "Z1,no,5,0\nSHA,nope,5,0\n",
    )
    assert {problem.file for problem in problems} == {"items.csv", "sites.csv", "suppliers.csv", "stock.csv"}
    assert len(problems) == 6


# the same rules hold for typed tables, after a scenario has changed them


def changed(tables, name: str, column: str, value, row: int = 0):
    frame = tables.frames[name].copy()
    frame.loc[row, column] = value
    return tables.replace_frame(name, frame)


@pytest.mark.parametrize(
    ("name", "column", "value", "rule"),
    [
        ("items", "price", -1.0, "must be at least 0"),
        ("items", "price", np.nan, "must not be empty"),
        ("items", "price", np.inf, "is not a finite number"),
        ("items", "return_rate", 1.5, "must be at most 1"),
        ("items", "name", None, "must not be empty"),
        ("sites", "status", "opne", "is not one of the choices"),
        ("demand", "quantity", -2.0, "must be at least 0"),
    ],
)
def test_changed_cells_are_checked_again(write, name: str, column: str, value: object, rule: str) -> None:
    problem = only(check_tables(changed(read_tables(write()), name, column, value)))
    assert (problem.file, problem.record, problem.field, problem.rule) == (f"{name}.csv", "row 2", column, rule)
    assert problem.fix


def test_changed_shapes_are_checked(write) -> None:
    tables = read_tables(write())
    frame = tables.frames["items"]
    missing = only(check_tables(tables.replace_frame("items", frame.drop(columns="price"))))
    assert (missing.field, missing.rule) == ("price", "is missing in items")
    extra = only(check_tables(tables.replace_frame("items", frame.assign(prise=1.0))))
    assert (extra.field, extra.rule) == ("prise", "is not a column of items")
    assert "price" in extra.fix
    text = only(check_tables(tables.replace_frame("items", frame.assign(price="x"))))
    assert text.rule == "must hold float64, not object"


def test_lane_rule_needs_its_constants(write, small_header) -> None:
    tables = read_tables(write(header=small_header + "lane_rule: great_circle\n"))
    constants = tables.frames["constants"]
    problem = only(check_tables(tables.replace_frame("constants", constants[constants["name"] != "circuity"])))
    assert problem.value == "circuity"
    assert "lane_rule: none" in problem.fix
    speed = constants["value"].mask(constants["name"] == "line_haul_km_per_day", 0.0)
    problem = only(check_tables(tables.replace_frame("constants", constants.assign(value=speed))))
    assert problem.field == "value"


def test_every_duplicate_is_found_as_by_brute_force(write) -> None:
    tables = read_tables(write())
    rng = np.random.default_rng(5)
    days = pd.to_datetime("2025-05-01") + pd.to_timedelta(rng.integers(0, 3, 60), unit="D")
    frame = pd.DataFrame(
        {
            "date": pd.Series(days).astype("datetime64[s]"),
            "site_id": pd.Categorical(rng.choice(["Z1", "Z2"], 60)),
            "item_id": pd.Categorical(rng.choice(["00123", "NA", "no"], 60)),
            "quantity": 1.0,
            "price": np.nan,
            "promo": False,
            "in_stock": True,
        }
    )
    found = {problem.record for problem in check_tables(tables.replace_frame("demand", frame))}
    seen: set[tuple[object, ...]] = set()
    wanted = set()
    for position, row in enumerate(zip(frame["date"], frame["site_id"], frame["item_id"], strict=True)):
        if row in seen:
            wanted.add(f"row {position + 2}")
        seen.add(row)
    assert found == wanted
    assert wanted


def test_check_does_not_depend_on_as_of_of_the_file(write) -> None:
    tables = dataclasses.replace(read_tables(write()), as_of=read_tables(write()).as_of.replace(day=30))
    problem = only(check_tables(tables))
    assert (problem.file, problem.record, problem.field) == ("demand.csv", "row 4", "date")


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("units_per_parcel", 0.0, "above 0"),
        ("circuity", -1.3, "above 0"),
        ("processing_days", -0.1, "at least 0"),
        ("last_mile_cost_per_parcel_city", -1.0, "at least 0"),
        ("delivery_days_cv", 1.5, "at most 1"),
    ],
)
def test_constants_stay_where_formulas_hold(write, name: str, value: float, rule: str) -> None:
    constants = f"name,value\n{name},{value}\n"
    with pytest.raises(DataError) as caught:
        read_tables(write(constants=constants))
    (problem,) = caught.value.problems
    assert (problem.field, problem.value) == ("value", f"{value:g}")
    assert problem.rule == f"{name} must be {rule}"


def test_constants_that_may_be_zero_and_own_ones_are_left_alone(write) -> None:
    constants = "name,value,unit,status,source,meaning\n"
    constants += "processing_days,0,,,,\nlast_mile_density_exponent,-0.3,,,,\nlast_mile_cost_per_parcel_city,0,,,,\n"
    constants += "my_own,-5,km,assumption,me,Mine.\n"
    tables = read_tables(write(constants=constants))
    assert check_tables(tables) == []


@pytest.mark.parametrize(("table", "day"), [("demand", "1905-05-31"), ("actuals", "2105-05-31")])
def test_a_mistyped_century(faults, small_files, table: str, day: str) -> None:
    rows = {
        "demand": small_files["demand.csv"] + f"{day},Z1,00123,3,,,\n",
        "actuals": f"date,site_id,item_id,quantity\n{day},Z1,00123,3\n",
    }
    (problem,) = faults(**{table: rows[table]})
    assert (problem.file, problem.field, problem.value) == (f"{table}.csv", "date", day)
    assert "20 years" in problem.rule


def test_stock_promised_or_blocked_beyond_what_is_there(faults) -> None:
    header = "site_id,item_id,on_hand,allocated,blocked,backorder\n"
    problem = only(faults(stock=header + "SHA,no,10,6,4,900\nSHA,00123,205,0,5000,\nSHA,1E5,0,0,0,3\n"))
    assert (problem.file, problem.record, problem.value) == ("stock.csv", "row 3", "205, 0, 5000")
    assert problem.field == "on_hand, allocated, blocked"
    assert "together they exceed" in problem.rule
    assert "backorder" in problem.fix


def test_received_and_rejected_units_that_do_not_fit(faults) -> None:
    header = RECEIPTS.splitlines()[0] + ",quantity_rejected\n"
    rows = [("10", "10", "10"), ("10", "24", "0"), ("10", "0", ""), ("10", "9", "10"), ("1", "100000", "200000")]
    lines = [f"R{n},S1,00123,SHA,2025-05-01,2025-05-04,2025-05-05,{','.join(row)}" for n, row in enumerate(rows)]
    found = faults(receipts=header + "\n".join(lines) + "\n")
    assert [(one.record, one.value) for one in found] == [
        ("row 5", "9, 10"),
        ("row 6", "100000, 200000"),
        ("row 6", "1, 100000"),
    ]
    assert "rejected than were received" in found[0].rule
    assert "more than 10 times the units ordered" in found[2].rule


def _replacing(small_files, **older: str) -> str:
    head, *rows = small_files["items.csv"].splitlines()
    return "\n".join([head + ",replaces", *(f"{row},{older.get(row.split(',')[0], '')}" for row in rows)]) + "\n"


def test_items_that_replace_each_other_in_a_circle(faults, small_files) -> None:
    assert only(faults(items=_replacing(small_files, NA="NA"))).rule == "an item cannot replace itself"
    two = only(faults(items=_replacing(small_files, NA="no", no="NA")))
    assert (two.record, two.field, two.value) == ("row 3", "replaces", "no")
    assert "NA replaces no replaces NA" in two.rule
    three = only(faults(items=_replacing(small_files, **{"00123": "NA", "NA": "1E5", "1E5": "no", "no": "NA"})))
    assert "NA replaces 1E5 replaces no replaces NA" in three.rule


def test_a_chain_of_items_is_fine(small_files, write) -> None:
    older = _replacing(small_files, **{"00123": "NA", "NA": "1E5", "1E5": "no"})
    assert check_tables(read_tables(write(items=older))) == []


def test_orders_of_another_century_are_told(faults) -> None:
    orders = OPEN_ORDERS + "P1,S1,00123,SHA,24,1990-01-01,1990-02-01\n"
    assert [(one.field, one.value) for one in faults(open_orders=orders)] == [
        ("ordered", "1990-01-01"),
        ("due", "1990-02-01"),
    ]


def test_only_rows_of_units_may_be_added_up(faults, small_files) -> None:
    twice = only(faults(rates=small_files["rates.csv"] + "USD,2025-01-01,7\n"))
    assert twice.fix.endswith("keep one of the rows")
