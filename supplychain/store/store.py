"""The store: cached steps, published runs and the plan database, in one folder."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import delete, insert, select, update

from supplychain.errors import PlanError, Problem, SupplyChainError
from supplychain.store.database import Database
from supplychain.store.folder import sweep
from supplychain.store.orders import OrderBook
from supplychain.store.run import (
    RunRecord,
    StoredRun,
    finished_runs,
    read_run,
    run_damage,
    run_folder,
    write_run,
)
from supplychain.store.schema import audit, order_lines, runs, time_text
from supplychain.store.step import StepResult, read_step, step_folder, write_step

__all__ = ["DEFAULT_ROOT", "CleanReport", "Store"]

DEFAULT_ROOT = Path(".supplychain")
_FILE = "supplychain.db"
_URL_VARIABLE = "SUPPLYCHAIN_DATABASE_URL"
_SETTLED = ("rejected", "closed", "superseded")  # nobody asks for the reasons of such a line any more


@dataclass(frozen=True, slots=True)
class CleanReport:
    """What `Store.clean` removed, or would remove: run ids, and step folders as ``name/key``."""

    runs: tuple[str, ...]
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Store:
    """Everything that runs leave behind, below ``root``. Open it with `Store.open`."""

    root: Path
    database: Database

    @classmethod
    def open(
        cls,
        root: Path = DEFAULT_ROOT,
        *,
        create: bool = True,
        url: str | None = None,
        busy_seconds: float = 10.0,
        begin_anew: bool = False,
    ) -> Store:
        """Open the store below ``root``, and make it when it is not there.

        ``url`` names another plan database than the file in the store, ``postgresql://user@host/name``; the variable
        SUPPLYCHAIN_DATABASE_URL of the environment does so too, so that no password need stand in a command. A store
        that may not be written can be read. ``begin_anew`` takes a new plan database beside runs that it does not know.
        Raises PlanError when there is no store and ``create`` is false, a newer version made it, or the database is new
        or emptied and finished runs lie beside it, whose approved lines would be ordered twice; BusyError when another
        process writes for longer than ``busy_seconds``; UsageError for a URL that cannot be used; SupplyChainError when
        ``root`` is a file, or the disk or the server refuses.
        """
        url = url or os.environ.get(_URL_VARIABLE)
        file = root / _FILE
        if root.exists() and not root.is_dir():
            raise SupplyChainError(f"{root}: is a file and no folder of a store; choose another folder with --store")
        lost = finished_runs(root) if root.is_dir() and not url and not file.is_file() else []
        if lost and not begin_anew:
            raise _forgotten(root, str(file), lost)
        if not create and not lost and not (root.is_dir() and (url or file.is_file())):
            raise PlanError(f"{root}: there is no store yet; `supplychain run baseline` makes one")
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SupplyChainError(f"{root}: {error.strerror}; choose another folder with --store") from error
        database = Database(url or file, busy_seconds=busy_seconds)
        database.upgrade(check_new=lambda: None if begin_anew else _check_new(root, database.shown))
        return cls(root, database)

    @staticmethod
    def is_at(root: Path) -> bool:
        """Whether a store has been made below ``root``."""
        return root.is_dir() and (_URL_VARIABLE in os.environ or (root / _FILE).is_file())

    def check_writable(self) -> None:
        """Raises SupplyChainError when nothing can be written, so that nobody works for a result that is lost."""
        if not os.access(self.root, os.W_OK | os.X_OK) or self.database.is_read_only:
            raise SupplyChainError(f"{self.root}: the store is read-only; choose another folder with --store")

    @cached_property
    def orders(self) -> OrderBook:
        """Order lines and their events."""
        return OrderBook(self.database)

    def damage(self, run_id: str) -> str:
        """What is missing or altered in the folder of a published run; empty when it is whole."""
        return run_damage(self.root, run_id)

    def unknown_runs(self) -> tuple[str, ...]:
        """Finished runs that lie in the store and that the plan database does not know, by id."""
        known = {run.run_id for run in self.runs()}
        return tuple(run_id for run_id in finished_runs(self.root) if run_id not in known)

    def read_step(self, key: str) -> StepResult | None:
        """The cached step with this key, or None when it is absent or damaged (then a warning is logged)."""
        return read_step(self.root, key)

    def write_step(self, key: str, result: StepResult) -> None:
        """Cache a step under its key; a step that is there whole stays as it is.

        Raises ValueError when ``key`` is not the result's, TypeError or ValueError for content that cannot be stored,
        SupplyChainError when the disk refuses; then nothing is stored.
        """
        if key != result.key:
            raise ValueError(f"key {key}: the result was made for {result.key}")
        write_step(self.root, result)

    def step_folder(self, result: StepResult) -> Path:
        """The folder in which a cached step lies."""
        return step_folder(self.root, result)

    def publish(self, run: RunRecord, tables: Mapping[str, pd.DataFrame], manifest: Mapping[str, Any]) -> RunRecord:
        """Keep a run and make it visible; returns the record as it is stored.

        The folder ``runs/<run_id>/`` is written whole, then one row in the database makes it visible. A run id that
        is published already keeps its folder and the time it was first made; only its place in `runs` changes.
        ``manifest`` holds JSON: versions, seed, scenario hash, input hashes and ``steps`` (with the keys of the steps
        used, which `clean` then keeps).
        """
        at = time_text(run.made_at)
        write_run(self.root, run, tables, manifest)
        kept = read_run(self.root, run.run_id).record
        with self.database.writing() as connection:
            last = connection.execute(select(runs.c.last_at).where(runs.c.run_id == run.run_id)).scalar()
            if last is None:
                connection.execute(insert(runs), [{**kept.to_row(), "last_at": at}])
                row = {"at": at, "who": "run", "action": "publish", "subject": run.run_id}
                connection.execute(insert(audit), [{**row, "content": json.dumps({"scenario": run.scenario})}])
            elif at > str(last):
                connection.execute(update(runs).where(runs.c.run_id == run.run_id).values(last_at=at))
        return kept

    def touch(self, run_id: str, at: datetime, *, variant: str) -> None:
        """Note that a published run was asked for again: it becomes the latest.

        A run that was first made as a variant becomes plain when it is asked for plainly, for the content is the same.
        """
        changed = {"last_at": time_text(at)} | ({} if variant else {"variant": ""})
        with self.database.writing() as connection:
            connection.execute(update(runs).where(runs.c.run_id == run_id).values(**changed))

    def runs(self) -> tuple[RunRecord, ...]:
        """Published runs, the one asked for last first."""
        newest = select(runs).order_by(runs.c.last_at.desc(), runs.c.run_id)
        with self.database.reading() as connection:
            return tuple(RunRecord.from_row(dict(row)) for row in connection.execute(newest).mappings())

    def find(self, text: str) -> RunRecord:
        """The run meant by ``latest``, a run id or the beginning of one, or a scenario's name.

        A name means the newest plain run of the scenario, so that a what-if never takes its place. Raises PlanError,
        with the candidates, when nothing or more than one run fits, or a scenario has only variants.
        """
        known = self.runs()
        exact = [run for run in known if text in (run.run_id, "latest")]
        if exact:
            return exact[0]
        named = [run for run in known if run.scenario == text]
        fitting = [run for run in named if not run.variant][:1]
        fitting += [run for run in known if text and run.run_id.startswith(text) and run not in named]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise PlanError(f"run {text!r}: fits {len(fitting)} runs: {_shown(fitting)}; give more of the run id")
        if named:
            rule = f"was never run plainly, only with what the command set: {_shown(named)}"
            raise PlanError(f"scenario {text!r}: {rule}; give a run id, or `supplychain run {text}` first")
        names = sorted({run.scenario for run in known} | {run.run_id for run in known})
        near = difflib.get_close_matches(text, names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else "`supplychain runs ls` shows them"
        raise PlanError(f"run {text!r}: there is no such run among {len(known)}; {hint}")

    def read_run(self, run_id: str) -> StoredRun:
        """A published run; its tables are read when they are asked for. Raises PlanError when it is not there."""
        wanted = select(runs.c.variant).where(runs.c.run_id == run_id)
        with self.database.reading() as connection:
            variant = connection.execute(wanted).scalar()
        if variant is None:
            raise PlanError(f"run {run_id!r}: not published; `supplychain runs ls` shows the published ones")
        stored = read_run(self.root, run_id)
        return replace(stored, record=replace(stored.record, variant=variant))

    def clean(self, keep: int, dry_run: bool = False, *, unknown: bool = False) -> CleanReport:
        """Remove all but the newest ``keep`` runs, and cached steps that no kept run used.

        Runs with order lines that are still open (anything but rejected, closed or superseded) always stay, damaged
        ones too: what people decided about them counts. ``unknown`` also removes `unknown_runs`. With ``dry_run``
        nothing is removed. Also removes what killed processes left half-written.
        """
        if keep < 0:
            raise ValueError(f"keep {keep}: must be 0 or more")
        if not dry_run:
            self.check_writable()
        open_lines = select(order_lines.c.run_id).where(order_lines.c.status.not_in(_SETTLED)).distinct()
        with self.database.reading() as connection:
            needed = set(connection.execute(open_lines).scalars())
        known = self.runs()
        doomed = [run.run_id for run in known[keep:] if run.run_id not in needed]
        used = set().union(*(self._steps_of(run.run_id) for run in known if run.run_id not in doomed))
        steps = [path for path in sorted(self.root.glob("steps/*/*")) if path.name not in used]
        strays = self.unknown_runs() if unknown else ()
        report = CleanReport((*doomed, *strays), tuple(f"{path.parent.name}/{path.name}" for path in steps))
        if not dry_run:
            if doomed:
                with self.database.writing() as connection:  # invisible first, then gone
                    connection.execute(delete(runs).where(runs.c.run_id.in_(doomed)))
            for folder in [*(run_folder(self.root, run_id) for run_id in report.runs), *steps]:
                if folder.is_dir():
                    sweep(self.root, folder)
            sweep(self.root)
        return report

    def _steps_of(self, run_id: str) -> set[str]:
        try:
            return set(_texts(read_run(self.root, run_id).manifest.get("steps")))
        except PlanError:  # damaged: it names no steps any more
            return set()


def _check_new(root: Path, database: str) -> None:
    if lost := finished_runs(root):
        raise _forgotten(root, database, lost)


def _forgotten(root: Path, database: str, lost: Sequence[str]) -> PlanError:
    named = ", ".join(lost[:10]) + (f" and {len(lost) - 10} more" if len(lost) > 10 else "")
    rule = "is new or was emptied, and knows nothing of the runs beside it nor of what was approved in them"
    fix = f"restore it from a backup, or name the database of these runs in {_URL_VARIABLE}; or begin anew with "
    fix += f"`supplychain runs clean --unknown --store {root}`, which deletes these runs"
    problem = Problem(database, "", "runs", named, rule, fix)
    return PlanError(f"{root}: orders that were approved would be proposed again", [problem])


def _shown(known: Sequence[RunRecord]) -> str:
    more = f" and {len(known) - 10} more" if len(known) > 10 else ""
    return ", ".join(f"{run.run_id} ({run.label})" for run in known[:10]) + more


def _texts(value: Any) -> list[str]:
    """Every text inside nested lists and maps, map keys included."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for pair in value.items() for text in _texts(pair)]
    return [text for part in value for text in _texts(part)] if isinstance(value, list | tuple) else []
