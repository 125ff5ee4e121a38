"""What a run leaves in the store: its tables with key figures and problems, its manifest, and its proposed lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from supplychain.pipeline.digest import code_version
from supplychain.scenario import scenario_hash
from supplychain.service.approved_earlier import PLACED, placed_keys
from supplychain.service.kpis import compare_kpis, kpi_table, plan_figures
from supplychain.service.listing import stored_result
from supplychain.service.problems import find_problems
from supplychain.service.record import versions
from supplychain.service.result import RunResult
from supplychain.store import RunRecord, Store, StoredRun
from supplychain.tables import Tables

if TYPE_CHECKING:
    from supplychain.service.worker import Worker

__all__ = ["book_lines", "publish"]


def publish(
    store: Store, worker: Worker, run_id: str, *, given: Tables, parent: StoredRun | None, moment: datetime
) -> RunResult:
    """Add key figures and problems, and keep the run; the order book is not touched.

    ``given`` are the tables without the lines that the order book has as approved.
    """
    scenario, data, tables = worker.ask.scenario, worker.ask.tables, worker.tables
    placed = placed_keys(given, data)
    tables |= {PLACED: placed} if len(placed) and "order_lines" in tables else {}
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
    made = stored_result(store, run_id, reused=False)
    steps = tuple(replace(step, seconds=worker.seconds.get(step.name, 0.0)) for step in made.steps)
    return replace(made, steps=steps)


def book_lines(run_id: str, lines: pd.DataFrame) -> pd.DataFrame:
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
