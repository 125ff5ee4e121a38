"""A scenario's name and the command's options -> the resolved scenario and the tables of its data set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from supplychain.datasets import bundled_names, load_tables
from supplychain.errors import DataError, ScenarioError, UsageError
from supplychain.resources import bundled
from supplychain.scenario import Scenario
from supplychain.scenario.load import read_scenario, unusable
from supplychain.tables import Tables, read_header

__all__ = ["find_project", "home_of", "is_mapped", "load_data", "load_inputs"]


def find_project(scenario: str | Path, project: Path | None) -> Path | None:
    """The project folder: the one given, else the working folder; None for a path, whose own folder decides."""
    if project is not None:
        return project
    text = str(scenario)
    is_path = text.endswith((".yaml", ".yml")) or "/" in text or "\\" in text
    return None if is_path else Path.cwd()


def load_inputs(
    scenario: str | Path,
    *,
    data: str | Path | None = None,
    as_of: date | None = None,
    sets: Sequence[str] = (),
    project: Path | None = None,
) -> tuple[Scenario, Tables]:
    """The resolved scenario and its tables, before any change of the scenario is applied.

    ``data`` is a file for a mapping (real order lines), or a folder or workbook that replaces the data set. Raises
    ScenarioError and DataError with every problem, those of both in one ScenarioError; UsageError when there is no data
    set at all.
    """
    home = find_project(scenario, project)
    chosen, problems = read_scenario(str(scenario), project=home, sets=sets)
    if chosen is None:
        raise unusable(str(scenario), problems)
    place = home or home_of(scenario)
    if not problems:
        return chosen, load_data(chosen, data=data, as_of=as_of, project=place)
    if data is None and (chosen.data is None or any(problem.field == "data" for problem in problems)):
        raise unusable(str(scenario), problems)
    try:
        load_data(chosen, data=data, as_of=as_of, project=place)
    except DataError as error:
        told = as_of is None and any(problem.field in {"as_of", "extends"} for problem in problems)
        found = [one for one in error.problems if not (told and one.field == "as_of" and not one.value)]
        raise ScenarioError(
            f"scenario {str(scenario)!r} cannot be used; {error.message}", [*problems, *found]
        ) from error
    raise unusable(str(scenario), problems)


def home_of(scenario: str | Path) -> Path:
    """Project folder of a scenario file: the folder above ``scenarios``, else the file's own."""
    folder = Path(scenario).resolve().parent
    return folder.parent if folder.name == "scenarios" else folder


def load_data(
    scenario: Scenario, *, data: str | Path | None = None, as_of: date | None = None, project: Path | None = None
) -> Tables:
    """Tables of the scenario's data set, or of what ``data`` brings instead; see `load_inputs`."""
    day = as_of or scenario.as_of
    path = Path(data) if data is not None else None
    if path is not None and (path.is_dir() or (path.suffix.lower() == ".xlsx" and not is_mapped(scenario))):
        return load_tables(path, as_of=day)
    if scenario.data is None:
        raise UsageError(f"scenario {scenario.name}: names no data set; give one with --data FOLDER")
    place = _place(scenario.data, project)
    if path is None and isinstance(place, str) and place in bundled_names():
        return _bundled_tables(place, day)
    return load_tables(place, data_file=path, as_of=day)


@lru_cache(maxsize=2)
def _bundled_tables(name: str, as_of: date | None) -> Tables:
    """A bundled set, read once a process: its files do not change, and tables are never changed in place."""
    return load_tables(name, as_of=as_of)


def is_mapped(scenario: Scenario) -> bool:
    """Whether the scenario's data set is built from a file that the user brings, which may be a workbook too."""
    if scenario.data is None or scenario.data not in bundled_names():
        return False
    return read_header(bundled("data") / scenario.data).mapping is not None


def _place(name: str, project: Path | None) -> str | Path:
    """A bundled name as it is; a folder is relative to the project."""
    if name in bundled_names() or project is None or Path(name).is_absolute():
        return name
    return project / name
