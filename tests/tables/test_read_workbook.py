"""Workbooks: what a spreadsheet does to codes, dates and numbers is found."""

from __future__ import annotations

import csv
import datetime

import openpyxl
import pandas as pd
import pytest

from supplychain.errors import DataError
from supplychain.tables import read_contacts, read_tables

MORNING = datetime.datetime(2025, 1, 1, 6)  # noqa: DTZ001 - a spreadsheet knows no zones
SETTINGS = [("key", "value"), ("as_of", datetime.date(2025, 5, 31)), ("base_currency", "CNY"), ("country", "CN")]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch) -> None:
    """Problems name the workbook as it is opened from its own folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def book(small_files):
    """The small data set as a workbook; keys and text as text, numbers as numbers."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "dataset"
    for row in SETTINGS:
        sheet.append(row)
    for file, text in small_files.items():
        sheet = book.create_sheet(file.removesuffix(".csv"))
        for cells in csv.reader(text.splitlines()):
            sheet.append([cell or None for cell in cells])
    return book


@pytest.fixture
def faults(book, tmp_path):
    def problems():
        book.save(tmp_path / "book.xlsx")
        with pytest.raises(DataError) as caught:
            read_tables(tmp_path / "book.xlsx")
        return caught.value.problems

    return problems


def test_a_workbook_is_read_like_a_folder(book, write, tmp_path) -> None:
    book["items"]["D2"] = 5.5
    book["items"]["J3"] = datetime.date(2025, 1, 1)
    book["demand"]["F4"] = True
    book["suppliers"]["E2"] = 135
    book["items"].append([None, "  "])
    book.save(tmp_path / "book.xlsx")
    tables, folder = read_tables(tmp_path / "book.xlsx"), read_tables(write())
    for name, frame in folder.frames.items():
        pd.testing.assert_frame_equal(frame, tables.frames[name])
    assert tables.name == "book"
    assert tables.files["items"] == "book.xlsx[items]"


@pytest.mark.parametrize(
    ("cell", "value", "field", "shown", "rule", "fix"),
    [
        ("A2", 123, "item_id", "123", "stored as a number", "format the column as text"),
        ("A2", 1e5, "item_id", "100000", "stored as a number", "format the column as text"),
        ("A2", "1.23E+11", "item_id", "1.23E+11", "spreadsheet turned into a number", "as text"),
        ("A2", datetime.date(2025, 3, 1), "item_id", "2025-03-01 00:00:00", "is a date or time", "as text"),
        ("J3", 45658, "introduced", "45658", "is a number and not a date", "2025-01-01"),
        ("J3", MORNING, "introduced", "2025-01-01 06:00:00", "time of day", "date alone"),
        ("D3", "=90+9", "price", "=90+9", "is a formula", "paste special"),
        ("D3", "#N/A", "price", "#N/A", "spreadsheet error", "correct the cell"),
        ("D3", datetime.date(2025, 5, 5), "price", "2025-05-05 00:00:00", "is a date or time", "number"),
        ("D3", True, "price", "True", "is TRUE or FALSE", "number"),
        ("D3", -5, "price", "-5", "at least 0", "0 or more"),
        ("B3", "=A3", "name", "=A3", "is a formula", "paste special"),
    ],
)
def test_what_a_spreadsheet_does(book, faults, cell: str, value, field: str, shown: str, rule: str, fix: str) -> None:
    book["items"][cell] = value
    problem = next(problem for problem in faults() if problem.file == "book.xlsx[items]")
    assert (problem.record, problem.field, problem.value) == (f"row {cell[1:]}", field, shown)
    assert rule in problem.rule
    assert fix in problem.fix


def test_one_bad_cell_is_one_problem(book, faults) -> None:
    book["items"]["D3"] = "=90+9"
    assert len(faults()) == 1


