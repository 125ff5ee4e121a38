"""Write a problem as a file that other solvers read."""

from __future__ import annotations

import re
from pathlib import Path

import highspy

from solvers.milp.highs import open_highs
from solvers.milp.problem import MilpProblem

__all__ = ["write_model"]

_UNSAFE = re.compile(r"[^A-Za-z0-9_]")


def write_model(problem: MilpProblem, path: Path) -> None:
    """Write ``problem`` to ``path`` as LP (``.lp``) or MPS (``.mps``), chosen by the suffix.

    Names are reduced to letters, digits and underscores; where that makes two alike, or one start like a number, the
    index leads. Raises ValueError for another suffix and OSError when the file cannot be written.
    """
    if path.suffix not in (".lp", ".mps"):
        raise ValueError(f"path: {path.name!r}: the suffix must be .lp or .mps")
    path.touch()
    highs = open_highs(problem, seed=1)
    if problem.column_names is not None:
        for column, name in enumerate(_safe(problem.column_names, "x")):
            highs.passColName(column, name)
    if problem.row_names is not None:
        for row, name in enumerate(_safe(problem.row_names, "r")):
            highs.passRowName(row, name)
    if highs.writeModel(str(path)) == highspy.HighsStatus.kError:
        raise OSError(f"{path}: the model could not be written")


def _safe(names: tuple[str, ...], letter: str) -> list[str]:
    plain = [_UNSAFE.sub("_", name) for name in names]
    counts: dict[str, int] = {}
    for name in plain:
        counts[name] = counts.get(name, 0) + 1
    # a name that starts with a digit or with "e" and a digit reads as a number in the LP format
    return [
        name if counts[name] == 1 and re.match(r"(?![eE]\d)[A-Za-z_]", name) else f"{letter}{index}_{name}"
        for index, name in enumerate(plain)
    ]
