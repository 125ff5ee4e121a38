"""One fault is told once: what follows from it is not told too, and no fix breaks another rule."""

from __future__ import annotations

import pytest

GOOD_STOCK = "site_id,item_id,on_hand,expiry\nSHA,00123,5,\n"


def items(small_files, old: str, new: str) -> str:
    text = small_files["items.csv"]
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("00123,Milk,fresh", "00123,Mi,lk,fresh", "has 11 cells, the header has 10"),
        ("00123,Milk,fresh,5.5,3.25,,1,1.03,10,", "00123", "has 1 cells, the header has 10"),
        ("00123,Milk,fresh,5.5", "00123,Milk,fresh,abc", "is not a number"),
        ("00123,Milk,", "00123 ,Milk,", "a key must not begin or end with a blank"),
        ("00123,Milk,", '00123,"Mi\nlk",', "holds the control character U+000A"),
    ],
)
def test_rows_that_refer_to_a_row_with_a_fault_are_not_faulty(faults, small_files, old, new, rule) -> None:
    (problem,) = faults(items=items(small_files, old, new))
    assert rule in problem.rule
    assert problem.file == "items.csv"


def test_a_row_with_a_fault_counts_for_keys_of_several_parts(faults, small_files) -> None:
    supply = small_files["supply.csv"].replace("S1,00123,,3.1,24,12", "S1,00123,,3.1,24,12,x")
    breaks = "supplier_id,item_id,from_units,unit_price\nS1,00123,100,3\n"
    (problem,) = faults(supply=supply, price_breaks=breaks)
    assert "has 7 cells" in problem.rule


def test_a_rate_with_a_fault_in_its_day_is_a_rate(faults) -> None:
    (problem,) = faults(rates="currency,date,rate\nUSD,1.1.2025,7.3\n")
    assert (problem.file, problem.field) == ("rates.csv", "date")


def test_a_row_with_a_fault_is_no_second_of_its_key(faults, small_files) -> None:
    text = small_files["items.csv"] + "00123,x\n00123,Milk,fresh,5.5,3.25,,1,1.03,10,\n"
    ragged, twice = faults(items=text)
    assert "has 2 cells" in ragged.rule
    assert (twice.record, twice.fix) == ("row 7", "the first is row 2: keep one of the rows")


def test_a_blank_key_is_still_unknown_to_those_who_refer_to_it(faults, small_files) -> None:
    found = faults(items=items(small_files, "00123,Milk,", ",Milk,"))
    assert {problem.rule for problem in found if problem.file != "items.csv"} == {"is no item_id of table items"}


def test_no_name_is_proposed_that_would_break_another_rule(faults, small_files) -> None:
    rows = ("00124,Milk,00123", "NA,Shirt,", "1E5,Kettle,", "no,Soap,00125", "00126,Old soap,no")
    text = "item_id,name,replaces,category,price,unit_cost,volume_l,weight_kg\n"
    text += "".join(f"{row},fresh,5,3,1,1\n" for row in rows)
    renamed = {name: small_files[f"{name}.csv"].replace("00123", "00124") for name in ("supply", "demand")}
    found = faults(items=text, **renamed)
    assert len(found) == 2, [str(one) for one in found]
    own, circle = found
    assert (own.record, own.value) == ("row 2", "00123")
    assert "00124" not in own.fix  # the item itself
    assert "did you mean 00126?" in own.fix
    assert (circle.record, circle.value) == ("row 5", "00125")
    assert "00124" in circle.fix
    assert "00126" not in circle.fix  # which replaces this item

    stock = "site_id,item_id,on_hand,expiry\nSHA,00123,5,\nSHX,00123,5,\nSHX,NA,5,\n"
    first, second = faults(stock=stock)
    assert "SHA" not in first.fix  # its row is there
    assert "did you mean SHA?" in second.fix
    for site, fix in (
        ("H11", "add it to sites"),
        ("Z11", "did you mean Z1? Otherwise add it to sites"),
    ):  # H1 is no zone
        (kind,) = faults(stock=GOOD_STOCK, demand=small_files["demand.csv"].replace("Z1,no", f"{site},no"))
        assert kind.fix == fix
    lanes = "origin_id,destination_id,distance_km,transit_days\nSHA,SHX,1,1\n"
    assert "SHA" not in faults(stock=GOOD_STOCK, lanes=lanes)[0].fix  # where the lane begins
