"""XLSX workbooks: one sheet per table, each cell back to the text that a person meant."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa

from supplychain.errors import Problem
from supplychain.tables.cells import CellError
from supplychain.tables.columns import Column, columns_of, table_list
from supplychain.tables.header import NO_CURRENCY, Header, ReadHeader, header_of
from supplychain.tables.nearest import suggestion
from supplychain.tables.paths import shown_path
from supplychain.tables.raw import RawTable, bytes_fingerprint
from supplychain.tables.workbook_cells import cell_text
from supplychain.tables.yaml_text import YamlValue

__all__ = ["HEADER_SHEET", "UNREADABLE", "is_workbook", "read_sheet", "read_workbook"]

HEADER_SHEET = "dataset"
UNREADABLE = (zipfile.BadZipFile, zlib.error, LookupError, OSError, ValueError, SyntaxError, AttributeError, TypeError)
"""What openpyxl raises for a file that is no whole workbook."""
_Rows = list[tuple[Any, ...]]


def is_workbook(path: Path) -> bool:
    """Whether the file's name is that of a workbook."""
    return path.suffix.lower() == ".xlsx"


def read_workbook(path: Path) -> tuple[ReadHeader, dict[str, RawTable], list[Problem]]:
    """Read a workbook: the sheet ``dataset`` (key, value), and a sheet for each table.

    A sheet with only its header row has no rows, as in the template; a required table must have some. Personal data
    are left unread. Numbers in key columns, date serials, formulas and error cells become problems.
    """
    sheets, problems = _sheets(path)
    if problems:
        return ReadHeader(None), {}, problems
    fingerprint = bytes_fingerprint(path.read_bytes())
    place = f"{shown_path(path)}[{HEADER_SHEET}]"
    read = _header(sheets.pop(HEADER_SHEET, None), place)
    ignored = read.header.ignore if read.header is not None else ()
    problems = [
        Problem(place, "", "ignore", name, "is no sheet of the workbook", suggestion(name, sheets, "remove the name"))
        for name in ignored
        if name not in sheets
    ]
    raws: dict[str, RawTable] = {}
    for sheet, rows in sheets.items():
        known = table_list().get(sheet)
        if sheet in ignored or (known is not None and known.personal):
            continue
        file = f"{shown_path(path)}[{sheet}]"
        if known is None:
            if "ignore" in read.doubtful:
                continue
            fix = suggestion(sheet, table_list(), "rename the sheet, or list it under `ignore` in the sheet dataset")
            problems.append(Problem(file, "", "", "", "is not the sheet of a table", fix))
            continue
        raw = _raw_table(sheet, rows, file, fingerprint)
        if raw.columns or raw.problems:
            raws[sheet] = raw
    return read, raws, problems


def read_sheet(path: Path, table: str) -> RawTable | None:
    """One sheet of a workbook, or None when it is not there."""
    sheets, problems = _sheets(path)
    file = f"{shown_path(path)}[{table}]"
    if problems:
        return RawTable(file, "", problems=tuple(problems))
    fingerprint = bytes_fingerprint(path.read_bytes())
    return _raw_table(table, sheets[table], file, fingerprint) if table in sheets else None


