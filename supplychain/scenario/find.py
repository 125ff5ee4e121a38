"""Names of scenarios -> files: the project's ``scenarios`` folder first, then the bundled one."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from supplychain.resources import bundled
from supplychain.scenario.schema import NAME
from supplychain.scenario.words import WordError, nearest
from supplychain.tables.paths import file_fault, is_there

__all__ = ["SHOCKS_FILE", "Places", "find_scenario", "is_path", "scenario_files"]

SHOCKS_FILE = "shocks.yaml"
_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Places:
    """Folders in which scenarios may lie; ``project`` is None when only the bundled ones are known."""

    project: Path | None

    @cached_property
    def _roots(self) -> tuple[Path, ...]:
        """What may be read, links followed: the project and the bundled scenarios."""
        project = () if self.project is None else (self.project.resolve(),)
        return (*project, bundled("scenarios").resolve())

    @cached_property
    def folders(self) -> tuple[Path, ...]:
        """Existing scenario folders, the project's first."""
        found = [self._roots[-1]]
        if self.project is not None and self.holds(self.project / "scenarios"):
            found.insert(0, (self.project / "scenarios").resolve())
        return tuple(dict.fromkeys(folder for folder in found if folder.is_dir()))

    def label(self, file: Path) -> str:
        """How a file is called in messages: relative to the project, or to the install."""
        path = Path(os.path.realpath(file.parent)) / file.name
        for root in (*self._roots[:-1], self._roots[-1].parent):
            if path.is_relative_to(root):
                return path.relative_to(root).as_posix()
        return file.name

    def holds(self, file: Path) -> bool:
        """Whether the file lies inside the project or among the bundled scenarios, links followed."""
        path = Path(os.path.realpath(file))
        return any(path.is_relative_to(root) for root in self._roots)


def is_path(name: str) -> bool:
    """Whether a text names a file and not a scenario."""
    return name.endswith(_SUFFIXES) or "/" in name or "\\" in name


def scenario_files(places: Places) -> Mapping[str, Path]:
    """Every scenario by name, sorted; the project's file wins over a bundled one of the same name."""
    found: dict[str, Path] = {}
    for folder in places.folders:
        for file in sorted(folder.iterdir()):
            if file.suffix in _SUFFIXES and _is_scenario(file, places):
                found.setdefault(file.stem, file)
    return dict(sorted(found.items()))


def _is_scenario(file: Path, places: Places) -> bool:
    inside = not file.is_symlink() or places.holds(file)
    return inside and file.is_file() and file.name != SHOCKS_FILE


def find_scenario(name: str, places: Places) -> Path:
    """File of a scenario by name, or by path relative to the project; raises WordError with rule and fix."""
    if is_path(name):
        return _find_path(name, places)
    if not re.fullmatch(NAME, name):
        raise WordError("a scenario name has only a-z, 0-9 and _, and begins with a letter", "correct the name")
    for folder in places.folders:
        for suffix in _SUFFIXES:
            file = folder / f"{name}{suffix}"
            if _is_scenario(file, places):
                return file
            _refuse_no_file(file, places)
    raise WordError("no scenario has this name", nearest(name, scenario_files(places)))


def _find_path(name: str, places: Places) -> Path:
    path = Path(name)
    if not path.is_absolute() and places.project is not None:
        path = places.project / path
    if not places.holds(path.parent / "x"):
        raise WordError("the path leaves the project", "put the file into the project's scenarios folder")
    if path.suffix not in _SUFFIXES:
        rule = "a scenario file ends in .yaml" if is_there(path) else "no such file or folder"
        raise WordError(rule, "give the name of a scenario, or a path to its .yaml file")
    if not os.path.lexists(path):
        raise WordError("no such file", nearest(path.stem, scenario_files(places)))
    _refuse_no_file(path, places)
    return path


def _refuse_no_file(path: Path, places: Places) -> None:
    """Refuse what stands at the place of a scenario file without being one that may be read."""
    if not os.path.lexists(path):
        return
    if is_there(path) and not places.holds(path):
        raise WordError(f"{places.label(path)} is a link that leads out of the project", "copy the file to its place")
    fault = file_fault(path)
    if fault:
        raise WordError(f"{places.label(path)} {fault[0]}", fault[1])
