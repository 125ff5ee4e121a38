"""What is wrong with a pin or a control is told before anything is planned, with the fix."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.tables import build_dataset, check_tables, read_tables
from supplychain.tables.check_pins import _Lots

PINS = "item_id,site_id,from,to,quantity,supplier_id,who,why\n"
CONTROLS = "item_id,site_id,listed,min_units,max_units,do_not_order,phase_out\n"


def only(problems):
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def test_good_pins_are_read(write) -> None:
    text = PINS + "00123,SHA,2025-06-02,2025-06-04,36,S1,Li,a fair\n00123,SHA,2025-06-05,,0,,Wu,too much\n"
    tables = read_tables(write(pins=text))
    assert check_tables(tables) == []
    first, second = build_dataset(tables).pins
    assert (first.quantity, first.supplier_id, first.who, first.until.isoformat()) == (36, "S1", "Li", "2025-06-04")
    assert (second.quantity, second.supplier_id, second.until.isoformat()) == (0, None, "2025-06-05")


@pytest.mark.parametrize(
    ("row", "field", "rule", "fix"),
    [
        ("00123,SHA,2025-06-02,,30,S1,Li,x", "quantity", "packs of 12", "pin 24 or 36"),
        ("00123,SHA,2025-06-02,,1000000000,S1,Li,x", "quantity", "packs of 12", "pin 999999996 or 1000000008"),
        ("00123,SHA,2025-06-02,,12,S1,Li,x", "quantity", "below the minimum order quantity", "pin at least 24"),
        (
            "00123,SHA,2025-06-02,,13,S1,Li,x",
            "quantity",
            "packs of 12; is below the minimum",
            "pin at least 24, in packs",
        ),
        ("00123,SHA,2025-06-03,,36,S1,Li,x", "from, to", "no order day lies in it", "move the pin"),
        ("NA,SHA,2026-02-11,2026-02-20,100,S2,Li,x", "from, to", "closed 2026-02-10 to 2026-02-24", "move the pin"),
        ("00123,SHA,2025-06-02,,36,S2,Li,x", "supplier_id", "has no terms", "name one of S1"),
        ("1E5,H1,2025-06-02,,36,,Li,x", "item_id, site_id", "not listed", "list it in item_sites"),
        ("00123,WUH,2025-06-02,,36,,Li,x", "site_id", "not open", "drop the pin"),
        ("00123,Z1,2025-06-02,,36,,Li,x", "site_id", "stock", ""),
        ("00123,SHA,2025-06-09,2025-06-02,36,,Li,x", "from, to", "from lies after to", "swap"),
        ("00123,SHA,2025-06-02,,-1,,Li,x", "quantity", "at least 0", ""),
    ],
)
def test_a_pin_that_cannot_be_ordered_so_is_refused(faults, row, field, rule, fix) -> None:
    problem = only(faults(pins=PINS + row + "\n"))
    assert (problem.file, problem.record, problem.field) == ("pins.csv", "row 2", field)
    assert rule in problem.rule
    assert fix in problem.fix


SUPPLIER = "S1,Dairy,3,1,135,,\n"


@pytest.mark.parametrize(
    ("days", "closures", "rule", "fix"),
    [
        (
            "none",
            "",
            "S1 takes no orders at all, order_weekdays is none",
            "give S1 order_weekdays in suppliers, or drop",
        ),
        ("135", "2025-06-01..2036-12-31", "closed 2025-06-01 to 2036-12-31", "correct the closures of S1, whose next"),
        ("135", "", "takes orders on weekdays 1, 3, 5", "move the pin, or let it last, to 2025-06-04"),
        ("5", "2025-06-03..2025-06-05|2025-06-06..2025-06-20", "weekdays 5", "let it last, to 2025-06-27"),
    ],
)
def test_what_helps_a_pin_without_an_order_day_is_what_is_told(
    faults, write, small_files, days, closures, rule, fix
) -> None:
    suppliers = small_files["suppliers.csv"].replace(SUPPLIER, f"S1,Dairy,3,1,{days},{closures},\n")
    pin = PINS + "00123,SHA,2025-06-03,{},36,S1,Li,x\n"
    problem = only(faults(pins=pin.format(""), suppliers=suppliers))
    assert rule in problem.rule
    assert fix in problem.fix
    assert problem.fix.endswith("drop the pin") != ("let it last" in problem.fix)
    if until := re.search(r"let it last, to ([\d-]+)", problem.fix):
        assert check_tables(read_tables(write(pins=pin.format(until[1]), suppliers=suppliers))) == []


def test_a_supplier_who_can_take_the_pin_is_named(faults, write, small_files) -> None:
    suppliers = small_files["suppliers.csv"].replace(SUPPLIER, "S1,Dairy,3,1,none,,\n")
    supply = small_files["supply.csv"] + "S2,00123,SHA,3.1,0,1\n"
    pin = PINS + "00123,SHA,2025-06-03,,36,{},Li,x\n"
    for named in ("S1", ""):
        problem = only(faults(pins=pin.format(named), suppliers=suppliers, supply=supply))
        assert problem.fix.endswith("or name S2 as supplier, who can")
    assert check_tables(read_tables(write(pins=pin.format("S2"), suppliers=suppliers, supply=supply))) == []


def test_a_pin_is_held_against_the_terms_for_its_site_alone(faults, small_files, write) -> None:
    own = small_files["supply.csv"] + "S1,00123,SHA,3.1,10,5\n"
    pin = PINS + "00123,SHA,2025-06-02,,{},S1,Li,x\n"
    assert check_tables(read_tables(write(pins=pin.format(15), supply=own))) == []
    assert "packs of 5" in only(faults(pins=pin.format(24), supply=own)).rule


@pytest.mark.parametrize(("control", "word"), [("yes,no", "do_not_order"), ("no,yes", "phase_out")])
def test_a_pin_against_a_stop_is_refused_and_a_pin_of_nothing_is_not(faults, write, control, word) -> None:
    controls = CONTROLS + f"00123,SHA,yes,,,{control}\n"
    problem = only(faults(pins=PINS + "00123,SHA,2025-06-02,,36,,Li,x\n", item_sites=controls))
    assert word in problem.rule
    assert "drop the pin" in problem.fix
    assert check_tables(read_tables(write(pins=PINS + "00123,SHA,2025-06-02,,0,,Li,x\n", item_sites=controls))) == []


def test_a_pin_above_the_maximum_and_two_pins_of_a_day_are_refused(faults) -> None:
    pins = PINS + "00123,SHA,2025-06-02,2025-06-06,48,,Li,x\n00123,SHA,2025-06-06,,36,,Wu,y\n"
    problems = faults(pins=pins, item_sites=CONTROLS + "00123,SHA,yes,,40,no,no\n")
    assert sorted((p.record, p.field) for p in problems) == [("row 2", "quantity"), ("row 3", "from")]
    assert "above max_units" in next(p.rule for p in problems if p.field == "quantity")
    assert "another pin" in next(p.rule for p in problems if p.field == "from")


@settings(max_examples=200, deadline=None)
@given(units=st.integers(1, 90), pack=st.integers(1, 15), minimum=st.integers(0, 60), most=st.integers(1, 99))
def test_what_a_fix_says_can_be_ordered(units: int, pack: int, minimum: int, most: int) -> None:
    lots = _Lots.of({"supplier_id": "S1", "pack_units": float(pack), "minimum_order_quantity": float(minimum)})
    fix = lots.fix(units, most)
    said = [int(number) for number in re.findall(r"(?:pin|at (?:least|most)|or|to) (\d+)", fix)]
    assert said
    for number in said:
        assert lots.rule(number) == "", fix
        assert number <= most or "raise max_units" in fix


def test_the_fixes_of_one_pin_agree(faults) -> None:
    terms = "supplier_id,item_id,unit_price,minimum_order_quantity,pack_units\nS1,00123,39,24,12\nS2,00123,38,30,10\n"
    pins = PINS + "00123,SHA,2025-06-02,2025-06-08,25,,Li,x\n"
    problem = only([one for one in faults(pins=pins, supply=terms) if one.file == "pins.csv"])
    assert problem.field == "quantity"
    assert (
        problem.rule
        == "S1 delivers packs of 12; S2 delivers packs of 10; is below the minimum order quantity of S2, 30"
    )
    assert problem.fix == (
        "name the supplier and pin what it delivers. S1: pin 24 or 36; S2: pin at least 30, in packs of 10"
    )


def test_a_pin_of_an_item_that_ends_before_it_comes_is_refused(faults, small_files) -> None:
    items = small_files["items.csv"].replace("introduced\n", "introduced,ended\n").replace("10,\n", "10,,2025-06-04\n")
    items = (
        items.replace("2025-01-01\n", "2025-01-01,\n").replace("1.8,,\n", "1.8,,,\n").replace("0.15,,\n", "0.15,,,\n")
    )
    problem = only(faults(items=items, pins=PINS + "00123,SHA,2025-06-02,,36,,Li,x\n"))
    assert "would come on 2025-06-05" in problem.rule


def test_a_maximum_below_every_smallest_lot_is_refused(faults, write) -> None:
    problem = only(faults(item_sites=CONTROLS + "00123,SHA,yes,,20,no,no\n"))
    assert (problem.field, "24 units" in problem.rule) == ("max_units", True)
    assert check_tables(read_tables(write(item_sites=CONTROLS + "00123,SHA,yes,,24,no,no\n"))) == []
    assert check_tables(read_tables(write(item_sites=CONTROLS + "00123,SHA,yes,,20,yes,no\n"))) == []


def test_a_minimum_where_nothing_is_ordered_or_above_the_maximum_is_refused(faults) -> None:
    problem = only(faults(item_sites=CONTROLS + "00123,SHA,yes,30,,no,yes\n"))
    assert problem.field == "min_units, do_not_order, phase_out"
    assert "allow orders" in problem.fix
    problem = only(faults(item_sites=CONTROLS + "00123,SHA,yes,90,48,no,no\n"))
    assert problem.field == "min_units, max_units"
