"""Read a data set: a folder of CSV and Parquet files, or a workbook."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from supplychain.errors import DataError, Problem
from supplychain.tables.cells import YEARS
from supplychain.tables.check import check_rules
from supplychain.tables.checking import Told
from supplychain.tables.columns import load_columns, read_order, table_list
from supplychain.tables.constants import CALIBRATED_FILE, bundled_constants, overlay
from supplychain.tables.header import HEADER_FILE, Header, TableFile, parse_header
from supplychain.tables.nearest import suggestion
from supplychain.tables.parse import empty_frame, parse_table
from supplychain.tables.paths import file_fault, leads_outside, shown_path
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
        raise DataError("no data set", [Problem(shown_path(path), "", "", "", rule, fix)])
    if header is None:
        raise _failure(path.name, problems)
    if path.is_file():
        return assemble(header, raws, path.stem, as_of=as_of, problems=problems, place=shown_path(path))
    place = shown_path(path / HEADER_FILE)
    return assemble(header, raws, path.resolve().name, as_of=as_of, problems=problems, place=place)


def read_header(folder: Path) -> Header:
    """Read ``dataset.yaml`` of a folder; raises DataError."""
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
    header, problems = parse_header(text, label)
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
    place: str = HEADER_FILE,
) -> Tables:
    """Type, check and join raw tables; raises DataError with ``problems`` and every further one.

    ``place`` is where the header stands. ``raws`` may hold ``constants`` and ``calibrated``, which are laid over the
    bundled constants.
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
        state.problems.append(Problem(place, "", "as_of", "", "the planning day is missing", fix))
        raise _failure(name, state.problems)
    if not YEARS[0] <= day.year <= YEARS[1]:
        rule = f"the year of the planning day must be between {YEARS[0]} and {YEARS[1]}"
        state.problems.append(Problem(place, "", "as_of", str(day), rule, "correct the year"))
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
    found = [*state.problems, *check_rules(tables, told=state.told())]
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
    told_rows: dict[str, frozenset[int]] = field(default_factory=dict)
    told_keys: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def told(self) -> Told:
        """What the rules need not tell again."""
        keys = {place: frozenset(texts) for place, texts in self.told_keys.items()}
        return Told(frozenset(self.unread), self.told_rows, keys)

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


def _read_folder(folder: Path) -> tuple[Header | None, dict[str, RawTable], list[Problem]]:
    header = read_header(folder)
    raws: dict[str, RawTable] = {}
    files, problems, refused = table_files(folder, header)
    for table, file in refused.items():
        raws[table] = RawTable(file, "")  # what is wrong with it is said already
    for table, (path, spec) in files.items():
        if table in table_list() and table_list()[table].personal:
            continue
        raws[table] = raw_table(table, path, spec)
    return header, raws, problems


def raw_table(table: str, path: Path, spec: TableFile) -> RawTable:
    """Read the file of one table, typed by nobody yet."""
    if path.suffix.lower() == ".parquet":
        return read_parquet(path, shown_path(path), table)
    keys = frozenset(column.name for column in load_columns().get(table, ()) if column.key)
    shown = shown_path(path)
    return read_csv(path, shown, encoding=spec.encoding, delimiter=spec.delimiter, decimal=spec.decimal, keys=keys)


def table_files(
    folder: Path, header: Header
) -> tuple[dict[str, tuple[Path, TableFile]], list[Problem], dict[str, str]]:
    """Which file holds which table, and what is wrong with the folder: missing, doubled, unknown or outside files.

    Also the tables whose only file is refused, each with that file: problems tell about them.
    """
    problems: list[Problem] = []
    refused: dict[str, str] = {}
    files: dict[str, tuple[Path, TableFile]] = {}
    for table, spec in header.tables.items():
        path = folder / spec.file
        fault = _file_fault(folder, path)
        if fault:
            place = shown_path(folder / HEADER_FILE)
            problems.append(Problem(place, "", f"tables.{table}", spec.file, *fault))
            refused[table] = spec.file
        else:
            files[table] = (path, spec)
    named = {os.path.realpath(folder / spec.file) for spec in header.tables.values()}
    ignored = {os.path.realpath(folder / name) for name in header.ignore}
    for path in _candidates(folder):
        real = os.path.realpath(path)
        if real in named or (real in ignored and path.name != CALIBRATED_FILE):
            continue  # the calibration is no table, but it always counts
        fault = _stray_fault(path, header) or _file_fault(folder, path)
        table = path.stem
        if fault is None and table in files:
            fault = f"gives table {table} a second time, beside {files[table][0].name}", "keep one of the two files"
        if fault:
            problems.append(Problem(shown_path(path), "", "", "", *fault))
            if path.name.partition(".")[0] in load_columns():
                refused[path.name.partition(".")[0]] = shown_path(path)
        else:
            files[table] = (path, TableFile(file=path.name))
    return files, problems, {table: file for table, file in refused.items() if table not in files}


def _known() -> tuple[str, ...]:
    return (*load_columns(), Path(CALIBRATED_FILE).stem)


def _candidates(folder: Path) -> Iterator[Path]:
    """What ends like a table or is called like one, so that nothing meant as a table is passed over in silence."""
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.suffix.lower() in _SUFFIXES or path.name.partition(".")[0] in _known():
            yield path


def _stray_fault(path: Path, header: Header) -> tuple[str, str] | None:
    """Why a path of the folder is not taken as the table that its name says."""
    otherwise = f"rename it, or list it under `ignore:` in {HEADER_FILE}"
    if path.suffix.lower() not in _SUFFIXES:
        return "is called like a table, but only .csv and .parquet are read", f"save it as CSV; or {otherwise}"
    if path.stem not in _known():
        return "is not the file of a table", suggestion(path.stem, _known(), otherwise)
    if path.stem in header.tables:
        rule = f"gives table {path.stem} a second time, beside {header.tables[path.stem].file}"
        return rule, "keep one of the two files"
    return None


def _file_fault(folder: Path, path: Path) -> tuple[str, str] | None:
    if leads_outside(path, folder):
        return "leads outside the folder of the data set", "keep every file inside the folder"
    fault = file_fault(path)
    if fault is None and path.suffix.lower() not in _SUFFIXES:
        return "must end in .csv or .parquet", "save the table as CSV or Parquet"
    return fault


def _failure(name: str, problems: list[Problem]) -> DataError:
    count = f"{len(problems)} problems" if len(problems) != 1 else "1 problem"
    return DataError(f"data set {name}: {count}", problems)
