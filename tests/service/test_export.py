"""Exported plans: safe in a spreadsheet, the same bytes, whole files only."""

import csv
import io
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.reports.csv_ import csv_bytes
from supplychain.reports.workbook import workbook_bytes
from supplychain.service.export import export_plan, export_tables
from tests.service.test_diff import line, result

EVIL = ["=1+1", "+1;cmd", "-2+3", "@SUM(A1)", "|calc", "%0", '=HYPERLINK("http://x")', "\t=1+1", "\r=1", "\u200b=1"]


@pytest.mark.parametrize("text", EVIL)
def test_no_text_begins_like_a_formula_in_csv(text):
    content = csv_bytes(pd.DataFrame({"note": [text]})).decode("utf-8-sig")
    cell = list(csv.reader(io.StringIO(content)))[1][0]
    assert cell[0] not in "=+-@|%\t\r"


@pytest.mark.parametrize("text", EVIL)
def test_no_text_is_a_formula_in_xlsx(text):
    sheet = openpyxl.load_workbook(io.BytesIO(workbook_bytes({"t": pd.DataFrame({"note": [text]})}, title="x")))["t"]
    assert sheet["A2"].data_type == "s"


def test_keys_keep_their_zeros_and_numbers_stay_numbers():
    frame = pd.DataFrame({"item_id": ["00123", "1E5", "NA"], "quantity": [12.0, 0.5, float("nan")], "left": [-3, 4, 5]})
    rows = list(csv.reader(io.StringIO(csv_bytes(frame).decode("utf-8-sig"))))
    assert rows[1:] == [["00123", "12", "-3"], ["1E5", "0.5", "4"], ["NA", "", "5"]]
    sheet = openpyxl.load_workbook(io.BytesIO(workbook_bytes({"t": frame}, title="x")))["t"]
    assert [cell.value for cell in sheet["A"]][1:] == ["00123", "1E5", "NA"]
    assert [cell.value for cell in sheet["B"]][1:] == [12, 0.5, None]


def test_days_are_iso_in_csv_and_real_days_in_xlsx():
    frame = pd.DataFrame({"due": pd.to_datetime(["2025-06-01", None]).astype("datetime64[s]"), "n": [1, 2]})
    assert csv_bytes(frame).decode("utf-8-sig").split("\r\n")[1:3] == ["2025-06-01,1", ",2"]
    sheet = openpyxl.load_workbook(io.BytesIO(workbook_bytes({"t": frame}, title="x")))["t"]
    assert sheet["A2"].value.date().isoformat() == "2025-06-01"
    assert sheet["A3"].value is None


@given(st.lists(st.tuples(st.text(max_size=12), st.floats(allow_nan=True)), max_size=5))
def test_the_same_table_gives_the_same_bytes(rows):
    frame = pd.DataFrame(rows, columns=["text", "figure"])
    assert csv_bytes(frame) == csv_bytes(frame.copy())
    again = [workbook_bytes({"t": frame}, title="x") for _ in range(2)]
    assert again[0] == again[1]


def noisy():
    """A run whose figures carry the noise of binary fractions."""
    made = result(
        line("A", 0.1 + 0.2, value=0.1 + 0.2, unit_price=1.1 * 1.1, position=0.1 + 0.7, cost_of_waiting=2 / 3)
    )
    return replace(made, tables={**made.tables, "item_names": pd.DataFrame({"item_id": ["A"], "name": ["Kettle"]})})


def test_figures_are_rounded_by_their_units(tmp_path):
    lines = export_tables(noisy())["lines"].to_dict("records")
    assert lines[0]["value"] == 0.3
    assert lines[0]["unit_price"] == 1.21
    assert lines[0]["position"] == 0.8
    assert lines[0]["cost_of_waiting"] == 0.67
    assert lines[0]["quantity"] == 0.3
    (file,) = export_plan(noisy(), tmp_path / "a.csv")
    assert b"000000" not in file.read_bytes()


def test_lines_name_their_items(tmp_path):
    (file,) = export_plan(noisy(), tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(file)["lines"]
    names = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, names.index("item_name") + 1).value == "Kettle"
