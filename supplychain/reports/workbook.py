"""Tables as an XLSX workbook; the same tables give the same bytes."""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping
from typing import Any

import pandas as pd
import xlsxwriter

from supplychain.reports.csv_ import cell

__all__ = ["workbook_bytes"]

_CREATED = datetime.datetime(2025, 1, 1)  # noqa: DTZ001 - fixed, so that the same plan gives the same bytes
_OPTIONS = {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
_WIDEST = 40


def workbook_bytes(sheets: Mapping[str, pd.DataFrame], *, title: str) -> bytes:
    """A sheet a table with a frozen, filtered header; text is never a formula, a link or a number."""
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, _OPTIONS) as book:
        book.set_properties({"title": title, "created": _CREATED})
        formats = {
            "header": book.add_format({"bold": True, "bg_color": "#DDE6F0", "bottom": 1}),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "number": book.add_format({"num_format": "#,##0.######"}),
        }
        for name, frame in sheets.items():
            _write_sheet(book.add_worksheet(name), frame, formats)
    return sink.getvalue()


def _write_sheet(sheet: Any, frame: pd.DataFrame, formats: Mapping[str, Any]) -> None:
    for at, name in enumerate(frame.columns):
        sheet.write_string(0, at, str(name), formats["header"])
        column = frame[name]
        is_date = pd.api.types.is_datetime64_any_dtype(column.dtype)
        width = len(str(name)) + 3
        for row, value in enumerate(column, start=1):
            shown = cell(value)
            if shown is None or shown == "":
                continue
            width = min(_WIDEST, max(width, len(str(shown)) + 2))
            if is_date:
                sheet.write_datetime(row, at, pd.Timestamp(value).to_pydatetime(), formats["date"])
            elif isinstance(shown, bool | int | float):
                sheet.write_number(row, at, shown, formats["number"])
            else:
                sheet.write_string(row, at, shown, formats["text"])
        sheet.set_column(at, at, width)
    sheet.freeze_panes(1, 0)
    if len(frame):
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
