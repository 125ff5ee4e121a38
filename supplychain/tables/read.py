"""Read a data set: a folder of CSV and Parquet files, or a workbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from supplychain.errors import DataError, Problem
from supplychain.tables.check import check_rules
from supplychain.tables.columns import load_columns, read_order, table_list
from supplychain.tables.constants import CALIBRATED_FILE, bundled_constants, overlay
from supplychain.tables.header import HEADER_FILE, Header, TableFile, parse_header
from supplychain.tables.nearest import suggestion
from supplychain.tables.parse import empty_frame, parse_table
from supplychain.tables.raw import RawTable
from supplychain.tables.read_csv import read_csv
from supplychain.tables.read_parquet import read_parquet
from supplychain.tables.read_workbook import is_workbook, read_workbook
from supplychain.tables.table_set import Tables, frame_fingerprint

__all__ = ["assemble", "raw_table", "read_header", "read_tables", "table_files"]

_SUFFIXES = (".csv", ".parquet")


def read_tables(path: str | Path, *, as_of: date | None = None) -> Tables:
    """Read and check a data set; ``as_of`` replaces the day given in it.

    ``path`` is a folder with ``dataset.yaml`` and a CSV or Parquet file for each table, or an XLSX workbook. Raises
    DataError with every problem found in any table.
    """
    path = Path(path)
    if path.is_dir():
        header, raws, problems = _read_folder(path)
    elif path.is_file() and is_workbook(path):
        header, raws, problems = read_workbook(path)
    else:
        rule = "is neither a folder nor a workbook" if path.exists() else "does not exist"
        fix = f"give a folder with {HEADER_FILE} or an .xlsx workbook"
        raise DataError("no data set", [Problem(str(path), "", "", "", rule, fix)])
    if header is None:
        raise _failure(path.name, problems)
    return assemble(header, raws, path.stem if path.is_file() else path.name, as_of=as_of, problems=problems)


def read_header(folder: Path) -> Header:
    """Read ``dataset.yaml`` of a folder; raises DataError."""
    file = folder / HEADER_FILE
    if not file.is_file():
        fix = "write one with at least `as_of:` and `base_currency:`, or correct the path"
        raise DataError("no data set", [Problem(str(file), "", "", "", "does not exist", fix)])
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError("no data set", [Problem(str(file), "", "", "", "is not UTF-8", "save it as UTF-8")]) from None
    header, problems = parse_header(text, HEADER_FILE)
    if header is None:
        raise _failure(folder.name, problems)
    return header


def assemble(
    header: Header,
    raws: Mapping[str, RawTable],
    name: str,
    *,
    as_of: date | None = None,
    problems: list[Problem] | None = None,
) -> Tables:
    """Type, check and join raw tables; raises DataError with ``problems`` and every further one.

    ``raws`` may hold ``constants`` and ``calibrated``, which are laid over the bundled constants.
    """
    state = _Assembly(header.base_currency, list(problems or ()))
    for table in read_order():
        if table == "constants":
            state.constants(raws)
        else:
            state.table(table, raws.get(table))
    day = as_of or header.as_of
    if day is None:
        fix = f"write `as_of: 2025-05-31` in {HEADER_FILE}, or give the day with --as-of"
        state.problems.append(Problem(HEADER_FILE, "", "as_of", "", "the planning day is missing", fix))
        raise _failure(name, state.problems)
    tables = Tables(
        name=header.name or name,
        title=header.title or header.name or name,
        as_of=day,
        base_currency=header.base_currency,
        country=header.country,
        time_zone=header.time_zone,
        lane_rule=header.lane_rule,
        synthetic=header.synthetic,
        frames=MappingProxyType(state.frames),
        files=MappingProxyType(state.files),
        fingerprints=MappingProxyType(state.fingerprints),
    )
    found = [*state.problems, *check_rules(tables, unread=frozenset(state.unread))]
    if found:
        raise _failure(tables.name, found)
    return tables


@dataclass
class _Assembly:
    """Frames as they come together, and what is wrong with them."""

    base_currency: str
    problems: list[Problem]
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)

    def table(self, table: str, raw: RawTable | None) -> None:
        """Type one table; a table that was not given has no rows."""
        if raw is None or not raw.columns:
            frame = empty_frame(table)
            if raw is None and table_list()[table].required:
                self.unread.add(table)
                fix = f"add {table}.csv, {table}.parquet or a sheet {table}"
                self.problems.append(Problem(table, "", "", "", "is a required table", fix))
        else:
            frame, bad = parse_table(
                table,
                raw.columns,
                raw.file,
                base_currency=self.base_currency,
                decimal=raw.decimal,
                reported=raw.reported,
            )
            self.problems += [*raw.problems, *bad]
            if any(column.required and column.name not in raw.columns for column in load_columns()[table]):
                self.unread.add(table)
        if raw is not None:
            self.files[table] = raw.file
            if not raw.columns:
                self.problems += raw.problems
                self.unread.add(table)
        self.frames[table] = frame
        self.fingerprints[table] = raw.fingerprint if raw is not None else frame_fingerprint(frame)

    def constants(self, raws: Mapping[str, RawTable]) -> None:
        """Bundled constants, then those of the data set, then its calibration."""
        frame, _ = bundled_constants()
        sources = ["data/constants.csv"]
        for name, fitted in (("constants", False), ("calibrated", True)):
            raw = raws.get(name)
            if raw is not None:
                frame, bad = overlay(frame, raw, fitted=fitted)
                self.problems += bad
                sources.append(raw.file)
        self.frames["constants"] = frame
        self.files["constants"] = " + ".join(sources)
        self.fingerprints["constants"] = frame_fingerprint(frame)


def _read_folder(folder: Path) -> tuple[Header | None, dict[str, RawTable], list[Problem]]:
    header = read_header(folder)
    raws: dict[str, RawTable] = {}
    files, problems = table_files(folder, header)
    for table, (path, spec) in files.items():
        if table in table_list() and table_list()[table].personal:
            continue
        raws[table] = raw_table(table, path, spec)
    return header, raws, problems


def raw_table(table: str, path: Path, spec: TableFile) -> RawTable:
    """Read the file of one table, typed by nobody yet."""
    if path.suffix.lower() == ".parquet":
        return read_parquet(path, spec.file, table)
    return read_csv(path, spec.file, encoding=spec.encoding, delimiter=spec.delimiter, decimal=spec.decimal)


def table_files(folder: Path, header: Header) -> tuple[dict[str, tuple[Path, TableFile]], list[Problem]]:
    """Which file holds which table, and what is wrong with the folder: missing, doubled, unknown or outside files."""
    problems: list[Problem] = []
    files: dict[str, tuple[Path, TableFile]] = {}
    for table, spec in header.tables.items():
        path = folder / spec.file
        fault = _file_fault(folder, path)
        if fault:
            rule, fix = fault
            problems.append(Problem(HEADER_FILE, "", f"tables.{table}", spec.file, rule, fix))
        else:
            files[table] = (path, spec)
    named = {path.resolve() for path, _ in files.values()}
    ignored = {(folder / name).resolve() for name in header.ignore}
    known = (*load_columns(), Path(CALIBRATED_FILE).stem)
    for path in _candidates(folder):
        table = path.stem
        if path.resolve() in named or (path.resolve() in ignored and path.name != CALIBRATED_FILE):
            continue  # the calibration is no table, but it always counts
        if table not in known:
            otherwise = f"rename it, or list it under `ignore:` in {HEADER_FILE}"
            rule = "is not the file of a table"
            problems.append(Problem(path.name, "", "", "", rule, suggestion(table, known, otherwise)))
        elif table in files or table in header.tables:
            other = files[table][0].name if table in files else header.tables[table].file
            rule = f"gives table {table} a second time, beside {other}"
            problems.append(Problem(path.name, "", "", "", rule, "keep one of the two files"))
        elif not path.resolve().is_relative_to(folder.resolve()):
            problems.append(Problem(path.name, "", "", "", "is a link that leads outside the folder", "copy the file"))
        else:
            files[table] = (path, TableFile(file=path.name))
    return files, problems


def _candidates(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.is_file() and path.suffix.lower() in _SUFFIXES:
            yield path


def _file_fault(folder: Path, path: Path) -> tuple[str, str] | None:
    if not path.resolve().is_relative_to(folder.resolve()):
        return "leads outside the folder of the data set", "keep every file inside the folder"
    if not path.is_file():
        return "does not exist", "correct the name, or remove the line"
    if path.suffix.lower() not in _SUFFIXES:
        return "must end in .csv or .parquet", "save the table as CSV or Parquet"
    return None


def _failure(name: str, problems: list[Problem]) -> DataError:
    count = f"{len(problems)} problems" if len(problems) != 1 else "1 problem"
    return DataError(f"data set {name}: {count}", problems)