def _sheets(path: Path) -> tuple[dict[str, _Rows], list[Problem]]:
    """Cells by sheet, without blank rows and columns at the end."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of features that hold no cells, such as drop-downs
            book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
            try:
                sheets = {sheet.title: _trimmed([tuple(row) for row in sheet.iter_rows()]) for sheet in book.worksheets}
            finally:
                book.close()
    except UNREADABLE as fault:
        rule = f"is not a readable XLSX workbook ({fault})"
        return {}, [Problem(shown_path(path), "", "", "", rule, "save it as an Excel workbook (.xlsx) again")]
    return sheets, []


def _trimmed(rows: _Rows) -> _Rows:
    while rows and not any(_filled(cell) for cell in rows[-1]):
        rows.pop()
    width = max((at + 1 for row in rows for at, cell in enumerate(row) if _filled(cell)), default=0)
    return [row[:width] for row in rows]


def _filled(cell: Any) -> bool:
    return cell.value is not None and (not isinstance(cell.value, str) or bool(cell.value.strip()))


def _header(rows: _Rows | None, file: str) -> ReadHeader:
    if not rows:
        fix = f"add a sheet {HEADER_SHEET} with the columns key and value; `data template` writes one"
        return _nothing_known(Problem(file, "", "", "", "the sheet is missing", fix))
    names = [str(cell.value).strip() if _filled(cell) else "" for cell in rows[0]]
    if names[:2] != ["key", "value"]:
        fault = Problem(file, "header", "", ", ".join(names), "must begin with key, value", "write key and value")
        return _nothing_known(fault)
    pairs: dict[str, YamlValue] = {}
    places: dict[str, str] = {}
    problems: list[Problem] = []
    unread: set[str] = set()
    for position, row in enumerate(rows[1:]):
        if not _filled(row[0]):
            continue
        key, place = str(row[0].value).strip(), f"row {position + 2}"
        if key in pairs:
            problems.append(Problem(file, place, key, "", "stands twice", "keep one of the rows"))
        places[key] = place
        try:
            text = cell_text(_header_column(key), row[1]) if len(row) > 1 and _filled(row[1]) else ""
        except CellError as fault:
            problems.append(Problem(file, place, key, str(row[1].value), fault.rule, fault.fix))
            unread.add(key)
            continue
        pairs[key] = [part.strip() for part in text.split("|") if part.strip()] if key == "ignore" else text
    read = header_of(pairs, lambda path: (file, places.get(str(path[0]), "") if path else ""))
    found = [problem for problem in read.problems if problem.field not in unread]  # told already
    return replace(read, problems=(*problems, *found), doubtful=read.doubtful | unread)


def _nothing_known(fault: Problem) -> ReadHeader:
    """No header at all: tables are looked at all the same."""
    return ReadHeader(Header(base_currency=NO_CURRENCY), (fault,), frozenset(Header.model_fields))


def _header_column(key: str) -> Column:
    kind = {"as_of": "date", "synthetic": "boolean"}.get(key, "text")
    return Column(HEADER_SHEET, key, kind, "", False, False, "", None, None, (), None, "")


def _raw_table(table: str, rows: _Rows, file: str, fingerprint: str) -> RawTable:
    if len(rows) < 2:
        if not table_list()[table].required:
            return RawTable(file, fingerprint)
        rule = "has a header but no rows" if rows else "the sheet is empty"
        problem = Problem(file, "", "", "", rule, "write the rows")
        return RawTable(file, fingerprint, problems=(problem,))
    names = [str(cell.value).strip() if _filled(cell) else "" for cell in rows[0]]
    contract = {column.name: column for column in columns_of(table)}
    problems = [
        Problem(file, "header", name, "", f"stands {names.count(name)} times in the header", "keep one of them")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    reported: set[tuple[int, str]] = set()
    for position, row in enumerate(rows[1:]):
        if not any(_filled(cell) for cell in row):
            problems.append(Problem(file, f"row {position + 2}", "", "", "is a blank row", "remove it"))
            reported |= {(position, name) for name in names}
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    for at, name in enumerate(names):
        if name in columns:
            continue
        column = contract.get(name) or _header_column(name)
        texts, bad = _column_texts(column, [row[at] for row in rows[1:]], file)
        problems += [problem for _, problem in bad]
        reported |= {(position, name) for position, _ in bad}
        columns[name] = pa.array(texts, pa.string())
    return RawTable(file, fingerprint, columns, tuple(problems), frozenset(reported))


def _column_texts(column: Column, cells: Sequence[Any], file: str) -> tuple[list[str], list[tuple[int, Problem]]]:
    texts: list[str] = []
    bad: list[tuple[int, Problem]] = []
    for position, cell in enumerate(cells):
        text = ""
        if cell.value is not None:
            try:
                text = cell_text(column, cell)
            except CellError as fault:
                value = str(cell.value)
                bad.append((position, Problem(file, f"row {position + 2}", column.name, value, fault.rule, fault.fix)))
        texts.append(text)
    return texts, bad
