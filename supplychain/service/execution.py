"""Run a scenario from tables to key figures; what is known already is reused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from supplychain.errors import DegradedError
from supplychain.pipeline.cache import StepCache
from supplychain.pipeline.digest import code_version
from supplychain.scenario import scenario_hash
from supplychain.service.approved import with_approved
from supplychain.service.approved_earlier import PLACED, placed_keys
from supplychain.service.asking import make_ask
from supplychain.service.kpis import compare_kpis, kpi_table, plan_figures
from supplychain.service.listen import Listener, Silent, Until
from supplychain.service.listing import stored_result
from supplychain.service.problems import find_problems
from supplychain.service.record import parent_of, previous_inputs, run_key, versions
from supplychain.service.result import RunResult
from supplychain.service.workers import executor_of
from supplychain.store import RunRecord, Store, StoredRun

if TYPE_CHECKING:
    from supplychain.service.worker import Worker

__all__ = ["run"]


def run(
    scenario: str | Path,
    *,
    until: Until = "simulate",
    as_of: date | None = None,
    data: str | Path | None = None,
    sets: Sequence[str] = (),
    workers: int = 1,
    store: Store | Path | None = None,
    project: Path | None = None,
    strict: bool = False,
    listener: Listener | None = None,
    now: datetime | None = None,
) -> RunResult:
    """Run a scenario and publish the result in the store.

    ``data`` is a file for a mapping (real order lines) or another data set; ``sets`` are ``path=value``; ``now`` is
    the time written beside the run (default: the time of the call), never part of a result. Raises DataError and
    ScenarioError for bad input, InfeasibleError when nothing feasible exists, DegradedError only with ``strict``,
    after the run is published.
    """
    ask = make_ask(scenario, until=until, as_of=as_of, data=data, sets=sets, project=project)
    kept = store if isinstance(store, Store) else Store.open(Path(store) if store else Path(".supplychain"))
    kept.check_writable()
    moment = now or datetime.now(UTC)  # before the order book is read: what is approved later the run does not know
    given = ask.tables
    ask = replace(ask, tables=with_approved(given, kept))
    parent = parent_of(kept, ask)
    run_id = run_key(ask, parent)
    if any(record.run_id == run_id for record in kept.runs()):
        result = _ask_again(kept, run_id, variant=ask.variant, moment=moment)
    else:
        from supplychain.service.worker import (
            Worker,  # the engines: seconds that a mistake or a stored run need not wait
        )

        with executor_of(workers) as executor:
            cache = StepCache(kept, previous_inputs(kept, ask.scenario))
            worker = Worker(ask, cache, executor=executor, workers=workers, listener=listener or Silent())
            worker.go()
        placed = placed_keys(given, ask.tables)
        worker.tables |= {PLACED: placed} if len(placed) and "order_lines" in worker.tables else {}
        result = _publish(kept, worker, run_id, parent=parent, moment=moment)
    if strict and result.degraded:
        raise DegradedError(f"run {result.run_id}: " + "; ".join(result.degraded))
    return result


def _ask_again(store: Store, run_id: str, *, variant: str, moment: datetime) -> RunResult:
    """A run that is stored becomes the latest; its order lines stand again where those of another run took over."""
    result = stored_result(store, run_id, reused=True)
    becomes_plan = bool(result.variant) and not variant
    store.touch(run_id, moment, variant=variant)  # first: the order book asks whether the run is the plan
    if "order_lines" in result.tables:
        booked = store.orders.lines(run_id=run_id)
        if booked.empty or booked["status"].eq("superseded").any() or becomes_plan:
            store.orders.import_plan(run_id, _book_lines(run_id, result.tables["order_lines"]), moment)
    return result if variant else replace(result, variant="")


def _publish(store: Store, worker: Worker, run_id: str, *, parent: StoredRun | None, moment: datetime) -> RunResult:
    """Add key figures and problems, keep the run, and put its proposed lines into the order book."""
    scenario, data, tables = worker.ask.scenario, worker.ask.tables, worker.tables
    simulated = tables.pop("figures", None)
    kpis = kpi_table(plan_figures(tables), simulated)
    tables["kpis"] = compare_kpis(kpis, parent.tables["kpis"] if parent else None)
    assert worker.prepared is not None
    share = worker.prepared.settings.replenish.holding_share_per_year
    tables["problems"] = find_problems(
        worker.prepared.dataset, tables, simulated_days=worker.simulated_days, holding_share=share
    )
    record = RunRecord(
        run_id=run_id,
        scenario=scenario.name,
        scenario_hash=scenario_hash(scenario),
        data_set=data.name,
        as_of=data.as_of,
        seed=scenario.settings.seed,
        made_at=moment,
        title=scenario.title,
        parent=scenario.chain[-1] if scenario.chain else None,
        status="complete" if worker.ask.until == "simulate" else "partial",
        variant=worker.ask.variant,
    )
    store.publish(record, tables, _manifest(worker, parent))
    if "order_lines" in tables:
        store.orders.import_plan(run_id, _book_lines(run_id, tables["order_lines"]), moment)
    made = stored_result(store, run_id, reused=False)
    steps = tuple(replace(step, seconds=worker.seconds.get(step.name, 0.0)) for step in made.steps)
    return replace(made, steps=steps)


def _book_lines(run_id: str, lines: pd.DataFrame) -> pd.DataFrame:
    """Proposed lines for the order book; a line number is unique across runs there, and held lines wait for review."""
    proposed = lines[lines["status"] == "proposed"]
    held = proposed["held"].fillna("").ne("")
    return proposed.assign(
        line_id=run_id + ":" + proposed["line_id"],
        due_date=proposed["receipt_date"],
        status=held.map({True: "to_review", False: "proposed"}),
    )


def _manifest(worker: Worker, parent: StoredRun | None) -> dict[str, Any]:
    scenario, data = worker.ask.scenario, worker.ask.tables
    return {
        "chain": list(scenario.chain),
        "data_set": data.name,
        "sets": list(worker.ask.sets),
        "until": worker.ask.until,
        "notes": worker.notes,
        "degraded": worker.degraded,
        "parent_run": parent.record.run_id if parent else None,
        "parent_scenario": parent.record.label if parent else None,
        "seed": scenario.settings.seed,
        "scenario_hash": scenario_hash(scenario),
        "code": code_version(),
        "versions": versions(),
        "files": dict(sorted(data.fingerprints.items())),
        "steps": [
            {"name": m.name, "key": m.key, "reused": m.reused, "why": m.why, "inputs": dict(m.inputs)}
            for m in worker.cache.made
        ],
    }
