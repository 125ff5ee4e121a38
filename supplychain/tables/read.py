"""Read a data set: a folder of CSV and Parquet files, or a workbook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from supplychain.errors import DataError, Problem
from supplychain.tables.cells import YEARS, name_fault
from supplychain.tables.check import check_rules
from supplychain.tables.checking import Told
from supplychain.tables.columns import load_columns, read_order, table_list
from supplychain.tables.constants import bundled_constants, overlay
from supplychain.tables.find_files import STRAY, table_files
from supplychain.tables.header import HEADER_FILE, Header, ReadHeader, TableFile, parse_header
from supplychain.tables.parse import empty_frame, parse_table
from supplychain.tables.paths import file_fault, shown_path
from supplychain.tables.raw import RawTable
from supplychain.tables.read_csv import read_csv
from supplychain.tables.read_parquet import read_parquet
from supplychain.tables.read_workbook import is_workbook, read_workbook
from supplychain.tables.table_set import Tables, frame_fingerprint

__all__ = ["assemble", "peek_header", "raw_table", "read_header", "read_tables"]


def read_tables(path: str | Path, *, as_of: date | None = None) -> Tables:
    """Read and check a data set; ``as_of`` replaces the day given in it.

    ``path`` is a folder with ``dataset.yaml`` and a CSV or Parquet file for each table, or an XLSX workbook. Raises
    DataError with every problem found in any table.
    """
    path = Path(path)
    if path.is_dir():
        read, raws, problems = _read_folder(path)
    elif path.is_file() and is_workbook(path):
        read, raws, problems = read_workbook(path)
    else:
        rule = "is neither a folder nor a workbook" if path.exists() else "does not exist"
        fix = f"give a folder with {HEADER_FILE} or an .xlsx workbook"
        raise DataError("no data set", [Problem(shown_path(path), "", "", "", rule, fix)])
    if path.is_file():
        return assemble(read, raws, path.stem, as_of=as_of, problems=problems, place=shown_path(path))
    place = shown_path(path / HEADER_FILE)
    return assemble(read, raws, path.resolve().name, as_of=as_of, problems=problems, place=place)


def read_header(folder: Path) -> Header:
    """Read ``dataset.yaml`` of a folder; raises DataError."""
    read = peek_header(folder)
    if read.header is None or read.problems:
        raise _failure(folder.name, list(read.problems))
    return read.header


def peek_header(folder: Path) -> ReadHeader:
    """Read ``dataset.yaml`` of a folder as far as it can be used; raises DataError when there is none."""
    file = folder / HEADER_FILE
    if not file.is_symlink() and not file.exists():
        fix = "write one with at least `as_of:` and `base_currency:`, or correct the path"
        raise DataError("no data set", [Problem(shown_path(file), "", "", "", "does not exist", fix)])
    label = shown_path(file)
    fault = file_fault(file)
    if fault:
        raise DataError("no data set", [Problem(label, "", "", "", *fault)])
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError("no data set", [Problem(label, "", "", "", "is not UTF-8", "save it as UTF-8")]) from None
    return parse_header(text, label)


def assemble(
    read: ReadHeader | Header,
    raws: Mapping[str, RawTable],
    name: str,
    *,
    as_of: date | None = None,
    problems: list[Problem] | None = None,
    place: str = HEADER_FILE,
) -> Tables:
    """Type, check and join raw tables; raises DataError with ``problems`` and every further one.

    ``place`` is where the header stands. ``raws`` may hold ``constants`` and ``calibrated``, which are laid over the
    bundled constants. Faults of a header that was read are told with those of the tables.
    """
    read = ReadHeader(read) if isinstance(read, Header) else read
    header, found = read.header, [*read.problems, *(problems or ())]
    if header is None:
        raise _failure(name, found)
    state = _Assembly(header.base_currency, found, read)
    for table in read_order():
        if table == "constants":
            state.constants(raws)
        else:
            state.table(table, raws.get(table))
    day = as_of or header.as_of
    fault = _day_fault(day, place)
    if fault is not None and (day is not None or "as_of" not in read.doubtful):
        state.problems.append(fault)
    unsure = (read.doubtful - {"as_of"}) | ({"as_of"} if fault is not None else set())
    for key, text, longest in (("name", header.name or name, 120), ("title", header.title, 200)):
        if (unfit := name_fault(text, longest)) is not None:
            state.problems.append(Problem(place, "", key, text, unfit.rule, unfit.fix))
    tables = Tables(
        name=header.name or name,
        title=header.title or header.name or name,
        as_of=day or date.min,
        base_currency=header.base_currency,
        country=header.country,
        time_zone=header.time_zone,
        lane_rule=header.lane_rule,
        synthetic=header.synthetic,
        frames=MappingProxyType(state.frames),
        files=MappingProxyType(state.files),
        fingerprints=MappingProxyType(state.fingerprints),
    )
    found = [*state.problems, *check_rules(tables, told=state.told(frozenset(unsure)))]
    if found:
        raise _failure(tables.name, found)
    return tables


def _day_fault(day: date | None, place: str) -> Problem | None:
    if day is None:
        fix = f"write `as_of: 2025-05-31` in {HEADER_FILE}, or give the day with --as-of"
        return Problem(place, "", "as_of", "", "the planning day is missing", fix)
    if not YEARS[0] <= day.year <= YEARS[1]:
        rule = f"the year of the planning day must be between {YEARS[0]} and {YEARS[1]}"
        return Problem(place, "", "as_of", str(day), rule, "correct the year")
    return None


@dataclass
class _Assembly:
    """Frames as they come together, and what is wrong with them."""

    base_currency: str
    problems: list[Problem]
    read: ReadHeader
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    fingerprints: dict[str, str] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)
    told_rows: dict[str, frozenset[int]] = field(default_factory=dict)
    told_keys: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def told(self, header: frozenset[str]) -> Told:
        """What the rules need not tell again; ``header`` are keys of dataset.yaml whose value is not known."""
        keys = {place: frozenset(texts) for place, texts in self.told_keys.items()}
        return Told(frozenset(self.unread), self.told_rows, keys, header)

    def table(self, table: str, raw: RawTable | None) -> None:
        """Type one table; a table that was not given has no rows."""
        if raw is None or not raw.columns:
            frame = empty_frame(table)
            if raw is None and table_list()[table].required:
                self.unread.add(table)
                if not self.read.tables and "tables" not in self.read.doubtful:  # else its file may be named there
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
            self.told_rows[table] = raw.ragged
            for problem in (*raw.problems, *bad):
                if problem.value.strip():
                    self.told_keys.setdefault((table, problem.field), set()).add(problem.value.strip())
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


def _read_folder(folder: Path) -> tuple[ReadHeader, dict[str, RawTable], list[Problem]]:
    read = peek_header(folder)
    raws: dict[str, RawTable] = {}
    if read.header is None:
        return read, raws, []
    files, problems, refused = table_files(folder, read.header, strays=not (read.doubtful & {"tables", "ignore"}))
    if read.tables:  # a file that no table names may be one of theirs
        problems = [problem for problem in problems if problem.rule != STRAY]
        files = {table: file for table, file in files.items() if table not in read.tables}
        refused |= dict.fromkeys(read.tables & table_list().keys(), shown_path(folder / HEADER_FILE))
    for table, file in refused.items():
        raws[table] = RawTable(file, "")  # what is wrong with it is said already
    for table, (path, spec) in files.items():
        if table in table_list() and table_list()[table].personal:
            continue
        raws[table] = raw_table(table, path, spec)
    return read, raws, problems


def raw_table(table: str, path: Path, spec: TableFile) -> RawTable:
    """Read the file of one table, typed by nobody yet."""
    if path.suffix.lower() == ".parquet":
        return read_parquet(path, shown_path(path), table)
    keys = frozenset(column.name for column in load_columns().get(table, ()) if column.key)
    shown = shown_path(path)
    return read_csv(path, shown, encoding=spec.encoding, delimiter=spec.delimiter, decimal=spec.decimal, keys=keys)


def _failure(name: str, problems: list[Problem]) -> DataError:
    count = f"{len(problems)} problems" if len(problems) != 1 else "1 problem"
    return DataError(f"data set {name}: {count}", problems)
