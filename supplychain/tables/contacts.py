"""Personal data of deliveries: read on request only, never part of a table set."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from supplychain.errors import DataError, Problem
from supplychain.tables.find_files import table_files
from supplychain.tables.parse import parse_table, row_label
from supplychain.tables.raw import RawTable
from supplychain.tables.read import raw_table, read_header
from supplychain.tables.read_workbook import is_workbook, read_sheet

__all__ = ["read_contacts"]

_TABLE = "contacts"


def read_contacts(path: str | Path) -> pd.DataFrame:
    """Names, phones and streets of a data set's deliveries; without rows when it has none.

    Nothing else in the toolkit reads them, and no solver ever sees them. Problems name rows and columns but never show
    a value. Raises DataError.
    """
    path = Path(path)
    raw = read_sheet(path, _TABLE) if is_workbook(path) else _raw(path)
    if raw is None or (not raw.columns and not raw.problems):
        return parse_table(_TABLE, {}, _TABLE)[0].iloc[:0]
    frame, problems = parse_table(_TABLE, raw.columns, raw.file, reported=raw.reported)
    problems = [*raw.problems, *(problems if raw.columns else [])]
    for position in frame.index[frame["delivery_id"].duplicated() & frame["delivery_id"].notna()]:
        place = row_label(raw.file, position)
        problems.append(Problem(raw.file, place, "delivery_id", "", "stands twice", "keep one of the rows"))
    if problems:
        hidden = [Problem(one.file, one.record, one.field, "", one.rule, one.fix) for one in problems]
        raise DataError(f"contacts: {len(hidden)} problems", hidden)
    return frame


def _raw(folder: Path) -> RawTable | None:
    files, _, _ = table_files(folder, read_header(folder))
    return raw_table(_TABLE, *files[_TABLE]) if _TABLE in files else None
