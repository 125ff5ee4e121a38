"""Which file of a folder holds which table."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from supplychain.errors import Problem
from supplychain.tables.columns import load_columns
from supplychain.tables.constants import CALIBRATED_FILE
from supplychain.tables.header import HEADER_FILE, Header, TableFile
from supplychain.tables.nearest import suggestion
from supplychain.tables.paths import file_fault, leads_outside, shown_path

__all__ = ["STRAY", "table_files"]

STRAY = "is not the file of a table"
_SUFFIXES = (".csv", ".parquet")


def table_files(
    folder: Path, header: Header, *, strays: bool = True
) -> tuple[dict[str, tuple[Path, TableFile]], list[Problem], dict[str, str]]:
    """Which file holds which table, and what is wrong with the folder: missing, doubled, unknown or outside files.

    Also the tables whose only file is refused, each with that file: problems tell about them. Without ``strays`` files
    of no table are passed over.
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
    for name in header.ignore:
        if not (folder / name).exists() and not (folder / name).is_symlink():
            options = [path.name for path in _candidates(folder)]
            fix = suggestion(name, options, "remove the name, or correct it")
            problems.append(
                Problem(shown_path(folder / HEADER_FILE), "", "ignore", name, "is no file of the folder", fix)
            )
    for path in _candidates(folder):
        real = os.path.realpath(path)
        if real in named or (real in ignored and path.name != CALIBRATED_FILE):
            continue  # the calibration is no table, but it always counts
        fault = _stray_fault(path, header) or _file_fault(folder, path)
        table = path.stem
        if fault is None and table in files:
            fault = f"gives table {table} a second time, beside {files[table][0].name}", "keep one of the two files"
        if fault:
            if strays or fault[0] != STRAY:
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
        return STRAY, suggestion(path.stem, _known(), otherwise)
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