def test_times(book, faults) -> None:
    sheet = book.create_sheet("vehicles")
    sheet.append(["vehicle_id", "name", "depot_id", "count", "capacity_kg", "capacity_l", "shift_start", "shift_end"])
    sheet.append(["V1", "Van", "H1", 1, 800, 6000, datetime.time(7, 30), datetime.time(17)])
    sheet.append(["V2", "Van", "H1", 1, 800, 6000, 0.3125, datetime.time(17, 0, 30)])
    first, second = faults()
    assert (first.record, first.field, first.rule) == ("row 3", "shift_start", "is a number and not a time")
    assert (second.record, second.field, second.rule) == ("row 3", "shift_end", "has seconds")


def test_sheets(book, faults) -> None:
    book.create_sheet("itms").append(["a"])
    book.create_sheet("lanes").append(["origin_id", "destination_id", "distance_km", "transit_days"])
    del book["supply"]
    unknown, missing = faults()
    assert (unknown.file, unknown.rule) == ("book.xlsx[itms]", "is not the sheet of a table")
    assert "items" in unknown.fix
    assert (missing.file, missing.rule) == ("supply", "is a required table")


def test_ignored_sheets(book, tmp_path) -> None:
    book.create_sheet("notes").append(["anything"])
    book.create_sheet("more").append(["anything"])
    book["dataset"].append(["ignore", "notes|more"])
    book.save(tmp_path / "book.xlsx")
    assert read_tables(tmp_path / "book.xlsx").title == "book"


def test_faults_of_the_sheet_dataset_hide_none_of_the_tables(book, faults) -> None:
    book["dataset"].append(["ignore", "notes"])
    book["dataset"].append(["time_zone", 12])
    book["dataset"].append(["titel", "x"])
    book["supply"].delete_rows(2, 9)
    assert {(one.file, one.field) for one in faults()} == {
        ("book.xlsx[dataset]", "ignore"),
        ("book.xlsx[dataset]", "time_zone"),
        ("book.xlsx[dataset]", "titel"),
        ("book.xlsx[supply]", ""),
    }


def test_required_sheet_without_rows(book, faults) -> None:
    book["supply"].delete_rows(2, 9)
    (problem,) = faults()
    assert (problem.file, problem.rule) == ("book.xlsx[supply]", "has a header but no rows")


def test_blank_row_repeated_and_unknown_column(book, faults) -> None:
    book["rates"].insert_rows(3)
    book["rates"]["D1"] = "rate"
    book["rates"]["E1"] = "Curency"
    book["rates"]["E2"] = "x"
    rules = {(problem.record, problem.field): problem.rule for problem in faults()}
    assert rules["row 3", ""] == "is a blank row"
    assert rules["header", "rate"] == "stands 2 times in the header"
    assert rules["header", "Curency"] == "is not a column of rates"
    assert len(rules) == 3


def test_the_sheet_dataset(book, faults) -> None:
    book["dataset"]["B2"] = 45808
    book["dataset"]["B2"].number_format = "General"
    book["dataset"].append(["base_curency", "CNY"])
    book["dataset"].append(["country", "DE"])
    problems = {problem.field: problem for problem in faults()}
    assert problems["as_of"].record == "row 2"
    assert "2025-05-31" in problems["as_of"].fix
    assert problems["base_curency"].record == "row 5"
    assert "base_currency" in problems["base_curency"].fix
    assert problems["country"].rule == "stands twice"
    del book["dataset"]
    (problem,) = faults()
    assert (problem.file, problem.rule) == ("book.xlsx[dataset]", "the sheet is missing")


def test_what_is_no_workbook(tmp_path) -> None:
    (tmp_path / "book.xlsx").write_bytes(b"PK nonsense")
    with pytest.raises(DataError, match="not a readable XLSX workbook"):
        read_tables(tmp_path / "book.xlsx")


def test_contacts_of_a_workbook(book, tmp_path) -> None:
    sheet = book.create_sheet("contacts")
    sheet.append(["delivery_id", "name", "phone"])
    sheet.append(["D1", "Anna", "0123"])
    book.save(tmp_path / "book.xlsx")
    assert "contacts" not in read_tables(tmp_path / "book.xlsx").frames
    assert read_contacts(tmp_path / "book.xlsx")["phone"].tolist() == ["0123"]
