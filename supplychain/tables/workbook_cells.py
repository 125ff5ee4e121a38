"""One cell of a workbook, back to the text that a person meant."""

from __future__ import annotations

import datetime
from typing import Any

from supplychain.tables.cells import CellError, serial_date
from supplychain.tables.columns import Column

__all__ = ["cell_text"]


def cell_text(column: Column, cell: Any) -> str:
    """The text that the contract would read from a CSV file; raises CellError where the cell's type forbids it."""
    value = cell.value
    if cell.data_type == "f":
        raise CellError("is a formula", "put its value in place: copy, then paste special, values")
    if cell.data_type == "e":
        raise CellError("is a spreadsheet error", "correct the cell")
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return _truth(column, value)
    if isinstance(value, int | float):
        return _number(column, value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time | datetime.timedelta):
        return _moment(column, value)
    raise CellError(f"holds a {type(value).__name__}", "write text or a number")


def _truth(column: Column, value: bool) -> str:
    if column.type != "boolean":
        raise CellError("is TRUE or FALSE", f"write a value of the type {column.type}")
    return "yes" if value else "no"


def _number(column: Column, value: float) -> str:
    text = str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(value)
    if column.type == "key":
        raise CellError(
            "is stored as a number, so zeros at its beginning may be lost",
            "format the column as text, then enter the code again in full",
        )
    if column.type == "date":
        day = serial_date(value)
        hint = f"format the cell as a date, if {day} is meant" if day else "write the day as YYYY-MM-DD"
        raise CellError("is a number and not a date", hint)
    if column.type in {"time", "date_ranges"}:
        raise CellError(
            f"is a number and not a {column.type}", "format the column as text and write it as the page says"
        )
    return text


def _moment(column: Column, value: datetime.date | datetime.time | datetime.timedelta) -> str:
    if column.type == "time" and isinstance(value, datetime.time):
        if value.second or value.microsecond:
            raise CellError("has seconds", "write hours and minutes only")
        return value.strftime("%H:%M")
    if column.type == "date" and isinstance(value, datetime.date):
        if isinstance(value, datetime.datetime):
            if value.time() != datetime.time():
                raise CellError("has a time of day", "write the date alone")
            value = value.date()
        return value.isoformat()
    if column.type == "date":
        raise CellError("is a time and not a date", "write the day as YYYY-MM-DD")
    raise CellError(
        "is a date or time, which a spreadsheet may have made of a code or number",
        "format the column as text or number, then enter the value again",
    )
