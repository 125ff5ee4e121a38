"""The workbook to start from: a sheet per table, explained, with rows that pass."""

from __future__ import annotations

import csv
import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import xlsxwriter

from supplychain.tables.cells import parse_cell
from supplychain.tables.columns import Column, load_columns, table_list
from supplychain.tables.header import HEADER_FILE, Header
from supplychain.tables.read_workbook import HEADER_SHEET
from supplychain.tables.yaml_text import parse_yaml

__all__ = ["column_note", "example_header", "example_rows", "write_template"]

_CREATED = datetime.datetime(2025, 1, 1)  # noqa: DTZ001 - fixed, so that the same contract gives the same bytes
_LAST_ROW = 1_048_575
_HEADER_KEYS = ("title", "as_of", "base_currency", "country", "time_zone", "lane_rule", "synthetic")
_AS_NUMBER = frozenset({"number", "share", "integer"})


def write_template(path: str | Path) -> None:
    """Write the template workbook (XLSX); the same bytes every time.

    Each header cell carries a note with the meaning of the column, choices are drop-downs, and columns that hold text
    are formatted as text, so that a spreadsheet does not turn codes into numbers. The example rows form a small valid
    data set; replace them.
    """
    options = {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": "Data set template", "created": _CREATED})
        formats = {
            "header": book.add_format({"bold": True, "bg_color": "#DDE6F0", "bottom": 1}),
            "required": book.add_format({"bold": True, "bg_color": "#B8CCE4", "bottom": 1}),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        _header_sheet(book, formats)
        for table in load_columns():
            _table_sheet(book, table, formats)


def example_rows(table: str) -> list[dict[str, str]]:
    """Example rows of a table as text, by column."""
    text = resources.files("supplychain.tables").joinpath("example", f"{table}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def example_header() -> dict[str, str]:
    """Keys and values of the example data set."""
    text = resources.files("supplychain.tables").joinpath("example", HEADER_FILE).read_text(encoding="utf-8")
    tree = parse_yaml(text, HEADER_FILE).tree
    return {key: str(value) for key, value in tree.items()} if isinstance(tree, dict) else {}


def column_note(column: Column) -> str:
    """Meaning, type and limits of a column in a few words."""
    parts = [column.meaning, f"Type: {column.type}" + (f" in {column.unit}" if column.unit else "") + "."]
    if column.required:
        parts.append("Required.")
    elif column.default:
        default = "the base currency" if column.default == "base" else column.default
        parts.append(f"Empty means {default}.")
    if column.references:
        parts.append(f"Must be a {column.references[1]} of {column.references[0]}.")
    return " ".join(parts)


def _header_sheet(book: Any, formats: dict[str, Any]) -> None:
    sheet = book.add_worksheet(HEADER_SHEET)
    sheet.set_column(0, 1, 24, formats["text"])
    sheet.set_column(2, 2, 90)
    for at, name in enumerate(("key", "value", "meaning")):
        sheet.write_string(0, at, name, formats["header"])
    values = example_header()
    for row, key in enumerate(_HEADER_KEYS, start=1):
        field = Header.model_fields[key]
        sheet.write_string(row, 0, key, formats["text"])
        sheet.write_string(row, 1, values[key], formats["text"])
        sheet.write_string(row, 2, field.description or "")
    sheet.data_validation(6, 1, 6, 1, {"validate": "list", "source": ["great_circle", "none"]})
    sheet.data_validation(7, 1, 7, 1, {"validate": "list", "source": ["true", "false"]})
    sheet.freeze_panes(1, 0)


def _table_sheet(book: Any, table: str, formats: dict[str, Any]) -> None:
    sheet = book.add_worksheet(table)
    if table_list()[table].required:
        sheet.set_tab_color("#B8CCE4")
    columns = load_columns()[table]
    for at, column in enumerate(columns):
        style = formats["date"] if column.type == "date" else formats["text"]
        sheet.set_column(at, at, max(12, len(column.name) + 3), None if column.type in _AS_NUMBER else style)
        sheet.write_string(0, at, column.name, formats["required" if column.required else "header"])
        sheet.write_comment(0, at, column_note(column), {"x_scale": 2, "y_scale": 1.2})
        choices = ["yes", "no"] if column.type == "boolean" else list(column.choices)
        if choices:
            sheet.data_validation(1, at, _LAST_ROW, at, {"validate": "list", "source": choices, "ignore_blank": True})
    for row, cells in enumerate(example_rows(table), start=1):
        for at, column in enumerate(columns):
            if cells[column.name]:
                _write_cell(sheet, (row, at), column, cells[column.name], formats=formats)
    sheet.freeze_panes(1, 0)


def _write_cell(sheet: Any, place: tuple[int, int], column: Column, text: str, *, formats: dict[str, Any]) -> None:
    value = parse_cell(column, text)
    if column.type in _AS_NUMBER:
        sheet.write_number(*place, value)
    elif column.type == "date":
        sheet.write_datetime(*place, value, formats["date"])
    else:
        sheet.write_string(*place, text, formats["text"])
