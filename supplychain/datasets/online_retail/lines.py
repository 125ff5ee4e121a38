"""Order lines as a shop exports them, read and typed; nothing is left out or mended here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.datasets.online_retail.folder import MappingFolder
from supplychain.errors import DataError, Problem
from supplychain.tables.parse import row_label
from supplychain.tables.read_csv import read_csv
from supplychain.tables.read_parquet import read_parquet

__all__ = ["read_lines"]

_REQUIRED = ("order_id", "item_id", "quantity", "moment", "price")
_OPTIONAL = ("customer_id", "country", "description")


def read_lines(file: Path, folder: MappingFolder) -> pd.DataFrame:
    """The lines of a Parquet, CSV or XLSX file, in its order.

    Columns: order_id, item_id (text), quantity (float64, whole), moment (datetime64[s]), price (float64),
    customer_id, country, description (text or None). Raises DataError with every cell that cannot be read.
    """
    raw = _read(file, folder)
    problems: list[Problem] = []
    names = _names(raw, folder, file.name, problems)
    if problems:
        raise _failure(file, problems)
    lines = {}
    for field in ("order_id", "item_id", *_OPTIONAL):
        lines[field] = _texts(raw[names[field]]) if field in names else pd.Series([None] * len(raw), dtype=object)
    for field in ("quantity", "price"):
        lines[field] = _numbers(raw[names[field]])
    lines["moment"] = _moments(raw[names["moment"]], folder.columns["moment"][1])
    frame = pd.DataFrame(lines)[[*_REQUIRED, *_OPTIONAL]]
    fixes = {"moment": f"write moments as {' or '.join(folder.columns['moment'][1])}", "quantity": "write whole units"}
    for field in _REQUIRED:
        bad = frame[field].isna()
        if field == "quantity":
            bad |= frame[field] != np.round(frame[field])
        for position in np.flatnonzero(bad):
            value = raw[names[field]].iloc[position]
            shown = "" if pd.isna(value) else str(value)
            rule = "must not be empty" if not shown else f"cannot be read as {field}"
            fix = fixes.get(field, "give a value")
            problems.append(Problem(file.name, row_label(file.name, int(position)), names[field], shown, rule, fix))
    if problems:
        raise _failure(file, problems)
    return frame


def _read(file: Path, folder: MappingFolder) -> pd.DataFrame:
    suffix = file.suffix.lower()
    if not file.is_file():
        raise _failure(file, [Problem(file.name, "", "", "", "does not exist", "correct the path after --data")])
    if suffix in {".xlsx", ".xlsm"}:
        return pd.read_excel(file, dtype=object)
    if suffix == ".parquet":
        raw = read_parquet(file, file.name, "order_lines")
    elif suffix in {".csv", ".txt"}:
        raw = read_csv(file, file.name)
        encodings = folder.columns.get("encoding", ((), ()))[1]
        if not raw.columns and encodings:
            raw = read_csv(file, file.name, encoding=encodings[0])
    else:
        rule = "is no file of order lines that can be read"
        raise _failure(file, [Problem(file.name, "", "", "", rule, "give a .parquet, .csv or .xlsx file")])
    if raw.problems:
        raise _failure(file, raw.problems)
    return pd.DataFrame({name: column.to_pandas() for name, column in raw.columns.items()})


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
