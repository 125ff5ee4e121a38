"""Names of scenarios -> files: the project's ``scenarios`` folder first, then the bundled one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from supplychain.resources import bundled
from supplychain.scenario.schema import NAME
from supplychain.scenario.words import WordError, nearest

__all__ = ["SHOCKS_FILE", "Places", "find_scenario", "is_path", "scenario_files"]

SHOCKS_FILE = "shocks.yaml"
_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Places:
    """Folders in which scenarios may lie; ``project`` is None when only the bundled ones are known."""

    project: Path | None

    def folders(self) -> tuple[Path, ...]:
        """Existing scenario folders, the project's first."""
        folders = [self.project / "scenarios"] if self.project is not None else []
        folders.append(bundled("scenarios"))
        inside = (folder.resolve() for folder in folders if folder.is_dir() and self.holds(folder))
        return tuple(dict.fromkeys(inside))

    def label(self, file: Path) -> str:
        """How a file is called in messages: relative to the project, or to the install."""
        roots = [self.project] if self.project is not None else []
        for root in (*roots, bundled("scenarios").parent):
            if file.resolve().is_relative_to(root.resolve()):
                return file.resolve().relative_to(root.resolve()).as_posix()
        return file.name

    def holds(self, file: Path) -> bool:
        """Whether the file lies inside the project or among the bundled scenarios, links followed."""
        roots = [self.project] if self.project is not None else []
        return any(file.resolve().is_relative_to(root.resolve()) for root in (*roots, bundled("scenarios")))


def is_path(name: str) -> bool:
    """Whether a text names a file and not a scenario."""
    return name.endswith(_SUFFIXES) or "/" in name or "\\" in name


def scenario_files(places: Places) -> Mapping[str, Path]:
    """Every scenario by name, sorted; the project's file wins over a bundled one of the same name."""
    found: dict[str, Path] = {}
    for folder in places.folders():
        for file in sorted(folder.iterdir()):
            if file.suffix in _SUFFIXES and file.name != SHOCKS_FILE and file.is_file() and places.holds(file):
                found.setdefault(file.stem, file)
    return dict(sorted(found.items()))


def find_scenario(name: str, places: Places) -> Path:
    """File of a scenario by name, or by path relative to the project; raises WordError with rule and fix."""
    if is_path(name):
        return _find_path(name, places)
    if not re.fullmatch(NAME, name):
        raise WordError("a scenario name has only a-z, 0-9 and _, and begins with a letter", "correct the name")
    files = scenario_files(places)
    if name not in files:
        raise WordError("no scenario has this name", nearest(name, files))
    return files[name]


def _find_path(name: str, places: Places) -> Path:
    path = Path(name)
    if not path.is_absolute() and places.project is not None:
        path = places.project / path
    if not places.holds(path):
        raise WordError("the path leaves the project", "put the file into the project's scenarios folder")
    if path.suffix not in _SUFFIXES:
        raise WordError("a scenario file ends in .yaml", "give the name alone, or a path to a .yaml file")
    if not path.is_file():
        raise WordError("no such file", nearest(path.stem, scenario_files(places)))
    return path
