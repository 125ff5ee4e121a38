"""Find and list what the store holds."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd

from supplychain.errors import PlanError
from supplychain.plans.approved_part import approved_and_left
from supplychain.service.decisions import decided_lines, with_decisions
from supplychain.service.result import RunResult, StepReport
from supplychain.store import Store, StoredRun

__all__ = ["list_plans", "list_runs", "open_run", "open_store", "open_stored", "stored_result", "warn_of_unknown_runs"]

_log = logging.getLogger(__name__)


def open_store(store: Store | Path | str | None = None, *, begin_anew: bool = False) -> Store:
    """The store in a folder (default ``.supplychain``); raises PlanError when there is none.

    ``begin_anew`` opens one whose plan database is lost or emptied with a new one, which knows no run.
    """
    if isinstance(store, Store):
        return store
    return Store.open(Path(store) if store else Path(".supplychain"), create=False, begin_anew=begin_anew)


def open_stored(text: str = "latest", *, store: Store | Path | str | None = None) -> RunResult:
    """A published run by id, beginning of an id, scenario name or ``latest``; raises PlanError when there is none.

    A scenario's name means its newest run without ``sets``, ``as_of`` or other data. Its order lines have the state
    that the order book gives them now (``with_decisions``).
    """
    found = open_store(store)
    return with_decisions(open_run(found, text), found)


def open_run(store: Store, text: str) -> RunResult:
    """A published run as `Store.find` reads ``text``; raises PlanError when there is none."""
    return stored_result(store, store.find(text).run_id, reused=False)


def stored_result(store: Store, run_id: str, *, reused: bool) -> RunResult:
    """The result of a published run; ``reused`` says that it was asked for again."""
    stored: StoredRun = store.read_run(run_id)
    manifest = stored.manifest
    why = "whole run unchanged" if reused else None
    steps = tuple(
        StepReport(step["name"], step["key"], reused or bool(step["reused"]), why or step["why"])
        for step in manifest["steps"]
    )
    return RunResult(
        run_id=run_id,
        scenario=stored.record.scenario,
        title=stored.record.title,
        variant=stored.record.variant,
        chain=tuple(manifest["chain"]),
        as_of=stored.record.as_of,
        until=manifest["until"],
        steps=steps,
        tables=stored.tables,
        notes=tuple(manifest["notes"]),
        degraded=tuple(manifest["degraded"]),
        path=store.root / "runs" / run_id,
        parent_run=manifest["parent_run"],
        manifest=manifest,
    )


def warn_of_unknown_runs(store: Store) -> None:
    """A warning for finished runs that the plan database does not know: what was approved in them does not count."""
    unknown = store.unknown_runs()
    if not unknown:
        return
    named = ", ".join(unknown[:5]) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
    _log.warning(
        "%s: the plan database does not know %s. If it was restored from a backup, what was approved since then is "
        "lost: look before you order. Run the scenarios again, or remove such runs with `supplychain runs clean "
        "--unknown`",
        store.root / "runs",
        named,
    )


def list_runs(store: Store | Path | str | None = None) -> pd.DataFrame:
    """Published runs, newest first: run, scenario, variant, title, data_set, as_of, seed, status, made (UTC)."""
    rows = [
        [
            r.run_id,
            r.scenario,
            r.variant,
            r.title,
            r.data_set,
            r.as_of.isoformat(),
            r.seed,
            r.status,
            f"{r.made_at:%Y-%m-%d %H:%M}",
        ]
        for r in open_store(store).runs()
    ]
    columns = ["run", "scenario", "variant", "title", "data_set", "as_of", "seed", "status", "made"]
    return pd.DataFrame(rows, columns=columns)


def list_plans(store: Store | Path | str | None = None) -> pd.DataFrame:
    """Runs with an order plan, newest first, and what is due on their planning day; values are in base currency.

    Columns: run, scenario, variant, as_of, orders, waiting, lines (left to decide), approved (lines), held, transfers,
    value (of the lines left to decide), approved_value. A damaged run is left out with a warning.
    """
    found = open_store(store)
    every = found.orders.decisions()
    rows = []
    for record in found.runs():
        try:
            tables = found.read_run(record.run_id).tables
            if "order_lines" not in tables:
                continue
            sums = approved_and_left(decided_lines(tables["order_lines"], every, record.run_id))
            left, done, heads = sums.loc["proposed"], sums.loc["approved"], tables["order_heads"]["status"]
            moves = int(tables["transfer_lines"]["status"].eq("proposed").sum())
        except PlanError as error:
            _log.warning("run %s (%s) is left out: %s", record.run_id, record.label, error)
            continue
        counts = [int(heads.eq(word).sum()) for word in ("proposed", "waiting")]
        counts += [int(left["lines"]), int(done["lines"]), int(left["held"]), moves]
        about = [record.run_id, record.scenario, record.variant, record.as_of.isoformat()]
        rows.append([*about, *counts, float(left["value_base"]), float(done["value_base"])])
    columns = ["run", "scenario", "variant", "as_of", "orders", "waiting"]
    columns += ["lines", "approved", "held", "transfers", "value", "approved_value"]
    return pd.DataFrame(rows, columns=columns)
