"""Order lines as a shop exports them, read and typed; nothing is left out or mended here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.datasets.online_retail.folder import MappingFolder
from supplychain.errors import DataError, Problem
from supplychain.tables.cells import UNSAFE, limit_text
from supplychain.tables.columns import columns_of
from supplychain.tables.parse import row_label
from supplychain.tables.paths import file_fault, shown_path
from supplychain.tables.read_csv import read_csv
from supplychain.tables.read_parquet import read_parquet
from supplychain.tables.read_workbook import UNREADABLE

__all__ = ["read_lines"]

_LARGEST = {
    "quantity": {column.name: column for column in columns_of("demand")}["quantity"].maximum or 0.0,
    "price": {column.name: column for column in columns_of("items")}["price"].maximum or 0.0,
}
_EXAMPLE = datetime(2025, 5, 31, 13, 45)  # noqa: DTZ001 - order lines know no zones
_REQUIRED = ("order_id", "item_id", "quantity", "moment", "price")
_OPTIONAL = ("customer_id", "country", "description")


def read_lines(file: Path, folder: MappingFolder) -> pd.DataFrame:
    """The lines of a Parquet, CSV or XLSX file, in its order.

    Columns: order_id, item_id (text), quantity (float64, whole), moment (datetime64[s]), price (float64),
    customer_id, country, description (text or None). Raises DataError with every cell that cannot be read.
    """
    raw = _read(file, folder)
    problems: list[Problem] = []
    names = _names(raw, folder, shown_path(file), problems)
    if problems:
        raise _failure(file, problems)
    lines = {}
    for field in ("order_id", "item_id", *_OPTIONAL):
        lines[field] = _texts(raw[names[field]]) if field in names else pd.Series([None] * len(raw), dtype=object)
    for field in ("quantity", "price"):
        lines[field] = _numbers(raw[names[field]])
    lines["moment"] = _moments(raw[names["moment"]], folder.columns["moment"][1])
    frame = pd.DataFrame(lines)[[*_REQUIRED, *_OPTIONAL]]
    for field, name in names.items():
        rule, fix = _rule(field, folder)
        for position in np.flatnonzero(_bad(frame[field], field)):
            value = raw[name].iloc[position]
            shown = "" if pd.isna(value) else str(value)
            place = row_label(file.name, int(position))
            problems.append(Problem(shown_path(file), place, name, shown, rule if shown else "must not be empty", fix))
    if problems:
        raise _failure(file, problems)
    return frame


def _bad(cells: pd.Series, field: str) -> npt.NDArray[np.bool_]:
    """Cells that are empty where they must not be, or that the rule of the field forbids."""
    bad = cells.isna() if field in _REQUIRED else pd.Series(np.zeros(len(cells), dtype=bool))
    if field in _LARGEST:
        bad |= cells.abs() > _LARGEST[field]
    if field == "quantity":
        bad |= cells != np.round(cells)
    if cells.dtype == object:
        bad |= cells.isin([text for text in cells.dropna().unique() if UNSAFE.search(text)])
    found: npt.NDArray[np.bool_] = bad.to_numpy(dtype=bool)
    return found


def _rule(field: str, folder: MappingFolder) -> tuple[str, str]:
    if field == "moment":
        forms = " or ".join(_EXAMPLE.strftime(form) for form in folder.columns["moment"][1])
        return "is no moment in a form that order_columns.csv names", f"write it as {forms}"
    if field in _LARGEST:
        kind = "whole number" if field == "quantity" else "number"
        return f"must be a {kind} from -{limit_text(_LARGEST[field])} to {limit_text(_LARGEST[field])}", "correct it"
    return "holds control characters", "remove line breaks, tabs and other control characters from the cell"


def _read(file: Path, folder: MappingFolder) -> pd.DataFrame:
    suffix = file.suffix.lower()
    label = shown_path(file)
    fault = file_fault(file)
    if fault:
        raise _failure(file, [Problem(label, "", "", "", fault[0], "give the file of order lines with --data")])
    if suffix in {".xlsx", ".xlsm"}:
        return _workbook(file)
    if suffix == ".parquet":
        raw = read_parquet(file, label, "order_lines")
    elif suffix in {".csv", ".txt"}:
        raw = read_csv(file, label)
        encodings = folder.columns.get("encoding", ((), ()))[1]
        if not raw.columns and encodings:
            raw = read_csv(file, label, encoding=encodings[0])
    else:
        rule = "is no file of order lines that can be read"
        raise _failure(file, [Problem(label, "", "", "", rule, "give a .parquet, .csv or .xlsx file")])
    if raw.problems:
        raise _failure(file, raw.problems)
    return pd.DataFrame({name: column.to_pandas() for name, column in raw.columns.items()})


def _workbook(file: Path) -> pd.DataFrame:
    try:
        return pd.read_excel(file, dtype=object, engine="openpyxl")
    except UNREADABLE as fault:
        rule = f"is not a readable XLSX workbook ({fault})"
        problem = Problem(shown_path(file), "", "", "", rule, "save it as an Excel workbook (.xlsx) again")
        raise _failure(file, [problem]) from None


def _names(raw: pd.DataFrame, folder: MappingFolder, file: str, problems: list[Problem]) -> dict[str, str]:
    """The file's column for each field; a required field without one is a problem."""
    names: dict[str, str] = {}
    for field in (*_REQUIRED, *_OPTIONAL):
        options = folder.columns.get(field, ((), ()))[0]
        found = [name for name in options if name in raw.columns]
        if found:
            names[field] = found[0]
        elif field in _REQUIRED:
            rule = f"no column for {field}; the file has {', '.join(map(str, raw.columns))}"
            fix = f"rename it to {' or '.join(options) or field}, or write its name into order_columns.csv"
            problems.append(Problem(file, "header", field, "", rule, fix))
    return names


def _texts(cells: pd.Series) -> pd.Series:
    """Keys and text: blanks around are cut, empty is None, and 17850.0 (a number with gaps, as exported) is 17850."""
    codes, distinct = pd.factorize(cells)
    texts = np.array([*(_text(value) for value in distinct), None], dtype=object)
    return pd.Series(texts[codes], dtype=object)


def _text(value: Any) -> str | None:
    if isinstance(value, float | np.floating) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    whole, _, rest = text.partition(".")
    return (whole if rest == "0" and whole.isdecimal() else text) or None


def _numbers(cells: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
    return numbers.where(np.isfinite(numbers.to_numpy()))


def _moments(cells: pd.Series, formats: Sequence[str]) -> pd.Series:
    """Moments in the first format that fits every row, else in the one that fits most."""
    if cells.dtype.kind == "M":
        return cells.astype("datetime64[s]")
    best: npt.NDArray[np.datetime64] | None = None
    for pattern in formats:
        parsed = pd.to_datetime(cells, format=pattern, errors="coerce").to_numpy().astype("datetime64[s]")
        if best is None or np.isnat(parsed).sum() < np.isnat(best).sum():
            best = parsed
        if not np.isnat(best).any():
            break
    empty = np.full(len(cells), "NaT", dtype="datetime64[s]")
    return pd.Series(empty if best is None else best)


def _failure(file: Path, problems: Sequence[Problem]) -> DataError:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return DataError(f"order lines {file.name}: {count}", problems)
