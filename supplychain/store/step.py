"""The cache of pipeline steps: one folder a step, found by the hash of everything that went into it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy.typing as npt
import pandas as pd

from supplychain.store.folder import DamagedError, check_name, read_file, read_meta, write_folder
from supplychain.store.frames import array_bytes, frame_bytes, parse_array, parse_frame

__all__ = ["StepResult", "read_step", "step_folder", "write_step"]

_INDEX = "meta.json"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StepResult:
    """What one step of the pipeline made.

    ``name`` is the step's name, ``key`` the hash of its inputs, code version, solver and seed. ``meta`` holds what
    JSON can; ``arrays`` numbers, booleans, dates or fixed-width text of any shape.
    """

    name: str
    key: str
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)


def write_step(root: Path, result: StepResult) -> None:
    """Store a step under ``steps/<name>/<key>/``; a step that is there whole stays as it is.

    Raises TypeError or ValueError for content that cannot be stored, SupplyChainError for a disk that refuses.
    """
    target = step_folder(root, result)
    files = {f"{check_name('table', name)}.parquet": frame_bytes(table) for name, table in result.tables.items()}
    files |= {f"{check_name('array', name)}.npy": array_bytes(array) for name, array in result.arrays.items()}
    meta = {
        "format": 1,
        "name": result.name,
        "key": result.key,
        "tables": list(result.tables),
        "arrays": list(result.arrays),
        "meta": dict(result.meta),
    }
    write_folder(root, target, files, _INDEX, meta)


def step_folder(root: Path, result: StepResult) -> Path:
    """Where a step is stored; raises ValueError for a name or key that is none of ours."""
    return _steps(root) / check_name("step", result.name) / check_name("key", result.key)


def read_step(root: Path, key: str) -> StepResult | None:
    """The step with this key, or None when it is not there or damaged (then a warning is logged)."""
    check_name("key", key)
    for folder in sorted(_steps(root).glob(f"*/{key}")):
        try:
            return _read(folder)
        except FileNotFoundError:  # removed by `clean` while we looked
            continue
        except DamagedError as error:
            _log.warning("%s; the step is made anew", error)
    return None


def _read(folder: Path) -> StepResult:
    meta, sums = read_meta(folder, _INDEX)
    tables, arrays = {}, {}
    for name in meta["tables"]:
        file = f"{name}.parquet"
        tables[name] = parse_frame(read_file(folder, file, sums[file]))
    for name in meta["arrays"]:
        file = f"{name}.npy"
        arrays[name] = parse_array(read_file(folder, file, sums[file]))
    return StepResult(meta["name"], meta["key"], tables, meta["meta"], arrays)


def _steps(root: Path) -> Path:
    return root / "steps"
