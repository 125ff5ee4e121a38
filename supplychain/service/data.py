"""Makes data sets: builds a bundled one, maps a foreign file, writes the template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from supplychain.datasets import bundled_names, load_tables
from supplychain.datasets.online_retail import MappingReport, map_order_lines_with_report
from supplychain.errors import DataError, Problem, SupplyChainError, UsageError
from supplychain.resources import bundled
from supplychain.scenario import load_scenario
from supplychain.service.calibration import Calibration, calibrate, write_calibration
from supplychain.service.inputs import find_project
from supplychain.service.workers import executor_of
from supplychain.tables import Tables, load_columns, write_template

__all__ = ["build_data", "calibrate_data", "map_data", "template_data", "write_data"]

_BUILT = ("china_south", "china")
_SEED = 2025  # of the bundled set
_MAPPED = ("online_retail",)
_PARQUET = frozenset({"demand", "actuals"})
_MINUTES = 60


def build_data(name: str, to: str | Path, *, places: int | None = None, seed: int | None = None) -> Path:
    """Build ``china_south`` anew, or ``china`` with a number of ``places``, into a folder that is empty or not there.

    Raises UsageError for an unknown name, a folder in use, ``places`` that do not fit or a missing extra, and
    DataError for a source that lacks a place.
    """
    if name not in _BUILT:
        raise UsageError(f"data build {name!r}: must be one of {', '.join(_BUILT)}")
    if (places is None) == (name == "china"):
        rule = "needs --places N" if places is None else "has a fixed list of places; build china with --places N"
        raise UsageError(f"data build {name}: {rule}")
    folder = _empty_folder(to)
    from supplychain.datasets.china_south import build

    try:
        build(folder, seed=_SEED if seed is None else seed, places=places)
    except ModuleNotFoundError as error:
        rule = f"data build needs {error.name}, which is not installed"
        raise UsageError(f"{rule}; pip install 'supplychain-toolkit[build]'") from error
    return folder


def map_data(
    mapping: str, file: str | Path, to: str | Path, *, as_of: date | None = None
) -> tuple[Tables, MappingReport]:
    """Map a foreign file to a data set folder; returns its tables and the report that counts every line.

    ``mapping`` is ``online_retail``, or a folder with ``mapping:`` in its dataset.yaml. Raises DataError with every
    problem, UsageError for an unknown mapping or a folder in use.
    """
    source = Path(mapping)
    if mapping in _MAPPED and mapping in bundled_names():
        source = bundled("data") / mapping
    elif not (source / "dataset.yaml").is_file():
        raise UsageError(f"mapping {mapping!r}: must be one of {', '.join(_MAPPED)}, or a folder with a dataset.yaml")
    if not Path(file).is_file():
        problem = Problem(str(file), "", "", "", "does not exist", "give the path of the file with the order lines")
        raise DataError("no data file", [problem])
    folder = _empty_folder(to)
    tables, report = map_order_lines_with_report(Path(file), source, as_of=as_of)
    write_data(tables, folder)
    return tables, report


def calibrate_data(
    name: str | Path,
    *,
    scenario: str = "baseline",
    crisis: str | None = None,
    project: Path | None = None,
    lives: int = 10,
    rounds: int = 4,
    workers: int = 1,
    to: str | Path | None = None,
    tell: Callable[[str], None] | None = None,
) -> Calibration:
    """Fit the constants of a data set, and write them to ``to`` (as ``calibrated.csv``) when it is given.

    ``crisis`` names a scenario of a capacity crisis, whose late rate under today's rule is compared with the target.
    Raises DataError for a data set that breaks the contract, ScenarioError for a scenario that cannot be used on it,
    UsageError for ``to`` without its folder.
    """
    if to is not None and not Path(to).resolve().parent.is_dir():
        raise UsageError(f"--to {to}: its folder does not exist; make it first")
    today = load_scenario(scenario, project=find_project(scenario, project))
    surge = None
    if crisis is not None:
        home = find_project(crisis, project)
        surge = load_scenario(crisis, project=home, sets=("replenish.policy=today",))
    tables = load_tables(name)
    with executor_of(workers) as executor:
        found = calibrate(
            tables, today, crisis=surge, lives=lives, rounds=rounds, executor=executor, workers=workers, tell=tell
        )
    if to is not None:
        write_calibration(found, Path(to))
    return found


def template_data(to: str | Path) -> Path:
    """Write the template workbook; raises UsageError when the file is there or is no .xlsx."""
    path = Path(to)
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"{path}: must end in .xlsx")
    if path.exists():
        raise UsageError(f"{path}: exists already; choose another name")
    if not path.parent.is_dir():
        raise SupplyChainError(f"{path}: there is no folder {path.parent}; make it, or choose another place")
    try:
        write_template(path)
    except OSError as error:
        raise SupplyChainError(f"{path}: {error.strerror or error}; choose another place") from error
    return path


def write_data(tables: Tables, folder: Path) -> None:
    """Write a data set as a folder that `read_tables` reads back: Parquet for sales, CSV for the rest."""
    header: dict[str, str] = {
        "name": tables.name,
        "title": _quoted(tables.title),
        "as_of": tables.as_of.isoformat(),
        "base_currency": tables.base_currency,
        "country": tables.country,
        "time_zone": tables.time_zone,
        "lane_rule": tables.lane_rule,
        "synthetic": "true" if tables.synthetic else "false",
    }
    files: dict[str, str] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in tables.frames.items():
            if not len(frame):
                continue
            text = _as_text(name, frame)
            files[name] = f"{name}.{'parquet' if name in _PARQUET else 'csv'}"
            if name in _PARQUET:
                text.to_parquet(folder / files[name], index=False, compression="zstd")
            else:
                text.to_csv(folder / files[name], index=False, lineterminator="\n")
        (folder / "dataset.yaml").write_text(_yaml(header, files), encoding="utf-8", newline="\n")
    except OSError as error:
        raise SupplyChainError(f"{folder}: {error.strerror or error}; choose another place with --to") from error


def _yaml(header: Mapping[str, str], files: Mapping[str, str]) -> str:
    lines = [f"{key}: {value}" for key, value in header.items()]
    return "\n".join([*lines, "tables:", *(f"  {name}: {file}" for name, file in files.items())]) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _as_text(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Cells as the contract writes them in a file."""
    columns = {column.name: column.type for column in load_columns()[table]}
    return pd.DataFrame({name: [_cell(value, columns.get(name, "text")) for value in frame[name]] for name in frame})


def _cell(value: Any, kind: str) -> str | None:
    if isinstance(value, tuple):
        return _several(value, kind)
    missing = value is None or value is pd.NA or value is pd.NaT or value != value  # noqa: PLR0124 - NaN
    return None if missing else _filled(value, kind)


def _filled(value: Any, kind: str) -> str:
    if isinstance(value, pd.Timestamp):
        return str(value.date().isoformat())
    if kind == "boolean":
        return "yes" if value else "no"
    if kind == "time":
        return f"{int(value) // _MINUTES:02d}:{int(value) % _MINUTES:02d}"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _several(value: tuple[Any, ...], kind: str) -> str | None:
    if not value:
        return None
    if kind == "weekdays":
        return "".join(str(day) for day in value)
    return "|".join("..".join(str(end) for end in part) if isinstance(part, tuple) else str(part) for part in value)


def _empty_folder(to: str | Path) -> Path:
    folder = Path(to)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"--to {folder}: exists already and is not an empty folder")
    return folder
