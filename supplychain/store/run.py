"""A published run: who made it from what, its tables and its manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from supplychain.errors import PlanError
from supplychain.store.folder import DamagedError, check_name, read_file, read_meta, write_folder
from supplychain.store.frames import frame_bytes, parse_frame
from supplychain.store.schema import time_text

__all__ = ["RunRecord", "StoredRun", "finished_runs", "read_run", "run_damage", "run_folder", "write_run"]

_INDEX = "manifest.json"


@dataclass(frozen=True)
class RunRecord:
    """One line about a run.

    ``run_id`` is the hash of everything that went into the run, given by the caller. ``made_at`` (with a time zone) is
    the caller's clock. ``status`` is ``complete`` or ``partial``. ``parent`` names the parent scenario. ``variant``
    says what was asked for beyond the scenario's file, such as ``replenish.review_days=3``; empty for a plain run.
    """

    run_id: str
    scenario: str
    scenario_hash: str
    data_set: str
    as_of: date
    seed: int
    made_at: datetime
    title: str = ""
    parent: str | None = None
    status: str = "complete"
    variant: str = ""

    @property
    def label(self) -> str:
        """Name of the scenario, with what was asked for beyond its file."""
        return f"{self.scenario} [{self.variant}]" if self.variant else self.scenario

    def to_row(self) -> dict[str, Any]:
        """The record as text and numbers."""
        return {**asdict(self), "as_of": self.as_of.isoformat(), "made_at": time_text(self.made_at)}

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> RunRecord:
        """The record that `to_row` was called on; other keys are passed over, and older rows have no variant."""
        known = {name: row[name] for name in cls.__dataclass_fields__ if name in row}
        as_of, made_at = date.fromisoformat(row["as_of"]), datetime.fromisoformat(row["made_at"])
        return cls(**{**known, "as_of": as_of, "made_at": made_at})


class _LazyTables(Mapping[str, pd.DataFrame]):
    """Tables of a run folder, each read and checked when it is asked for."""

    def __init__(self, folder: Path, sums: Mapping[str, str], names: tuple[str, ...]) -> None:
        self._folder, self._sums, self._names = folder, sums, names

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._names:
            raise KeyError(name)
        file = f"{name}.parquet"
        try:
            return parse_frame(read_file(self._folder, file, self._sums[file]))
        except DamagedError as error:
            raise _damaged(error) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(frozen=True)
class StoredRun:
    """A run as it was published; ``tables`` reads a table when it is asked for (PlanError when it is damaged)."""

    record: RunRecord
    manifest: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]


def write_run(root: Path, record: RunRecord, tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any]) -> None:
    """Write ``runs/<run_id>/``; a run that is there whole stays as it is."""
    files = {f"{check_name('table', name)}.parquet": frame_bytes(table) for name, table in tables.items()}
    meta = {"format": 1, "run": record.to_row(), "tables": list(tables), "manifest": dict(manifest)}
    write_folder(root, run_folder(root, record.run_id), files, _INDEX, meta)


def read_run(root: Path, run_id: str) -> StoredRun:
    """The run in ``runs/<run_id>/``; raises PlanError when its folder is missing or damaged."""
    folder = run_folder(root, run_id)
    try:
        meta, sums = read_meta(folder, _INDEX)
    except FileNotFoundError as error:
        raise _damaged(DamagedError(f"{folder}: missing")) from error
    except DamagedError as error:
        raise _damaged(error) from error
    tables = _LazyTables(folder, sums, tuple(meta["tables"]))
    return StoredRun(RunRecord.from_row(meta["run"]), meta["manifest"], tables)


def run_damage(root: Path, run_id: str) -> str:
    """What is missing or altered in ``runs/<run_id>/``, file by file; empty when the run is whole."""
    folder = run_folder(root, run_id)
    try:
        _, sums = read_meta(folder, _INDEX)
        for name, checksum in sums.items():
            read_file(folder, name, checksum)
    except FileNotFoundError:
        return f"{folder}: missing"
    except DamagedError as error:
        return str(error)
    return ""


def finished_runs(root: Path) -> list[str]:
    """Ids of the runs that were written whole, damaged since or not; a killed writer leaves no manifest."""
    return sorted(file.parent.name for file in (root / "runs").glob(f"*/{_INDEX}"))


def run_folder(root: Path, run_id: str) -> Path:
    """Where a run lies; raises ValueError for an id that is no safe file name."""
    return root / "runs" / check_name("run id", run_id)


def _damaged(error: DamagedError) -> PlanError:
    fix = "run its scenario again, which makes it anew; its lines and approvals stand in the plan database"
    return PlanError(f"{error}; {fix}")
