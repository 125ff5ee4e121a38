"""Find a data set by name or path, and read it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from supplychain.errors import DataError, Problem
from supplychain.resources import bundled
from supplychain.tables import Tables, read_header, read_tables
from supplychain.tables.header import HEADER_FILE
from supplychain.tables.nearest import suggestion
from supplychain.tables.paths import is_there, shown_path
from supplychain.tables.read import peek_header

__all__ = ["bundled_names", "load_tables"]

_MAPPINGS = ("online_retail", "orders_csv")


def bundled_names() -> tuple[str, ...]:
    """Names of the bundled data sets, sorted."""
    folders = (path for path in bundled("data").iterdir() if (path / HEADER_FILE).is_file())
    return tuple(sorted(path.name for path in folders))


def load_tables(name_or_path: str | Path, *, data_file: str | Path | None = None, as_of: date | None = None) -> Tables:
    """Read the data set of a bundled name, a folder or a workbook.

    A data set whose ``dataset.yaml`` names a mapping is built from ``data_file``, which the user brings. ``as_of``
    replaces the planning day of the data set. Raises DataError with every problem.
    """
    path = _find(name_or_path)
    mapping = None
    if path.is_dir():
        read = peek_header(path)
        unsure = read.header is None or read.header.mapping is not None or "mapping" in read.doubtful
        mapping = read_header(path).mapping if unsure else None  # tables tell the faults of a header that has them
    if mapping is None:
        if data_file is not None:
            fix = f"leave out --data, or name a data set with `mapping:` in its {HEADER_FILE}"
            rule = f"data set {path.name} has tables of its own and takes no data file"
            raise DataError("data file not used", [Problem(shown_path(data_file), "", "", "", rule, fix)])
        return read_tables(path, as_of=as_of)
    if mapping not in _MAPPINGS:
        fix = suggestion(mapping, _MAPPINGS, f"use one of {', '.join(_MAPPINGS)}")
        problem = Problem(shown_path(path / HEADER_FILE), "", "mapping", mapping, "is not a known mapping", fix)
        raise DataError("unknown mapping", [problem])
    return _map_order_lines(path, data_file, as_of)


def _map_order_lines(folder: Path, data_file: str | Path | None, as_of: date | None) -> Tables:
    wanted = "the UCI Online Retail file (online_retail.parquet, .csv or .xlsx)"
    if data_file is None:
        problem = Problem(folder.name, "", "", "", "is built from a file that you bring", f"give {wanted} with --data")
        raise DataError(f"data set {folder.name} needs a data file", [problem])
    data_file = Path(data_file)
    if not is_there(data_file):
        problem = Problem(shown_path(data_file), "", "", "", "does not exist", f"give the path of {wanted} with --data")
        raise DataError(f"data set {folder.name} needs a data file", [problem])
    from supplychain.datasets.online_retail import map_order_lines

    return map_order_lines(data_file, folder, as_of=as_of)


def _find(name_or_path: str | Path) -> Path:
    text = str(name_or_path)
    if text in bundled_names():
        return bundled("data") / text
    path = Path(name_or_path)
    if is_there(path):
        return path
    names = bundled_names()
    fix = suggestion(
        text, names, f"give a folder, an .xlsx workbook or one of {', '.join(names) or 'the bundled sets'}"
    )
    raise DataError(
        "no data set", [Problem(shown_path(text), "", "", "", "is neither a bundled data set nor a path", fix)]
    )
